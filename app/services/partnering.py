"""Partners: companies with nodes of their own. They have a row here: goods can go to them and come from them."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.domain.delegations import Delegation
from app.domain.people import Actor
from app.errors import N_, Conflict, Unknown
from app.services import auditing, cosigning
from app.services.calling import party_of
from app.store import adopted, disclosure, masterdata
from app.store.tables import KeptDisclosure, Organisation


def partners(session: Session, actor: Actor) -> Sequence[Organisation]:
    """By prefix."""
    actor.require("browse")
    return adopted.companies_elsewhere(session)


def add(session: Session, actor: Actor, delegation: Delegation, now: datetime) -> Organisation:
    """The company of a verified delegation as a partner; the same row when it is one already, with its newest name.
    Conflict for a company of this node."""
    actor.require("master")
    named = party_of(delegation)
    known = masterdata.organisation_by_prefix(session, named.prefix)
    if known is not None and not known.elsewhere:
        raise Conflict(
            "partner-is-here",
            N_("{prefix} is a company of this node."),
            N_("Goods can be sent to it without more."),
            prefix=named.prefix,
            field="prefix",
        )
    row = adopted.company(session, named, now)
    row.name_zh, row.name_en, row.active = named.name_zh, named.name_en, True
    cosigning.add_partner(session, row.prefix, now)
    if known is None:
        auditing.record(session, actor, "partner-added", now, subject=row.prefix, detail=row.name_en)
    return row


def kept(session: Session, actor: Actor, limit: int = 50) -> Sequence[KeptDisclosure]:
    """What partners told, newest first."""
    actor.require("browse")
    return disclosure.kept_newest(session, actor.organisation_id, limit)


def statement_of(session: Session, actor: Actor, zone: str, about: str) -> str:
    """A kept statement as it came: JSON with payload and signature. Unknown for what is not the organisation's."""
    actor.require("trace")
    for row in disclosure.kept(session, actor.organisation_id, [(zone, about)]):
        return row.statement
    raise Unknown(
        "unknown-statement",
        N_("There is no such statement of {zone}."),
        N_("Choose one of the list."),
        zone=zone[:64],
    )
