"""What a recall starts from: things named by people, and all that a supplier sent, a machine handled, a place had.

Each start has a window: from when on it is suspect. What it went into before is none of the recall's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import genealogy
from app.domain.epcis import time_text
from app.domain.genealogy import ALWAYS, END, Moment, Tie, Window
from app.domain.people import Actor
from app.domain.recalls import Suspect
from app.store import items, keyed, lineage, masterdata, recalls
from app.store import suspects as rows
from app.store.suspects import Handled

GONE = frozenset({"ship", "return", "scrap", "consume", "void", "retire"})
Starts = dict[int, Window]
Found = Iterable[tuple[int, Window]]


def starts_of(session: Session, actor: Actor, suspects: Iterable[Suspect]) -> Starts:
    """The suspect things with the window of each, the earliest where several suspects are the same thing."""
    found: Starts = {}
    for suspect in suspects:
        for key, window in _FINDING[suspect.kind](session, actor, suspect):
            found[key] = min(window, found.get(key, window))
    return found


def to_json(suspect: Suspect) -> dict[str, Any]:
    times = {"since": suspect.since, "until": suspect.until}
    return asdict(suspect) | {name: time_text(value) if value else None for name, value in times.items()}


def of_json(values: Iterable[Mapping[str, Any]]) -> list[Suspect]:
    return [
        Suspect(**{**row, **{name: _time(row.get(name)) for name in ("since", "until")}}) for row in values
    ]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _things(session: Session, actor: Actor, suspect: Suspect) -> Found:
    thing = items.of_epcs(session, [suspect.value]).get(suspect.value)
    if thing is None:
        return
    window = _from(suspect.since)
    if thing.level == "product":
        yield from _of_product(session, actor, suspect, thing.product_id or 0)
        return
    yield thing.id or 0, window
    if thing.level == "logistic":
        until = (suspect.until, END[1]) if suspect.until else END
        yield from _inside(session, {thing.id or 0: [(window[0], until)]})


def _of_product(session: Session, actor: Actor, suspect: Suspect, product_id: int) -> Found:
    ids = rows.of_product(session, product_id, actor.organisation_id, actor.prefix)
    if suspect.since or suspect.until:
        made = rows.made(session, actor.organisation_id, suspect.since, suspect.until, "")
        ids = sorted(set(ids) & {row.thing_id for row in made})
    return [(key, ALWAYS) for key in ids]


def _made(session: Session, actor: Actor, suspect: Suspect) -> Found:
    found = rows.made(session, actor.organisation_id, suspect.since, suspect.until, suspect.product)
    return [(row.thing_id, ALWAYS) for row in found]


def _supplied(session: Session, actor: Actor, suspect: Suspect) -> Found:
    """What the supplier made or sent, of all that was received within the window; with what was in it then."""
    company = masterdata.organisation_by_prefix(session, suspect.value)
    taken = rows.received(session, actor.organisation_id, suspect.since, suspect.until)
    came: dict[int, set[int]] = defaultdict(set)  # thing -> what it came as: itself or the container
    for row in taken:
        came[row.thing_id].add(row.thing_id)
    for row, inner in _with_contents(session, taken):
        came[inner].add(row.thing_id)
    if company is None or not came:
        return []
    known = _things_of(session, actor, came)
    wanted = {unit for units in came.values() for unit in units}
    sent = rows.shipped_by(session, company.id or 0, wanted) | rows.from_company(
        session, company.prefix, wanted
    )
    return [
        (key, ALWAYS)
        for key, units in came.items()
        if (units & sent or (known[key].organisation_id == company.id and known[key].level != "logistic"))
        and suspect.product in ("", known[key].part_number)
    ]


def _things_of(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, lineage.ThingRow]:
    found: dict[int, lineage.ThingRow] = {}
    for chunk in keyed.chunks(sorted(ids)):
        found |= lineage.things_of(session, chunk, actor.organisation_id, actor.prefix)
    return found


def _handled(session: Session, actor: Actor, suspect: Suspect) -> Found:
    """What was made, built or moved there, from then on; what was used up there lives on in what was made of it."""
    found = rows.handled_at(
        session, actor.organisation_id, suspect.value, suspect.since, suspect.until, suspect.product
    )
    things = _things_of(session, actor, {row.thing_id for row in found})
    there = [row for row in found if not _used_up(row, things[row.thing_id].level)]
    yield from ((row.thing_id, _from(row.event_time)) for row in there)
    yield from ((inner, _from(row.event_time)) for row, inner in _with_contents(session, there))


def _used_up(row: Handled, level: str) -> bool:
    return row.role == "input" or (level == "lot" and (row.step, row.role) == ("assemble", "child"))


def _placed(session: Session, actor: Actor, suspect: Suspect) -> Found:
    """What was at the place at any time of the window: what came or was worked on there within it, what had come before
    and had not gone, and what was in containers then."""
    until = suspect.until or END[0]
    there = {
        row.thing_id: _from(row.event_time)
        for row in reversed(
            rows.handled_at(
                session, actor.organisation_id, suspect.value, suspect.since, suspect.until, suspect.product
            )
        )
    }
    if suspect.since is not None:
        for key in _staying(session, actor, suspect, suspect.since):
            there[key] = _from(suspect.since)
    yield from there.items()
    units = {key: [(window[0], (until, END[1]))] for key, window in there.items()}
    yield from _inside(session, units)


def _staying(session: Session, actor: Actor, suspect: Suspect, since: datetime) -> list[int]:
    """What had come before and was still there: of a lot any part of it, as far as events and stock on file tell."""
    me, place = actor.organisation_id, suspect.value
    before = rows.handled_at(session, me, place, None, since, suspect.product)
    arrived = {(row.thing_id, row.seq): row for row in before}
    ids = sorted({row.thing_id for row in before})
    last = rows.last_before(session, me, ids, since)
    levels = {key: row.level for key, row in _things_of(session, actor, ids).items()}
    lots = [key for key in ids if levels.get(key) == "lot"]
    later = {row.thing_id for row in rows.handled_at(session, me, place, since, None)} if lots else set()
    stayed = {key for key in lots if key in later} | rows.stocked_at(session, lots, place)
    packed = {tie.source for tie in recalls.packed_from(session, ids) if _spans(tie, (since, -1))}
    for key in ids:
        row = arrived.get((key, last.get(key, -1)))
        if (
            levels.get(key) != "lot"
            and row
            and row.step not in GONE
            and row.role != "input"
            and key not in packed
        ):
            stayed.add(key)
    return sorted(stayed)


def _with_contents(session: Session, handled: Sequence[Handled]) -> Iterator[tuple[Handled, int]]:
    """Each handled container with each thing that was in it at that moment, at any depth."""
    ids = sorted({row.thing_id for row in handled})
    inside = _ties_inside(session, ids)
    for row in handled:
        layer, seen = [row.thing_id], {row.thing_id}
        while layer:
            fresh = [
                tie.source
                for unit in layer
                for tie in inside.get(unit, ())
                if _spans(tie, (row.event_time, row.seq)) and tie.source not in seen
            ]
            seen.update(fresh)
            yield from ((row, key) for key in fresh)
            layer = fresh


def _inside(session: Session, units: Mapping[int, Sequence[Window]]) -> Found:
    """What was in these units within the windows, from when it was in there."""
    inside = _ties_inside(session, sorted(units))
    ties = [tie for each in inside.values() for tie in each]
    for unit, windows in units.items():
        for window in windows if unit in inside else ():
            walked = genealogy.reach(ties, {unit: window}, "up")
            for key, found in walked.windows.items():
                if key != unit and found:
                    yield key, (min(low for low, _ in found), END)


def _ties_inside(session: Session, ids: Sequence[int]) -> dict[int, list[Tie]]:
    """What was ever packed into these, and into that, without what was withdrawn."""
    found: dict[int, list[Tie]] = defaultdict(list)
    layer = list(ids)
    while layer:
        ties = [tie for tie in recalls.packed_in(session, layer) if not tie.mistaken]
        for tie in ties:
            found[tie.target].append(tie)
        layer = sorted({tie.source for tie in ties} - found.keys() - set(layer))
    return found


def _spans(tie: Tie, moment: Moment) -> bool:
    return not tie.mistaken and tie.since <= moment < (tie.until or END)


def _from(moment: datetime | None) -> Window:
    return ((moment, -1), END) if moment else ALWAYS


_FINDING: Mapping[str, Callable[[Session, Actor, Suspect], Found]] = {
    "thing": _things,
    "supplier": _supplied,
    "window": _made,
    "machine": _handled,
    "place": _placed,
}
