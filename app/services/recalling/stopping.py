"""Puts all that a recall reaches and that the company has on hold, and lets it go again: in parts, so that nobody who
scans waits for ten thousand lots, and so that it can be broken off and gone on with."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError
from app.services import auditing, holding
from app.services.recalling.gathering import note, recall_row
from app.services.recalling.naming import tidy
from app.services.recalling.starting import number_of, open_recall
from app.store import database, holds, items, recalls
from app.store.tables import Recall, RecallItem, Thing

AT_ONCE = 40  # holds in one transaction
FEW = 120  # holds that a page waits for; more is a job
HELD_LEVELS = frozenset({"lot", "serial"})
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the work did; `after` is where the next goes on, '' at the end."""

    done: int
    skipped: int
    after: str


def reason_of(text: str) -> str:
    why = tidy(text, LONGEST_REASON)
    if not why:
        raise Malformed(
            "reason-missing",
            N_("A hold or its release needs a reason."),
            N_("Write in a few words why; it stays in the log."),
            field="reason",
        )
    return why


def to_hold(session: Session, actor: Actor, recall_id: str) -> int:
    """How many things a hold of this recall would stop."""
    recall_row(session, actor, recall_id)
    return recalls.count_to_hold(session, recall_id)


def to_release(session: Session, actor: Actor, recall_id: str) -> int:
    recall_row(session, actor, recall_id)
    return recalls.count_held(session, recall_id)


def hold_some(
    session: Session, actor: Actor, recall_id: str, reason: str, now: datetime, after: str = ""
) -> Part:
    """The next things, in order of their identifiers. Containers are not held: what is on hold in them cannot leave,
    and the rest of what is in them can be taken out. Raises Refused for an exercise and for a recall that is over."""
    recall = open_recall(session, actor, recall_id)
    if recall.mock:
        raise Refused(
            "exercise-holds-nothing",
            N_("An exercise puts nothing on hold."),
            N_("Begin a real recall where something must be stopped."),
        )
    database.lock_log(session)
    why = f"{number_of(recall)}: {reason_of(reason)}"
    rows = recalls.next_to_hold(session, recall_id, after, AT_ONCE)
    things = items.of_epcs(session, [row.epc for row in rows])
    done = 0
    for row in rows:
        thing = things.get(row.epc)
        if thing is not None and _can_be_held(actor, thing, session):
            done += _decided(session, actor, "hold", recall, row, thing, why, now)
    return Part(done, len(rows) - done, rows[-1].epc if len(rows) == AT_ONCE else "")


def _can_be_held(actor: Actor, thing: Thing, session: Session) -> bool:
    """What is used up or gone needs no stopping; what is built in is stopped with what it is in."""
    if thing.level not in HELD_LEVELS or thing.lifecycle != "active" or thing.bond == "assembled":
        return False
    return holding.may_hold(actor, items.states_of(session, [thing])[thing.epc])


def _decided(
    session: Session,
    actor: Actor,
    step: str,
    recall: Recall,
    row: RecallItem,
    thing: Thing,
    why: str,
    now: datetime,
) -> int:
    """1 when it was recorded; a refusal of one thing is no reason not to stop the others."""
    try:
        captured = holding.decide(session, actor, step, thing, why, now)
    except TraceError:
        return 0
    if step == "hold":
        recalls.note_hold(session, recall.id, row.epc, held=captured.seq, released=None)
    else:
        recalls.note_hold(session, recall.id, row.epc, held=row.held_seq, released=captured.seq)
    return 1


def release_some(
    session: Session, actor: Actor, recall_id: str, reason: str, now: datetime, after: str = ""
) -> Part:
    """Lets go what this recall has stopped. What somebody stopped for another reason, or another open recall of the
    company reaches, stays on hold and is only no longer this recall's. Also after the end of the recall."""
    actor.require("hold")
    recall = recall_row(session, actor, recall_id, lock=True)
    database.lock_log(session)
    why = f"{number_of(recall)}: {reason_of(reason)}"
    rows = recalls.next_to_release(session, recall_id, after, AT_ONCE)
    things = items.of_epcs(session, [row.epc for row in rows])
    claimed = recalls.claimed_by_others(session, actor.organisation_id, recall_id, [row.epc for row in rows])
    done = 0
    for row in rows:
        thing = things.get(row.epc)
        if thing is not None and thing.held and row.epc not in claimed and _only_ours(session, row, thing):
            done += _decided(session, actor, "release", recall, row, thing, why, now)
        else:  # nothing to release any more, or not ours to release
            recalls.note_hold(session, recall.id, row.epc, held=row.held_seq, released=row.held_seq)
    return Part(done, len(rows) - done, rows[-1].epc if len(rows) == AT_ONCE else "")


def _only_ours(session: Session, row: RecallItem, thing: Thing) -> bool:
    standing = holding.standing(holds.all_decisions(session, thing.id or 0))
    return all(entry.seq == row.held_seq for entry in standing)


def all_at_once(
    session: Session, actor: Actor, recall_id: str, reason: str, now: datetime, *, held: bool
) -> tuple[int, int]:
    """All parts in this transaction, for a handful of things; how many were done and how many passed over."""
    some = hold_some if held else release_some
    done = skipped = 0
    after = ""
    while True:
        part = some(session, actor, recall_id, reason, now, after)
        done, skipped, after = done + part.done, skipped + part.skipped, part.after
        if not after:
            break
    if done:
        finish(session, actor, recall_id, "held" if held else "released", reason, done, now)
    return done, skipped


def finish(
    session: Session, actor: Actor, recall_id: str, action: str, reason: str, count: int, now: datetime
) -> None:
    """One line of both trails for all parts together."""
    recall = recall_row(session, actor, recall_id, lock=True)
    recall.hold_job_id = ""
    session.add(recall)
    note(session, actor, recall_id, action, now, reason=reason, count=count)
    detail = f"{count}: {reason}"
    auditing.record(session, actor, f"recall-{action}", now, subject=number_of(recall), detail=detail)
