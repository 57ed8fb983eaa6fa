"""Companies of other nodes, what they are told by whose policy, and what they told us."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)


def upgrade() -> None:
    op.add_column(
        "organisation", sa.Column("elsewhere", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "disclosure_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("party", sa.String(length=64), nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_disclosure_rule_organisation_id", "disclosure_rule", ["organisation_id"])
    op.create_table(
        "disclosure_request",
        sa.Column("id", BIG, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_disclosure_request_time", "disclosure_request", ["record_time"])
    op.create_table(
        "kept_disclosure",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "zone", "about"),
    )
    op.create_table(
        "introduction",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("epc", KEY, nullable=False),
        sa.Column("statements", sa.Text(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "epc"),
    )


def downgrade() -> None:
    for table in ("introduction", "kept_disclosure", "disclosure_request", "disclosure_rule"):
        op.drop_table(table)
    op.drop_column("organisation", "elsewhere")
