"""The watch: looks through new events and refused scans for signals of trouble, a batch at a time. Look-ups are in
`watching_look_ups`.

It only reads what others have recorded, after they have, and outside of transactions that write: nothing waits for it.
What it tells an owner of another company's sighting is the time and the country, and no place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import Session

from app.domain import epcis, identifiers, trouble
from app.domain.identifiers import Identifier
from app.domain.trouble import Point, Reading, Sighting, Signal
from app.errors import Malformed
from app.services import alerting
from app.services.alerting import Setting
from app.services.networks import network_of
from app.store import database, items
from app.store import watching as rows
from app.store.tables import LookedUp, Organisation, PlacePosition, Scan, Thing
from app.store.watching import Piece, Spot

ENTRIES = 500  # looked at in one batch; of scans and look-ups, too
SETTLED = timedelta(seconds=30)  # after which everything recorded with an earlier time has been committed
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST_NEW = 200  # alerts of one organisation in one batch: beyond, more of them help nobody
OFFICE = frozenset(
    {"mint", "adopt", "hold", "release", "void", "retire", "loss"}
)  # nobody need have seen the piece
ENDING = frozenset({"scrap", "sample", "loss", "consume", "void", "retire"})
FIRST = frozenset({"commission", "receive"})
LOOK_UP: Mapping[str, Any] = {"by": "look-up"}


@dataclass
class Watch:
    """One batch as it was read, and what is to be kept of it: signals, counts of countries by product, and how far each
    source is looked through, from where to where. `more`: the next batch is there already."""

    session: Session
    positions: Mapping[str, PlacePosition] = field(default_factory=dict)
    settings: dict[int, dict[str, Setting]] = field(default_factory=dict)
    signals: list[tuple[int, Signal]] = field(default_factory=list)
    countries: dict[int, dict[str, int]] = field(default_factory=dict)
    moves: dict[str, tuple[str, str]] = field(default_factory=dict)
    more: bool = False

    def __post_init__(self) -> None:
        self.positions = rows.positions(self.session)

    def threshold(self, organisation_id: int, rule: str) -> float | None:
        """None where the rule is switched off."""
        if organisation_id not in self.settings:
            self.settings[organisation_id] = alerting.settings_of(self.session, organisation_id)
        setting = self.settings[organisation_id][rule]
        return setting.threshold if setting.active else None

    def add(self, organisation_id: int, signal: Signal | None) -> None:
        if signal is not None:
            self.signals.append((organisation_id, signal))

    def where(self, place: str) -> tuple[Point | None, str]:
        """Position and country of a place, as far as anybody said; a `geo:` URI says it itself."""
        row = self.positions.get(place)
        if row is not None:
            return Point(row.latitude, row.longitude), row.country
        return trouble.point_of(place), ""

    def count_country(self, owner: int, seen: Sighting, counts: dict[str, int]) -> None:
        share = self.threshold(owner, trouble.COUNTRY)
        if share is not None:
            self.add(owner, trouble.unusual_country(seen, counts, share))
        counts[seen.country] = counts.get(seen.country, 0) + 1

    def unknown(self, owner: int, readings: Sequence[Reading], missed: Iterable[LookedUp]) -> None:
        points = self.threshold(owner, trouble.UNKNOWN)
        if points is not None:
            looked = [
                Reading(row.name, row.record_time, network_of(row.address), by_machine=False, told=LOOK_UP)
                for row in missed
            ]
            self.add(owner, trouble.unknown_serial([*readings, *looked], points))


def keep(session: Session, watch: Watch, now: datetime) -> int:
    """Raises what was found; how many alerts are new. Nothing where another round has kept this batch meanwhile."""
    database.lock_log(session)
    if any(rows.cursor(session, source) != before for source, (before, _) in watch.moves.items()):
        return 0
    new: dict[int, int] = {}
    for organisation_id, signal in watch.signals:
        if new.get(organisation_id, 0) < MOST_NEW:
            raised = alerting.raise_one(session, organisation_id, signal, now)
            new[organisation_id] = new.get(organisation_id, 0) + raised
    rows.keep_countries(session, watch.countries)
    for source, (_, position) in watch.moves.items():
        rows.move_cursor(session, source, position, now)
    return sum(new.values())


# --- events ---


def look_at_events(session: Session, _now: datetime) -> Watch:
    """The next entries of the log."""
    watch = Watch(session)
    before = rows.cursor(session, "log")
    after, newest = int(before or -1), rows.newest_entry(session)
    last = min(after + ENTRIES, newest)
    if last <= after:
        return watch
    watch.moves["log"], watch.more = (before, str(last)), last < newest
    found = rows.pieces(session, after, last)
    trails = _trails(session, {piece.thing_id for piece in found}, last)
    new: dict[int, set[int]] = {}
    for piece in found:
        new.setdefault(piece.thing_id, set()).add(piece.seq)
    for piece in {piece.thing_id: piece for piece in found}.values():
        _look_at_trail(watch, piece, trails.get(piece.thing_id, []), new[piece.thing_id])
    _look_at_countries(watch, found, trails)
    return watch


def _trails(session: Session, thing_ids: Iterable[int], last: int | None = None) -> dict[int, list[Spot]]:
    """Where things were, up to that entry, without what was taken back."""
    trails = rows.trails(session, thing_ids)
    declared = {spot.seq for trail in trails.values() for spot in trail if spot.declared}
    events = [epcis.parse(body) for body in rows.bodies(session, declared)]
    wrong = {event.error_declaration.of for event in events if event.error_declaration}
    return {
        thing: [
            spot
            for spot in trail
            if not spot.declared and spot.event_id not in wrong and (last is None or spot.seq <= last)
        ]
        for thing, trail in trails.items()
    }


def _look_at_trail(watch: Watch, piece: Piece, trail: Sequence[Spot], new: set[int]) -> None:
    """New sightings against their neighbours in time, which may have been recorded later, and against its end."""
    owner = piece.organisation_id
    fastest = watch.threshold(owner, trouble.TWO_PLACES)
    seen = [(spot, _sighting(watch, piece, spot)) for spot in trail if spot.step not in OFFICE]
    if fastest is not None:
        for (before, one), (after, other) in pairwise(seen):
            if new & {before.seq, after.seq}:
                watch.add(owner, trouble.two_places(one, other, fastest))
    grace = watch.threshold(owner, trouble.AFTER_END)
    ended = next((spot for spot in trail if spot.step in ENDING), None)
    if grace is not None and ended is not None:
        end = _sighting(watch, piece, ended)
        for spot, sighting in seen:
            if spot.seq != ended.seq and new & {spot.seq, ended.seq}:
                watch.add(owner, trouble.after_end(sighting, end, grace))


def _look_at_countries(watch: Watch, found: Sequence[Piece], trails: Mapping[int, Sequence[Spot]]) -> None:
    counts = rows.countries(watch.session, {piece.product_id for piece in found if piece.product_id})
    spots = {(spot.thing_id, spot.seq): spot for trail in trails.values() for spot in trail}
    for piece in found:
        spot = spots.get((piece.thing_id, piece.seq))
        if spot is None or spot.step in OFFICE or piece.product_id is None:
            continue
        sighting = _sighting(watch, piece, spot)
        if sighting.country:
            watch.count_country(piece.organisation_id, sighting, counts[piece.product_id])
            watch.countries[piece.product_id] = counts[piece.product_id]


def _sighting(watch: Watch, piece: Piece, spot: Spot) -> Sighting:
    point, country = watch.where(spot.place)
    told: dict[str, Any] = {"by": "event", "step": spot.step}
    if spot.organisation_id == piece.organisation_id:
        told |= {"entry": spot.seq, "place": spot.place}
    return Sighting(piece.epc, spot.event_time, spot.place, point, country, told)


# --- refused scans ---


def look_at_scans(session: Session, now: datetime) -> Watch:
    """The next refused scans of every organisation."""
    watch = Watch(session)
    organisations = rows.organisations(session)
    for organisation in organisations:
        source = f"scan:{organisation.id}"
        cursor = rows.cursor(session, source)
        moment, _, nonce = cursor.partition("|")
        after = (datetime.fromisoformat(moment) if moment else BEGINNING, nonce)
        scans = rows.refused_scans(session, organisation.id or 0, after, now - SETTLED, ENTRIES)
        if scans:
            _look_at_refused(watch, scans, organisations)
            watch.moves[source] = (cursor, f"{scans[-1].record_time.isoformat()}|{scans[-1].nonce}")
            watch.more = watch.more or len(scans) == ENTRIES
    return watch


def _look_at_refused(watch: Watch, scans: Sequence[Scan], organisations: Sequence[Organisation]) -> None:
    named = [(scan, name) for scan in scans if (name := _named(scan.raw)) is not None]
    epcs = {name.epc for _, name in named}
    things = items.of_epcs(watch.session, epcs)
    pieces = {epc: thing for epc, thing in things.items() if thing.level == rows.SERIAL}
    trails = _trails(watch.session, {thing.id or 0 for thing in pieces.values()})
    for scan, name in named:
        if thing := pieces.get(name.epc):
            _look_at_scan(watch, scan, thing, trails.get(thing.id or 0, []))
    there = rows.known(watch.session, epcs - things.keys()) | things.keys()
    _look_at_unknown(watch, [(scan, name) for scan, name in named if name.epc not in there], organisations)


def _look_at_scan(watch: Watch, scan: Scan, thing: Thing, trail: Sequence[Spot]) -> None:
    owner, place = thing.organisation_id, _place(scan)
    piece = Piece(thing.id or 0, -1, thing.epc, owner, thing.product_id)
    point, country = watch.where(place)
    told: dict[str, Any] = {"by": "scan", "step": scan.step}
    if scan.organisation_id == owner:
        told["place"] = place
    seen = Sighting(thing.epc, scan.event_time, place, point, country, told)
    others = [spot for spot in trail if spot.step not in OFFICE]
    before = [spot for spot in others if spot.event_time <= scan.event_time][-1:]
    after = [spot for spot in others if spot.event_time > scan.event_time][:1]
    if (fastest := watch.threshold(owner, trouble.TWO_PLACES)) is not None:
        for spot in (*before, *after):
            watch.add(owner, trouble.two_places(_sighting(watch, piece, spot), seen, fastest))
    ended = next((spot for spot in trail if spot.step in ENDING), None)
    if ended and (grace := watch.threshold(owner, trouble.AFTER_END)) is not None:
        watch.add(owner, trouble.after_end(seen, _sighting(watch, piece, ended), grace))
    first = next((spot for spot in trail if spot.step == scan.step and spot.step in FIRST), None)
    has_it = bool(before) and before[-1].organisation_id == scan.organisation_id  # and took the wrong step
    if first and not has_it and (grace := watch.threshold(owner, trouble.FIRST_AGAIN)) is not None:
        watch.add(owner, trouble.first_again(_sighting(watch, piece, first), seen, grace))
    if country and thing.product_id and (share := watch.threshold(owner, trouble.COUNTRY)) is not None:
        counts = rows.countries(watch.session, [thing.product_id])[thing.product_id]
        watch.add(owner, trouble.unusual_country(seen, counts, share))


def _look_at_unknown(
    watch: Watch, scans: Sequence[tuple[Scan, Identifier]], organisations: Sequence[Organisation]
) -> None:
    owners = rows.owners(watch.session, {name.prefix for _, name in scans})
    owners |= {each.prefix: each.id or 0 for each in organisations if each.prefix not in owners}
    by_name: dict[Identifier, list[Reading]] = {}
    for scan, name in scans:
        if (owner := owners.get(name.prefix)) is None:
            continue
        told: dict[str, Any] = {"by": "scan", "step": scan.step}
        if scan.organisation_id == owner:
            told["place"] = _place(scan)
        source = f"{scan.organisation_id}|{scan.site}|{scan.visit}"
        reading = Reading(name.epc, scan.event_time, source, _by_machine(scan.raw), told)
        by_name.setdefault(name, []).append(reading)
    for name, readings in by_name.items():
        watch.unknown(owners[name.prefix], readings, rows.missed_of(watch.session, name.epc, ENTRIES))


def _place(scan: Scan) -> str:
    """The label of the place, as it was scanned, says which it is."""
    try:
        return identifiers.parse(scan.site).epc
    except Malformed:
        return scan.site


def _named(raw: str) -> Identifier | None:
    """GS1 keys are left out: whose an unknown one is, nobody here can tell."""
    try:
        found = identifiers.parse(raw)
    except Malformed:
        return None
    return found if isinstance(found, Identifier) else None


def _by_machine(raw: str) -> bool:
    """Nobody types a whole address, or the signs that a scanner sends before the text."""
    return "://" in raw or raw.startswith("]") or "\x1d" in raw
