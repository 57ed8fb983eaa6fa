"""Named queries of events, who is told of what they find, and the master data that they look in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class NamedQuery(SQLModel, table=True):
    """A query under a name that is its company's own. `parameters` is as it was sent, `namespaces` its prefixes."""

    __tablename__ = "named_query"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id")
    operator_id: int = Field(foreign_key="operator.id")
    name: str = Field(sa_type=KeyText)
    parameters: dict[str, Any] = Field(sa_type=JSON)
    namespaces: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Subscription(SQLModel, table=True):
    """Who is told of what a named query finds: at `url`, at once (`schedule` empty) or at the times of the schedule.

    `token` is sealed. `next_seq` is the first entry not yet looked at; `due` when that is next. `error` is the code of
    why the last turn failed, '' if it did not."""

    __table_args__ = (
        Index("ix_subscription_due", "due"),
        Index("ix_subscription_query", "query_id", "number"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(unique=True, max_length=32)
    organisation_id: int = Field(foreign_key="organisation.id")
    operator_id: int = Field(foreign_key="operator.id")
    query_id: int = Field(foreign_key="named_query.id", sa_type=BigId)
    url: str = Field(max_length=2000)
    token: str = Field(default="", max_length=1000)
    schedule: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    report_if_empty: bool = False
    formats: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_seq: int = Field(default=0, sa_type=BigId)
    due: datetime = Field(sa_type=UtcDateTime)
    last_turn: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told: int = 0
    error: str = Field(default="", max_length=60)
    record_time: datetime = Field(sa_type=UtcDateTime)


class VocabularyElement(SQLModel, table=True):
    """A place or term of a company's master data: names of what is directly below it, values of its attributes."""

    __tablename__ = "vocabulary_element"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    name: str = Field(primary_key=True, sa_type=KeyText)
    kind: str = Field(default="", max_length=300)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    children: list[str] = Field(default_factory=list, sa_type=JSON)
    record_time: datetime = Field(sa_type=UtcDateTime)
