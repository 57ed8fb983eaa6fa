"""Who was told of a recall and what came of it: one notice a consignee, changed step by step, each on record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.recall_words import METHODS, NOTICE_STATES, NOTICE_STEPS
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import auditing
from app.services.recalling.gathering import note
from app.services.recalling.naming import tidy
from app.services.recalling.starting import number_of, open_recall
from app.store import recalls
from app.store.tables import Recall, RecallNotice

LONGEST_NOTE = 1_000
LARGEST = Decimal(10) ** 11
REPORTED = ("on_hand", "returned", "destroyed")


@dataclass(frozen=True, slots=True)
class Change:
    """What is written down about one consignee. `amounts` are by unit and by name (on_hand, returned, destroyed), None
    for what is not said; `seen` is when the notice was last changed as the writer saw it, None not to compare."""

    state: str
    method: str = ""
    contact: str = ""
    note: str = ""
    due: datetime | None = None
    amounts: Mapping[str, Mapping[str, Decimal | None]] = field(default_factory=dict)
    seen: str | None = None


def change(
    session: Session, actor: Actor, recall_id: str, party: str, wanted: Change, now: datetime
) -> RecallNotice:
    """Raises Unknown, Malformed, Refused for a state that cannot follow, Conflict when a colleague was faster."""
    recall = open_recall(session, actor, recall_id)
    row = next((row for row in recalls.notices_of(session, recall_id) if row.party == party), None)
    if row is None:
        raise Unknown(
            "unknown-consignee",
            N_("{party} was sent nothing of this recall."),
            N_("Look in the list of its customers."),
            party=party[:64],
        )
    if wanted.seen is not None and wanted.seen != stamp(row):
        if _is_done(row, wanted, actor):
            return row  # a double click
        raise Conflict(
            "changed-meanwhile",
            N_("{name} has changed this notice meanwhile."),
            N_("Look at it again, then write down yours."),
            name=row.changed_by or "—",
        )
    _apply(row, wanted, actor, now)
    session.add(row)
    _record(session, actor, recall, f"{row.name_en or row.party}: {row.state}", 1, now)
    return row


def stamp(row: RecallNotice) -> str:
    """Which state of the notice somebody has seen."""
    parts = (row.state, row.method, row.contact, row.note, row.due, row.changed_by, row.changed, row.amounts)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _is_done(row: RecallNotice, wanted: Change, actor: Actor) -> bool:
    """Whether this person has written down just that already."""
    said = all(_reported(part, wanted.amounts.get(part["unit"], {})) == part for part in row.amounts)
    same = (row.changed_by, row.state) == (actor.name, wanted.state)
    return same and said and tidy(wanted.note, LONGEST_NOTE) in ("", row.note)


def _apply(row: RecallNotice, wanted: Change, actor: Actor, now: datetime) -> None:
    if wanted.state not in NOTICE_STATES or wanted.state not in NOTICE_STEPS[row.state]:
        raise Refused(
            "notice-step",
            N_("A notice that is '{state}' cannot become '{wanted}'."),
            N_("Write down what happened in its order."),
            state=row.state,
            wanted=wanted.state[:20],
        )
    if wanted.method and wanted.method not in METHODS:
        raise Malformed(
            "unknown-method",
            N_("'{method}' is no way to tell somebody."),
            N_("Choose one of: {known}."),
            method=wanted.method[:20],
            known=", ".join(METHODS),
            field="method",
        )
    if wanted.state == "notified" or row.notified is None:
        row.notified = now
    if wanted.state in {"responded", "returned"}:
        row.responded = row.responded or now
        row.amounts = [_reported(part, wanted.amounts.get(part["unit"], {})) for part in row.amounts]
    row.state = wanted.state
    row.method = wanted.method or row.method
    row.contact = tidy(wanted.contact, 200) or row.contact
    row.note = tidy(wanted.note, LONGEST_NOTE) or row.note
    row.due = wanted.due or row.due
    row.changed_by, row.changed = actor.name, now


def _reported(part: Mapping[str, str], said: Mapping[str, Decimal | None]) -> dict[str, str]:
    found = dict(part)
    for name in REPORTED:
        amount = said.get(name)
        if amount is None:
            continue
        if not amount.is_finite() or not 0 <= amount <= LARGEST:
            raise Malformed(
                "bad-amount",
                N_("{amount} is not an amount."),
                N_("Enter a number, zero or more."),
                amount=str(amount)[:40],
                field=name,
            )
        found[name] = str(amount)
    return found


def notify_all(
    session: Session, actor: Actor, recall_id: str, method: str, due: datetime | None, now: datetime
) -> int:
    """Everybody who was not notified yet, in one go; returns how many."""
    recall = open_recall(session, actor, recall_id)
    rows = [row for row in recalls.notices_of(session, recall_id) if row.state == "open"]
    for row in rows:
        _apply(row, Change("notified", method=method, due=due), actor, now)
        session.add(row)
    if rows:
        _record(session, actor, recall, "notified", len(rows), now)
    return len(rows)


def mark_silent(session: Session, actor: Actor, recall_id: str, now: datetime) -> int:
    """Everybody who let the time for an answer pass."""
    recall = open_recall(session, actor, recall_id)
    rows = [
        row
        for row in recalls.notices_of(session, recall_id)
        if row.state == "notified" and row.due is not None and row.due < now
    ]
    for row in rows:
        _apply(row, Change("silent"), actor, now)
        session.add(row)
    if rows:
        _record(session, actor, recall, "silent", len(rows), now)
    return len(rows)


def _record(session: Session, actor: Actor, recall: Recall, what: str, count: int, now: datetime) -> None:
    session.flush()
    note(session, actor, recall.id, "notified", now, reason=what, count=count)
    auditing.record(session, actor, "recall-notice", now, subject=number_of(recall), detail=what)
