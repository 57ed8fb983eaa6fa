"""What an entry makes of the index: worked out before a new event is appended, and again for each entry in a rebuild.

One path for both, so that rebuilt tables cannot differ from those that grew. It refuses only where told to be strict.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from app.domain import captured, custody, epcis
from app.domain.custody_settings import WARN, Verdicts, verdict_on
from app.domain.custody_words import NOTICES
from app.domain.epcis import Event
from app.domain.places import carried_along
from app.domain.stays import Stays
from app.errors import N_, Refused, Unknown
from app.services import ancestry
from app.services.settling import Judged, Settling
from app.store import adopted, indexing, items, log, mints
from app.store import captured as rows
from app.store.tables import Entry, Thing

STAYING_STEPS = {"commission", "hold", "release"}  # what is inside is not touched by these
JUDGEMENTS = {"inspect", "hold", "release"}


@dataclass(frozen=True, slots=True)
class Effect:
    """What the event will do: `things` by the name it uses for them, `touched` also what is inside these, and
    the states before and after. `unordered`: the states have to be folded anew from the whole history."""

    things: Mapping[str, Thing]
    touched: Mapping[str, Thing]
    before: Mapping[str, custody.State]
    after: Mapping[str, custody.State]
    notices: tuple[custody.Notice, ...] = ()
    unordered: bool = False


def effect_of(
    session: Session,
    event: Event,
    *,
    strict: bool = True,
    lenient: frozenset[str] = frozenset(),
    verdicts: Verdicts | None = None,
) -> Effect:
    """Raises Unknown for a thing that does not exist and, when strict, Refused for what cannot have happened; of things
    in `lenient` that becomes a notice, as does what the company that records lets be."""
    if event.extension("step") == "mint" and not event.error_declaration:
        return Effect({}, {}, {}, {})
    things = things_of(session, event)
    before = items.states_of(session, things.values())
    if event.error_declaration or event.extension("withdrawn"):
        return Effect(things, things, before, {}, unordered=True)
    inside = [] if event.extension("step") in STAYING_STEPS else items.contents(session, things.values())
    inner = items.states_of(session, inside)
    later = [epc for epc, state in before.items() if state.is_later(event.event_time)]
    unordered = bool(later) or any(state.is_later(event.event_time) for state in inner.values())
    known = states_at(session, things.values(), event.event_time) if later else before
    named = _canonical_names(event, things)
    outcome = custody.apply(named, known, strict=strict, inside=inner, lenient=lenient, verdicts=verdicts)
    touched = things | {thing.epc: thing for thing in inside}
    notices = [*outcome.notices]
    if strict:
        notices += ancestry.check_no_loop(session, event, things)
    if later and strict:
        _check_what_followed(session, named, things.values(), lenient, {} if verdicts is None else verdicts)
        notices.append(_late_notice(event, later[0], before[later[0]]))
    return Effect(things, touched, before | inner, outcome.states, tuple(notices), unordered)


def settle(session: Session, seq: int, event: Event, organisation_id: int, effect: Effect) -> None:
    """Writes the index rows of entry `seq`."""
    if event.extension("step") == "mint":
        if event.error_declaration:
            mints.withdraw(session, event.extension("run"))
        else:
            indexing.index_minted(session, seq, event, organisation_id)
        return
    indexing.index_event(
        session, seq, event, organisation_id, effect.things, effect.touched, effect.before, effect.after
    )
    if event.extension("step") == "claim" and not event.error_declaration:
        indexing.index_claim(session, event, organisation_id)
    if effect.unordered:
        _refold(session, effect.things.values(), seq, event.event_time)
        return
    named = {thing.epc for thing in effect.things.values()}
    along = [effect.touched[epc].id or 0 for epc in carried_along(effect.after) if epc not in named]
    if along:
        indexing.index_parties(session, [(event, along)], organisation_id)


def replay(session: Session, entry: Entry) -> None:
    """Writes the index rows of one entry that is in the log already, all before it having been replayed."""
    if entry.version == captured.VERSION:
        replay_captured(session, [entry])
        return
    event = epcis.parse(entry.body)
    if event.extension("step") == "adopt":
        adopted.bring_in(session, entry.seq, event)
    settle(session, entry.seq, event, entry.organisation_id, effect_of(session, event, strict=False))
    if event.extension("step") == "mint" and event.error_declaration:
        mints.remove(
            session, event.extension("run")
        )  # at once, and not step by step: nobody else writes meanwhile


def replay_captured(session: Session, entries: Sequence[Entry]) -> None:
    """The same for several captured events that follow each other."""
    settling = Settling(session, rows.namespaces(session))
    events = [(entry, event, epcis.mentions(event)) for entry in entries for event in [event_in(entry.body)]]
    settling.load((event, mentions) for _, event, mentions in events)
    for entry, event, mentions in events:
        things = settling.things_of(event, mentions, entry.organisation_id)
        judged = settling.judge(event, entry.organisation_id, mentions, things)
        if judged.looks_back:
            settling.flush()
            look_back(session, settling, entry.seq, judged, strict=False)
        else:
            settling.take(entry.seq, judged)
    settling.flush()


def look_back(
    session: Session,
    settling: Settling,
    seq: int,
    judged: Judged,
    *,
    strict: bool = True,
    lenient: frozenset[str] = frozenset(),
    verdicts: Verdicts | None = None,
) -> Effect:
    """Settles a captured event that the past has to be read for, as entry `seq`; what was taken before is written. When
    strict, Refused may be raised with rows written already: the caller's savepoint rolls back."""
    settling.bring_in(seq, judged)
    effect = effect_of(session, judged.event, strict=strict, lenient=lenient, verdicts=verdicts)
    settle(session, seq, judged.event, judged.organisation_id, effect)
    family = items.family(session, effect.things.values()) if effect.unordered else ()
    settling.refresh([thing.epc for thing in (*effect.touched.values(), *family)], judged.process)
    return effect


