"""Rows of how often what was asked for: added up, never one write a look-up."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select, text
from sqlmodel import Session, col

from app.store import keyed
from app.store.tables import Allotment, ResolveCount

# As text: the same words on both databases, where SQLAlchemy's would load both of their dialects.
_ADDING = text(
    "INSERT INTO resolve_count (day, prefix, outcome, count) VALUES (:day, :prefix, :outcome, :count)"
    " ON CONFLICT (day, prefix, outcome) DO UPDATE SET count = resolve_count.count + excluded.count"
)


def add(session: Session, day: str, counts: Mapping[tuple[str, str], int]) -> None:
    """Adds to the counts of that day, by (prefix, outcome); in one order, or two who add could wait in a circle."""
    rows = [
        {"day": day, "prefix": prefix, "outcome": outcome, "count": count}
        for (prefix, outcome), count in sorted(counts.items())
    ]
    if rows:
        session.connection().execute(_ADDING, rows)


def known(session: Session, prefixes: Iterable[str]) -> set[str]:
    """Those of the prefixes that are allotted to anybody here."""
    found: set[str] = set()
    for chunk in keyed.chunks(sorted(set(prefixes))):
        query = select(col(Allotment.prefix)).where(col(Allotment.prefix).in_(chunk))
        found.update(session.execute(query).scalars())
    return found


def since(session: Session, day: str, organisation_id: int | None) -> Sequence[ResolveCount]:
    """From that day on, the newest first; of the prefixes of one organisation, or all."""
    query = select(ResolveCount).where(col(ResolveCount.day) >= day)
    if organisation_id is not None:
        own = select(col(Allotment.prefix)).where(col(Allotment.organisation_id) == organisation_id)
        query = query.where(col(ResolveCount.prefix).in_(own))
    order = (col(ResolveCount.day).desc(), col(ResolveCount.prefix), col(ResolveCount.outcome))
    return session.execute(query.order_by(*order)).scalars().all()
