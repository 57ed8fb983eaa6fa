"""Label templates of a company's own, and their versions, which are never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=27)
VERSIONS = "label_template_version"
SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
# the function is of 0002
POSTGRESQL = """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""


def upgrade() -> None:
    op.create_table(
        "label_template",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("copied_from", sa.String(length=60), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "nonce"),
    )
    op.create_index("ix_label_template_organisation_id", "label_template", ["organisation_id"])
    op.create_table(
        VERSIONS,
        sa.Column("template_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Float(), nullable=False),
        sa.Column("height", sa.Float(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("operator_name", sa.String(length=200), nullable=False),
        sa.Column("record_time", TIME, nullable=False),
        sa.ForeignKeyConstraint(["template_id"], ["label_template.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"]),
        sa.PrimaryKeyConstraint("template_id", "version"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=VERSIONS, verb=verb))
    else:
        op.execute(POSTGRESQL.format(table=VERSIONS))


def downgrade() -> None:
    op.drop_table(VERSIONS)
    op.drop_table("label_template")
