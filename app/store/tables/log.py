"""The append-only log: entries, the complete subtrees of their Merkle tree (RFC 6962), signed checkpoints."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, UtcDateTime


class Entry(SQLModel, table=True):
    """One event as recorded: `body` is the canonical text, `leaf` its hash, `seq` its index in the tree (from 0)."""

    __table_args__ = (Index("ix_entry_organisation_step", "organisation_id", "step", "seq"),)

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(unique=True, max_length=200)
    organisation_id: int = Field(foreign_key="organisation.id")
    step: str = Field(default="", max_length=16)
    event_time: datetime = Field(sa_type=UtcDateTime, index=True)
    record_time: datetime = Field(sa_type=UtcDateTime)
    version: int
    body: str = Field(sa_type=Text)
    leaf: bytes


class MerkleNode(SQLModel, table=True):
    """Hash of a complete subtree of 2**level leaves, the `idx`-th from the left. Rebuildable from the entries."""

    __tablename__ = "merkle_node"

    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class Checkpoint(SQLModel, table=True):
    """A signed statement of the tree's size and root: C2SP tlog-checkpoint text."""

    __table_args__ = (UniqueConstraint("size"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    size: int = Field(sa_type=BigId)
    root: bytes
    note: str = Field(sa_type=Text)
    record_time: datetime = Field(sa_type=UtcDateTime)
