"""What queries of EPCIS events look in: an index of the log. Which events a query means is decided on the events."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.partial import index_where
from app.store.types import BigId, KeyText, UtcDateTime


class EventFact(SQLModel, table=True):
    """One row an entry: words bare, places canonical. `event_id` only where readers see another id than the entry's;
    `hash` (CBV 2.0 §8.9, hexadecimal) only of captured events."""

    __tablename__ = "event_fact"
    __table_args__ = (
        Index("ix_event_fact_time", "organisation_id", "event_time", "seq"),
        index_where("ix_event_fact_read_point", "read_point", "event_time", where="read_point <> ''"),
        index_where("ix_event_fact_biz_location", "biz_location", "event_time", where="biz_location <> ''"),
        index_where("ix_event_fact_event_id", "event_id", where="event_id <> ''"),
        index_where("ix_event_fact_hash", "hash", where="hash <> ''"),
    )

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    organisation_id: int  # that of the entry, whose key is watched
    event_time: datetime = Field(sa_type=UtcDateTime)
    type: str = Field(max_length=300)
    action: str = Field(default="", max_length=8)
    biz_step: str = Field(default="", sa_type=KeyText)
    disposition: str = Field(default="", sa_type=KeyText)
    read_point: str = Field(default="", sa_type=KeyText)
    biz_location: str = Field(default="", sa_type=KeyText)
    event_id: str = Field(default="", max_length=1000)
    hash: str = Field(default="", max_length=64)
    declared: bool = False


class EventTerm(SQLModel, table=True):
    """Which entries have one of the rarer parts (domain/epcis/postings.py); `term` is the number of such a part."""

    __tablename__ = "event_term"
    __table_args__ = {"sqlite_with_rowid": False}

    term: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})


class EventWord(SQLModel, table=True):
    """Each word, type and place that a company's events have ever used, once: what the collections of EPCIS list."""

    __tablename__ = "event_word"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    kind: str = Field(primary_key=True, max_length=12)
    value: str = Field(primary_key=True, sa_type=KeyText)
