"""Taking an identifier out of use: void before or instead of its life (a spoiled label, a mistake), or retired."""

from datetime import datetime

from sqlmodel import Session

from app.domain import identifiers
from app.domain.epcis import Event
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.errors import N_, Malformed, Refused
from app.services.capturing import capture, unknown_identifier
from app.store import database, items


def void(session: Session, actor: Actor, name: str, reason: str, now: datetime) -> str:
    """Makes one of the organisation's own identifiers void for ever. Returns it as people write it."""
    return _end(session, actor, "void", name, reason, now)


def retire(session: Session, actor: Actor, name: str, reason: str, now: datetime) -> str:
    """Ends the life of what the organisation minted and has: a piece out of use, a lot used up. Not to be undone
    but by a correction."""
    return _end(session, actor, "retire", name, reason, now)


def _end(session: Session, actor: Actor, how: str, name: str, reason: str, now: datetime) -> str:
    actor.require("void")
    parsed = identifiers.parse(name)
    database.lock_log(session)  # what is looked at next must still hold when the event is appended
    thing = items.find(session, parsed)
    if thing is None or thing.organisation_id != actor.organisation_id:
        raise unknown_identifier(str(parsed))
    if thing.level in {"product", "location"}:
        raise Refused(
            "not-a-piece",
            N_("{identifier} is the label of a {level}, not of a piece."),
            N_("Deactivate it in the master data."),
            identifier=str(parsed),
            level=thing.level,
        )
    if not reason.strip():
        raise Malformed(
            "reason-missing",
            N_("This needs a reason."),
            N_("Write why, for the audit trail."),
            field="reason",
        )
    step = STEPS[how]
    event = Event(
        step.event_type,
        now,
        action=step.action,
        biz_step=step.biz_step,
        disposition=step.disposition,
        epc_list=(thing.epc,),
        extensions={"suyuan:step": how, "suyuan:reason": reason.strip()[:500]},
    )
    capture(session, event, actor, now)
    return str(parsed)
