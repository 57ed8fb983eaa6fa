"""What identifiers resolve to: their current values, what these were before, and how often they were asked for."""

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class Record(SQLModel, table=True):
    """The values of one handle as they are now. `key` is the handle with its ASCII letters in capitals, what look-ups
    compare; `handle` keeps the spelling it was registered with. `values` is the JSON list of all values, the private
    ones too and secret keys only as hashes; `public` the list that is sent to anyone. Where all values are public it is
    both, and `values` empty."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True, sa_type=KeyText)
    handle: str = Field(max_length=300)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    values: bytes = Field(sa_type=LargeBinary)
    public: bytes = Field(sa_type=LargeBinary)
    template_id: int | None = Field(default=None, foreign_key="template.id")
    template_version: int | None = None
    version: int = 1
    modified: datetime = Field(sa_type=UtcDateTime)


class RecordVersion(SQLModel, table=True):
    """What a record was until `until`, written when it is replaced or deleted. Only ever added to."""

    __tablename__ = "record_version"

    key: str = Field(primary_key=True, sa_type=KeyText)
    version: int = Field(primary_key=True)
    handle: str = Field(max_length=300)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    values: bytes = Field(sa_type=LargeBinary)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    deleted: bool = False
    changed_by: str = Field(default="", max_length=320)


class ValueIndex(SQLModel, table=True):
    """Values by which a record or a batch of things (`kind` 'record', 'attributes') is found; `value` is normalised."""

    __tablename__ = "value_index"
    __table_args__ = {"sqlite_with_rowid": False}

    value: str = Field(primary_key=True, sa_type=KeyText)
    type: str = Field(primary_key=True, max_length=100)
    kind: str = Field(primary_key=True, max_length=10)
    ref: int = Field(primary_key=True, sa_type=BigId)
    organisation_id: int
    public: bool


class HandleSession(SQLModel, table=True):
    """A session of the Handle API; `id_hash` is the SHA-256 of what the client holds. `identity` is '' until proven."""

    __tablename__ = "handle_session"

    id_hash: str = Field(primary_key=True, max_length=64)
    nonce: str = Field(max_length=64)
    identity: str = Field(default="", max_length=320)
    expires: datetime = Field(sa_type=UtcDateTime, index=True)


class ResolveCount(SQLModel, table=True):
    """How many look-ups of a prefix had which outcome on a day (UTC, `2026-11-22`). Added up in memory first."""

    __tablename__ = "resolve_count"

    day: str = Field(primary_key=True, max_length=10)
    prefix: str = Field(primary_key=True, max_length=64)
    outcome: str = Field(primary_key=True, max_length=16)
    count: int = Field(sa_type=BigId)


class AnswerChange(SQLModel, table=True):
    """One row: how often what identifiers resolve to has changed, counted by triggers. On SQLite only; PostgreSQL
    notifies those who listen."""

    __tablename__ = "answer_change"

    id: int = Field(primary_key=True)
    number: int = Field(sa_type=BigId)


class Link(SQLModel, table=True):
    """A link from a thing to something about it (RFC 9264; GS1 link types). `anchor` is the epc of the product, lot or
    serial it belongs to and `scope` that level; `relation` e.g. 'gs1:pip'. `href` may hold {gtin}, {lot}, {serial}."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    anchor: str = Field(sa_type=KeyText, index=True)
    scope: str = Field(max_length=10)
    relation: str = Field(max_length=200)
    href: str = Field(sa_type=Text)
    title: str = Field(max_length=200)
    languages: str = Field(default="", max_length=200)
    media_type: str = Field(default="", max_length=100)
    contexts: str = Field(default="", max_length=200)
    forward_query: bool = True
    public: bool = True
    is_default: bool = False
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)
