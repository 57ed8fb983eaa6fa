"""How labels look: templates of a company's own and all their versions. Ready-made ones live in `labels.readymade`."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, UtcDateTime


class LabelTemplate(SQLModel, table=True):
    """`name` is that of the latest version, `copied_from` the ready-made one that it began as. `nonce` makes a form
    sent twice one template. What is put aside stays: print runs name it."""

    __tablename__ = "label_template"
    __table_args__ = (UniqueConstraint("organisation_id", "nonce"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    nonce: str | None = Field(default=None, max_length=64)
    name: str = Field(max_length=100)
    copied_from: str = Field(default="", max_length=60)
    latest: int = 1
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)


class LabelTemplateVersion(SQLModel, table=True):
    """One version of a template as `labels.templates` writes it. Never changed: labels remember which one printed
    them. `based_on` is the version it was made from, 0 for none: the one before, or the one it brings back."""

    __tablename__ = "label_template_version"

    template_id: int = Field(primary_key=True, foreign_key="label_template.id", sa_type=BigId)
    version: int = Field(primary_key=True)
    name: str = Field(max_length=100)
    width: float = Field(sa_type=Float)
    height: float = Field(sa_type=Float)
    document: dict[str, Any] = Field(sa_type=JSON)
    based_on: int = 0
    operator_id: int | None = Field(default=None, foreign_key="operator.id")
    operator_name: str = Field(default="", max_length=200)
    record_time: datetime = Field(sa_type=UtcDateTime)
