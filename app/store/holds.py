"""What is on hold, and the entries that put it there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session, col

from app.store.tables import Balance, Entry, EntryThing, Organisation, Thing
from app.store.types import filled

DECIDING = ("hold", "inspect")  # an inspection that fails holds as well
PASSED = '"suyuan:result":"pass"'  # in the canonical text of one that decides nothing


class Decision(NamedTuple):
    thing_id: int
    event_time: datetime
    organisation_id: int
    company_zh: str
    company_en: str
    body: str


def held(session: Session, organisation_id: int, prefix: str, limit: int, after: int | None) -> list[Thing]:
    """Held things that this organisation has, and held lots it made or has some of; newest identifier first."""
    stocked = exists().where(col(Balance.thing_id) == col(Thing.id), col(Balance.holder) == prefix)
    of_lot = and_(col(Thing.level) == "lot", or_(col(Thing.organisation_id) == organisation_id, stocked))
    mine = or_(and_(col(Thing.level) != "lot", col(Thing.holder) == prefix), of_lot)
    query = select(Thing).where(filled(Thing.held), mine).order_by(col(Thing.id).desc()).limit(limit)
    if after is not None:
        query = query.where(col(Thing.id) < after)
    return list(session.execute(query).scalars())


def all_decisions(session: Session, thing_id: int) -> Sequence[Entry]:
    """Every hold, inspection and release of one thing, and what withdrew one, as recorded."""
    query = (
        select(Entry)
        .join(EntryThing, col(Entry.seq) == col(EntryThing.seq))
        .where(col(EntryThing.thing_id) == thing_id, col(Entry.step).in_((*DECIDING, "release")))
        .order_by(col(Entry.seq))
    )
    return session.execute(query).scalars().all()


def decisions(session: Session, thing_ids: Sequence[int]) -> dict[int, Decision]:
    """The newest hold, or inspection that did not pass, of each thing."""
    newest = (
        select(col(EntryThing.thing_id), func.max(EntryThing.seq).label("seq"))
        .join(Entry, col(Entry.seq) == col(EntryThing.seq))
        .where(col(EntryThing.thing_id).in_(thing_ids), col(Entry.step).in_(DECIDING))
        .where(~col(Entry.body).contains(PASSED))
        .group_by(col(EntryThing.thing_id))
        .subquery()
    )
    query = (
        select(
            newest.c.thing_id,
            col(Entry.event_time),
            col(Entry.organisation_id),
            col(Organisation.name_zh),
            col(Organisation.name_en),
            col(Entry.body),
        )
        .join(newest, newest.c.seq == col(Entry.seq))
        .join(Organisation, col(Organisation.id) == col(Entry.organisation_id))
    )
    return {row[0]: Decision(*row) for row in session.execute(query)}
