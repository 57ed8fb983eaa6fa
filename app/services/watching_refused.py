"""The watch over what was refused: scans, and events that other systems sent. Who holds a copy in hand is told no, and
the owner of the name is told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import identifiers, trouble
from app.domain.identifiers import Identifier
from app.domain.trouble import Reading, Sighting
from app.errors import Malformed
from app.services.watching import BEGINNING, ENDING, ENTRIES, OFFICE, SETTLED, Watch, sighting_of, trails_of
from app.store import items
from app.store import watching as rows
from app.store.tables import CaptureJob, Organisation, Scan, Thing
from app.store.watching import Piece, Spot

FIRST = frozenset({"commission", "receive"})
CAPTURE: Mapping[str, Any] = {"by": "capture"}
NOT_HERE = "unknown-identifier"  # the refusal of an event about what does not exist here


# --- scans ---


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
    trails = trails_of(watch.session, {thing.id or 0 for thing in pieces.values()})
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
            watch.add(owner, trouble.two_places(sighting_of(watch, piece, spot), seen, fastest))
    ended = next((spot for spot in trail if spot.step in ENDING), None)
    if ended and (grace := watch.threshold(owner, trouble.AFTER_END)) is not None:
        watch.add(owner, trouble.after_end(seen, sighting_of(watch, piece, ended), grace))
    first = next((spot for spot in trail if spot.step == scan.step and spot.step in FIRST), None)
    has_it = bool(before) and before[-1].organisation_id == scan.organisation_id  # and took the wrong step
    if first and not has_it and (grace := watch.threshold(owner, trouble.FIRST_AGAIN)) is not None:
        watch.add(owner, trouble.first_again(sighting_of(watch, piece, first), seen, grace))
    if country and thing.product_id and (share := watch.threshold(owner, trouble.COUNTRY)) is not None:
        counts = rows.countries(watch.session, [thing.product_id])[thing.product_id]
        watch.add(owner, trouble.unusual_country(seen, counts, share))


def _look_at_unknown(
    watch: Watch, scans: Sequence[tuple[Scan, Identifier]], organisations: Sequence[Organisation]
) -> None:
    readings = []
    for scan, name in scans:
        told = {"by": "scan", "step": scan.step, "of": scan.organisation_id, "place": _place(scan)}
        source = f"{scan.organisation_id}|{scan.site}|{scan.visit}"
        readings.append((name, Reading(name.epc, scan.event_time, source, _by_machine(scan.raw), told)))
    _raise_unknown(watch, readings, organisations)


def _raise_unknown(
    watch: Watch, readings: Iterable[tuple[Identifier, Reading]], organisations: Sequence[Organisation]
) -> None:
    """The owner of the prefix is told the place of its own readings only."""
    by_name: dict[Identifier, list[Reading]] = {}
    for name, reading in readings:
        by_name.setdefault(name, []).append(reading)
    owners = {each.prefix: each.id or 0 for each in organisations}
    owners |= rows.owners(watch.session, {name.prefix for name in by_name})
    for name, found in by_name.items():
        if (owner := owners.get(name.prefix)) is not None:
            own = [_as_told_to(owner, reading) for reading in found]
            watch.unknown(owner, own, rows.missed_of(watch.session, name.epc, ENTRIES))


def _as_told_to(owner: int, reading: Reading) -> Reading:
    told = {key: value for key, value in reading.told.items() if key != "of"}
    if reading.told["of"] != owner:
        told.pop("place", None)
    return replace(reading, told=told)


# --- captures ---


def look_at_captures(session: Session, _now: datetime) -> Watch:
    """What other systems sent and was refused because nobody minted it."""
    watch = Watch(session)
    before = rows.cursor(session, "capture")
    found = rows.captures(session, int(before or 0), ENTRIES)
    if not found:
        return watch
    watch.moves["capture"], watch.more = (before, str(found[-1].number)), len(found) == ENTRIES
    named = [
        (job, name)
        for job in found
        for fault in job.errors
        if fault.get("code") == NOT_HERE
        and (name := _named(str(fault.get("values", {}).get("identifier", "")))) is not None
    ]
    there = rows.known(session, {name.epc for _, name in named})
    readings = [(name, _captured(job, name)) for job, name in named if name.epc not in there]
    _raise_unknown(watch, readings, rows.organisations(session))
    return watch


def _captured(job: CaptureJob, name: Identifier) -> Reading:
    told = {**CAPTURE, "of": job.organisation_id}
    return Reading(name.epc, job.record_time, f"capture of {job.organisation_id}", by_machine=True, told=told)


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
