"""First tables: master data, the log and its index, people, jobs."""

import sqlalchemy as sa
from alembic import op

from app.store import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_key", ["key", "record_time"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("size"),
    )
    op.create_table(
        "merkle_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx"),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("prefix", sa.String(length=64), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("sharing", sa.String(length=16), nullable=False),
        sa.Column("gs1_prefix", sa.String(length=12), nullable=False),
        sa.Column("runs_node", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("prefix"),
    )
    op.create_table(
        "reference",
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("value", "seq"),
    )
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reference_seq"), ["seq"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("operator_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.String(length=2000), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_organisation", ["organisation_id", "id"], unique=False)

    op.create_table(
        "entry",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("event_time", types.UtcDateTime(length=27), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_event_time"), ["event_time"], unique=False)
        batch_op.create_index("ix_entry_organisation_step", ["organisation_id", "step", "seq"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key"),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    with op.batch_alter_table("operator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("epc", sa.String(length=300), nullable=False),
        sa.Column("part_number", sa.String(length=100), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("tracing", sa.String(length=8), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("epc"),
        sa.UniqueConstraint("organisation_id", "part_number"),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "scan",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("raw", sa.String(length=500), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.String(length=8000), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undone_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event_time", types.UtcDateTime(length=27), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("organisation_id", "nonce"),
    )
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index("ix_scan_organisation", ["organisation_id", "record_time"], unique=False)

    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("epc", sa.String(length=300), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("epc"),
    )
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("start", sa.String(length=12), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("last_used", types.UtcDateTime(length=27), nullable=True),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("expires", types.UtcDateTime(length=27), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", types.UtcDateTime(length=27), nullable=True),
        sa.Column("result", sa.String(length=300), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.Column("finished", types.UtcDateTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)

    op.create_table(
        "operator_site",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("operator_id", "site_id"),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("expires", types.UtcDateTime(length=27), nullable=False),
        sa.Column("record_time", types.UtcDateTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "thing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("epc", sa.String(length=300), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("lot", sa.String(length=100), nullable=False),
        sa.Column("serial", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("produced_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("minted_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lifecycle", sa.String(length=10), nullable=False),
        sa.Column("disposition", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("to", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("container", sa.String(length=300), nullable=False),
        sa.Column("bond", sa.String(length=10), nullable=False),
        sa.Column("held", sa.String(length=500), nullable=False),
        sa.Column("last_time", types.UtcDateTime(length=27), nullable=True),
        sa.Column("last_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("epc"),
    )
    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_thing_container"), ["container"], unique=False)
        batch_op.create_index(
            "ix_thing_held",
            ["id"],
            unique=False,
            sqlite_where=sa.text("held <> ''"),
            postgresql_where=sa.text("held <> ''"),
        )
        batch_op.create_index(batch_op.f("ix_thing_holder"), ["holder"], unique=False)
        batch_op.create_index(batch_op.f("ix_thing_minted_seq"), ["minted_seq"], unique=False)
        batch_op.create_index("ix_thing_organisation_level", ["organisation_id", "level", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_thing_product_id"), ["product_id"], unique=False)
        batch_op.create_index("ix_thing_search_lot", ["lot"], unique=False)
        batch_op.create_index("ix_thing_search_serial", ["serial"], unique=False)
        batch_op.create_index(
            "ux_thing_lot",
            ["product_id", "lot"],
            unique=True,
            sqlite_where=sa.text("level = 'lot'"),
            postgresql_where=sa.text("level = 'lot'"),
        )
        batch_op.create_index(
            "ux_thing_serial",
            ["product_id", "serial"],
            unique=True,
            sqlite_where=sa.text("level = 'serial' AND serial <> ''"),
            postgresql_where=sa.text("level = 'serial' AND serial <> ''"),
        )

    op.create_table(
        "alias",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thing_id"],
            ["thing.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alias_thing_id"), ["thing_id"], unique=False)

    op.create_table(
        "balance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=300), nullable=False),
        sa.Column("to", sa.String(length=64), nullable=False),
        sa.Column("container", sa.String(length=300), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("quantity", types.Amount(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thing_id"],
            ["thing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("thing_id", "holder", "site", "to", "container"),
    )
    with op.batch_alter_table("balance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_balance_container"), ["container"], unique=False)
        batch_op.create_index(batch_op.f("ix_balance_holder"), ["holder"], unique=False)

    op.create_table(
        "edge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("quantity", types.Amount(), nullable=True),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("undone_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["thing.id"],
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["thing.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("edge", schema=None) as batch_op:
        batch_op.create_index("ix_edge_down", ["source_id", "target_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_edge_seq"), ["seq"], unique=False)
        batch_op.create_index("ix_edge_up", ["target_id", "source_id"], unique=False)

    op.create_table(
        "entry_thing",
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("quantity", types.Amount(), nullable=True),
        sa.ForeignKeyConstraint(
            ["thing_id"],
            ["thing.id"],
        ),
        sa.PrimaryKeyConstraint("thing_id", "seq", "role"),
    )
    with op.batch_alter_table("entry_thing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_thing_seq"), ["seq"], unique=False)

    op.create_table(
        "party",
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
        ),
        sa.ForeignKeyConstraint(
            ["thing_id"],
            ["thing.id"],
        ),
        sa.PrimaryKeyConstraint("thing_id", "organisation_id"),
    )
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_organisation_id"), ["organisation_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_organisation_id"))

    op.drop_table("party")
    with op.batch_alter_table("entry_thing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_thing_seq"))

    op.drop_table("entry_thing")
    with op.batch_alter_table("edge", schema=None) as batch_op:
        batch_op.drop_index("ix_edge_up")
        batch_op.drop_index(batch_op.f("ix_edge_seq"))
        batch_op.drop_index("ix_edge_down")

    op.drop_table("edge")
    with op.batch_alter_table("balance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_balance_holder"))
        batch_op.drop_index(batch_op.f("ix_balance_container"))

    op.drop_table("balance")
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alias_thing_id"))

    op.drop_table("alias")
    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_thing_serial",
            sqlite_where=sa.text("level = 'serial' AND serial <> ''"),
            postgresql_where=sa.text("level = 'serial' AND serial <> ''"),
        )
        batch_op.drop_index(
            "ux_thing_lot", sqlite_where=sa.text("level = 'lot'"), postgresql_where=sa.text("level = 'lot'")
        )
        batch_op.drop_index("ix_thing_search_serial")
        batch_op.drop_index("ix_thing_search_lot")
        batch_op.drop_index(batch_op.f("ix_thing_product_id"))
        batch_op.drop_index("ix_thing_organisation_level")
        batch_op.drop_index(batch_op.f("ix_thing_minted_seq"))
        batch_op.drop_index(batch_op.f("ix_thing_holder"))
        batch_op.drop_index("ix_thing_held", sqlite_where=sa.text("held <> ''"), postgresql_where=sa.text("held <> ''"))
        batch_op.drop_index(batch_op.f("ix_thing_container"))

    op.drop_table("thing")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_operator_id"))

    op.drop_table("sign_in")
    op.drop_table("operator_site")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state"))
        batch_op.drop_index(batch_op.f("ix_job_organisation_id"))

    op.drop_table("job")
    op.drop_table("invitation")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_operator_id"))

    op.drop_table("api_key")
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_organisation_id"))

    op.drop_table("site")
    with op.batch_alter_table("scan", schema=None) as batch_op:
        batch_op.drop_index("ix_scan_organisation")
        batch_op.drop_index(batch_op.f("ix_scan_operator_id"))

    op.drop_table("scan")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_organisation_id"))

    op.drop_table("product")
    with op.batch_alter_table("operator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operator_organisation_id"))

    op.drop_table("operator")
    op.drop_table("idempotency_key")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index("ix_entry_organisation_step")
        batch_op.drop_index(batch_op.f("ix_entry_event_time"))

    op.drop_table("entry")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_organisation")

    op.drop_table("audit")
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_seq"))

    op.drop_table("reference")
    op.drop_table("organisation")
    op.drop_table("merkle_node")
    op.drop_table("checkpoint")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_key")

    op.drop_table("attempt")
