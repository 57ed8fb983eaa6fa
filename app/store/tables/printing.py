"""Print runs, the labels of each, and files that machines left to be printed: facts, no index of the log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class PrintRun(SQLModel, table=True):
    """state: asked → making → proven → sending → printed | stopped | failed; what failed can be resumed.

    `design`, `sheet` and `device` are template, stock and printer as they were when it was asked for, so that a resumed
    run goes on with the same. `source` says which things; `quantity` counts labels, `taken` those that have a piece,
    `made` those whose file is written and proven, `sent` those the printer took. `stopping`: somebody has cancelled it.
    """

    __tablename__ = "print_run"
    __table_args__ = (Index("ix_print_run_organisation", "organisation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id")
    operator_id: int = Field(foreign_key="operator.id")
    operator: str = Field(max_length=200)
    state: str = Field(default="asked", max_length=10)
    kind: str = Field(max_length=10)
    source: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    template: str = Field(max_length=80)
    version: int = 1
    design: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    stock: str = Field(default="", max_length=60)
    sheet: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    printer_id: int | None = Field(default=None, sa_type=BigId)
    device: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    form: str = Field(default="pdf", max_length=8)
    dpi: int = 300
    language: str = Field(default="zh", max_length=8)
    start: int = 1
    skip: list[int] = Field(default_factory=list, sa_type=JSON)
    copies: int = 1
    cut_marks: bool = False
    stopping: bool = False
    quantity: int = 0
    taken: int = 0
    made: int = 0
    sent: int = 0
    reason: str = Field(default="", max_length=500)
    of_run: int | None = Field(default=None, sa_type=BigId)
    job_id: str = Field(default="", max_length=32)
    error_code: str = Field(default="", max_length=60)
    error: str = Field(default="", sa_type=Text)
    file: str = Field(default="", max_length=100)
    digest: str = Field(default="", max_length=64)
    size: int = Field(default=0, sa_type=BigId)
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    first_name: str = Field(default="", max_length=300)
    last_name: str = Field(default="", max_length=300)
    record_time: datetime = Field(sa_type=UtcDateTime)
    finished: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PrintChunk(SQLModel, table=True):
    """Some labels of a run, from position `first`, whose file is written: made → sending → sent. One found `sending`
    by whoever takes over is `unsure` until the operator says which label came out last; what is left of it then is
    `torn`, and gets a file of its own."""

    __tablename__ = "print_chunk"

    run_id: int = Field(primary_key=True, foreign_key="print_run.id", sa_type=BigId)
    first: int = Field(primary_key=True)
    count: int
    state: str = Field(default="made", max_length=10)
    file: str = Field(max_length=100)
    digest: str = Field(max_length=64)
    size: int = Field(sa_type=BigId)
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class PrintPiece(SQLModel, table=True):
    """One label: waiting → printed → applied | spoiled | lost | reprinted. `epc` names its thing, since rows of things
    are an index that may be built anew. `copy_number` 2 is the first reprint; `twin` tells labels apart that are
    alike because several were asked for. `values` are those of a merged table's row."""

    __tablename__ = "print_piece"
    __table_args__ = (UniqueConstraint("epc", "copy_number", "twin"),)

    run_id: int = Field(primary_key=True, foreign_key="print_run.id", sa_type=BigId)
    position: int = Field(primary_key=True)
    epc: str = Field(sa_type=KeyText)
    copy_number: int = 1
    twin: int = 1
    state: str = Field(default="waiting", max_length=10)
    reason: str = Field(default="", max_length=500)
    values: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    operator: str = Field(default="", max_length=200)
    changed: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WatchedFile(SQLModel, table=True):
    """A file that a machine left in the watch folder, by the name under which it was taken out of there: its run is
    asked for in the transaction that writes this row, and so once. state: asked → done."""

    __tablename__ = "watched_file"

    token: str = Field(primary_key=True, max_length=80)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str = Field(max_length=300)
    run_id: int = Field(sa_type=BigId)
    state: str = Field(default="asked", max_length=10, index=True)
    record_time: datetime = Field(sa_type=UtcDateTime)
