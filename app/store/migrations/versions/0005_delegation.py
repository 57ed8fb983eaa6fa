"""Zones handed out below us, the applications and steps behind them, and our own zone."""

import sqlalchemy as sa
from alembic import op

from app.store import types

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = types.UtcDateTime(length=27)
SQLITE = """CREATE TRIGGER delegation_step_no_{verb} BEFORE {verb} ON delegation_step
BEGIN SELECT RAISE(ABORT, 'delegation_step is append-only'); END"""
POSTGRESQL = """CREATE TRIGGER delegation_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delegation_step
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
# as answer_triggers: what answers are made of says when it changes
SQLITE_TELLS = """CREATE TRIGGER delegation_tells_{verb} AFTER {verb} ON delegation
BEGIN UPDATE answer_change SET number = number + 1; END"""
POSTGRESQL_TELLS = """CREATE TRIGGER delegation_tells AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON delegation
FOR EACH STATEMENT EXECUTE FUNCTION tell_answers()"""


def upgrade() -> None:
    _delegation()
    _application()
    _application_document()
    _delegation_step()
    _membership()
    _triggers()


def _delegation() -> None:
    op.create_table(
        "delegation",
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("serial", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("endpoints", sa.JSON(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("industry", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("not_after", MOMENT, nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("zone"),
    )
    op.create_index("ix_delegation_not_after", "delegation", ["not_after"])


def _application() -> None:
    op.create_table(
        "application",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("holder_id", BIG, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("endpoints", sa.JSON(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("verification", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("reviewer_id", BIG, nullable=True),
        sa.Column("reviewer_name", sa.String(length=200), nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.Column("decided_time", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    for column in ("state", "zone", "holder_id"):
        op.create_index(f"ix_application_{column}", "application", [column])


def _application_document() -> None:
    op.create_table(
        "application_document",
        sa.Column("id", BIG, nullable=False),
        sa.Column("application_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_application_document_application_id", "application_document", ["application_id"])


def _delegation_step() -> None:
    op.create_table(
        "delegation_step",
        sa.Column("id", BIG, nullable=False),
        sa.Column("application_id", BIG, nullable=True),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("operator_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("application_id", "zone"):
        op.create_index(f"ix_delegation_step_{column}", "delegation_step", [column])


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("parent_url", sa.String(length=300), nullable=False),
        sa.Column("parent_keys", sa.JSON(), nullable=False),
        sa.Column("follow", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=True),
        sa.Column("serial", BIG, nullable=False),
        sa.Column("not_after", MOMENT, nullable=True),
        sa.Column("checked_time", MOMENT, nullable=True),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("zone"),
    )


def _triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))
        for verb in ("insert", "update", "delete"):
            op.execute(SQLITE_TELLS.format(verb=verb))
    else:
        op.execute(POSTGRESQL)
        op.execute(POSTGRESQL_TELLS)


def downgrade() -> None:
    for table in (
        "membership",
        "delegation_step",
        "application_document",
        "application",
        "delegation",
    ):
        op.drop_table(table)
