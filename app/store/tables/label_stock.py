"""Label stock of a company's own, and how far its printer is off on any stock."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, UtcDateTime


class LabelStock(SQLModel, table=True):
    """Sheets or rolls by their measures (mm), as `services.stocks` writes them. `nonce` makes a form sent twice one
    stock. What was withdrawn stays: print runs name it."""

    __tablename__ = "label_stock"
    __table_args__ = (UniqueConstraint("organisation_id", "nonce"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id")
    nonce: str = Field(max_length=64)
    name: str = Field(max_length=100)
    measures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    withdrawn: bool = False
    changed: datetime = Field(sa_type=UtcDateTime)
    changed_by: str = Field(max_length=200)


class LabelOffset(SQLModel, table=True):
    """How far (mm, right and down) a company moves what it prints on a stock, its own or one of the catalogue."""

    __tablename__ = "label_offset"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    code: str = Field(primary_key=True, max_length=60)
    x: float = Field(default=0.0, sa_type=Float)
    y: float = Field(default=0.0, sa_type=Float)
    changed: datetime = Field(sa_type=UtcDateTime)
    changed_by: str = Field(max_length=200)
