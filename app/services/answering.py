"""What this node answers to another node that asks for a handle: found in the database, signed with the node's key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import resolution, zones
from app.domain.delegations import Delegation, delegation_of
from app.domain.handles import key_of
from app.domain.resolution import Answer, Known
from app.domain.trust import Signed, sign
from app.errors import N_, Malformed
from app.services import handle_rights, resolving
from app.store import zones as rows

LONGEST_NONCE = 100


@dataclass(frozen=True, slots=True)
class Speaker:
    """This node: the zone it answers for (None: it was given none), its public address, its private key."""

    zone: str | None
    base_url: str
    seed: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Who answers for a prefix: the closest zone `below` ours that covers it, with its statement, where it was handed
    out; else this node, which `serves` it where it is allotted to a company here."""

    below: Delegation | None = None
    statement: Mapping[str, Any] | None = None
    serves: bool = False


def zone_of(zone: str, capabilities: frozenset[str]) -> str | None:
    """What the setting ZONE means: '' is the root for a node that hands out zones, and no zone for any other."""
    return zones.zone(zone) if zone or "delegate" in capabilities else None


def told(session: Session, speaker: Speaker, handle: str, nonce: str, now: datetime) -> Signed:
    """The signed answer. Malformed for a nonce that is none."""
    if len(nonce) > LONGEST_NONCE or not nonce.isascii() or not nonce.isprintable():
        raise Malformed(
            "bad-nonce",
            N_("The nonce is not up to {most} printable characters of ASCII."),
            N_("Send some twenty random letters and digits."),
            most=LONGEST_NONCE,
        )
    place = place_of(session, speaker, zones.asked_for(key_of(handle)))
    array = None if place.below else resolving.array_of(session, handle, speaker.base_url)
    return signed(speaker, handle, nonce, answer(speaker, handle, place, array, now), now)


def place_of(session: Session, speaker: Speaker, prefix: str) -> Place:
    """Two SELECTs; the same for all handles of a prefix."""
    row = rows.delegation_for(session, prefix)
    if row is not None and zones.strictly_closer(speaker.zone or zones.ROOT, row.zone, prefix):
        return Place(delegation_of(Signed.from_wire(row.statement).peek()), row.statement)
    return Place(serves=handle_rights.serving(session, prefix) is not None)


def answer(speaker: Speaker, handle: str, place: Place, array: bytes | None, now: datetime) -> Answer:
    known = Known(speaker.zone, place.below, place.statement, array, place.serves)
    return resolution.answer(handle, known, now)


def signed(speaker: Speaker, handle: str, nonce: str, found: Answer, now: datetime) -> Signed:
    return sign("answer", resolution.body_of(handle, nonce, found, now), speaker.seed)


def encoded(signed: Signed) -> bytes:
    return orjson.dumps(signed.wire)
