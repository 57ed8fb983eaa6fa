"""Jobs of capture and the rules of custody that a company has set; which things a captured event brought in."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=27)


def upgrade() -> None:
    op.create_table(
        "capture_job",
        sa.Column("number", BIG, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("behaviour", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.Column("finished", TIME, nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_capture_job_organisation", "capture_job", ["organisation_id", "number"])
    op.create_table(
        "custody_rule",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation_id", "code", "step"),
    )
    op.create_table(
        "entry_apart",
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"]),
        sa.PrimaryKeyConstraint("thing_id", "seq"),
    )
    op.create_index("ix_entry_apart_seq", "entry_apart", ["seq"])
    op.add_column("thing", sa.Column("brought", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("thing", "brought")
    op.drop_table("entry_apart")
    op.drop_table("custody_rule")
    op.drop_table("capture_job")


COUNTS = ("events", "next", "captured", "known", "failed")
