"""Partners: companies with a node of their own, which have a row here so that goods can go to them and come from them."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.domain.delegations import Delegation
from app.domain.people import Actor
from app.errors import N_, Conflict
from app.services import auditing
from app.services.calling import party_of
from app.store import adopted, masterdata
from app.store.tables import Organisation


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
    if known is None:
        auditing.record(session, actor, "partner-added", now, subject=row.prefix, detail=row.name_en)
    return row
