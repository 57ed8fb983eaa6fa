"""Signals of trouble with their evidence, which rules look for them, whom they are told; and files that were issued."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from app.store.partial import index_where
from app.store.types import BigId, KeyText, UtcDateTime


class Alert(SQLModel, table=True):
    """One signal. The same `key` under the same rule is the same signal: it is counted, its evidence the newest.
    `state` is open, seen (somebody looks into it) or closed; `ending` why it was closed: true or false alarm."""

    __table_args__ = (
        Index("ux_alert_key", "organisation_id", "rule", "key", unique=True),
        index_where("ix_alert_open", "organisation_id", "id", where="state <> 'closed'"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    rule: str = Field(max_length=20)
    key: str = Field(sa_type=KeyText)
    subject: str = Field(default="", sa_type=KeyText)
    count: int = 1
    evidence: str = Field(sa_type=Text)
    state: str = Field(default="open", max_length=8)
    ending: str = Field(default="", max_length=8)
    note: str = Field(default="", max_length=1000)
    operator_name: str = Field(default="", max_length=200)
    event_time: datetime = Field(sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)
    last_time: datetime = Field(sa_type=UtcDateTime)
    state_time: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AlertRule(SQLModel, table=True):
    """How an organisation has set one rule; without a row it is as in domain.trouble."""

    __tablename__ = "alert_rule"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    rule: str = Field(primary_key=True, max_length=20)
    active: bool = True
    threshold: float


class AlertTarget(SQLModel, table=True):
    """Where an organisation's alerts are sent; `sealed` is the token they are signed with."""

    __tablename__ = "alert_target"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    url: str = Field(max_length=2000)
    sealed: str = Field(default="", sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)


class PlacePosition(SQLModel, table=True):
    """Where on earth a place is, in degrees (WGS 84), and in which country (ISO 3166, two letters)."""

    __tablename__ = "place_position"

    epc: str = Field(primary_key=True, sa_type=KeyText)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    latitude: float
    longitude: float
    country: str = Field(default="", max_length=2)
    record_time: datetime = Field(sa_type=UtcDateTime)


class WatchCursor(SQLModel, table=True):
    """How far the watch has looked through one source."""

    __tablename__ = "watch_cursor"

    source: str = Field(primary_key=True, max_length=20)
    position: str = Field(max_length=100)
    time: datetime = Field(sa_type=UtcDateTime)


class CountrySeen(SQLModel, table=True):
    """How often pieces of a product were seen in a country."""

    __tablename__ = "country_seen"

    product_id: int = Field(primary_key=True, foreign_key="product.id")
    country: str = Field(primary_key=True, max_length=2)
    count: int = Field(sa_type=BigId)


class LookedUp(SQLModel, table=True):
    """Look-ups of one identifier from one address in a few seconds; `found` whether there is such a one. A sample: in a
    flood most are only counted."""

    __tablename__ = "looked_up"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    name: str = Field(sa_type=KeyText, index=True)
    address: str = Field(max_length=45)
    found: bool
    count: int
    record_time: datetime = Field(sa_type=UtcDateTime, index=True)


class IssuedFile(SQLModel, table=True):
    """A file that a job made, by the SHA-256 of its bytes, and where the log stood then."""

    __tablename__ = "issued_file"

    digest: str = Field(primary_key=True, max_length=64)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    kind: str = Field(max_length=40)
    size: int = Field(sa_type=BigId)
    root: bytes
    record_time: datetime = Field(sa_type=UtcDateTime)
