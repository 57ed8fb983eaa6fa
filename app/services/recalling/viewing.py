"""A recall as its page shows it: sums, the first of each list, who is where with whom; however many it reaches."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.provenance import Party, Place
from app.domain.recalls import Amount, Consignment, Item, Notice, Recall
from app.services.recalling import exercising
from app.services.recalling.gathering import recall_row
from app.services.recalling.notices import stamp
from app.services.recalling.telling import (
    consignments_told,
    items_told,
    recall_of,
)
from app.services.tracing.naming import Names
from app.store import lineage, recall_sums, recalls
from app.store.recall_sums import SentSum
from app.store.tables import Recall as RecallRow

SHOWN = 12  # of each list on the page itself
PAGE = 100
AFFECTED = ("suspect", "downstream", "shared")


@dataclass(frozen=True, slots=True)
class Pile:
    """What of all affected things is at one place, on one way, of one unit; `held` how many of them are on hold."""

    party: Party
    place: Place | None
    to: Party | None
    packed: bool
    unit: str
    quantity: Decimal
    things: int
    held: int


@dataclass(frozen=True, slots=True)
class Trade:
    """All that went to one company, or came from one. `documents` are (kind, number)."""

    party: Party
    sender: Party
    quantities: tuple[tuple[str, Decimal], ...]
    first: datetime
    last: datetime
    steps: int
    documents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    lots: int
    serials: int
    containers: int
    origins: int
    customers: int
    to_hold: int
    held: int


@dataclass(frozen=True, slots=True)
class View:
    """`lists` holds the first of each level with how many there are; `stamps` which state of each notice is shown."""

    recall: Recall
    figures: Figures
    suspects: Sequence[Item]
    lists: Sequence[tuple[str, Sequence[Item], int]]
    withdrawn: Sequence[Item]
    piles: Sequence[Pile]
    customers: Sequence[Trade]
    suppliers: Sequence[Trade]
    documents: Sequence[tuple[str, str, int]]
    counted: Sequence[Amount]
    stamps: dict[str, str]
    job_id: str
    hold_job_id: str


def view_of(session: Session, actor: Actor, recall_id: str) -> View:
    """Raises Unknown, whether it is another company's or nobody's."""
    recall = recall_of(session, actor, recall_id, full=False)
    row = recall_row(session, actor, recall_id)
    names = Names(lineage.organisations(session))
    notices = recalls.notices_of(session, recall_id)
    counts = recalls.counts_of(session, recall_id)
    return View(
        recall=recall,
        figures=_figures(session, row, counts, len(notices)),
        suspects=_some(session, actor, names, row, role="suspect"),
        lists=[
            (level, _some(session, actor, names, row, level=level), sum_of(counts, level))
            for level in ("lot", "serial", "logistic")
            if sum_of(counts, level)
        ],
        withdrawn=_some(session, actor, names, row, role="withdrawn"),
        piles=_piles(session, actor, names, row),
        customers=_trades(session, row, names, inward=False),
        suppliers=_trades(session, row, names, inward=True),
        documents=_documents(session, row) if row.mock else (),
        counted=exercising.counted(session, actor, recall_id) if row.mock and not row.finished else (),
        stamps={notice.party: stamp(notice) for notice in notices},
        job_id=row.job_id,
        hold_job_id=row.hold_job_id,
    )


def sum_of(counts: dict[tuple[str, str], int], level: str, *roles: str) -> int:
    """How many of that level, what only a withdrawn record ties to it apart."""
    return sum(
        count
        for (each, role), count in counts.items()
        if each == level and role != "withdrawn" and (not roles or role in roles)
    )


def _figures(
    session: Session, row: RecallRow, counts: dict[tuple[str, str], int], consignees: int
) -> Figures:
    return Figures(
        lots=sum_of(counts, "lot", *AFFECTED),
        serials=sum_of(counts, "serial", *AFFECTED),
        containers=sum_of(counts, "logistic", *AFFECTED),
        origins=sum(count for (_, role), count in counts.items() if role == "upstream"),
        customers=consignees,
        to_hold=0 if row.mock else recalls.count_to_hold(session, row.id),
        held=recalls.count_held(session, row.id),
    )


def _some(session: Session, actor: Actor, names: Names, row: RecallRow, **equal: Any) -> Sequence[Item]:
    kept = recalls.items_of(session, row.id, limit=SHOWN, **equal)
    found = items_told(session, actor, names, kept).values()
    return [item for item in found if equal.get("role") == "withdrawn" or item.role != "withdrawn"]


def things_of(
    session: Session, actor: Actor, recall_id: str, level: str, page: int
) -> tuple[Recall, Sequence[Item], bool]:
    """One page of a list, and whether there is another."""
    recall = recall_of(session, actor, recall_id, full=False)
    names = Names(lineage.organisations(session))
    kept = recalls.items_of(session, recall_id, limit=PAGE + 1, offset=page * PAGE, level=level)
    return recall, list(items_told(session, actor, names, kept[:PAGE]).values()), len(kept) > PAGE


def customer_of(
    session: Session, actor: Actor, recall_id: str, party: str
) -> tuple[Recall, Notice | None, Sequence[Consignment], str]:
    """One consignee: its notice, what it was sent, and which state of the notice that is."""
    recall = recall_of(session, actor, recall_id, full=False)
    names = Names(lineage.organisations(session))
    kept = recalls.consignments_of(session, recall_id, inward=False, consignee=party)
    items = items_told(
        session, actor, names, recalls.items_named(session, recall_id, [row.epc for row in kept])
    )
    notice = next((each for each in recall.notices if each.party.prefix == party), None)
    row = next((each for each in recalls.notices_of(session, recall_id) if each.party == party), None)
    return recall, notice, consignments_told(session, names, kept, items), stamp(row) if row else ""


def _piles(session: Session, actor: Actor, names: Names, row: RecallRow) -> Sequence[Pile]:
    """Our own places first; containers themselves are no goods and are left out."""
    found = recall_sums.stock(session, row.id, actor.prefix)
    names.load_sites(session, {each.site for each in found})
    piles = [
        Pile(
            names.party(each.holder),
            names.place(each.site),
            names.party(each.to) if each.to else None,
            each.packed,
            each.unit,
            each.quantity,
            each.things,
            each.held,
        )
        for each in found
    ]
    return sorted(
        piles, key=lambda pile: (pile.party.prefix != actor.prefix, bool(pile.to), pile.party.prefix)
    )


def _trades(session: Session, row: RecallRow, names: Names, *, inward: bool) -> Sequence[Trade]:
    papers: dict[str, dict[tuple[str, str], None]] = {}
    for paper in recall_sums.papers(session, row.id, inward=inward):
        known = papers.setdefault(paper.party, {})
        known.update(dict.fromkeys((kind, number) for kind, number in json.loads(paper.documents)))
    units: dict[str, list[SentSum]] = {}
    for each in recall_sums.sent(session, row.id, inward=inward):
        units.setdefault(each.party, []).append(each)
    trades = [
        Trade(
            names.party(party),
            names.party(sums[0].sender),
            tuple((each.unit, each.quantity) for each in sums),
            min(each.first for each in sums),
            max(each.last for each in sums),
            min(each.steps for each in sums),
            tuple(papers.get(party, ())),
        )
        for party, sums in units.items()
    ]
    return sorted(trades, key=lambda trade: (trade.steps, trade.party.name_en, trade.party.prefix))


def _documents(session: Session, row: RecallRow) -> Sequence[tuple[str, str, int]]:
    """Every document with how many shipments it stands for: the links that show it."""
    found: dict[tuple[str, str], int] = {}
    for inward in (False, True):
        for each in recall_sums.papers(session, row.id, inward=inward):
            for kind, number in json.loads(each.documents):
                found[kind, number] = found.get((kind, number), 0) + each.shipments
    return [(kind, number, count) for (kind, number), count in found.items()]


def waiting(recall: Recall, now: datetime) -> int:
    """Notices whose time for an answer is over."""
    return sum(notice.overdue(now) for notice in recall.notices)
