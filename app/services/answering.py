"""What this node answers to another node that asks for a handle: found in the database, signed with the node's key."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel import Session

from app.domain import resolution, zones
from app.domain.delegations import delegation_of
from app.domain.handles import key_of
from app.domain.resolution import Known
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
    answer = resolution.answer(handle, known(session, speaker, handle), now)
    return sign("answer", resolution.body_of(handle, nonce, answer, now), speaker.seed)


def known(session: Session, speaker: Speaker, handle: str) -> Known:
    """Where a zone below ours has to be asked, nothing else is looked for."""
    asked = zones.asked_for(key_of(handle))
    row = rows.delegation_for(session, asked)
    if row is not None and zones.strictly_closer(speaker.zone or zones.ROOT, row.zone, asked):
        below = delegation_of(Signed.from_wire(row.statement).peek())
        return Known(speaker.zone, below, row.statement)
    serves = handle_rights.serving(session, asked) is not None
    array = resolving.array_of(session, handle, speaker.base_url)
    return Known(speaker.zone, array=array, serves=serves)


def encoded(signed: Signed) -> bytes:
    return orjson.dumps(signed.wire)
