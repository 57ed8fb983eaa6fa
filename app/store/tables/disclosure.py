"""What a company tells its partners on other nodes, what these asked and told, and how they prove that they may ask."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class DisclosureRule(SQLModel, table=True):
    """Who may be told `what` (see domain.disclosure) of a company's things, until when. `party` is the prefix where the
    audience is one named company. Of several rules for the same thing and audience the newest counts."""

    __tablename__ = "disclosure_rule"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    what: str = Field(max_length=16)
    audience: str = Field(max_length=12)
    party: str = Field(default="", max_length=64)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)


class DisclosureRequest(SQLModel, table=True):
    """A partner asked us: who, why, after how many things, and of how many it was told anything. Only ever added to."""

    __tablename__ = "disclosure_request"
    __table_args__ = (Index("ix_disclosure_request_time", "record_time"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    zone: str = Field(max_length=64)
    why: str = Field(max_length=16)
    asked: int
    told: int
    record_time: datetime = Field(sa_type=UtcDateTime)


class KeptDisclosure(SQLModel, table=True):
    """The newest statement of a partner on the same question: as it came, with its signature, and what a check of the
    chain of signatures said then. `about` is the digest of what was asked."""

    __tablename__ = "kept_disclosure"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    zone: str = Field(primary_key=True, max_length=64)
    about: str = Field(primary_key=True, max_length=64)
    why: str = Field(max_length=16)
    statement: str = Field(sa_type=Text)
    state: str = Field(max_length=12)
    checkpoint: str = Field(default="", sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Introduction(SQLModel, table=True):
    """Signed words of those before us by which we may ask a company further up about a thing: a JSON list of wires."""

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    epc: str = Field(primary_key=True, sa_type=KeyText)
    statements: str = Field(sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)
