"""Calls heard once, partners' checkpoints and their signatures under ours."""

import sqlalchemy as sa
from alembic import op

from app.store import types

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = types.UtcDateTime(length=27)
APPEND_ONLY = ("partner_checkpoint", "cosignature")
SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
POSTGRESQL = """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""


def upgrade() -> None:
    op.create_table(
        "heard_call",
        sa.Column("sender", types.KeyText, nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("forget", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sender", "nonce"),
    )
    op.create_index("ix_heard_call_forget", "heard_call", ["forget"])
    op.create_table(
        "log_partner",
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("tried", MOMENT, nullable=True),
        sa.Column("trouble", sa.String(length=60), nullable=False),
        sa.Column("told_size", BIG, nullable=False),
        sa.PrimaryKeyConstraint("zone"),
    )
    op.create_table(
        "partner_checkpoint",
        sa.Column("id", BIG, nullable=False),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("zone", "size", "root"),
    )
    op.create_index("ix_partner_checkpoint_newest", "partner_checkpoint", ["zone", "fits", "size"])
    op.create_table(
        "cosignature",
        sa.Column("id", BIG, nullable=False),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stated", MOMENT, nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("zone", "size"),
    )
    op.create_index("ix_cosignature_size", "cosignature", ["size"])
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE.format(table=table, verb=verb))
        else:
            op.execute(POSTGRESQL.format(table=table))


def downgrade() -> None:
    op.drop_table("cosignature")
    op.drop_table("partner_checkpoint")
    op.drop_table("log_partner")
    op.drop_table("heard_call")
