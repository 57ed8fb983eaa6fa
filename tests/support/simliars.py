"""Lies that a node of the simulated network can tell (`net.wire.lie(name, forges_signature)`), one a function."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.domain.messages import Ask, Fetch, Told
from tests.support.simnet import Lie, peer_failed

JSON = (("Content-Type", "application/json"),)


def says(body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = JSON) -> Lie:
    return lambda _ask, _honestly: Told(status, body, headers)


def redirects(to: str, status: int = 302) -> Lie:
    return lambda _ask, _honestly: Told(status, b"", (("Location", to),))


def says_too_much(size: int = 2_000_000_000) -> Lie:
    """As many bytes as it likes: the true way out gives up when the asker's limit is passed, so that none is made."""

    def lie(ask: Ask, honestly: Fetch) -> Told:
        if size > ask.most_bytes:
            raise peer_failed("peer-too-large", ask)
        return Told(200, b"x" * size, JSON)

    return lie


def drips(bytes_a_second: float = 1.0) -> Lie:
    """The honest answer, but so slowly: whoever has not that much time gets nothing."""

    def lie(ask: Ask, honestly: Fetch) -> Told:
        told = honestly(ask)
        seconds = len(told.body) / bytes_a_second
        if seconds > ask.seconds:
            raise peer_failed("peer-too-slow", ask)
        return replace(told, seconds=told.seconds + seconds)

    return lie


def replays() -> Lie:
    """For each path what was told the first time, for ever; the query (with its nonce) counts for nothing."""
    kept: dict[str, Told] = {}

    def lie(ask: Ask, honestly: Fetch) -> Told:
        path = ask.url.partition("?")[0]
        if path not in kept:
            kept[path] = honestly(ask)
        return kept[path]

    return lie


def forges_signature(ask: Ask, honestly: Fetch) -> Told:
    """The honest statement with one bit of its signature turned."""

    def turned(wire: dict[str, Any]) -> dict[str, Any]:
        raw = bytearray(_unpacked(wire["signature"]))
        raw[0] ^= 1
        return wire | {"signature": _packed(bytes(raw))}

    return _changed(honestly(ask), turned)


def changes(fields: Mapping[str, Any]) -> Lie:
    """The honest statement with other words under the old signature."""

    def other(wire: dict[str, Any]) -> dict[str, Any]:
        payload = json.loads(_unpacked(wire["payload"])) | fields
        return wire | {"payload": _packed(json.dumps(payload, sort_keys=True).encode())}

    return lambda ask, honestly: _changed(honestly(ask), other)


def signs_anew(sign: Callable[[dict[str, Any]], dict[str, Any]]) -> Lie:
    """What `sign` (payload -> wire form) makes of the honest payload: a node that lies with its own good key."""

    def other(wire: dict[str, Any]) -> dict[str, Any]:
        return sign(json.loads(_unpacked(wire["payload"])))

    return lambda ask, honestly: _changed(honestly(ask), other)


def tells_as(other_url: str, fetch: Fetch) -> Lie:
    """Passes the question on to another node and its answer off as its own."""

    def lie(ask: Ask, honestly: Fetch) -> Told:
        path = ask.url.split("//", 1)[1].partition("/")[2]
        return fetch(replace(ask, url=f"{other_url}/{path}"))

    return lie


def _changed(told: Told, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Told:
    if told.status != 200 or not told.body.startswith(b"{"):
        return told
    wire = json.loads(told.body)
    if "payload" not in wire:
        return told
    return replace(told, body=json.dumps(change(wire)).encode())


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
