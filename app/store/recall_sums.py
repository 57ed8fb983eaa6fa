"""Sums over what a recall reaches, for its page: tens of thousands of rows are added up where they are."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, case, cast, func, or_, select
from sqlmodel import Session, col

from app.store.tables import RecallConsignment, RecallItem, RecallStock, Thing

MOST_PAPERS = 2_000  # different sets of documents that are looked through


class StockSum(NamedTuple):
    """What is at one place, on one way, inside containers or not, in one unit."""

    holder: str
    site: str
    to: str
    packed: bool
    unit: str
    quantity: Decimal
    things: int
    held: int


class SentSum(NamedTuple):
    """What one company got from, or sent to, another, in one unit; `party` is the other side."""

    party: str
    sender: str
    unit: str
    quantity: Decimal
    first: datetime
    last: datetime
    steps: int


class Papers(NamedTuple):
    """A set of documents as JSON text, and how many consignments name it."""

    party: str
    documents: str
    shipments: int


def stock(session: Session, recall_id: str, prefix: str) -> list[StockSum]:
    """Containers themselves and origins apart. Of pieces that went on to others it is not told if they are held."""
    hands = (col(Thing.holder), col(Thing.to), col(Thing.origin))
    near = or_(col(Thing.level) == "lot", *(column == prefix for column in hands))
    held = func.sum(case((and_(col(Thing.held) != "", near), 1), else_=0))
    place = (
        col(RecallStock.holder),
        col(RecallStock.site),
        col(RecallStock.to),
        case((col(RecallStock.container) != "", 1), else_=0),
        col(RecallStock.unit),
    )
    item = and_(col(RecallItem.recall_id) == recall_id, col(RecallItem.epc) == col(RecallStock.epc))
    query = (
        select(*place, _sum(RecallStock.quantity), func.count(), held)
        .join(RecallItem, item)
        .join(Thing, col(Thing.epc) == col(RecallStock.epc))
        .where(
            col(RecallStock.recall_id) == recall_id,
            col(RecallItem.level) != "logistic",
            col(RecallItem.role) != "upstream",
        )
        .group_by(*place)
    )
    return [StockSum(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in session.execute(query)]


def sent(session: Session, recall_id: str, *, inward: bool) -> list[SentSum]:
    party = col(RecallConsignment.sender if inward else RecallConsignment.consignee)
    query = (
        select(
            party, func.min(RecallConsignment.sender), col(RecallConsignment.unit), _sum(RecallConsignment.quantity),
            func.min(RecallConsignment.shipped), func.max(RecallConsignment.shipped), func.min(RecallConsignment.steps),
        )
        .where(col(RecallConsignment.recall_id) == recall_id, col(RecallConsignment.inward) == inward)
        .group_by(party, col(RecallConsignment.unit))
        .order_by(func.min(RecallConsignment.steps), party, col(RecallConsignment.unit))
    )  # fmt: skip
    return [SentSum(*row) for row in session.execute(query)]


def papers(session: Session, recall_id: str, *, inward: bool) -> list[Papers]:
    party = col(RecallConsignment.sender if inward else RecallConsignment.consignee)
    text = cast(RecallConsignment.documents, Text)
    query = (
        select(party, text, func.count())
        .where(col(RecallConsignment.recall_id) == recall_id, col(RecallConsignment.inward) == inward)
        .group_by(party, text)
        .order_by(party, func.min(RecallConsignment.shipped))
    )
    return [Papers(*row) for row in session.execute(query.limit(MOST_PAPERS))]


def _sum(column: Any) -> Any:
    """In the column's own type: PostgreSQL would make another of it."""
    return func.sum(column, type_=column.type)
