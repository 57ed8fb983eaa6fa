"""Signals of trouble and what has been looked at; files that were issued."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)
UNCLOSED = sa.text("state <> 'closed'")
TABLES = ("issued_file", "looked_up", "country_seen", "watch_cursor", "place_position", "alert_target", "alert_rule", "alert")


def upgrade() -> None:
    _alert()
    _settings()
    _watch()
    op.create_table(
        "issued_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_issued_file_organisation_id", "issued_file", ["organisation_id"])


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("ending", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("operator_name", sa.String(length=200), nullable=False),
        sa.Column("event_time", TIME, nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.Column("last_time", TIME, nullable=False),
        sa.Column("state_time", TIME, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alert_organisation_id", "alert", ["organisation_id"])
    op.create_index("ux_alert_key", "alert", ["organisation_id", "rule", "key"], unique=True)
    op.create_index(
        "ix_alert_open", "alert", ["organisation_id", "id"], sqlite_where=UNCLOSED, postgresql_where=UNCLOSED
    )


def _settings() -> None:
    op.create_table(
        "alert_rule",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "rule"),
    )
    op.create_table(
        "alert_target",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "place_position",
        sa.Column("epc", KEY, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("epc"),
    )
    op.create_index("ix_place_position_organisation_id", "place_position", ["organisation_id"])


def _watch() -> None:
    op.create_table(
        "watch_cursor",
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("position", sa.String(length=100), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "country_seen",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("product_id", "country"),
    )
    op.create_table(
        "looked_up",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_looked_up_name", "looked_up", ["name"])
    op.create_index("ix_looked_up_record_time", "looked_up", ["record_time"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
