"""What the node files upward and is filed from below, what it measures of itself, and what it does periodically."""

from datetime import datetime

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class RoundTurn(SQLModel, table=True):
    """What became of one kind of periodic work: its last turn, its last good one, what went wrong ('' for nothing)."""

    __tablename__ = "round_turn"

    name: str = Field(primary_key=True, max_length=40)
    time: datetime = Field(sa_type=UtcDateTime)
    well_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error_code: str = Field(default="", max_length=60)
    error: str = Field(default="", max_length=500)


class FilingStream(SQLModel, table=True):
    """One row: the random name of this node's own line of changes, and the number of the newest of them. A node whose
    database was lost begins another line, and says which it continues."""

    __tablename__ = "filing_stream"

    id: int = Field(primary_key=True)
    stream: str = Field(max_length=32)
    before: str = Field(default="", max_length=32)
    seq: int = Field(default=0, sa_type=BigId)


class FilingCapture(SQLModel, table=True):
    """When a data set was last looked through for changes, and up to which entry of the log (`cursor`)."""

    __tablename__ = "filing_capture"

    dataset: str = Field(primary_key=True, max_length=8)
    time: datetime = Field(sa_type=UtcDateTime)
    cursor: int = Field(default=-1, sa_type=BigId)


class FilingRow(SQLModel, table=True):
    """One row of a data set as it is now, a node's own or one filed from below. `zone` and `stream` say whose it is;
    `body` is canonical JSON, `digest` its SHA-256; `gone` that it was withdrawn."""

    __tablename__ = "filing_row"
    __table_args__ = (Index("ix_filing_row_dataset", "dataset", "gone", "key"),)

    zone: str = Field(primary_key=True, sa_type=KeyText)
    stream: str = Field(primary_key=True, max_length=32)
    dataset: str = Field(primary_key=True, max_length=8)
    key: str = Field(primary_key=True, sa_type=KeyText)
    body: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)
    gone: bool = False
    time: datetime = Field(sa_type=UtcDateTime)


class FilingChange(SQLModel, table=True):
    """The line of changes that is pushed upward, from 1 without a gap. `op`: 1 added, 2 withdrawn, 3 changed."""

    __tablename__ = "filing_change"

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    zone: str = Field(sa_type=KeyText)
    stream: str = Field(max_length=32)
    dataset: str = Field(max_length=8)
    key: str = Field(sa_type=KeyText)
    op: int
    body: str = Field(sa_type=Text)
    time: datetime = Field(sa_type=UtcDateTime)


class FilingSource(SQLModel, table=True):
    """A node below that files to us, and how far it has come: the next number we take is `seq` + 1."""

    __tablename__ = "filing_source"

    zone: str = Field(primary_key=True, sa_type=KeyText)
    stream: str = Field(primary_key=True, max_length=32)
    seq: int = Field(default=0, sa_type=BigId)
    newest: int = Field(default=0, sa_type=BigId)
    first_time: datetime = Field(sa_type=UtcDateTime)
    last_time: datetime = Field(sa_type=UtcDateTime)


class FilingTarget(SQLModel, table=True):
    """A node above that we file to: what it has acknowledged, and what went wrong last ('' for nothing)."""

    __tablename__ = "filing_target"

    url: str = Field(primary_key=True, sa_type=KeyText)
    stream: str = Field(max_length=32)
    seq: int = Field(default=0, sa_type=BigId)
    tried: datetime = Field(sa_type=UtcDateTime)
    well: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error_code: str = Field(default="", max_length=60)


class LookupSource(SQLModel, table=True):
    """How many look-ups of a prefix came from an address on a day; address '' for those beyond the most kept."""

    __tablename__ = "lookup_source"

    day: str = Field(primary_key=True, max_length=10)
    prefix: str = Field(primary_key=True, max_length=64)
    address: str = Field(primary_key=True, max_length=45)
    count: int = Field(sa_type=BigId)


class LookupTime(SQLModel, table=True):
    """How long answers took on a day, in microseconds. `kind` is 'resolve', or 'register' for what writes."""

    __tablename__ = "lookup_time"

    day: str = Field(primary_key=True, max_length=10)
    prefix: str = Field(primary_key=True, max_length=64)
    kind: str = Field(primary_key=True, max_length=8)
    count: int = Field(sa_type=BigId)
    total: int = Field(sa_type=BigId)
    least: int = Field(sa_type=BigId)
    least_at: int = Field(sa_type=BigId)
    most: int = Field(sa_type=BigId)
    most_at: int = Field(sa_type=BigId)


class LookupSecond(SQLModel, table=True):
    """Look-ups of one second (Unix time) over all processes, until the minute's round has looked for the peak."""

    __tablename__ = "lookup_second"

    second: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    count: int = Field(sa_type=BigId)


class NodeDay(SQLModel, table=True):
    """A day of this node: its busiest second (`peak` look-ups at `peak_at`, Unix time), minutes seen at work."""

    __tablename__ = "node_day"

    day: str = Field(primary_key=True, max_length=10)
    peak: int = Field(default=0, sa_type=BigId)
    peak_at: int = Field(default=0, sa_type=BigId)
    minutes: int = 0
    last_minute: int = Field(default=0, sa_type=BigId)


class FaultEvent(SQLModel, table=True):
    """Something went wrong with a node, or is well again. `kind` is 'fault' or 'recovered', which names its fault in
    `related`; `fault_class` 1 network, 2 system, 3 attack, 4 other; `planned` for maintenance."""

    __tablename__ = "fault_event"

    number: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=10)
    related: str = Field(default="", max_length=32)
    zone: str = Field(sa_type=KeyText, index=True)
    cause: str = Field(max_length=500)
    fault_class: int
    planned: bool = False
    event_time: datetime = Field(sa_type=UtcDateTime, index=True)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Probe(SQLModel, table=True):
    """How a node below answered when it was asked: `recent` has a letter an attempt, the newest last, '+' or '-'."""

    zone: str = Field(primary_key=True, sa_type=KeyText)
    endpoint: str = Field(primary_key=True, sa_type=KeyText)
    recent: str = Field(default="", max_length=60)
    time: datetime = Field(sa_type=UtcDateTime)
    well_time: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EscrowCopy(SQLModel, table=True):
    """A copy left in escrow: `kind` 'full' or 'diff' (against the full copy numbered `base`), the log's size in it."""

    __tablename__ = "escrow_copy"

    number: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(max_length=4)
    base: int = Field(sa_type=BigId)
    entries: int = Field(sa_type=BigId)
    size: int = Field(sa_type=BigId)
    files: list[str] = Field(sa_type=JSON)
    time: datetime = Field(sa_type=UtcDateTime)
