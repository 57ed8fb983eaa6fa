"""What a node answers when it is asked for a handle: one rule for root, national, second-level and enterprise nodes.

Pure: what the node knows is handed in. Signing and verifying are in trust and chains, walking from node to node in the
recursive node's services.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import orjson

from app.domain import zones
from app.domain.delegations import ACTIVE, LEFT, Delegation, time_of, time_text
from app.domain.handles import Value, public_json, sites, text_value
from app.domain.handles.trust import CERTIFICATE, FIRST_INDEX
from app.errors import N_, Malformed

RECORD, REFERRAL, MISSING, ELSEWHERE, SUSPENDED = "record", "referral", "missing", "elsewhere", "suspended"
OUTCOMES = (RECORD, REFERRAL, MISSING, ELSEWHERE, SUSPENDED)
OF_HANDLE, OF_PREFIX = (
    "handle",
    "prefix",
)  # how much is missing: this handle, or all there might be of its prefix

LONGEST_TTL = 172_800  # seconds: clients of the system honour no more
REFERRAL_TTL = 300  # a revoked zone is served by nobody after so long
NEGATIVE_TTL = 60  # the protocol says nothing of it: short, since what is missing may be minted any moment
NAMING = "0.NA"
WORDS_INDEX = 500  # where the values of a prefix begin that are words; its sites and keys come before
SHORTEST_LIFE = 60  # seconds: an answer that may not be kept still has to arrive


@dataclass(frozen=True, slots=True)
class Known:
    """What a node knows of a handle. `zone` is the node's own, None for one that was given no place in the network;
    `below` the closest delegation that covers the handle's prefix, `statement` its signed form; `array` the values that
    anyone may see, as JSON; `serves` whether the prefix is allotted to a company of this very node."""

    zone: str | None
    below: Delegation | None = None
    statement: Mapping[str, Any] | None = None
    array: bytes | None = None
    serves: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`zone` is that for which the node speaks. `ttl` counts seconds. `array` comes with RECORD, `statement` with
    REFERRAL and SUSPENDED, and with the record of a prefix (`0.NA/88.118`) that was handed out below."""

    outcome: str
    zone: str
    ttl: int
    array: bytes | None = None
    statement: Mapping[str, Any] | None = None
    scope: str = OF_HANDLE


def answer(handle: str, known: Known, now: datetime) -> Answer:
    """A record, a referral strictly closer to the handle, or that there is none or that others have to be asked."""
    asked = zones.asked_for(handle)
    zone = known.zone
    if zone is None or not zones.covers(zone, asked):
        if not known.serves:
            return Answer(ELSEWHERE, zone or zones.ROOT, NEGATIVE_TTL)
        zone = asked  # a company of this node whose prefix lies elsewhere in the tree
    below = known.below
    if below is not None and zones.strictly_closer(zone, below.zone, asked):
        return _below(handle, zone, below, known.statement, now)
    if known.array is not None:
        return Answer(RECORD, zone, ttl_of(known.array, now), known.array)
    whole = not (known.serves or zone == asked)
    return Answer(MISSING, zone, NEGATIVE_TTL, scope=OF_PREFIX if whole else OF_HANDLE)


def _below(
    handle: str, zone: str, below: Delegation, statement: Mapping[str, Any] | None, now: datetime
) -> Answer:
    if names_prefix(handle) and below.zone == zones.asked_for(handle) and below.state != LEFT:
        array = public_json(values_of(below))
        return Answer(RECORD, zone, REFERRAL_TTL, array, statement)
    if below.state == ACTIVE:
        left = int((below.not_after - now).total_seconds())
        return Answer(REFERRAL, zone, max(min(REFERRAL_TTL, left), 0), statement=statement)
    if below.state == LEFT:
        return Answer(MISSING, zone, NEGATIVE_TTL, scope=OF_PREFIX)
    return Answer(SUSPENDED, zone, NEGATIVE_TTL, statement=statement)


def values_of(delegation: Delegation) -> list[Value]:
    """What `0.NA/88.118` says of a zone that was handed out, for clients that speak only the Handle API: its sites,
    its keys, its certificate, and who it is."""
    stamp = time_text(delegation.not_before)
    told = {"STATE": delegation.state, "SERIAL": str(delegation.serial)}
    told |= {name.upper(): text for name, text in delegation.subject.items()}
    words = [(type_, text) for type_, text in told.items() if text]
    return [
        *sites.prefix_values(delegation.body, stamp, REFERRAL_TTL),
        *(
            [text_value(FIRST_INDEX, CERTIFICATE, delegation.certificate, stamp, REFERRAL_TTL)]
            if delegation.certificate
            else ()
        ),
        *(
            text_value(index, type_, text, stamp, REFERRAL_TTL)
            for index, (type_, text) in enumerate(words, WORDS_INDEX)
        ),
    ]


def names_prefix(handle: str) -> bool:
    """Whether it is the handle of a prefix, `0.NA/88.118`."""
    return handle.partition("/")[0].upper() == NAMING


def ttl_of(array: bytes, now: datetime) -> int:
    """How long a record may be kept: the shortest of its values' times, at most LONGEST_TTL. A moment counts from
    now."""
    shortest = LONGEST_TTL
    for value in orjson.loads(array):
        ttl = value.get("ttl", 0) if isinstance(value, dict) else 0
        if isinstance(ttl, str):
            moment = time_of(ttl)
            ttl = int((moment - now).total_seconds()) if moment else 0
        shortest = min(shortest, ttl if type(ttl) is int else 0)
    return max(shortest, 0)


def body_of(handle: str, nonce: str, told: Answer, now: datetime) -> dict[str, Any]:
    """The answer as it is signed (kind "answer")."""
    body: dict[str, Any] = {
        "outcome": told.outcome,
        "handle": handle,
        "zone": told.zone,
        "nonce": nonce,
        "issued": time_text(now),
        "expires": time_text(now + timedelta(seconds=max(told.ttl, SHORTEST_LIFE))),
        "ttl": told.ttl,
        "scope": told.scope,
    }
    if told.array is not None:
        body["values"] = orjson.Fragment(told.array)
    if told.statement is not None:
        body["delegation"] = dict(told.statement)
    return body


def read(body: Mapping[str, Any]) -> Answer:
    """The inverse of `body_of`, of what a stranger has signed. Malformed `bad-answer`."""
    outcome, zone, ttl = body.get("outcome"), body.get("zone"), body.get("ttl")
    values, statement, scope = body.get("values"), body.get("delegation"), body.get("scope", OF_HANDLE)
    if outcome not in OUTCOMES or not isinstance(zone, str) or type(ttl) is not int or ttl < 0:
        _bad("outcome")
    if scope not in (OF_HANDLE, OF_PREFIX):
        _bad("scope")
    if (outcome == RECORD) != isinstance(values, list) or not all(map(_is_value, values or ())):
        _bad("values")
    if statement is not None and not isinstance(statement, dict):
        _bad("delegation")
    if outcome == REFERRAL and statement is None:
        _bad("delegation")
    array = orjson.dumps(values) if outcome == RECORD else None
    return Answer(str(outcome), zone, min(ttl, LONGEST_TTL), array, statement, scope)


def _is_value(value: object) -> bool:
    """What every client of the Handle API takes for granted."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    data = value.get("data")
    return type(value.get("index")) is int and isinstance(data, dict) and "value" in data


def _bad(part: str) -> NoReturn:
    raise Malformed(
        "bad-answer",
        N_("This is not a node's answer: its part “{part}” cannot be used."),
        N_("Ask again; if it stays, tell the node's operator."),
        part=part,
    )
