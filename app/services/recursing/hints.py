"""Where resolving begins: the root's addresses and keys, from a file that the operator got by a way they trust."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.domain.delegations import endpoint_of
from app.domain.trust import PublicKey, keys_of
from app.errors import N_, Refused, TraceError

MOST_ENDPOINTS = 32


@dataclass(frozen=True, slots=True)
class Hints:
    urls: tuple[str, ...]
    keys: tuple[PublicKey, ...]


def hints_of(told: Mapping[str, Any]) -> Hints:
    """ValueError for what cannot be used, an empty list of keys among it: nothing would hang on anything."""
    endpoints = told.get("endpoints")
    if not isinstance(endpoints, list) or not 1 <= len(endpoints) <= MOST_ENDPOINTS:
        raise ValueError("it names no endpoints")
    try:
        urls = tuple(found.url for each in endpoints if (found := endpoint_of(each)).url)
        keys = keys_of(told.get("keys"))
    except TraceError as error:
        raise ValueError(error.english()) from error
    if not urls:
        raise ValueError("it names no endpoint with a url")
    return Hints(urls, keys)


def read(path: str) -> Hints:
    """Refused `no-root-hints` without a file, `bad-root-hints` for one that cannot be used."""
    if not path:
        raise Refused(
            "no-root-hints",
            N_("This node does not know the root of the network, so it can resolve nothing of other nodes."),
            N_("Set ROOT_HINTS to a file with the root's addresses and keys."),
        )
    try:
        told = orjson.loads(Path(path).read_bytes())
        return hints_of(told if isinstance(told, dict) else {})
    except (OSError, ValueError) as error:
        raise Refused(
            "bad-root-hints",
            N_("The file of root hints {path} cannot be used: {reason}."),
            N_("It is JSON with the members endpoints and keys."),
            path=path,
            reason=getattr(error, "strerror", None) or str(error),
        ) from error
