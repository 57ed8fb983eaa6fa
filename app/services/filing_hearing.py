"""A filing as it arrives: whose it is by the keys that we stated for its zone, heard once, and then taken in."""

from datetime import datetime

from sqlmodel import Session

from app.domain import calls, chains, filings
from app.domain.delegations import ACTIVE, delegation_of
from app.domain.filings import Filer
from app.domain.trust import Signed
from app.errors import N_, Unknown
from app.services import filing, hearing
from app.services.filing_push import CALL
from app.store import zones


def heard(session: Session, me: Filer, wire: object, now: datetime) -> tuple[str, str, int]:
    """(zone of the sender, nonce of its call, the number of the newest change we have of it now).

    Unknown `not-below-us` for a sender whose zone we have not handed out or do not let work now; otherwise as
    `hearing.accept` and `filing.take_in` raise.
    """
    signed = Signed.from_wire(wire)
    sender = calls.claimed_sender(signed)
    row = zones.find_delegation(session, sender)
    if (
        row is None
        or row.state != ACTIVE
        or not row.not_before - chains.SKEW <= now <= row.not_after + chains.SKEW
    ):
        raise Unknown(
            "not-below-us",
            N_("The zone {zone} files nothing here."),
            N_("A node files with the one that gave it its zone, while it has it."),
            zone=sender,
        )
    keys = delegation_of(Signed.from_wire(row.statement).peek()).keys_at(now)
    call = hearing.accept(session, signed, CALL, keys, sender=sender, audience=me.zone, now=now)
    return sender, call.nonce, filing.take_in(session, me, sender, filings.push_of(call.body, sender), now)
