"""Slow work on record, and the keys that make a repeated call return the first answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel

from app.store.types import UtcDateTime


class Job(SQLModel, table=True):
    """state: queued → running → done | failed | cancelled. A running job whose `lease` is over has lost its worker."""

    id: str = Field(primary_key=True, max_length=32)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    operator_id: int = Field(foreign_key="operator.id")
    kind: str = Field(max_length=40)
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    language: str = Field(default="en", max_length=8)
    state: str = Field(default="queued", max_length=10, index=True)
    done: int = 0
    total: int = 0
    attempts: int = 0
    lease: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result: str = Field(default="", max_length=300)
    error_code: str = Field(default="", max_length=60)
    error: str = Field(default="", sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)
    finished: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IdempotencyKey(SQLModel, table=True):
    """The first answer to a call with an Idempotency-Key; `fingerprint` tells a repeat from a different call."""

    __tablename__ = "idempotency_key"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    key: str = Field(primary_key=True, max_length=100)
    fingerprint: str = Field(max_length=64)
    status: int
    answer: str = Field(sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)
