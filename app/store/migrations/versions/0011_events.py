"""Rows that EPCIS queries look in, for the events that are there already too."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from app.store import events, log

revision = "0011"
down_revision = "0010"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)
# index of event_fact -> its columns; of the first of them only what is not empty
FILLED = {
    "ix_event_fact_read_point": ["read_point", "event_time"],
    "ix_event_fact_biz_location": ["biz_location", "event_time"],
    "ix_event_fact_event_id": ["event_id"],
    "ix_event_fact_hash": ["hash"],
}


def upgrade() -> None:
    op.create_table(
        "event_fact",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("event_time", TIME, nullable=False),
        sa.Column("type", sa.String(length=300), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("biz_step", KEY, nullable=False),
        sa.Column("disposition", KEY, nullable=False),
        sa.Column("read_point", KEY, nullable=False),
        sa.Column("biz_location", KEY, nullable=False),
        sa.Column("event_id", sa.String(length=1000), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_event_fact_time", "event_fact", ["organisation_id", "event_time", "seq"])
    for name, columns in FILLED.items():
        filled = sa.text(f"{columns[0]} <> ''")
        op.create_index(name, "event_fact", columns, sqlite_where=filled, postgresql_where=filled)
    op.create_table(
        "event_term",
        sa.Column("term", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_word",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "value"),
    )
    _fill()


def _fill() -> None:
    session = Session(op.get_bind())
    block = []
    for entry in log.entries(session):
        block.append(entry)
        if len(block) == log.BLOCK:
            events.index_entries(session, block)
            block = []
    if block:
        events.index_entries(session, block)
    session.flush()


def downgrade() -> None:
    for table in ("event_word", "event_term", "event_fact"):
        op.drop_table(table)
