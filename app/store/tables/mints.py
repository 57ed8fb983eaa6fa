"""Mints of many identifiers, recorded step by step: an index of the log like `things`, and rebuilt with it."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.store.partial import index_where
from app.store.types import BigId


class MintRun(SQLModel, table=True):
    """One mint of many. Until its `state` is 'done' ('open' before, 'withdrawn' when it was cancelled) nothing it
    minted exists for anybody. `id` is that of its job, `parts` how many entries it takes, `made` those written."""

    __tablename__ = "mint_run"
    __table_args__ = (
        Index("ix_mint_run_first", "first_seq"),
        index_where("ix_mint_run_unfinished", "id", where="state <> 'done'"),
    )

    id: str = Field(primary_key=True, max_length=32)
    organisation_id: int = Field(foreign_key="organisation.id")
    state: str = Field(default="open", max_length=10)
    parts: int
    made: int = 0
    count: int = Field(default=0, sa_type=BigId)
    first_seq: int = Field(sa_type=BigId)
    last_seq: int = Field(sa_type=BigId)


class MintPart(SQLModel, table=True):
    """An entry of the log that is a part of a mint of many."""

    __tablename__ = "mint_part"

    seq: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    run_id: str = Field(max_length=32, index=True)
