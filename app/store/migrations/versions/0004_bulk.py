"""Mints of many in steps; of `thing` only what is not empty is indexed, since most of it is and a mint writes them all."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNFINISHED = sa.text("state <> 'done'")
# index of `thing` -> its column
SELDOM_FILLED = {
    "ix_thing_search_lot": "lot",
    "ix_thing_search_serial": "serial",
    "ix_thing_container": "container",
}


def upgrade() -> None:
    op.create_table(
        "mint_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("first_seq", BIG, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mint_run_first", "mint_run", ["first_seq"])
    op.create_index(
        "ix_mint_run_unfinished", "mint_run", ["id"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_table(
        "mint_part",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_mint_part_run_id", "mint_part", ["run_id"])
    op.create_table(
        "column_meaning",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("meaning", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "target", "title"),
    )
    for name, column in SELDOM_FILLED.items():
        op.drop_index(name, "thing")
        filled = sa.text(f"{column} <> ''")
        op.create_index(name, "thing", [column], sqlite_where=filled, postgresql_where=filled)
    op.drop_index("ix_thing_holder", "thing")


def downgrade() -> None:
    op.create_index("ix_thing_holder", "thing", ["holder"])
    for name, column in SELDOM_FILLED.items():
        op.drop_index(name, "thing")
        op.create_index(name, "thing", [column])
    op.drop_table("column_meaning")
    op.drop_table("mint_part")
    op.drop_table("mint_run")
