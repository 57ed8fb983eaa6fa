"""Holds: a decision that a piece or a lot must not be used or leave until someone releases it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import custody, epcis, identifiers
from app.domain.epcis import Event
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.errors import N_, Malformed, Refused
from app.services.capturing import Captured, capture, unknown_identifier
from app.services.cards import Card, cards_of, is_visible
from app.store import database, holds, items, recalls
from app.store.tables import Entry, Thing

LONGEST_REASON = 300
WITHOUT_WORDS = {  # what custody writes where nobody gave a reason
    "on-hold": N_("On hold"),
    "inspection-failed": N_("Failed inspection"),
    "inspection-hold": N_("Held at inspection"),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A thing on hold: its card, why, since when, and by whom. The operator only of one's own company; of a lot, which
    has many customers, another company only where it made the lot."""

    card: Card
    reason: str
    since: datetime | None
    company_zh: str = ""
    company_en: str = ""
    operator: str = ""


def hold(
    session: Session, actor: Actor, name: str | Identifier | Key, reason: str, now: datetime
) -> Captured:
    """Stops a thing that the actor's organisation has, or a lot it made. Raises Unknown, Refused, Malformed."""
    return _decide(session, actor, "hold", name, reason, now)


def release(
    session: Session, actor: Actor, name: str | Identifier | Key, reason: str, now: datetime
) -> Captured:
    """Lifts a hold. The reason is what makes the release defensible later."""
    return _decide(session, actor, "release", name, reason, now)


def open_holds(
    session: Session, actor: Actor, *, limit: int = 100, after: int | None = None
) -> tuple[list[Hold], int | None]:
    """What the actor's organisation has on hold, newest identifier first, and the next page's `after`."""
    actor.require("hold")
    things = holds.held(session, actor.organisation_id, actor.prefix, limit + 1, after)
    shown = things[:limit]
    decisions = holds.decisions(session, [thing.id or 0 for thing in shown])
    cards = cards_of(session, actor, shown)
    found = [_row(thing, card, decisions, actor) for thing, card in zip(shown, cards, strict=True)]
    return found, shown[-1].id if len(things) > limit else None


def may_hold(actor: Actor, state: custody.State) -> bool:
    """Whether a hold by this person could succeed: the button is shown to nobody else."""
    if (
        not actor.may("hold")
        or state.level not in {"lot", "serial", "logistic"}
        or state.lifecycle == "reserved"
    ):
        return False
    return state.holder == actor.prefix or any(balance.holder == actor.prefix for balance in state.balances)


def _row(thing: Thing, card: Card, decisions: dict[int, holds.Decision], actor: Actor) -> Hold:
    decision = decisions.get(thing.id or 0)
    if decision is None:
        return Hold(card, thing.held, None)
    own = decision.organisation_id == actor.organisation_id
    if not own and not _tells_who(thing, decision.organisation_id, actor):
        return Hold(card, thing.held, decision.event_time)
    names = (decision.company_zh, decision.company_en)
    if not own:
        return Hold(card, thing.held, decision.event_time, *names)
    event = epcis.parse(decision.body)
    reason = event.extension("reason") or thing.held
    return Hold(card, reason, decision.event_time, *names, event.extension("operator"))


def _tells_who(thing: Thing, decider: int, actor: Actor) -> bool:
    return thing.level != "lot" or thing.organisation_id in (decider, actor.organisation_id)


def _decide(
    session: Session, actor: Actor, step: str, name: str | Identifier | Key, reason: str, now: datetime
) -> Captured:
    actor.require("hold")
    why = " ".join(reason.split())[:LONGEST_REASON]
    if not why:
        raise Malformed(
            "reason-missing",
            N_("A hold or its release needs a reason."),
            N_("Write in a few words why; it stays in the log."),
            field="reason",
        )
    database.lock_log(session)  # what is looked at next must still hold when the event is appended
    thing = _thing_of(session, actor, name)
    _check(session, actor, step, thing)
    if step == "release":
        _check_no_recall(session, actor, thing)
    return _record(session, actor, step, thing, why, now)


