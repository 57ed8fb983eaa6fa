"""People, how they prove who they are, and what they did."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.types import BigId, UtcDateTime


class Operator(SQLModel, table=True):
    """A person of one organisation. `login` is unique on the node and stored in lower case."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    login: str = Field(unique=True, max_length=100)
    name: str = Field(max_length=200)
    password_hash: str = Field(max_length=300)
    role: str = Field(max_length=16)
    language: str = Field(default="", max_length=8)
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)


class OperatorSite(SQLModel, table=True):
    """The sites an operator is bound to; no row means any site of the organisation."""

    __tablename__ = "operator_site"

    operator_id: int = Field(primary_key=True, foreign_key="operator.id")
    site_id: int = Field(primary_key=True, foreign_key="site.id")


class SignIn(SQLModel, table=True):
    """One signed-in browser: SHA-256 of the random token in its cookie (enough for 256 random bits)."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True, max_length=64)
    operator_id: int = Field(foreign_key="operator.id", index=True)
    expires: datetime = Field(sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """A one-time link: the first administrator's, or a new colleague's password."""

    token_hash: str = Field(primary_key=True, max_length=64)
    operator_id: int | None = Field(default=None, foreign_key="operator.id")
    expires: datetime = Field(sa_type=UtcDateTime)
    used: bool = False
    record_time: datetime = Field(sa_type=UtcDateTime)


class ApiKey(SQLModel, table=True):
    """A personal key: shown once, kept as SHA-256 with its first letters. It is random, so no slow hash is needed."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    operator_id: int = Field(foreign_key="operator.id", index=True)
    name: str = Field(max_length=100)
    start: str = Field(max_length=12)
    key_hash: str = Field(unique=True, max_length=64)
    active: bool = True
    last_used: datetime | None = Field(default=None, sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Attempt(SQLModel, table=True):
    """A failed sign-in, counted against login and address over a window."""

    __table_args__ = (Index("ix_attempt_key", "key", "record_time"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(max_length=200)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Audit(SQLModel, table=True):
    """Who did what besides scanning: append-only like the log."""

    __table_args__ = (Index("ix_audit_organisation", "organisation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    operator_id: int | None = Field(default=None)
    operator_name: str = Field(default="", max_length=200)
    action: str = Field(max_length=60)
    subject: str = Field(default="", max_length=300)
    detail: str = Field(default="", max_length=2000)
    record_time: datetime = Field(sa_type=UtcDateTime)
