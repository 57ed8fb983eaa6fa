"""Finds all that a recall reaches and keeps it as rows: read in one transaction, written in another, so that nobody who
scans waits for a long walk."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import balancing
from app.services.recalling import suspects
from app.services.recalling.reaching import MOST, Reached, reach
from app.services.recalling.whereabouts import Progress, Sent, sent_of, silent, stock_of
from app.services.tracing.naming import Names
from app.store import keyed, lineage, recall_sums, recalls
from app.store.tables import Recall, RecallConsignment, RecallItem, RecallNotice, RecallStep, RecallStock

FEW = 1_500  # things each way that a page waits for; more is a job
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows for the tables of a recall's contents, and how the log stood."""

    items: Sequence[Row]
    stock: Sequence[Row]
    consignments: Sequence[Row]
    truncated: bool
    log_size: int
    log_root: str
    as_of: datetime
    seconds: float


def gather(
    session: Session,
    actor: Actor,
    recall_id: str,
    now: datetime,
    *,
    limit: int = MOST,
    progress: Progress = silent,
) -> Gathered:
    """Reads only. `truncated` when more than `limit` things are reached: nothing is listed then, below the most that
    there can be."""
    actor.require("hold")
    begun = time.perf_counter()
    recall = recall_row(session, actor, recall_id)
    starts = suspects.starts_of(session, actor, suspects.of_json(recall.suspects))
    unlisted = Gathered((), (), (), True, 0, "", now, 0.0)
    if len(starts) > limit and limit < MOST:
        return unlisted
    reached = reach(session, actor, starts, recall.direction, limit)
    if reached.sight.truncated and limit < MOST:
        return unlisted
    names = Names(reached.sight.organisations)
    stock = stock_of(session, reached, actor, names)
    sent = sent_of(session, reached, actor, progress)
    size, root, _ = lineage.log_position(session)
    return Gathered(
        items=_items(session, reached, actor, stock),
        stock=[{"idx": place, **row} for place, row in enumerate(stock)],
        consignments=[_consignment(place, row, reached, actor) for place, row in enumerate(sent)],
        truncated=reached.sight.truncated,
        log_size=size,
        log_root=root.hex(),
        as_of=now,
        seconds=time.perf_counter() - begun,
    )


def _items(session: Session, reached: Reached, actor: Actor, stock: Iterable[Row]) -> list[Row]:
    here = {row["epc"] for row in stock if row["holder"] == actor.prefix}
    things = reached.sight.things
    lots = [key for key in reached.roles if things[key].level == "lot"]
    amounts = {
        key: balance.taken_in
        for chunk in keyed.chunks(lots)
        for key, balance in balancing.balances_of(session, actor, chunk).items()
    }
    return [
        {
            "epc": things[key].epc,
            "level": things[key].level,
            "role": role,
            "depth": reached.depth[key],
            "quantity": amounts.get(key) or None,
            "ours": things[key].epc in here
            or (things[key].level == "lot" and things[key].organisation_id == actor.organisation_id),
        }
        for key, role in reached.roles.items()
    ]


def _consignment(place: int, row: Sent, reached: Reached, actor: Actor) -> Row:
    return {
        "idx": place,
        "epc": reached.sight.things[row.thing].epc,
        "consignee": row.consignee[:64],
        "sender": row.sender[:64],
        "inward": row.consignee == actor.prefix,
        "quantity": row.quantity,
        "unit": row.unit,
        "shipped": row.shipped,
        "received": row.received,
        "returned": row.returned,
        "container": row.container,
        "site": row.site,
        "documents": [list(pair) for pair in row.documents],
        "steps": 1 if actor.prefix in (row.sender, row.consignee) else 2,
        "event_id": row.event_id,
        "zone": "",
        "thing": {},
    }


