"""The watch: looks through new events for signals of trouble, a batch at a time. What was refused is in
`watching_refused`, look-ups are in `watching_look_ups`.

It only reads what others have recorded, after they have, and outside of transactions that write: nothing waits for it.
What it tells an owner of another company's sighting is the time and the country, and no place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlmodel import Session

from app.domain import epcis, trouble
from app.domain.trouble import Point, Reading, Sighting, Signal
from app.services import alerting
from app.services.alerting import Setting
from app.services.networks import network_of
from app.store import database
from app.store import watching as rows
from app.store.tables import LookedUp, PlacePosition
from app.store.watching import Piece, Spot

ENTRIES = 500  # looked at in one batch; of scans and look-ups, too
SETTLED = timedelta(seconds=30)  # after which everything recorded with an earlier time has been committed
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOST_NEW = 200  # alerts of one organisation in one batch: beyond, more of them help nobody
OFFICE = frozenset(
    {"mint", "adopt", "hold", "release", "void", "retire", "loss"}
)  # nobody need have seen the piece
ENDING = frozenset({"scrap", "sample", "loss", "consume", "void", "retire"})
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

    def count_country(
        self, owner: int, seen: Sighting, counts: dict[str, int], times: int = trouble.SURE
    ) -> None:
        share = self.threshold(owner, trouble.COUNTRY)
        if share is not None:
            self.add(owner, trouble.unusual_country(seen, counts, share, times))
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
    trails = trails_of(session, {piece.thing_id for piece in found}, last)
    new: dict[int, set[int]] = {}
    for piece in found:
        new.setdefault(piece.thing_id, set()).add(piece.seq)
    for piece in {piece.thing_id: piece for piece in found}.values():
        _look_at_trail(watch, piece, trails.get(piece.thing_id, []), new[piece.thing_id])
    _look_at_countries(watch, found, trails)
    return watch


def trails_of(session: Session, thing_ids: Iterable[int], last: int | None = None) -> dict[int, list[Spot]]:
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
    seen = [(spot, sighting_of(watch, piece, spot)) for spot in trail if spot.step not in OFFICE]
    if fastest is not None:
        for (before, one), (after, other) in pairwise(seen):
            if new & {before.seq, after.seq}:
                watch.add(owner, trouble.two_places(one, other, fastest))
    grace = watch.threshold(owner, trouble.AFTER_END)
    ended = next((spot for spot in trail if spot.step in ENDING), None)
    if grace is not None and ended is not None:
        end = sighting_of(watch, piece, ended)
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
        sighting = sighting_of(watch, piece, spot)
        if sighting.country:
            watch.count_country(piece.organisation_id, sighting, counts[piece.product_id])
            watch.countries[piece.product_id] = counts[piece.product_id]


def sighting_of(watch: Watch, piece: Piece, spot: Spot) -> Sighting:
    point, country = watch.where(spot.place)
    told: dict[str, Any] = {"by": "event", "step": spot.step}
    if spot.organisation_id == piece.organisation_id:
        told |= {"entry": spot.seq, "place": spot.place}
    return Sighting(piece.epc, spot.event_time, spot.place, point, country, told)
