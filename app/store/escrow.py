"""Rows of copies left in escrow, and the rows of such a copy that an export of the log does not have."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.domain.escrow import ROUTES
from app.store import zones
from app.store.filing_facts import NAMED
from app.store.mints import SHOWN
from app.store.tables import Delegation, EscrowCopy, Membership, Organisation, Record, Thing

TABLES: dict[str, Any] = dict(zip(ROUTES, (Delegation, Membership), strict=True))
SECRETS = {"follow"}  # what only this node may use


def routes(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, values) of every zone handed out and of our own; times as text."""
    for row in zones.every(session):
        yield ROUTES[0], _plain(row.model_dump())
    for mine in session.execute(select(Membership).order_by(col(Membership.zone))).scalars():
        yield ROUTES[1], _plain(mine.model_dump(exclude=SECRETS))


def restore_route(session: Session, kind: str, values: dict[str, Any]) -> None:
    """One row of `routes` into an empty database."""
    given = {name: value for name, value in values.items() if name != "kind"}
    row = TABLES[kind].model_validate(given)
    if isinstance(row, Delegation):
        zones.put(session, row)
    else:
        session.merge(row)
    session.flush()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}


def add(session: Session, copy: EscrowCopy) -> None:
    session.add(copy)
    session.flush()


def newest(session: Session, kind: str = "") -> EscrowCopy | None:
    query = select(EscrowCopy).order_by(col(EscrowCopy.number).desc()).limit(1)
    if kind:
        query = query.where(col(EscrowCopy.kind) == kind)
    return session.execute(query).scalar_one_or_none()


def names(session: Session, limit: int) -> list[str]:
    """Of what companies of this node have named: others' things are answered by their own nodes."""
    records = session.execute(select(col(Record.handle)).order_by(col(Record.id)).limit(limit // 2)).scalars()
    local = select(col(Organisation.id)).where(~col(Organisation.elsewhere))
    things = select(col(Thing.epc)).where(
        col(Thing.level).in_(NAMED),
        SHOWN,
        col(Thing.epc).startswith("hdl:"),
        col(Thing.organisation_id).in_(local),
    )
    named = session.execute(things.order_by(col(Thing.id).desc()).limit(limit)).scalars()
    return [*records, *(epc.removeprefix("hdl:") for epc in named)][:limit]