def event_in(body: str) -> Event:
    """The event in the text of an entry, in the words of this node: parties and places by the names they have here."""
    event = epcis.parse(body)
    return captured.in_our_words(event, event.extension("names") or {})


def things_of(session: Session, event: Event) -> dict[str, Thing]:
    """Every thing the event names and has a say on; nobody may record about what does not exist."""
    names = _names_in(event)
    things = items.of_epcs(session, names.values())
    if missing := [name for name in names.values() if name not in things]:
        raise unknown_identifier(missing[0])
    return {name: things[meant] for name, meant in names.items()}


def _names_in(event: Event) -> dict[str, str]:
    """The names of things in the event, and what each stands for here."""
    apart = frozenset(event.extension("apart") or ())
    named = (mention.epc for mention in epcis.mentions(event))
    return {name: captured.used_name(event, name) for name in named if name not in apart}


def unknown_identifier(epc: str) -> Unknown:
    """One wording for what does not exist and for what the reader may not know of."""
    return Unknown(
        "unknown-identifier",
        N_("{identifier} is not known here."),
        N_("Check the label, or ask the company that issued it."),
        identifier=epc.removeprefix("hdl:"),
    )


def _refold(session: Session, things: Iterable[Thing], seq: int, since: datetime) -> None:
    """Works the state of these things and their family out anew from all their events, as they happened; and who took
    part in what was moved with others from `since` on."""
    rows = {thing.epc: thing for thing in items.family(session, things)}
    before = items.states_of(session, rows.values())
    entries = _entries(session, rows.values())
    seqs = {id(event): number for number, event in entries}
    after, stays = dict(items.fresh_states(session, rows.values())), Stays()
    moved: list[tuple[Event, list[int]]] = []
    for event, outcome in custody.outcomes([event for _, event in entries], after):
        stays.note(seqs[id(event)], event, after)
        if event.event_time >= since:
            moved.append((event, [rows[epc].id or 0 for epc in carried_along(outcome.states) if epc in rows]))
    changed = {epc: after[epc] for epc in rows if after[epc] != before[epc]}
    items.save_states(session, rows, before, changed, seq)
    indexing.set_ends(session, rows, stays.ends)
    indexing.index_parties(session, moved)


def states_at(session: Session, things: Iterable[Thing], moment: datetime) -> dict[str, custody.State]:
    """The states as they were at `moment`, by all that is on record now."""
    rows = list(things)
    states = _replayed(session, {thing.epc: thing for thing in items.family(session, rows)}, moment)
    return {thing.epc: states[thing.epc] for thing in rows}


def past_of(session: Session, things: Iterable[Thing]) -> tuple[list[Event], dict[str, custody.State]]:
    """All events of these things and their family in the order they were recorded, with canonical names, and the states
    before the first: what `custody` plays."""
    rows = items.family(session, things)
    return _history(session, rows), items.fresh_states(session, rows)


