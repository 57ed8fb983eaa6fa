"""Recalls and their exercises: what was asked, what the log told then, who was told and what was found.

Facts, not an index: a rebuild of the log's index leaves them alone, which is why they name things by epc.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import Amount, BigId, KeyText, UtcDateTime


class Recall(SQLModel, table=True):
    """`number` counts a company's recalls from 1, `nonce` makes a form sent twice one recall. `suspects`, `sources`,
    `amounts`, `documents` and `sign_offs` are lists of values of domain.recalls. `job_id` is the job at work on it."""

    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "nonce"),
    )

    id: str = Field(primary_key=True, max_length=32)
    organisation_id: int = Field(foreign_key="organisation.id")
    number: int
    nonce: str = Field(max_length=64)
    title: str = Field(max_length=200)
    reason: str = Field(default="", max_length=2000)
    state: str = Field(max_length=10)
    direction: str = Field(max_length=10)
    mock: bool = False
    suspects: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    sources: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    amounts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    sign_offs: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    remark: str = Field(default="", max_length=2000)
    started: datetime = Field(sa_type=UtcDateTime)
    started_by: str = Field(max_length=200)
    finished: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed: datetime | None = Field(default=None, sa_type=UtcDateTime)
    as_of: datetime | None = Field(default=None, sa_type=UtcDateTime)
    log_size: int = Field(default=0, sa_type=BigId)
    log_root: str = Field(default="", max_length=64)
    truncated: bool = False
    own_seconds: float = 0.0
    partner_seconds: float = 0.0
    job_id: str = Field(default="", max_length=32)
    hold_job_id: str = Field(default="", max_length=32)


class RecallItem(SQLModel, table=True):
    """One affected thing; `role` as in domain.recalls. `held_seq` is the entry by which this recall put it on hold."""

    __tablename__ = "recall_item"
    __table_args__ = (Index("ix_recall_item_epc", "epc"),)

    recall_id: str = Field(primary_key=True, foreign_key="recall.id", max_length=32)
    epc: str = Field(primary_key=True, sa_type=KeyText)
    level: str = Field(max_length=10)
    role: str = Field(max_length=10)
    depth: int = 0
    quantity: Decimal | None = Field(default=None, sa_type=Amount)
    ours: bool = False
    held_seq: int | None = Field(default=None, sa_type=BigId)
    released_seq: int | None = Field(default=None, sa_type=BigId)


class RecallStock(SQLModel, table=True):
    """How much of an affected thing was where when it was traced."""

    __tablename__ = "recall_stock"

    recall_id: str = Field(primary_key=True, foreign_key="recall.id", max_length=32)
    idx: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    epc: str = Field(sa_type=KeyText)
    holder: str = Field(default="", max_length=64)
    site: str = Field(default="", max_length=300)
    to: str = Field(default="", max_length=64)
    container: str = Field(default="", sa_type=KeyText)
    quantity: Decimal = Field(sa_type=Amount)
    unit: str = Field(default="", max_length=3)


class RecallConsignment(SQLModel, table=True):
    """Affected goods that went from `sender` to `consignee`; `inward` when that is the company itself. `thing`
    describes what only a partner's node knows."""

    __tablename__ = "recall_consignment"
    __table_args__ = (Index("ix_recall_consignment_consignee", "recall_id", "consignee"),)

    recall_id: str = Field(primary_key=True, foreign_key="recall.id", max_length=32)
    idx: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    epc: str = Field(sa_type=KeyText)
    consignee: str = Field(default="", max_length=64)
    sender: str = Field(default="", max_length=64)
    inward: bool = False
    quantity: Decimal = Field(sa_type=Amount)
    unit: str = Field(default="", max_length=3)
    shipped: datetime = Field(sa_type=UtcDateTime)
    received: datetime | None = Field(default=None, sa_type=UtcDateTime)
    returned: Decimal = Field(default=Decimal(0), sa_type=Amount)
    container: str = Field(default="", sa_type=KeyText)
    site: str = Field(default="", max_length=300)
    documents: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    steps: int = 1
    event_id: str = Field(default="", max_length=500)
    zone: str = Field(default="", max_length=64)
    thing: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class RecallNotice(SQLModel, table=True):
    """What one consignee was told and what came of it. `amounts` are those of domain.recalls.Reported."""

    __tablename__ = "recall_notice"

    recall_id: str = Field(primary_key=True, foreign_key="recall.id", max_length=32)
    party: str = Field(primary_key=True, max_length=64)
    name_zh: str = Field(default="", max_length=200)
    name_en: str = Field(default="", max_length=200)
    state: str = Field(max_length=10)
    steps: int = 1
    amounts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    method: str = Field(default="", max_length=10)
    contact: str = Field(default="", max_length=200)
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    notified: datetime | None = Field(default=None, sa_type=UtcDateTime)
    responded: datetime | None = Field(default=None, sa_type=UtcDateTime)
    note: str = Field(default="", sa_type=Text)
    changed_by: str = Field(default="", max_length=200)
    changed: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecallStep(SQLModel, table=True):
    """One line of what was done in a recall; only ever added to."""

    __tablename__ = "recall_step"
    __table_args__ = (Index("ix_recall_step_recall", "recall_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    recall_id: str = Field(foreign_key="recall.id", max_length=32)
    action: str = Field(max_length=10)
    operator_name: str = Field(max_length=200)
    reason: str = Field(default="", max_length=2000)
    count: int = 0
    record_time: datetime = Field(sa_type=UtcDateTime)
