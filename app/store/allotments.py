"""Rows of allotted prefixes and of ranges reserved under them, and the counting that quotas rest on."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CursorResult, Select, exists, func, literal, or_, select, update
from sqlmodel import Session, col

from app.store import keyed, texts
from app.store.mints import SHOWN
from app.store.tables import Allotment, Organisation, Record, ReservedRange, Thing


def by_prefix(session: Session, prefix: str) -> Allotment | None:
    return session.execute(select(Allotment).where(col(Allotment.prefix) == prefix)).scalar_one_or_none()


def held_still(session: Session, prefix: str) -> Allotment | None:
    """The row as it is now, which nobody changes before this transaction ends."""
    return session.execute(_fresh(prefix).with_for_update(read=True)).scalar_one_or_none()


def locked(session: Session, prefix: str) -> Allotment | None:
    """The row as it is now, for this transaction alone to change; waits for all who name something under it."""
    return session.execute(_fresh(prefix).with_for_update()).scalar_one_or_none()


def _fresh(prefix: str) -> Select[Any]:
    return select(Allotment).where(col(Allotment.prefix) == prefix).execution_options(populate_existing=True)


def take(session: Session, prefix: str, organisation_id: int, count: int) -> bool:
    """Counts `count` more names under a prefix that has a quota; False when it has none, or they do not fit.

    One statement, which on PostgreSQL waits for whoever changes the row: two never share the last of a quota.
    """
    room = update(Allotment).where(
        col(Allotment.prefix) == prefix,
        col(Allotment.organisation_id) == organisation_id,
        col(Allotment.state) == "active",
        col(Allotment.quota) >= col(Allotment.used) + count,
    )
    return _changed(session, room.values(used=col(Allotment.used) + count))


def give_back(session: Session, prefix: str, count: int) -> None:
    counted = update(Allotment).where(col(Allotment.prefix) == prefix, col(Allotment.quota).is_not(None))
    _changed(session, counted.values(used=col(Allotment.used) - count))


def take_from_range(session: Session, range_id: int, count: int) -> bool:
    room = update(ReservedRange).where(
        col(ReservedRange.id) == range_id,
        col(ReservedRange.state) == "open",
        col(ReservedRange.quota) >= col(ReservedRange.used) + count,
    )
    return _changed(session, room.values(used=col(ReservedRange.used) + count))


def _changed(session: Session, statement: Any) -> bool:
    result: CursorResult[Any] = session.connection().execute(statement)
    return result.rowcount == 1


def names_under(session: Session, prefix: str) -> int:
    """How many names there are under a prefix, minted or registered. Reads an index through: for setting a quota."""
    things = select(func.count()).select_from(Thing).where(*texts.beginning(Thing.epc, f"hdl:{prefix}/"))
    registered = select(func.count()).select_from(Record).where(
        *texts.beginning(Record.key, f"{prefix}/"),
        ~exists().where(col(Thing.epc) == literal("hdl:").concat(col(Record.key))),
    )  # fmt: skip
    return int(session.execute(things).scalar_one()) + int(session.execute(registered).scalar_one())


def any_name_under(session: Session, prefix: str, start: str) -> bool:
    """Whether there is a name of this prefix whose suffix begins with `start`."""
    things = select(col(Thing.id)).where(*texts.beginning(Thing.epc, f"hdl:{prefix}/{start}")).limit(1)
    records = select(col(Record.id)).where(*texts.beginning(Record.key, f"{prefix}/{start}")).limit(1)
    return any(session.execute(query).first() is not None for query in (things, records))


def things_in(session: Session, reserved: ReservedRange, after: str, limit: int) -> list[Thing]:
    """What its supplier minted in a range, by name."""
    query = select(Thing).where(
        *texts.beginning(Thing.epc, f"hdl:{reserved.prefix}/{reserved.start}"),
        col(Thing.epc) > after,
        col(Thing.organisation_id) == reserved.supplier_id,
        SHOWN,
    )
    return list(session.execute(query.order_by(col(Thing.epc)).limit(limit)).scalars())


def locked_range(session: Session, range_id: int) -> ReservedRange | None:
    query = select(ReservedRange).where(col(ReservedRange.id) == range_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def ranges_of(session: Session, prefixes: Iterable[str]) -> Sequence[ReservedRange]:
    """Every range under these prefixes, the closed ones too."""
    query = select(ReservedRange).where(col(ReservedRange.prefix).in_(sorted(set(prefixes))))
    return session.execute(query.execution_options(populate_existing=True)).scalars().all()


def of_organisation(
    session: Session, organisation_id: int, *, active_only: bool = False
) -> Sequence[Allotment]:
    query = select(Allotment).where(col(Allotment.organisation_id) == organisation_id)
    if active_only:
        query = query.where(col(Allotment.state) == "active")
    return session.execute(query.order_by(col(Allotment.id))).scalars().all()


def page(
    session: Session, organisation_id: int | None, after: str, limit: int
) -> list[tuple[Allotment, Organisation]]:
    """In the order of the prefixes, of one organisation or of all."""
    query = select(Allotment, Organisation).join(
        Organisation, col(Organisation.id) == col(Allotment.organisation_id)
    )
    if organisation_id is not None:
        query = query.where(col(Allotment.organisation_id) == organisation_id)
    query = query.where(col(Allotment.prefix) > after).order_by(col(Allotment.prefix)).limit(limit)
    return [(allotment, organisation) for allotment, organisation in session.execute(query)]


def ranges_page(
    session: Session, organisation_id: int, after: int | None, limit: int
) -> Sequence[ReservedRange]:
    """Those the organisation reserved or may mint in, newest first."""
    own = col(ReservedRange.organisation_id) == organisation_id
    query = select(ReservedRange).where(or_(own, col(ReservedRange.supplier_id) == organisation_id))
    if after is not None:
        query = query.where(col(ReservedRange.id) < after)
    return session.execute(query.order_by(col(ReservedRange.id).desc()).limit(limit)).scalars().all()


def organisations_by_id(session: Session, ids: Iterable[int]) -> dict[int, Organisation]:
    return keyed.rows(session, Organisation, "id", ids)
