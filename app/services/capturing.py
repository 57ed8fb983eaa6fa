"""The single way into the log: every mint, scan, hold, correction and import ends in `capture()`.

It checks that the event can have happened, appends it, and writes its index rows, all in the caller's transaction.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from app.domain import custody, epcis
from app.domain.epcis import ErrorDeclaration, Event
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError, Unknown
from app.services.custody_setting import Set
from app.services.replaying import contradicted, effect_of, settle, things_of, unknown_identifier
from app.store import adopted, database, indexing, items, log, masterdata
from app.store.tables import Entry, Thing

__all__ = ["Captured", "capture", "capture_mint", "correct", "new_event_id", "unknown_identifier"]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)  # phones drift; more than this is a wrong date, not a wrong clock
ADOPT = "adopt"
# decisions, which may be taken at a desk
PLACELESS = {"mint", "claim", "void", "retire", "hold", "release", ADOPT}
DECIMALS = 6  # what the store keeps of a quantity
DIGITS = 15  # what a JSON number keeps of one everywhere
LARGEST = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class Captured:
    """What was recorded: its place in the log, the event with its id, and what was odd about it."""

    seq: int
    event: Event
    notices: tuple[custody.Notice, ...]


def capture(session: Session, event: Event, actor: Actor, now: datetime) -> Captured:
    """Records one event of `actor`'s organisation. Raises Malformed, Unknown or Refused and then has written nothing:
    a caller may go on in the same transaction (not after an `adopt`, which brings in the things it names).

    The event needs the extension suyuan:step; its organisation and operator are set here, never by the sender.
    """
    _check_times(event, now)
    _check_quantities(event)
    event = _as_stored(event, actor, now)
    if event.read_point or event.extension("step") not in PLACELESS:
        _check_place(session, event, actor)
    database.lock_log(session)  # the states read next must still hold when the event is appended
    if event.extension("step") == ADOPT:
        adopted.bring_in(session, log.size(session), event)
    effect = effect_of(session, event, verdicts=Set(session, actor.organisation_id))
    seq = log.append(session, event, actor.organisation_id, event.extension("step"), now)
    try:
        settle(session, seq, event, actor.organisation_id, effect)
    except TraceError as error:  # would leave an entry that its caller takes for refused
        raise RuntimeError(f"entry {seq} was refused after it was written") from error
    return Captured(seq, event, effect.notices)


def capture_mint(session: Session, events: Sequence[Event], actor: Actor, now: datetime) -> int:
    """Records several entries of one mint at once and returns the first one's place in the log; the others follow it.

    Asks of each what `capture` asks, but looks at the log, its tree and the index once for all: new identifiers have no
    state that an event could contradict. Raises Malformed or Taken; after Taken the caller's savepoint rolls back.
    """
    if any(event.extension("step") != "mint" or event.read_point for event in events):
        raise ValueError("only mints have no past to be checked against")
    for event in events:
        _check_times(event, now)
    stored = [_as_stored(event, actor, now) for event in events]
    first = log.append_many(session, stored, actor.organisation_id, "mint", now)
    indexing.index_mints(session, first, stored, actor.organisation_id)
    return first


def correct(session: Session, seq: int, actor: Actor, now: datetime, reason: str) -> Captured:
    """Withdraws entry `seq` of the actor's own organisation by an EPCIS error declaration; both stay in the log.

    Refused when a later event builds on it: that one has to be withdrawn first.
    """
    database.lock_log(session)
    entry = log.entry_of(session, seq)
    if entry is None or entry.organisation_id != actor.organisation_id:
        raise Unknown("unknown-event", N_("There is no event {seq} of yours."), seq=seq)
    original = epcis.parse(entry.body)
    _check_correctable(original)
    things = things_of(session, original)
    parent = things.get(original.parent_id)
    let_out = indexing.let_out_by(session, seq, parent.id or 0) if parent else []
    concerned = [*things.values(), *items.of_ids(session, let_out).values()]
    _check_newest(session, entry, concerned)
    declaration = ErrorDeclaration(now, reason, of=original.event_id)
    event = replace(original, event_id=new_event_id(), error_declaration=declaration)
    event = _as_stored(event, actor, now)
    effect = effect_of(session, event)
    new_seq = log.append(session, event, actor.organisation_id, entry.step, now)
    settle(session, new_seq, event, actor.organisation_id, effect)
    return Captured(new_seq, event, ())


def new_event_id() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def _as_stored(event: Event, actor: Actor, now: datetime) -> Event:
    """The event with who recorded it and when, exactly as the log's text will have it (milliseconds, JSON numbers):
    what is indexed now has to be what a rebuild reads."""
    signed = {
        "suyuan:organisation": actor.prefix,
        "suyuan:operator": actor.name,
        "suyuan:recorded": epcis.time_text(now),
    }
    named = replace(
        event, event_id=event.event_id or new_event_id(), extensions=dict(event.extensions) | signed
    )
    return epcis.parse(epcis.canonical(named))


def _check_times(event: Event, now: datetime) -> None:
    if event.event_time > now + CLOCK_SKEW:
        raise Malformed(
            "time-in-future",
            N_("The time {time} is still to come; it is {now} now."),
            N_("Check the date and clock of the device."),
            time=_readable(event.event_time),
            now=_readable(now),
        )
    if event.event_time < EARLIEST:
        raise Malformed(
            "time-impossible",
            N_("The time {time} is before {earliest}."),
            N_("Check the date and clock of the device."),
            time=_readable(event.event_time),
            earliest=_readable(EARLIEST),
        )


def _readable(moment: datetime) -> str:
    """Not in UTC, which the first and the last hours of the calendar have no date for."""
    return moment.isoformat(timespec="minutes").replace("+00:00", "Z")


def _check_quantities(event: Event) -> None:
    for mention in epcis.mentions(event):
        quantity = mention.quantity
        if quantity is None:
            continue
        if not quantity.is_finite() or not 0 < quantity <= LARGEST:
            raise Malformed(
                "bad-quantity",
                N_("{quantity} is not an amount of {item}."),
                N_("Enter a number greater than zero."),
                quantity=str(quantity)[:40],
                item=mention.epc,
            )
        exact = quantity.normalize().as_tuple()
        if len(exact.digits) > DIGITS or int(exact.exponent) < -DECIMALS:
            raise Malformed(
                "quantity-too-fine",
                N_("{quantity} is more exact than can be kept."),
                N_("Use up to {decimals} decimals and {digits} digits in all."),
                quantity=str(quantity)[:40],
                decimals=DECIMALS,
                digits=DIGITS,
            )


def _check_place(session: Session, event: Event, actor: Actor) -> None:
    """An event happens at a site of the organisation that records it, and where its operator may work."""
    site = masterdata.site_by_epc(session, actor.organisation_id, event.read_point)
    if site is None or not site.active:
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
            site=event.read_point,
        )


def _check_correctable(original: Event) -> None:
    if original.error_declaration:
        raise Refused(
            "already-undone",
            N_("This is itself a correction, and stays."),
            N_("Record the step again instead."),
        )
    if original.extension("step") == "mint":
        raise Refused(
            "mint-stays",
            N_("What was minted stays minted; an identifier is never given twice."),
            N_("Declare the identifiers void instead."),
        )
    if original.extension("step") == "claim":
        raise Refused(
            "claim-stays",
            N_("What a label was assigned to stays so; a label never becomes another thing."),
            N_("Declare this one void, and take another blank label."),
        )
    if original.extension("step") == ADOPT:
        raise Refused(
            "announcement-stays",
            N_("What a partner announced stays announced."),
            N_("Ask the sender to correct it; what did not come need not be received."),
        )


def _check_newest(session: Session, entry: Entry, things: Iterable[Thing]) -> None:
    concerned = list(things)
    later = log.entries_about(session, [thing.id or 0 for thing in concerned], after=entry.seq)
    events = [(epcis.parse(row.body), row.organisation_id) for row in later]
    withdrawn = {event.error_declaration.of for event, _ in events if event.error_declaration}
    if entry.event_id in withdrawn:
        raise Refused("already-undone", N_("This step was undone already."), N_("Scan on."))
    standing = [(e, who) for e, who in events if not e.error_declaration and e.event_id not in withdrawn]
    if own := [event for event, who in standing if who == entry.organisation_id]:
        raise Refused(
            "built-upon",
            N_("A later step builds on it ({step}, {time})."),
            N_("Undo the later step first."),
            step=own[-1].extension("step"),
            time=epcis.time_text(own[-1].event_time),
        )
    # What others did with their parts of the same lot is no hindrance; and whatever others did is not told.
    pieces = {thing.id for thing in concerned if thing.level != "lot"}
    moved_on = any(pieces & {t.id for t in things_of(session, event).values()} for event, _ in standing)
    if moved_on or (standing and contradicted(session, concerned, _without(entry.event_id))):
        raise Refused(
            "built-upon",
            N_("Another company has recorded a step that builds on it."),
            N_("Ask the company that you shipped it to."),
        )


def _without(event_id: str) -> Callable[[list[Event]], list[Event]]:
    return lambda history: [event for event in history if event.event_id != event_id]
