"""What the holders of one zone tell each other: the log of changes to its delegations, how far each sister was read."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class MeshChange(SQLModel, table=True):
    """One statement on a zone below ours, our own or a sister's, numbered from 1 in the order it was heard of here.
    Added to and never changed; the database refuses.

    `statement` is the signed form, `digest` the SHA-256 of its payload in hex, `chain` that of all digests up to here.
    """

    __tablename__ = "mesh_change"
    __table_args__ = (UniqueConstraint("zone", "serial", "digest"),)

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    zone: str = Field(sa_type=KeyText)
    serial: int = Field(sa_type=BigId)
    state: str = Field(max_length=10)
    digest: str = Field(max_length=64)
    statement: dict[str, object] = Field(sa_type=JSON)
    chain: bytes
    record_time: datetime = Field(sa_type=UtcDateTime)


class MeshSister(SQLModel, table=True):
    """Another holder of our zone, by address: the number and chain of her log up to which we have all, and how it went.

    `key_set` names the zone's keys that her statements were checked with (domain.meshing.key_set); `refused` how many
    did not pass since we began at her first; `begun_anew` how often her log was not the one we knew; `error` the code
    of the last failure, '' after a success.
    """

    __tablename__ = "mesh_sister"

    url: str = Field(primary_key=True, max_length=300)
    after: int = Field(default=0, sa_type=BigId)
    chain: bytes = Field(default=bytes(32))
    total: int = Field(default=0, sa_type=BigId)
    key_set: str = Field(default="", max_length=64)
    key_id: str = Field(default="", max_length=43)
    refused: int = 0
    begun_anew: int = 0
    error: str = Field(default="", max_length=60)
    heard_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