def keep(session: Session, actor: Actor, recall_id: str, found: Gathered, now: datetime) -> None:
    """In place of what was found before. What partners told stays, and so does what is known of each consignee."""
    recall = recall_row(session, actor, recall_id, lock=True)
    if recall.state not in {"tracing", "open"}:
        return
    recalls.fill(
        session,
        recall_id,
        {RecallItem: found.items, RecallStock: found.stock, RecallConsignment: found.consignments},
    )
    recall.state, recall.as_of, recall.truncated = "open", found.as_of, found.truncated
    recall.log_size, recall.log_root, recall.job_id = found.log_size, found.log_root, ""
    recall.own_seconds += found.seconds
    session.add(recall)
    settle_notices(session, actor, recall_id)
    note(session, actor, recall_id, "traced", now, count=len(found.items))
    session.flush()


def settle_notices(session: Session, actor: Actor, recall_id: str) -> None:
    """One notice a consignee; what was sent to it is counted anew, what it answered stays. Who was sent nothing after
    all, since the shipment was withdrawn, needs no notice, or is on record as notified of nothing."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    steps: dict[str, int] = {}
    for row in recall_sums.sent(session, recall_id, inward=False):
        if row.party != actor.prefix:
            sums[row.party][row.unit] += row.quantity
            steps[row.party] = min(row.steps, steps.get(row.party, row.steps))
    known = {row.party: row for row in recalls.notices_of(session, recall_id)}
    names = Names(lineage.organisations(session))
    for notice in (row for party, row in known.items() if party not in sums):
        if notice.state == "open":
            session.delete(notice)
        else:
            notice.amounts = _amounts({}, {part["unit"]: part for part in notice.amounts})
            session.add(notice)
    for party, units in sums.items():
        named = names.party(party)
        notice = known.get(party) or RecallNotice(
            recall_id=recall_id, party=party, name_zh=named.name_zh, name_en=named.name_en, state="open"
        )
        notice.steps = steps[party]
        notice.amounts = _amounts(units, {part["unit"]: part for part in notice.amounts})
        session.add(notice)
    session.flush()


def _amounts(units: Mapping[str, Decimal], before: Mapping[str, Row]) -> list[Row]:
    return [
        {**before.get(unit, {}), "unit": unit, "sent": str(units.get(unit, Decimal(0)))}
        for unit in sorted({*units, *before})
    ]


def recall_row(session: Session, actor: Actor, recall_id: str, *, lock: bool = False) -> Recall:
    """The company's own recall; of another's there is nothing to know."""
    row = recalls.find(session, actor.organisation_id, recall_id, lock=lock) if len(recall_id) <= 32 else None
    if row is None:
        raise Unknown(
            "unknown-recall",
            N_("There is no recall {recall}."),
            N_("Look in the list of recalls."),
            recall=recall_id[:40],
        )
    return row


def note(
    session: Session,
    actor: Actor,
    recall_id: str,
    action: str,
    now: datetime,
    *,
    reason: str = "",
    count: int = 0,
) -> None:
    """One line of the recall's own trail."""
    session.add(
        RecallStep(
            recall_id=recall_id,
            action=action,
            operator_name=actor.name,
            reason=reason[:2000],
            count=count,
            record_time=now,
        )
    )
    session.flush()


def job_at_work(session: Session, actor: Actor, recall_id: str, column: str) -> str:
    """The id of the job last asked for; the recall is locked, so that a double click asks for one."""
    actor.require("hold")
    return str(getattr(recall_row(session, actor, recall_id, lock=True), column))


def set_job(session: Session, actor: Actor, recall_id: str, column: str, job_id: str) -> None:
    recall = recall_row(session, actor, recall_id, lock=True)
    setattr(recall, column, job_id)
    session.add(recall)


def job_of(session: Session, actor: Actor, recall_id: str) -> str:
    """The id of a job that was asked for and has not ended well yet; '' for none."""
    row = recall_row(session, actor, recall_id)
    return row.job_id or row.hold_job_id
