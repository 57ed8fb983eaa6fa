"""What the watch reads: events, refused scans and look-ups since it last looked, and where pieces were before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import and_, delete, func, or_, select
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import (
    Alias,
    Allotment,
    CaptureJob,
    CountrySeen,
    DeclaredAlias,
    Entry,
    EntryThing,
    EventFact,
    LookedUp,
    Organisation,
    PlacePosition,
    Record,
    Scan,
    Site,
    Thing,
    WatchCursor,
)

SERIAL = "serial"


class Piece(NamedTuple):
    """A thing with a serial number, and in which entry it was mentioned."""

    thing_id: int
    seq: int
    epc: str
    organisation_id: int
    product_id: int | None


class Spot(NamedTuple):
    """One moment in the life of a piece: what was done, where, by whom. `declared`: it only takes back another."""

    thing_id: int
    seq: int
    event_id: str
    step: str
    organisation_id: int
    event_time: datetime
    read_point: str
    biz_location: str
    declared: bool

    @property
    def place(self) -> str:
        return self.read_point or self.biz_location


# --- how far ---


def cursor(session: Session, source: str) -> str:
    row = session.get(WatchCursor, source)
    return row.position if row else ""


def move_cursor(session: Session, source: str, position: str, now: datetime) -> None:
    row = session.get(WatchCursor, source) or WatchCursor(source=source, position="", time=now)
    row.position, row.time = position, now
    session.add(row)
    session.flush()


# --- events ---


def newest_entry(session: Session) -> int:
    newest = session.execute(select(func.max(Entry.seq))).scalar()
    return -1 if newest is None else int(newest)


def pieces(session: Session, after: int, last: int) -> list[Piece]:
    """Pieces mentioned in the entries after the one to the other, in their order."""
    query = (
        select(
            col(Thing.id),
            col(EntryThing.seq),
            col(Thing.epc),
            col(Thing.organisation_id),
            col(Thing.product_id),
        )
        .join(EntryThing, col(EntryThing.thing_id) == col(Thing.id))
        .where(col(EntryThing.seq) > after, col(EntryThing.seq) <= last, col(Thing.level) == SERIAL)
        .order_by(col(EntryThing.seq), col(Thing.id))
        .distinct()
    )
    return [Piece(*row) for row in session.execute(query)]


def trails(session: Session, thing_ids: Iterable[int]) -> dict[int, list[Spot]]:
    """All that is on record of these things, mints apart, in the order it happened."""
    found: dict[int, list[Spot]] = {}
    for chunk in keyed.chunks(sorted(set(thing_ids))):
        query = (
            select(
                col(EntryThing.thing_id), col(EntryThing.seq), col(Entry.event_id), col(Entry.step),
                col(Entry.organisation_id), col(Entry.event_time), col(EventFact.read_point),
                col(EventFact.biz_location), col(EventFact.declared),
            )
            .join(Entry, col(Entry.seq) == col(EntryThing.seq))
            .join(EventFact, col(EventFact.seq) == col(EntryThing.seq))
            .where(col(EntryThing.thing_id).in_(chunk))
            .order_by(col(Entry.event_time), col(EntryThing.seq))
        )  # fmt: skip
        for row in session.execute(query):
            spot = Spot(*row)
            found.setdefault(spot.thing_id, []).append(spot)
    return found


def bodies(session: Session, seqs: Collection[int]) -> list[str]:
    found: list[str] = []
    for chunk in keyed.chunks(sorted(seqs)):
        found += session.execute(select(col(Entry.body)).where(col(Entry.seq).in_(chunk))).scalars()
    return found


# --- scans ---


def organisations(session: Session) -> list[Organisation]:
    return list(session.execute(select(Organisation).order_by(col(Organisation.id))).scalars())


def refused_scans(
    session: Session, organisation_id: int, after: tuple[datetime, str], before: datetime, limit: int
) -> Sequence[Scan]:
    """Scans of an organisation that were refused, in the order they came, from behind (time, nonce)."""
    moment, nonce = after
    later = or_(
        col(Scan.record_time) > moment, and_(col(Scan.record_time) == moment, col(Scan.nonce) > nonce)
    )
    query = (
        select(Scan)
        .where(
            col(Scan.organisation_id) == organisation_id,
            col(Scan.record_time) >= moment,
            col(Scan.record_time) < before,
            later,
            col(Scan.verdict) == "red",
        )
        .order_by(col(Scan.record_time), col(Scan.nonce))
        .limit(limit)
    )
    return session.execute(query).scalars().all()


# --- captures ---


def captures(session: Session, after: int, limit: int) -> Sequence[CaptureJob]:
    """In the order they were asked for, up to the first that is not finished."""
    query = (
        select(CaptureJob).where(col(CaptureJob.number) > after).order_by(col(CaptureJob.number)).limit(limit)
    )
    found = session.execute(query).scalars().all()
    return list(takewhile(lambda row: row.state == "finished", found))


# --- look-ups ---


def looked_up(session: Session, after: int, before: datetime, limit: int) -> Sequence[LookedUp]:
    query = select(LookedUp).where(col(LookedUp.id) > after, col(LookedUp.record_time) < before)
    return session.execute(query.order_by(col(LookedUp.id)).limit(limit)).scalars().all()


def missed_since(session: Session, since: datetime, limit: int) -> Sequence[LookedUp]:
    """Look-ups of what does not exist, since then, the newest first."""
    query = select(LookedUp).where(col(LookedUp.record_time) >= since, col(LookedUp.found).is_(False))
    return session.execute(query.order_by(col(LookedUp.id).desc()).limit(limit)).scalars().all()


def missed_of(session: Session, name: str, limit: int) -> Sequence[LookedUp]:
    query = select(LookedUp).where(col(LookedUp.name) == name, col(LookedUp.found).is_(False))
    return session.execute(query.order_by(col(LookedUp.id).desc()).limit(limit)).scalars().all()


def looked_up_of(session: Session, name: str, limit: int) -> Sequence[LookedUp]:
    """Look-ups of what exists, the newest first."""
    query = select(LookedUp).where(col(LookedUp.name) == name, col(LookedUp.found).is_(True))
    return session.execute(query.order_by(col(LookedUp.id).desc()).limit(limit)).scalars().all()


def keep_looked_up(session: Session, rows: Iterable[LookedUp]) -> None:
    session.add_all(rows)
    session.flush()


def forget_looked_up(session: Session, before: datetime, most: int) -> None:
    """Those older than that, and the oldest beyond so many."""
    session.execute(delete(LookedUp).where(col(LookedUp.record_time) < before))
    newest = session.execute(select(func.max(LookedUp.id))).scalar() or 0
    session.execute(delete(LookedUp).where(col(LookedUp.id) <= newest - most))


# --- names, places, countries ---


def known(session: Session, epcs: Collection[str]) -> set[str]:
    """Those of the names that something here has: a thing, an alias, a record."""
    found: set[str] = set()
    for chunk in keyed.chunks(sorted(set(epcs))):
        found.update(session.execute(select(col(Thing.epc)).where(col(Thing.epc).in_(chunk))).scalars())
        for table in (Alias, DeclaredAlias):
            found.update(session.execute(select(col(table.name)).where(col(table.name).in_(chunk))).scalars())
        handles = {epc.removeprefix("hdl:").upper(): epc for epc in chunk}
        records = session.execute(select(col(Record.key)).where(col(Record.key).in_(list(handles))))
        found.update(handles[key] for key in records.scalars())
    return found


def owners(session: Session, prefixes: Collection[str]) -> dict[str, int]:
    """Whose prefix it is, of those that are allotted here."""
    query = select(col(Allotment.prefix), col(Allotment.organisation_id))
    found: dict[str, int] = {}
    for chunk in keyed.chunks(sorted(set(prefixes))):
        found |= dict(session.execute(query.where(col(Allotment.prefix).in_(chunk))).all())
    return found


def positions(session: Session) -> dict[str, PlacePosition]:
    """Of all places; a few thousand at most."""
    return {row.epc: row for row in session.execute(select(PlacePosition)).scalars()}


def positions_of(session: Session, organisation_id: int) -> list[tuple[Site, PlacePosition | None]]:
    query = (
        select(Site, PlacePosition)
        .outerjoin(PlacePosition, col(PlacePosition.epc) == col(Site.epc))
        .where(col(Site.organisation_id) == organisation_id, col(Site.active).is_(True))
        .order_by(col(Site.id))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def site_names(session: Session, epcs: Iterable[str]) -> dict[str, Site]:
    return keyed.rows(session, Site, "epc", sorted(set(epcs)))


def countries(session: Session, product_ids: Collection[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {each: {} for each in product_ids}
    for chunk in keyed.chunks(sorted(set(product_ids))):
        query = select(CountrySeen).where(col(CountrySeen.product_id).in_(chunk))
        for row in session.execute(query).scalars():
            found[row.product_id][row.country] = row.count
    return found


def keep_countries(session: Session, counts: Mapping[int, Mapping[str, int]]) -> None:
    """The counts as they are now."""
    for product_id, by_country in sorted(counts.items()):
        for country, count in sorted(by_country.items()):
            row = session.get(CountrySeen, (product_id, country))
            if row is None:
                session.add(CountrySeen(product_id=product_id, country=country, count=count))
            else:
                row.count = count
    session.flush()
