"""Counters of suffix patterns: numbers handed out once each, in the transaction that names things by them."""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

_NEXT = text(
    "INSERT INTO counter (product_id, scope, next) VALUES (:product, :scope, :after)"
    " ON CONFLICT (product_id, scope) DO UPDATE SET next = counter.next + :count RETURNING next"
)


def take(session: Session, product_id: int, scope: str, count: int) -> int:
    """The first of `count` numbers, from 1 on, that nobody else gets. A transaction that is rolled back gives its
    numbers back; others wait meanwhile."""
    values: dict[str, Any] = {"product": product_id, "scope": scope, "count": count, "after": count + 1}
    return int(session.connection().execute(_NEXT, values).scalar_one()) - count


def peek(session: Session, product_id: int, scope: str) -> int:
    """The number that would come next."""
    query = text("SELECT next FROM counter WHERE product_id = :product AND scope = :scope")
    found = session.connection().execute(query, {"product": product_id, "scope": scope}).scalar()
    return 1 if found is None else int(found)