def changes_of(session: Session, thing: Thing) -> list[tuple[Event, custody.State]]:
    """What each standing event made of the thing, in the order they happened; its mint not among them."""
    rows = items.family(session, [thing])
    past = _history(session, rows)
    return list(custody.changes(past, items.fresh_states(session, rows), thing.epc))


def _check_what_followed(
    session: Session, event: Event, things: Iterable[Thing], lenient: frozenset[str], verdicts: Verdicts
) -> None:
    """Refuses a late event that would make impossible what was recorded since: shipped then, shipped again later.

    Inspections and holds are taken in any case: that something bad went on its way has to become known.
    """
    if event.extension("step") in JUDGEMENTS:
        return
    notice = contradicted(session, things, lambda history: [*history, event], lenient)
    if notice and verdict_on(notice.code, captured.step_in(event), verdicts) != WARN:
        hint = N_(
            "At {late_time} it would make steps impossible that are on record since. Check the time, or tell a manager."
        )
        values = dict(notice.values) | {"late_time": epcis.time_text(event.event_time)}
        raise Refused(notice.code, notice.message, hint, **values)


def contradicted(
    session: Session,
    things: Iterable[Thing],
    change: Callable[[list[Event]], list[Event]],
    lenient: frozenset[str] = frozenset(),
) -> custody.Notice | None:
    """What could not have happened if the history of these things were changed so. What did not hold together before
    is not the change's fault, unless it makes it worse; things in `lenient` may contradict themselves."""
    rows = {thing.epc: thing for thing in items.family(session, things)}
    fresh = items.fresh_states(session, rows.values())
    history = _history(session, rows.values())
    known = custody.contradictions(history, fresh)
    found = custody.contradictions(change(history), fresh)
    new = (notice for key, notice in found.items() if key not in known)
    return next((notice for notice in new if notice.values.get("item") not in lenient), None)


def _late_notice(event: Event, epc: str, state: custody.State) -> custody.Notice:
    last = epcis.time_text(state.last_time) if state.last_time else ""
    values = {"item": epc, "time": epcis.time_text(event.event_time), "last": last}
    return custody.Notice("late", NOTICES["late"], values)


def _replayed(
    session: Session, rows: Mapping[str, Thing], until: datetime | None = None
) -> dict[str, custody.State]:
    past = _history(session, rows.values(), until)
    return custody.refold(past, items.fresh_states(session, rows.values()))


def _history(session: Session, things: Iterable[Thing], until: datetime | None = None) -> list[Event]:
    """The events of these things in the order they were recorded, with canonical names."""
    return [event for _, event in _entries(session, things, until)]


def _entries(
    session: Session, things: Iterable[Thing], until: datetime | None = None
) -> list[tuple[int, Event]]:
    """The same with the place of each in the log."""
    ids = tuple(sorted(thing.id or 0 for thing in things))
    read = _read_so_far(session, ids)
    fresh = [(entry.seq, event_in(entry.body)) for entry in log.entries_about(session, ids, after=read.last)]
    named = items.of_epcs(session, [name for _, event in fresh for name in _names_in(event).values()])
    for seq, event in fresh:
        names = {name: named[meant] for name, meant in _names_in(event).items()}
        read.events.append((seq, _canonical_names(event, names)))
        read.last = seq
    return [(seq, event) for seq, event in read.events if until is None or event.event_time <= until]


@dataclass(slots=True)
class _Read:
    """What was read of the history of some things, up to entry `last`."""

    ids: tuple[int, ...] = ()
    savepoint: object = None
    events: list[tuple[int, Event]] = field(default_factory=list)
    last: int = -1


def _read_so_far(session: Session, ids: tuple[int, ...]) -> _Read:
    """A late event asks three times for the same history. It is kept no longer than the savepoint it was read in, since
    what is in there may be taken back."""
    savepoint = session.get_nested_transaction() or session.get_transaction()
    read: _Read | None = session.info.get("history")
    if read is None or read.ids != ids or read.savepoint is not savepoint or savepoint is None:
        read = session.info["history"] = _Read(ids, savepoint)
    return read


def _canonical_names(event: Event, things: Mapping[str, Thing]) -> Event:
    return captured.renamed(event, {name: thing.epc for name, thing in things.items()})
