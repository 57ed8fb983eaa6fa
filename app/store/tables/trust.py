"""What keeps nodes honest with one another: calls heard once, partners' checkpoints, and their signatures on ours."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class HeardCall(SQLModel, table=True):
    """The nonce of a call that was taken, until it would be refused for its age."""

    __tablename__ = "heard_call"

    sender: str = Field(primary_key=True, sa_type=KeyText)
    nonce: str = Field(primary_key=True, max_length=64)
    forget: datetime = Field(sa_type=UtcDateTime, index=True)


class LogPartner(SQLModel, table=True):
    """A zone whose checkpoints we co-sign, and that co-signs ours. `trouble` is the error code of the last exchange,
    '' when it went well; `told_size` how many of our entries it says to know, where that is more than we have."""

    __tablename__ = "log_partner"

    zone: str = Field(primary_key=True, sa_type=KeyText)
    since: datetime = Field(sa_type=UtcDateTime)
    tried: datetime | None = Field(default=None, sa_type=UtcDateTime)
    trouble: str = Field(default="", max_length=60)
    told_size: int = Field(default=0, sa_type=BigId)


class PartnerCheckpoint(SQLModel, table=True):
    """A checkpoint that a partner signed, as its log showed it to us; append-only. `fits` is False where it cannot
    follow from what it signed before: then the two notes together are the proof that its log was changed."""

    __tablename__ = "partner_checkpoint"
    __table_args__ = (
        UniqueConstraint("zone", "size", "root"),
        Index("ix_partner_checkpoint_newest", "zone", "fits", "size"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    zone: str = Field(sa_type=KeyText)
    origin: str = Field(max_length=300)
    size: int = Field(sa_type=BigId)
    root: bytes
    note: str = Field(sa_type=Text)
    fits: bool
    record_time: datetime = Field(sa_type=UtcDateTime)


class Cosignature(SQLModel, table=True):
    """A partner's signature under a checkpoint of ours; append-only. `line` is its signature line (C2SP cosignature),
    `signed` what that line is under, `stated` the moment it names, `key` the partner's verifier key."""

    __table_args__ = (UniqueConstraint("zone", "size"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    zone: str = Field(sa_type=KeyText)
    size: int = Field(sa_type=BigId, index=True)
    signed: str = Field(sa_type=Text)
    line: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    stated: datetime = Field(sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)
