"""Entries by what an event is called by those who hold it: its id, or its hash where it was sent without one."""

from sqlalchemy import literal_column, or_, select
from sqlmodel import Session, col

from app.store.tables import Entry, EventFact


def candidates(session: Session, event_id: str, digest: str, limit: int) -> list[Entry]:
    """`digest` is the event hash in hexadecimal. An event and the declaration that it was wrong share both."""
    named = [select(col(Entry.seq)).where(col(Entry.event_id) == event_id)] if event_id else []
    facts = [(col(EventFact.event_id), event_id), (col(EventFact.hash), digest)]
    named += [
        select(col(EventFact.seq)).where(column != literal_column("''"), column == value)
        for column, value in facts
        if value
    ]
    query = select(Entry).where(or_(*(col(Entry.seq).in_(each) for each in named)))
    return list(session.execute(query.order_by(col(Entry.seq)).limit(limit)).scalars()) if named else []
