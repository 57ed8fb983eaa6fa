"""What other nodes have stated before, so that nothing older is believed again."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class ZoneFloor(SQLModel, table=True):
    """The newest serial that the `issuer`'s zone was heard to state of a `zone`, and with which of its keys: what a key
    stated ends with it. `branch` is whose account it goes on: the first two labels of the issuer."""

    __tablename__ = "zone_floor"
    __table_args__ = (Index("ix_zone_floor_branch", "branch", "heard_time"),)

    issuer: str = Field(primary_key=True, sa_type=KeyText)
    zone: str = Field(primary_key=True, sa_type=KeyText)
    branch: str = Field(sa_type=KeyText)
    serial: int = Field(sa_type=BigId)
    key_id: str = Field(max_length=43)
    heard_time: datetime = Field(sa_type=UtcDateTime)
