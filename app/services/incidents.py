"""Faults of nodes and their end, as the docking guide wants them told: numbered, in classes, in real time."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Unknown
from app.services import auditing
from app.store import filing as rows
from app.store.tables import FaultEvent

FAULT, RECOVERED = "fault", "recovered"
KINDS = {FAULT: N_("Fault"), RECOVERED: N_("Working again")}
NETWORK, SYSTEM, ATTACK, OTHER = 1, 2, 3, 4  # the guide's own numbers
CLASSES = {"1": N_("Network"), "2": N_("System"), "3": N_("Attack"), "4": N_("Other")}
LONGEST_CAUSE = 500
LATEST = timedelta(minutes=10)  # a clock may be ahead


def report(
    session: Session,
    actor: Actor,
    *,
    zone: str,
    cause: str,
    fault_class: str,
    planned: bool,
    event_time: datetime,
    now: datetime,
) -> FaultEvent:
    """A fault, or maintenance that was announced. Told upward with the next filing."""
    _require(actor)
    if fault_class not in CLASSES:
        raise Malformed(
            "unknown-fault-class", N_("There is no class of faults '{value}'."), N_("Choose one of the list."),
            value=fault_class[:20], field="fault_class",
        )  # fmt: skip
    cause = cause.strip()
    if not 0 < len(cause) <= LONGEST_CAUSE or not cause.isprintable():
        raise Malformed(
            "fault-without-cause", N_("Say in a sentence what happened."), N_("At most 500 characters, on one line."),
            field="cause",
        )  # fmt: skip
    if event_time > now + LATEST:
        raise Malformed(
            "fault-in-the-future",
            N_("This time has not come yet."),
            N_("Say when it began."),
            field="event_time",
        )
    auditing.record(session, actor, "fault-reported", now, subject=zone, detail=cause[:100])
    return begin(session, zone, cause, int(fault_class), now, event_time=event_time, planned=planned)


def recover(session: Session, actor: Actor, number: str, now: datetime) -> FaultEvent:
    _require(actor)
    fault = rows.fault(session, number) if len(number) <= 32 and number.isprintable() else None
    if fault is None or fault.kind != FAULT:
        raise Unknown("unknown-fault", N_("There is no such fault."), N_("Look in the list."))
    if all(each.number != number for each in rows.open_faults(session, fault.zone)):
        raise Conflict("fault-is-over", N_("This fault is over already."), N_("Look in the list."))
    auditing.record(session, actor, "fault-ended", now, subject=fault.zone, detail=fault.cause[:100])
    return end(session, fault, now)


def begin(
    session: Session,
    zone: str,
    cause: str,
    fault_class: int,
    now: datetime,
    *,
    event_time: datetime | None = None,
    planned: bool = False,
) -> FaultEvent:
    """As the node itself notes one."""
    return rows.add_fault(
        session,
        FaultEvent(
            number=secrets.token_hex(16), kind=FAULT, zone=zone, cause=cause, fault_class=fault_class,
            planned=planned, event_time=event_time or now, record_time=now,
        ),
    )  # fmt: skip


def end(session: Session, fault: FaultEvent, now: datetime) -> FaultEvent:
    return rows.add_fault(
        session,
        FaultEvent(
            number=secrets.token_hex(16), kind=RECOVERED, related=fault.number, zone=fault.zone, cause=fault.cause,
            fault_class=fault.fault_class, planned=fault.planned, event_time=now, record_time=now,
        ),
    )  # fmt: skip


def standing(session: Session, zone: str) -> Sequence[FaultEvent]:
    """Faults of a zone that are not over."""
    return rows.open_faults(session, zone)


def _require(actor: Actor) -> None:
    actor.require("audit")
    if not actor.node:
        raise Unknown("unknown-fault", N_("There is no such fault."), N_("Look in the list."))