def decide(session: Session, actor: Actor, step: str, thing: Thing, why: str, now: datetime) -> Captured:
    """The same by a recall, which knows what it has stopped. The log is to be locked already."""
    _check(session, actor, step, thing)
    return _record(session, actor, step, thing, why, now)


def _record(session: Session, actor: Actor, step: str, thing: Thing, why: str, now: datetime) -> Captured:
    kind = STEPS[step]
    event = Event(
        kind.event_type,
        now,
        action=kind.action,
        biz_step=kind.biz_step,
        disposition=kind.disposition,
        epc_list=(thing.epc,),
        extensions={"suyuan:step": step, "suyuan:reason": why},
    )
    return capture(session, event, actor, now)


def _thing_of(session: Session, actor: Actor, name: str | Identifier | Key) -> Thing:
    wanted = identifiers.parse(name) if isinstance(name, str) else name
    thing = items.find(session, wanted)
    if thing is None or not is_visible(session, actor, thing):
        raise unknown_identifier(str(wanted))
    return thing


def _check(session: Session, actor: Actor, step: str, thing: Thing) -> None:
    """The custody rules again, in words for this page."""
    shown = str(identifiers.from_epc(thing.epc))
    state = items.states_of(session, [thing])[thing.epc]
    if not may_hold(actor, state):
        raise Refused(
            "not-yours-to-hold",
            N_("{identifier} is not with your company, so you cannot put it on hold or release it."),
            N_("Ask the company that has it."),
            identifier=shown,
        )
    if step == "release" and not state.held:
        raise Refused(
            "not-held",
            N_("{identifier} is not on hold."),
            N_("There is nothing to release."),
            identifier=shown,
        )
    if step == "release" and not _may_release(session, actor, thing):
        raise Refused(
            "held-by-another",
            N_("Another company put {identifier} on hold, and other companies have some of it as well."),
            N_("Ask the company that made the lot to release it."),
            identifier=shown,
        )


def _check_no_recall(session: Session, actor: Actor, thing: Thing) -> None:
    """One who does not know of a recall must not undo it by the way."""
    recall = recalls.holding_recall(session, actor.organisation_id, thing.epc)
    if recall is not None:
        raise Refused(
            "held-by-recall",
            N_("The recall “{recall}” keeps {identifier} on hold."),
            N_("Release it in the recall, or end the recall first."),
            identifier=str(identifiers.from_epc(thing.epc)),
            recall=recall.title,
        )


def _may_release(session: Session, actor: Actor, thing: Thing) -> bool:
    """A piece is released by who has it. A lot, which many have, by who made it or, if nobody else did, held it."""
    if thing.level != "lot" or thing.organisation_id == actor.organisation_id:
        return True
    return _holders(holds.all_decisions(session, thing.id or 0)) <= {actor.organisation_id}


def _holders(decisions: Iterable[Entry]) -> set[int]:
    """The organisations whose holds still stand, out of the holds, inspections and releases of one thing."""
    return {row.organisation_id for row in standing(decisions)}


def standing(decisions: Iterable[Entry]) -> list[Entry]:
    """The holds, and inspections that stop like one, that nobody has released or withdrawn."""
    events = sorted(((epcis.parse(row.body), row) for row in decisions), key=lambda pair: pair[0].event_time)
    withdrawn = {event.error_declaration.of for event, _ in events if event.error_declaration}
    found: list[Entry] = []
    for event, row in events:
        if event.error_declaration or event.event_id in withdrawn:
            continue
        if row.step == "release":
            found.clear()
        elif row.step == "hold" or event.extension("result") != "pass":
            found.append(row)
    return found


def allowed(session: Session, actor: Actor, epc: str) -> bool:
    """Whether this person could hold or release that thing."""
    thing = items.find(session, epc) if actor.may("hold") else None
    return thing is not None and may_hold(actor, items.states_of(session, [thing])[thing.epc])
