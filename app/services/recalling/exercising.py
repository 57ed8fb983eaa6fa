"""The exercise of a recall: what was in question and what was found, from start to finish, and who signs for it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from app.domain.epcis import time_text
from app.domain.masterdata import PIECES
from app.domain.people import Actor
from app.domain.recalls import Amount
from app.errors import N_, Malformed, Refused
from app.services import auditing, balancing
from app.services.recalling.gathering import note, recall_row
from app.services.recalling.naming import tidy
from app.services.recalling.starting import number_of
from app.store import items, keyed, recalls
from app.store.tables import Recall

LARGEST = Decimal(10) ** 11
MOST_SIGNATURES = 20
Sums = dict[str, Decimal]


def counted(session: Session, actor: Actor, recall_id: str) -> tuple[Amount, ...]:
    """What our own records say: of the suspect lots all that was made or received, and where it went; of pieces, those
    whose whereabouts are known. One line a unit. What somebody counted by hand is entered in place of `found`."""
    actor.require("report")
    rows = recalls.items_of(session, recall_id, role="suspect")
    question: Sums = defaultdict(Decimal)
    found: Sums = defaultdict(Decimal)
    things = items.of_epcs(session, [row.epc for row in rows])
    lots = [thing.id or 0 for thing in things.values() if thing.level == "lot"]
    for chunk in keyed.chunks(lots):
        for balance in balancing.balances_of(session, actor, chunk).values():
            question[balance.unit] += balance.taken_in
            found[balance.unit] += balance.given_out + balance.on_hand
    known = {row.epc for row in recalls.stock_of(session, recall_id)}
    known |= {row.epc for row in recalls.consignments_of(session, recall_id, inward=False)}
    for thing in things.values():
        if thing.level == "serial":
            settled = (
                thing.epc in known or thing.lifecycle in {"retired", "void"} or thing.bond == "assembled"
            )
            question[PIECES] += 1
            found[PIECES] += settled
    return tuple(Amount(unit, question[unit], found[unit]) for unit in sorted(question))


def finish(
    session: Session,
    actor: Actor,
    recall_id: str,
    counts: Mapping[str, Decimal],
    remark: str,
    now: datetime,
) -> Recall:
    """Stops the clock. `counts` are what was found by unit, where somebody counted; the rest is what records say."""
    recall = _exercise(session, actor, recall_id)
    if recall.finished is not None:
        return recall
    for amount in counts.values():
        if not amount.is_finite() or not 0 <= amount <= LARGEST:
            raise Malformed(
                "bad-amount",
                N_("{amount} is not an amount."),
                N_("Enter a number, zero or more."),
                amount=str(amount)[:40],
            )
    recall.amounts = [
        {"unit": row.unit, "question": str(row.question), "found": str(counts.get(row.unit, row.found))}
        for row in counted(session, actor, recall_id)
    ]
    recall.finished, recall.remark = now, tidy(remark, 1_000)
    session.add(recall)
    note(session, actor, recall_id, "finished", now, reason=recall.remark)
    return recall


def sign(session: Session, actor: Actor, recall_id: str, role: str, remark: str, now: datetime) -> Recall:
    """Signs a finished exercise in the person's own name, once; nobody signs for another."""
    actor.require("report")
    recall = _own(session, actor, recall_id)
    if recall.finished is None:
        raise Refused(
            "exercise-goes-on", N_("The exercise is not finished yet."), N_("Finish it, then sign.")
        )
    title = tidy(role, 100)
    if not title:
        raise Malformed(
            "role-missing",
            N_("In which role do you sign?"),
            N_("For example: quality manager."),
            field="role",
        )
    if any(each["operator"] == actor.operator_id for each in recall.sign_offs):
        return recall
    if len(recall.sign_offs) >= MOST_SIGNATURES:
        raise Refused("signed-enough", N_("It has been signed by {count} people."), count=MOST_SIGNATURES)
    signature = {
        "operator": actor.operator_id,
        "name": actor.name,
        "role": title,
        "time": time_text(now),
        "remark": tidy(remark, 500),
    }
    recall.sign_offs = [*recall.sign_offs, signature]
    session.add(recall)
    note(session, actor, recall_id, "signed", now, reason=title)
    auditing.record(session, actor, "recall-signed", now, subject=number_of(recall), detail=title)
    return recall


def _exercise(session: Session, actor: Actor, recall_id: str) -> Recall:
    actor.require("hold")
    recall = _own(session, actor, recall_id)
    if recall.state != "open":
        raise Refused("recall-over", N_("This recall is over."), N_("Begin a new one."))
    return recall


def _own(session: Session, actor: Actor, recall_id: str) -> Recall:
    recall = recall_row(session, actor, recall_id, lock=True)
    if not recall.mock:
        raise Refused(
            "no-exercise",
            N_("This is a real recall, not an exercise."),
            N_("Its report can be signed on paper."),
        )
    return recall
