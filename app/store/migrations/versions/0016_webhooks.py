"""Messages to be delivered to other systems."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=27)
WAITING, DONE = sa.text("state = 'waiting'"), sa.text("state <> 'waiting'")


def upgrade() -> None:
    op.create_table(
        "webhook_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("patient_until", TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=60), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.Column("done", TIME, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_message_organisation_id", "webhook_message", ["organisation_id"])
    op.create_index(
        "ix_webhook_waiting",
        "webhook_message",
        ["organisation_id", "url", "due"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_webhook_done", "webhook_message", ["done"], sqlite_where=DONE, postgresql_where=DONE
    )


def downgrade() -> None:
    op.drop_table("webhook_message")
