"""What finding the suspects of a recall asks of the log's index: things by when, where and from whom they came."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, or_, select
from sqlmodel import Session, col

from app.domain import epcis
from app.store import keyed, lineage
from app.store.tables import Balance, Entry, EntryThing, EventFact, Product, Thing

MADE = (("commission", "object"), ("produce", "output"), ("assemble", "parent"))
REWORKED = ("output",)  # whatever the step: what comes out of a run was made there


class Handled(NamedTuple):
    """A thing in an entry of the company: when, as what, at which step."""

    thing_id: int
    event_time: datetime
    seq: int
    role: str
    step: str


def made(
    session: Session, organisation_id: int, since: datetime | None, until: datetime | None, part_number: str
) -> list[Handled]:
    """What the company made in the window."""
    steps = or_(
        *(and_(col(Entry.step) == step, col(EntryThing.role) == role) for step, role in MADE),
        col(EntryThing.role).in_(REWORKED),
    )
    return _handled(session, _of(organisation_id, since, until).where(steps), part_number)


def received(
    session: Session, organisation_id: int, since: datetime | None, until: datetime | None
) -> list[Handled]:
    """What the company took in within the window, containers as such."""
    query = _of(organisation_id, since, until).where(col(Entry.step) == "receive")
    return _handled(session, query, "")


def handled_at(
    session: Session,
    organisation_id: int,
    place: str,
    since: datetime | None,
    until: datetime | None,
    part_number: str = "",
) -> list[Handled]:
    """What events of the company at this place or read point name; nobody else's events are looked at."""
    at = select(col(EventFact.seq)).where(
        or_(col(EventFact.read_point) == place, col(EventFact.biz_location) == place)
    )
    return _handled(session, _of(organisation_id, since, until).where(col(Entry.seq).in_(at)), part_number)


def last_before(
    session: Session, organisation_id: int, ids: Sequence[int], moment: datetime
) -> dict[int, int]:
    """The last entry of the company about each thing before that moment: thing id -> seq."""
    found: dict[int, tuple[datetime, int]] = {}
    for chunk in keyed.chunks(ids):
        query = _of(organisation_id, None, None).where(
            col(EntryThing.thing_id).in_(chunk), col(Entry.event_time) < moment
        )
        for row in _handled(session, query, ""):
            known = found.get(row.thing_id)
            if known is None or known < (row.event_time, row.seq):
                found[row.thing_id] = (row.event_time, row.seq)
    return {key: seq for key, (_, seq) in found.items()}


def stocked_at(session: Session, ids: Sequence[int], place: str) -> set[int]:
    """Lots of which some is at the place now."""
    found: set[int] = set()
    for chunk in keyed.chunks(ids):
        query = select(col(Balance.thing_id)).where(
            col(Balance.thing_id).in_(chunk), col(Balance.site) == place
        )
        found.update(session.execute(query).scalars())
    return found


def shipped_by(session: Session, organisation_id: int, ids: Iterable[int]) -> set[int]:
    """Of these things those that a company recorded as shipped."""
    found: set[int] = set()
    for chunk in keyed.chunks(sorted(ids)):
        query = (
            select(col(EntryThing.thing_id))
            .join(Entry, col(Entry.seq) == col(EntryThing.seq))
            .where(
                col(EntryThing.thing_id).in_(chunk),
                col(Entry.step) == "ship",
                col(Entry.organisation_id) == organisation_id,
            )
        )
        found.update(session.execute(query).scalars())
    return found


def from_company(session: Session, prefix: str, ids: Iterable[int]) -> set[int]:
    """Of these things those that are known to have come from a company, whoever recorded that."""
    found: set[int] = set()
    for chunk in keyed.chunks(sorted(ids)):
        things = select(col(Thing.id)).where(col(Thing.id).in_(chunk), col(Thing.origin) == prefix)
        lots = select(col(Balance.thing_id)).where(
            col(Balance.thing_id).in_(chunk), col(Balance.origin) == prefix
        )
        found.update(int(key or 0) for query in (things, lots) for key in session.execute(query).scalars())
    return found


def of_product(session: Session, product_id: int, organisation_id: int, prefix: str) -> list[int]:
    """All lots and pieces of a product that the company made or took part in."""
    query = select(col(Thing.id)).where(
        col(Thing.product_id) == product_id,
        col(Thing.level).in_(("lot", "serial")),
        col(Thing.lifecycle) != "reserved",
        lineage.took_part(organisation_id, prefix),
    )
    return [int(key or 0) for key in session.execute(query).scalars()]


def _of(organisation_id: int, since: datetime | None, until: datetime | None) -> Select[Any]:
    query: Any = (
        select(
            col(EntryThing.thing_id),
            col(Entry.event_time),
            col(Entry.seq),
            col(EntryThing.role),
            col(Entry.step),
        )
        .join(Entry, col(Entry.seq) == col(EntryThing.seq))
        .where(col(Entry.organisation_id) == organisation_id)
    )
    if since is not None:
        query = query.where(col(Entry.event_time) >= since)
    if until is not None:
        query = query.where(col(Entry.event_time) <= until)
    asked: Select[Any] = query
    return asked


def _handled(session: Session, query: Select[Any], part_number: str) -> list[Handled]:
    """In order of time, without what was withdrawn."""
    if part_number:
        query = query.where(
            exists().where(
                col(Thing.id) == col(EntryThing.thing_id),
                col(Product.id) == col(Thing.product_id),
                col(Product.part_number) == part_number,
            )
        )
    rows = [Handled(*row) for row in session.execute(query.order_by(col(Entry.event_time), col(Entry.seq)))]
    wrong = _withdrawn(session, query)
    return [row for row in rows if row.seq not in wrong]


def _withdrawn(session: Session, query: Select[Any]) -> set[int]:
    """Declarations of error among these entries, and the entries that they withdraw: both have the same time."""
    bodies = query.with_only_columns(col(Entry.seq), col(Entry.body))
    bodies = bodies.join(EventFact, col(EventFact.seq) == col(Entry.seq)).where(col(EventFact.declared))
    declared = {int(seq): epcis.parse(body) for seq, body in session.execute(bodies)}
    ids = {event.error_declaration.of for event in declared.values() if event.error_declaration}
    found = {seq for seq, event in declared.items() if event.error_declaration}
    for chunk in keyed.chunks(sorted(ids)):
        of_ids = select(col(Entry.seq)).where(col(Entry.event_id).in_(chunk))
        found.update(int(seq) for seq in session.execute(of_ids).scalars())
    return found
