"""Rows of how often what was asked for: added up, never one write a look-up."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.store import keyed
from app.store.database import is_sqlite
from app.store.tables import Allotment, ResolveCount


def add(session: Session, day: str, counts: Mapping[tuple[str, str], int]) -> None:
    """Adds to the counts of that day, by (prefix, outcome); in one order, or two who add could wait in a circle."""
    insert: Any = sqlite.insert if is_sqlite(session) else postgresql.insert
    adding = insert(ResolveCount)
    adding = adding.on_conflict_do_update(
        index_elements=["day", "prefix", "outcome"],
        set_={"count": col(ResolveCount.count) + adding.excluded.count},
    )
    rows = [
        {"day": day, "prefix": prefix, "outcome": outcome, "count": count}
        for (prefix, outcome), count in sorted(counts.items())
    ]
    if rows:
        session.connection().execute(adding, rows)


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
