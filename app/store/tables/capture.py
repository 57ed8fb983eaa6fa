"""What people and programs asked to be captured, and which rules of custody a company has set otherwise."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from app.store.types import BigId, UtcDateTime


class CaptureJob(SQLModel, table=True):
    """A capture of EPCIS events (EPCIS 2.0 §12.6): `state` is 'waiting', 'running' or 'finished', `success` false from
    the first fault on. `errors` holds at most some dozens, each with the place of its event; `failed` counts all.

    `document` names the file that a larger one waits in, `job_id` the slow work that takes it in; `next` is how many of
    its events are behind it."""

    __tablename__ = "capture_job"
    __table_args__ = (Index("ix_capture_job_organisation", "organisation_id", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(unique=True, max_length=32)
    organisation_id: int = Field(foreign_key="organisation.id")
    operator_id: int = Field(foreign_key="operator.id")
    behaviour: str = Field(max_length=8)
    state: str = Field(max_length=8)
    success: bool = True
    events: int = 0
    next: int = 0
    captured: int = 0
    known: int = 0
    failed: int = 0
    errors: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    job_id: str = Field(default="", max_length=32)
    record_time: datetime = Field(sa_type=UtcDateTime)
    finished: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EntryApart(SQLModel, table=True):
    """Which entries name a thing on which they have no say: another company of this node made it known here."""

    __tablename__ = "entry_apart"

    thing_id: int = Field(primary_key=True, foreign_key="thing.id")
    seq: int = Field(primary_key=True, sa_type=BigId, index=True)


class CustodyRule(SQLModel, table=True):
    """How one company judges one step where a rule of custody speaks: 'warn' or 'off' instead of refusing."""

    __tablename__ = "custody_rule"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    code: str = Field(primary_key=True, max_length=40)
    step: str = Field(primary_key=True, max_length=16)
    verdict: str = Field(max_length=8)
    operator_id: int = Field(foreign_key="operator.id")
    record_time: datetime = Field(sa_type=UtcDateTime)
