"""The log of changes that holders of one zone exchange, and how far each of them was read."""

import sqlalchemy as sa
from alembic import op

from app.store import types

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = types.UtcDateTime(length=27)
SQLITE = """CREATE TRIGGER mesh_change_no_{verb} BEFORE {verb} ON mesh_change
BEGIN SELECT RAISE(ABORT, 'mesh_change is append-only'); END"""
POSTGRESQL = """CREATE TRIGGER mesh_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mesh_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""


def upgrade() -> None:
    op.create_table(
        "mesh_change",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("serial", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("zone", "serial", "digest"),
    )
    op.create_table(
        "mesh_sister",
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("after", BIG, nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("key_set", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=43), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("begun_anew", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("heard_time", MOMENT, nullable=True),
        sa.Column("failed_time", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("url"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))
    else:
        op.execute(POSTGRESQL)


def downgrade() -> None:
    op.drop_table("mesh_sister")
    op.drop_table("mesh_change")
