"""The registry: prefixes, records and their history, templates, links, patterns; each company gets its prefix allotted."""

import sqlalchemy as sa
from alembic import op

from app.store import types
from app.store.migrations import answer_triggers

revision = "0003"
down_revision = "0002"

# texts that are compared with one another, and of which ranges are read: byte by byte, whatever PostgreSQL's locale
NAMES = (
    ("thing", "epc", 300), ("thing", "container", 300), ("thing", "lot", 100), ("thing", "serial", 100),
    ("balance", "container", 300), ("alias", "name", 300), ("product", "epc", 300), ("site", "epc", 300),
)  # fmt: skip


def _compare(collation: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length in NAMES:
            op.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE VARCHAR({length}) COLLATE "{collation}"')


def upgrade() -> None:
    _compare("C")
    op.create_table("answer_change",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("handle_session",
    sa.Column("id_hash", sa.String(length=64), nullable=False),
    sa.Column("nonce", sa.String(length=64), nullable=False),
    sa.Column("identity", sa.String(length=320), nullable=False),
    sa.Column("expires", types.UtcDateTime(length=27), nullable=False),
    sa.PrimaryKeyConstraint("id_hash")
    )
    with op.batch_alter_table("handle_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handle_session_expires"), ["expires"], unique=False)

    op.create_table("resolve_count",
    sa.Column("day", sa.String(length=10), nullable=False),
    sa.Column("prefix", sa.String(length=64), nullable=False),
    sa.Column("outcome", sa.String(length=16), nullable=False),
    sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.PrimaryKeyConstraint("day", "prefix", "outcome")
    )
    op.create_table("value_index",
    sa.Column("value", types.KeyText, nullable=False),
    sa.Column("type", sa.String(length=100), nullable=False),
    sa.Column("kind", sa.String(length=10), nullable=False),
    sa.Column("ref", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("public", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("value", "type", "kind", "ref"),
    sqlite_with_rowid=False
    )
    op.create_table("allotment",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("prefix", sa.String(length=64), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(length=10), nullable=False),
    sa.Column("industry", sa.String(length=8), nullable=False),
    sa.Column("quota", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    sa.Column("used", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("admins", sa.JSON(), nullable=False),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("prefix")
    )
    with op.batch_alter_table("allotment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allotment_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("declared_alias",
    sa.Column("name", types.KeyText, nullable=False),
    sa.Column("epc", types.KeyText, nullable=False),
    sa.Column("kind", sa.String(length=10), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("name")
    )
    with op.batch_alter_table("declared_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declared_alias_epc"), ["epc"], unique=False)
        batch_op.create_index(batch_op.f("ix_declared_alias_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("link",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("anchor", types.KeyText, nullable=False),
    sa.Column("scope", sa.String(length=10), nullable=False),
    sa.Column("relation", sa.String(length=200), nullable=False),
    sa.Column("href", sa.Text(), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("languages", sa.String(length=200), nullable=False),
    sa.Column("media_type", sa.String(length=100), nullable=False),
    sa.Column("contexts", sa.String(length=200), nullable=False),
    sa.Column("forward_query", sa.Boolean(), nullable=False),
    sa.Column("public", sa.Boolean(), nullable=False),
    sa.Column("is_default", sa.Boolean(), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("id")
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_anchor"), ["anchor"], unique=False)
        batch_op.create_index(batch_op.f("ix_link_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("record_version",
    sa.Column("key", types.KeyText, nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("handle", sa.String(length=300), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("values", sa.LargeBinary(), nullable=False),
    sa.Column("since", types.UtcDateTime(length=27), nullable=False),
    sa.Column("until", types.UtcDateTime(length=27), nullable=False),
    sa.Column("deleted", sa.Boolean(), nullable=False),
    sa.Column("changed_by", sa.String(length=320), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("key", "version")
    )
    with op.batch_alter_table("record_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_version_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("template",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("epc", types.KeyText, nullable=False),
    sa.Column("latest", sa.Integer(), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("epc")
    )
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("attributes",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("template_id", sa.Integer(), nullable=False),
    sa.Column("template_version", sa.Integer(), nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("values", sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.ForeignKeyConstraint(["template_id"], ["template.id"], ),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("organisation_id", "template_id", "template_version", "digest")
    )
    with op.batch_alter_table("attributes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attributes_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attributes_template_id"), ["template_id"], unique=False)

    op.create_table("counter",
    sa.Column("product_id", sa.Integer(), nullable=False),
    sa.Column("scope", sa.String(length=100), nullable=False),
    sa.Column("next", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.ForeignKeyConstraint(["product_id"], ["product.id"], ),
    sa.PrimaryKeyConstraint("product_id", "scope")
    )
    op.create_table("record",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("key", types.KeyText, nullable=False),
    sa.Column("handle", sa.String(length=300), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("values", sa.LargeBinary(), nullable=False),
    sa.Column("public", sa.LargeBinary(), nullable=False),
    sa.Column("template_id", sa.Integer(), nullable=True),
    sa.Column("template_version", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("modified", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.ForeignKeyConstraint(["template_id"], ["template.id"], ),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("key")
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_organisation_id"), ["organisation_id"], unique=False)

    op.create_table("reserved_range",
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("organisation_id", sa.Integer(), nullable=False),
    sa.Column("supplier_id", sa.Integer(), nullable=False),
    sa.Column("product_id", sa.Integer(), nullable=True),
    sa.Column("prefix", sa.String(length=64), nullable=False),
    sa.Column("start", sa.String(length=64), nullable=False),
    sa.Column("quota", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("used", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("state", sa.String(length=10), nullable=False),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ),
    sa.ForeignKeyConstraint(["product_id"], ["product.id"], ),
    sa.ForeignKeyConstraint(["supplier_id"], ["organisation.id"], ),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("prefix", "start")
    )
    with op.batch_alter_table("reserved_range", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reserved_range_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reserved_range_supplier_id"), ["supplier_id"], unique=False)

    op.create_table("template_version",
    sa.Column("template_id", sa.Integer(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("name_zh", sa.String(length=200), nullable=False),
    sa.Column("name_en", sa.String(length=200), nullable=False),
    sa.Column("industry", sa.String(length=8), nullable=False),
    sa.Column("fields", sa.JSON(), nullable=False),
    sa.Column("operator_id", sa.Integer(), nullable=True),
    sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
    sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], ),
    sa.ForeignKeyConstraint(["template_id"], ["template.id"], ),
    sa.PrimaryKeyConstraint("template_id", "version")
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("pattern", sa.String(length=200), nullable=False, server_default=""))

    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attributes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_index("ix_thing_attributes", ["attributes_id"], unique=False, sqlite_where=sa.text("attributes_id IS NOT NULL"), postgresql_where=sa.text("attributes_id IS NOT NULL"))


    op.execute(
        sa.text(
            "INSERT INTO allotment (prefix, organisation_id, state, industry, used, admins, record_time)"
            " SELECT prefix, id, 'active', '', 0, '[]', record_time FROM organisation"
        )
    )
    for statement in answer_triggers.statements_up(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in answer_triggers.statements_down(op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_table("answer_change")
    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.drop_index("ix_thing_attributes", sqlite_where=sa.text("attributes_id IS NOT NULL"), postgresql_where=sa.text("attributes_id IS NOT NULL"))
        batch_op.drop_column("attributes_id")

    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_column("pattern")
        batch_op.drop_column("template_id")

    op.drop_table("template_version")
    with op.batch_alter_table("reserved_range", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reserved_range_supplier_id"))
        batch_op.drop_index(batch_op.f("ix_reserved_range_organisation_id"))

    op.drop_table("reserved_range")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_organisation_id"))

    op.drop_table("record")
    op.drop_table("counter")
    with op.batch_alter_table("attributes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attributes_template_id"))
        batch_op.drop_index(batch_op.f("ix_attributes_organisation_id"))

    op.drop_table("attributes")
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_organisation_id"))

    op.drop_table("template")
    with op.batch_alter_table("record_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_version_organisation_id"))

    op.drop_table("record_version")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_link_anchor"))

    op.drop_table("link")
    with op.batch_alter_table("declared_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_alias_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_declared_alias_epc"))

    op.drop_table("declared_alias")
    with op.batch_alter_table("allotment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allotment_organisation_id"))

    op.drop_table("allotment")
    op.drop_table("value_index")
    op.drop_table("resolve_count")
    with op.batch_alter_table("handle_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handle_session_expires"))

    op.drop_table("handle_session")
    _compare("default")
