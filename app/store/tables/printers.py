"""Printers of a company: where each is, how it is driven, and what it last said of itself."""

from datetime import datetime

from sqlalchemy import Float, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import UtcDateTime


class Printer(SQLModel, table=True):
    """`connection` raw, ipp or download; `address` as `domain.printers.address` spells it; `stock` the code of what is
    loaded, '' when nobody has said; `troubles` codes with spaces, as of `state_time`. Never deleted: runs name it."""

    __tablename__ = "printer"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str = Field(max_length=100)
    connection: str = Field(max_length=10)
    address: str = Field(default="", max_length=300)
    language: str = Field(max_length=10)
    dpi: int
    drawing: str = Field(default="exact", max_length=10)
    media: str = Field(default="gap", max_length=12)
    gap: float = Field(default=3.0, sa_type=Float)
    darkness: int | None = None
    speed: int | None = None
    cutter: str = Field(default="tear", max_length=10)
    turned: bool = False
    offset_x: float = Field(default=0.0, sa_type=Float)
    offset_y: float = Field(default=0.0, sa_type=Float)
    stock: str = Field(default="", max_length=60)
    active: bool = True
    state: str = Field(default="", max_length=10)
    troubles: str = Field(default="", max_length=200)
    model: str = Field(default="", max_length=60)
    state_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)
