"""Begins a recall or an exercise of one, and ends it."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.recall_words import DIRECTIONS
from app.domain.recalls import Suspect
from app.errors import N_, Malformed, Refused
from app.services import auditing
from app.services.recalling import suspects
from app.services.recalling.gathering import note, recall_row
from app.services.recalling.naming import Asked, checked, tidy
from app.store import database, recalls
from app.store.tables import Recall

MOST_SUSPECTS = 500
NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST_TITLE, LONGEST_REASON = 200, 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A recall as people ask for it. `nonce` is drawn by the form: the same nonce is the same recall."""

    title: str
    reason: str
    suspects: Sequence[Asked]
    direction: str = "forward"
    mock: bool = False
    nonce: str = ""


def begin(session: Session, actor: Actor, draft: Draft, now: datetime) -> Recall:
    """Writes the recall down; what it reaches is found next (see gathering). Raises Malformed and Unknown, by field."""
    actor.require("hold")
    nonce = draft.nonce or secrets.token_hex(16)
    if not NONCE.fullmatch(nonce):
        raise Malformed("bad-nonce", N_("The form has lost its number."), N_("Open it anew."), field="nonce")
    database.lock_log(session)  # numbers follow each other, and a double click is one recall
    if (known := recalls.of_nonce(session, actor.organisation_id, nonce)) is not None:
        return known
    found = _checked(session, actor, draft)
    title = tidy(draft.title, LONGEST_TITLE)
    recall = Recall(
        id=secrets.token_hex(12),
        organisation_id=actor.organisation_id,
        number=recalls.next_number(session, actor.organisation_id),
        nonce=nonce,
        title=title,
        reason=tidy(draft.reason, LONGEST_REASON),
        state="tracing",
        direction=draft.direction,
        mock=draft.mock,
        suspects=[suspects.to_json(suspect) for suspect in found],
        started=now,
        started_by=actor.name,
    )
    session.add(recall)
    session.flush()
    note(session, actor, recall.id, "started", now, reason=recall.reason, count=len(found))
    action = "recall-exercised" if draft.mock else "recall-started"
    auditing.record(session, actor, action, now, subject=title, detail=recall.reason)
    return recall


def _checked(session: Session, actor: Actor, draft: Draft) -> list[Suspect]:
    on_record = N_("Write it in a few words; it stays on record.")
    if not tidy(draft.title, LONGEST_TITLE):
        raise Malformed("title-missing", N_("A recall needs a name."), on_record, field="title")
    if not tidy(draft.reason, LONGEST_REASON):
        raise Malformed("reason-missing", N_("A recall needs a reason."), on_record, field="reason")
    if draft.direction not in DIRECTIONS:
        raise Malformed(
            "unknown-direction",
            N_("Trace which way?"),
            N_("Choose forward, backward or both."),
            field="direction",
        )
    if not draft.suspects:
        raise Malformed(
            "suspect-missing", N_("What is suspect?"), N_("Name at least one thing."), field="things"
        )
    if len(draft.suspects) > MOST_SUSPECTS:
        raise Malformed(
            "too-many-suspects",
            N_("{count} suspects are too many for one recall."),
            N_("Name at most {most}, or a supplier, a machine, a place or a time window instead."),
            count=len(draft.suspects),
            most=MOST_SUSPECTS,
            field="things",
        )
    found = [checked(session, actor, asked) for asked in draft.suspects]
    return list(dict.fromkeys(found))


def end(session: Session, actor: Actor, recall_id: str, state: str, reason: str, now: datetime) -> Recall:
    """Closes a recall, or cancels one begun by mistake. What it has on hold stays on hold."""
    actor.require("hold")
    recall = recall_row(session, actor, recall_id, lock=True)
    why = tidy(reason, LONGEST_REASON)
    if state not in {"closed", "cancelled"}:
        raise Malformed("unknown-state", N_("A recall is closed or cancelled."), field="state")
    if recall.state == state:
        return recall
    if recall.state in {"closed", "cancelled"}:
        raise over()
    if not why:
        raise Malformed(
            "reason-missing",
            N_("Why does it end?"),
            N_("Write it in a few words; it stays on record."),
            field="reason",
        )
    recall.state, recall.closed = state, now
    session.add(recall)
    note(session, actor, recall_id, state, now, reason=why)
    auditing.record(session, actor, f"recall-{state}", now, subject=recall.title, detail=why)
    return recall


def open_recall(session: Session, actor: Actor, recall_id: str) -> Recall:
    """The recall, locked for this transaction. Refused once it is over."""
    actor.require("hold")
    recall = recall_row(session, actor, recall_id, lock=True)
    if recall.state != "open":
        raise over() if recall.state != "tracing" else still_tracing()
    return recall


def over() -> Refused:
    return Refused("recall-over", N_("This recall is over."), N_("Begin a new one."))


def still_tracing() -> Refused:
    return Refused(
        "recall-tracing", N_("What it reaches is still being found."), N_("Wait until it is traced.")
    )


def number_of(recall: Recall) -> str:
    """'R-2026-0007', and 'M-…' for an exercise: what people call it by."""
    return f"{'M' if recall.mock else 'R'}-{recall.started.year}-{recall.number:04d}"
