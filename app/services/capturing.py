"""The single way into the log: every mint, scan, hold, correction and import ends in `capture()`.

It checks that the event can have happened, appends it, and writes its index rows, all in the caller's transaction.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from app.domain import custody, epcis
from app.domain.epcis import ErrorDeclaration, Event
from app.domain.people import Actor
from app.errors import Malformed, N_, Refused, Unknown
from app.store import indexing, items, log
from app.store.tables import Site, Thing

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)  # phones drift; more than this is a wrong date, not a wrong clock
STAYING_STEPS = {"commission", "inspect", "hold", "release"}  # what is inside is not touched by these


@dataclass(frozen=True, slots=True)
class Captured:
    """What was recorded: its place in the log, the event with its id, and what was odd about it."""

    seq: int
    event: Event
    notices: tuple[custody.Notice, ...]


def capture(session: Session, event: Event, actor: Actor, now: datetime) -> Captured:
    """Records one event of `actor`'s organisation. Raises Malformed, Unknown or Refused and then records nothing.

    The event needs the extension suyuan:step; its organisation and operator are set here, never by the sender.
    """
    event = _signed_by(event, actor)
    _check_times(event, now)
    step = event.extension("step")
    if step == "mint":
        seq = log.append(session, event, actor.organisation_id, step, now)
        indexing.index_minted(session, seq, event, actor.organisation_id)
        return Captured(seq, event, ())
    _check_place(session, event, actor)
    things = _things_of(session, event)
    inside = [] if step in STAYING_STEPS else items.contents(session, things.values())
    before = items.states_of(session, things.values())
    inner = items.states_of(session, inside)
    late = any(state.last_time and state.last_time > event.event_time for state in before.values())
    known = _states_at(session, things.values(), event.event_time) if late else before
    outcome = custody.apply(_canonical_names(event, things), known, inside=inner)
    seq = log.append(session, event, actor.organisation_id, step, now)
    touched = things | {thing.epc: thing for thing in inside}
    indexing.index_event(
        session, seq, event, actor.organisation_id, things, touched, before | inner, outcome.states
    )
    if late:
        refold(session, things.values(), seq)
    return Captured(seq, event, tuple(outcome.notices))


def correct(session: Session, seq: int, actor: Actor, now: datetime, reason: str) -> Captured:
    """Withdraws entry `seq` of the actor's own organisation by an EPCIS error declaration; both stay in the log.

    Refused when a later event builds on it: that one has to be withdrawn first.
    """
    entry = log.entry_of(session, seq)
    if entry is None or entry.organisation_id != actor.organisation_id:
        raise Unknown("unknown-event", N_("There is no event {seq} of yours."), seq=seq)
    original = epcis.parse(entry.body)
    things = _things_of(session, original)
    _check_newest(session, entry.seq, entry.event_id, things.values())
    declaration = ErrorDeclaration(now, reason, of=original.event_id)
    event = replace(original, event_id=new_event_id(), error_declaration=declaration)
    event = _signed_by(event, actor)
    new_seq = log.append(session, event, actor.organisation_id, entry.step, now)
    before = items.states_of(session, things.values())
    indexing.index_event(session, new_seq, event, actor.organisation_id, things, things, before, {})
    refold(session, things.values(), new_seq)
    return Captured(new_seq, event, ())


def new_event_id() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def refold(session: Session, things: Iterable[Thing], seq: int) -> None:
    """Works the state of these things and their family out anew from all their events, as they happened."""
    rows = {thing.epc: thing for thing in items.family(session, things)}
    before = items.states_of(session, rows.values())
    after = _replayed(session, rows)
    items.save_states(
        session, rows, before, {epc: after[epc] for epc in rows if after[epc] != before[epc]}, seq
    )


def _replayed(
    session: Session, rows: Mapping[str, Thing], until: datetime | None = None
) -> dict[str, custody.State]:
    events = [
        event for event in _events_of(session, rows.values()) if until is None or event.event_time <= until
    ]
    return custody.refold(events, {epc: items.fresh_state(thing) for epc, thing in rows.items()})


def _signed_by(event: Event, actor: Actor) -> Event:
    signed = {"suyuan:organisation": actor.prefix, "suyuan:operator": actor.name}
    return replace(
        event, event_id=event.event_id or new_event_id(), extensions=dict(event.extensions) | signed
    )


def _check_times(event: Event, now: datetime) -> None:
    if event.event_time > now + CLOCK_SKEW:
        raise Malformed(
            "time-in-future",
            N_("The time {time} is still to come; it is {now} now."),
            N_("Check the date and clock of the device."),
            time=epcis.time_text(event.event_time),
            now=epcis.time_text(now),
        )
    if event.event_time < EARLIEST:
        raise Malformed(
            "time-impossible",
            N_("The time {time} is before {earliest}."),
            N_("Check the date and clock of the device."),
            time=epcis.time_text(event.event_time),
            earliest=epcis.time_text(EARLIEST),
        )


def _check_place(session: Session, event: Event, actor: Actor) -> None:
    """An event happens at a site of the organisation that records it, and where its operator may work."""
    query = select(Site.organisation_id).where(col(Site.epc) == event.read_point, col(Site.active))
    if session.execute(query).scalar() != actor.organisation_id:
        raise Refused(
            "not-your-site",
            N_("{site} is not a place of your organisation."),
            N_("Choose one of your places, or scan its label."),
            site=event.read_point.removeprefix("hdl:") or "—",
        )
    if actor.places is not None and event.read_point not in actor.places:
        raise Refused(
            "not-your-place",
            N_("{name} may not record at {site}."),
            N_("Choose a place you are bound to, or ask an administrator."),
            name=actor.name,
            site=event.read_point.removeprefix("hdl:"),
        )


def _things_of(session: Session, event: Event) -> dict[str, Thing]:
    """Every thing the event names; nobody may record about what does not exist."""
    names = list(dict.fromkeys(mention.epc for mention in epcis.mentions(event)))
    things = items.of_epcs(session, names)
    if missing := [name for name in names if name not in things]:
        raise unknown_identifier(missing[0])
    return things


def unknown_identifier(epc: str) -> Unknown:
    """One wording for what does not exist and for what the reader may not know of."""
    return Unknown(
        "unknown-identifier",
        N_("{identifier} is not known here."),
        N_("Check the label, or ask the company that issued it."),
        identifier=epc.removeprefix("hdl:"),
    )


def _canonical_names(event: Event, things: Mapping[str, Thing]) -> Event:
    """The same event with aliases (an SSCC, say) replaced by the canonical epcs the rules work on."""
    if all(name == thing.epc for name, thing in things.items()):
        return event
    names = {name: thing.epc for name, thing in things.items()}
    lists = {field: tuple(names[epc] for epc in getattr(event, field)) for field in epcis.EPC_FIELDS}
    counted = {
        field: tuple(replace(q, epc_class=names[q.epc_class]) for q in getattr(event, field))
        for field in epcis.QUANTITY_FIELDS
    }
    return replace(event, parent_id=names.get(event.parent_id, ""), **lists, **counted)


def _events_of(session: Session, things: Iterable[Thing]) -> list[Event]:
    entries = log.entries_about(session, [thing.id or 0 for thing in things])
    events = [epcis.parse(entry.body) for entry in entries]
    return [
        _canonical_names(event, items.of_epcs(session, [m.epc for m in epcis.mentions(event)]))
        for event in events
    ]


def _states_at(session: Session, things: Iterable[Thing], moment: datetime) -> dict[str, custody.State]:
    """The states as they were at `moment`, for a station that delivers late."""
    rows = list(things)
    states = _replayed(session, {thing.epc: thing for thing in items.family(session, rows)}, moment)
    return {thing.epc: states[thing.epc] for thing in rows}


def _check_newest(session: Session, seq: int, event_id: str, things: Iterable[Thing]) -> None:
    later = log.entries_about(session, [thing.id or 0 for thing in things], after=seq)
    events = [epcis.parse(entry.body) for entry in later]
    withdrawn = {event.error_declaration.of for event in events if event.error_declaration}
    if event_id in withdrawn:
        raise Refused("already-undone", N_("This step was undone already."), N_("Scan on."))
    standing = [event for event in events if not event.error_declaration and event.event_id not in withdrawn]
    if standing:
        raise Refused(
            "built-upon",
            N_("A later step builds on it ({step}, {time})."),
            N_("Undo the later step first."),
            step=standing[-1].extension("step"),
            time=epcis.time_text(standing[-1].event_time),
        )
