"""What a node files and is filed, what it measures of itself, its periodic work, its copies in escrow."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)


def upgrade() -> None:
    _round_turn()
    _filing_stream()
    _filing_capture()
    _filing_row()
    _filing_change()
    _filing_source()
    _filing_target()
    _lookup_source()
    _lookup_time()
    _lookup_second()
    _node_day()
    _fault_event()
    _probe()
    _escrow_copy()


def _round_turn() -> None:
    op.create_table(
        "round_turn",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("well_time", TIME, nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _filing_stream() -> None:
    op.create_table(
        "filing_stream",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _filing_capture() -> None:
    op.create_table(
        "filing_capture",
        sa.Column("dataset", sa.String(length=8), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("cursor", BIG, nullable=False),
        sa.PrimaryKeyConstraint("dataset"),
    )


def _filing_row() -> None:
    op.create_table(
        "filing_row",
        sa.Column("zone", KEY, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=8), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("zone", "stream", "dataset", "key"),
    )
    op.create_index("ix_filing_row_dataset", "filing_row", ["dataset", "gone", "key"])


def _filing_change() -> None:
    op.create_table(
        "filing_change",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("zone", KEY, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=8), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("op", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )


def _filing_source() -> None:
    op.create_table(
        "filing_source",
        sa.Column("zone", KEY, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("newest", BIG, nullable=False),
        sa.Column("first_time", TIME, nullable=False),
        sa.Column("last_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("zone", "stream"),
    )


def _filing_target() -> None:
    op.create_table(
        "filing_target",
        sa.Column("url", KEY, nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("tried", TIME, nullable=False),
        sa.Column("well", TIME, nullable=True),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("url"),
    )


def _lookup_source() -> None:
    op.create_table(
        "lookup_source",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("prefix", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.PrimaryKeyConstraint("day", "prefix", "address"),
    )


def _lookup_time() -> None:
    op.create_table(
        "lookup_time",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("prefix", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("least", BIG, nullable=False),
        sa.Column("least_at", BIG, nullable=False),
        sa.Column("most", BIG, nullable=False),
        sa.Column("most_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("day", "prefix", "kind"),
    )


def _lookup_second() -> None:
    op.create_table(
        "lookup_second",
        sa.Column("second", BIG, autoincrement=False, nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.PrimaryKeyConstraint("second"),
    )


def _node_day() -> None:
    op.create_table(
        "node_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("peak", BIG, nullable=False),
        sa.Column("peak_at", BIG, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("last_minute", BIG, nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )


def _fault_event() -> None:
    op.create_table(
        "fault_event",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("related", sa.String(length=32), nullable=False),
        sa.Column("zone", KEY, nullable=False),
        sa.Column("cause", sa.String(length=500), nullable=False),
        sa.Column("fault_class", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("event_time", TIME, nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_fault_event_zone", "fault_event", ["zone"])
    op.create_index("ix_fault_event_event_time", "fault_event", ["event_time"])


def _probe() -> None:
    op.create_table(
        "probe",
        sa.Column("zone", KEY, nullable=False),
        sa.Column("endpoint", KEY, nullable=False),
        sa.Column("recent", sa.String(length=60), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("well_time", TIME, nullable=True),
        sa.PrimaryKeyConstraint("zone", "endpoint"),
    )


def _escrow_copy() -> None:
    op.create_table(
        "escrow_copy",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("base", BIG, nullable=False),
        sa.Column("entries", BIG, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def downgrade() -> None:
    for table in (
        "escrow_copy",
        "probe",
        "fault_event",
        "node_day",
        "lookup_second",
        "lookup_time",
        "lookup_source",
        "filing_target",
        "filing_source",
        "filing_change",
        "filing_row",
        "filing_capture",
        "filing_stream",
        "round_turn",
    ):
        op.drop_table(table)
