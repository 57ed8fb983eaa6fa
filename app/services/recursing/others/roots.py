"""Where other systems begin, and whose keys their signatures hang on."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from app.domain.handles import identity_of, keys
from app.errors import N_, Refused
from app.services.handle_trust import Roots as HandleKeys


@dataclass(frozen=True, slots=True)
class Roots:
    """Where each system begins; '' for one that is not asked: the address of a Handle registry or proxy and the keys of
    the identities its signatures hang on, the domain of the OIDs, the address of a GS1 resolver."""

    handle: str = ""
    handle_keys: HandleKeys = field(default_factory=dict)
    oid: str = ""
    gs1: str = ""

    def __bool__(self) -> bool:
        return bool(self.handle or self.oid or self.gs1)


def keys_in(path: str) -> HandleKeys:
    """Out of the file `{"300:0.NA/0.NA": [{"kty": …}]}`; none without one. Refused `bad-root-hints`."""
    if not path:
        return {}
    try:
        return {
            str(identity_of(name)): [keys.checked(each) for each in found]
            for name, found in _object_in(path).items()
        }
    except (OSError, TypeError, ValueError) as error:
        raise Refused(
            "bad-root-hints",
            N_("The file of root hints {path} cannot be used: {reason}."),
            N_("It is JSON: a list of keys (JWK) under each identity that they belong to."),
            path=path,
            reason=getattr(error, "strerror", None) or str(error),
        ) from error


def _object_in(path: str) -> dict[str, Any]:
    told = orjson.loads(Path(path).read_bytes())
    if not isinstance(told, dict):
        raise TypeError("it is no object")
    return told
