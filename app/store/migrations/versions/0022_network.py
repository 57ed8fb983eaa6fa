"""The newest serials seen of other nodes' zones, kept over a restart; and the log of changes that holders of one zone
exchange may lose what a newer statement has replaced, and nothing else."""

import sqlalchemy as sa
from alembic import op

from app.store import types

revision = "0022"
down_revision = "0021"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = types.UtcDateTime(length=27)
SQLITE = """CREATE TRIGGER mesh_change_no_DELETE BEFORE DELETE ON mesh_change
BEGIN SELECT RAISE(ABORT, 'mesh_change is append-only'); END"""
SQLITE_REPLACED = """CREATE TRIGGER mesh_change_no_DELETE BEFORE DELETE ON mesh_change
WHEN NOT EXISTS (SELECT 1 FROM mesh_change WHERE zone = OLD.zone AND serial > OLD.serial)
BEGIN SELECT RAISE(ABORT, 'mesh_change loses only what was replaced'); END"""
POSTGRESQL = """CREATE TRIGGER mesh_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mesh_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
POSTGRESQL_UNCHANGED = """CREATE TRIGGER mesh_change_append_only BEFORE UPDATE OR TRUNCATE ON mesh_change
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
POSTGRESQL_FUNCTION = """CREATE FUNCTION refuse_loss_of_mesh_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
IF NOT EXISTS (SELECT 1 FROM mesh_change WHERE zone = OLD.zone AND serial > OLD.serial) THEN
RAISE EXCEPTION 'mesh_change loses only what was replaced'; END IF;
RETURN OLD; END $$"""
POSTGRESQL_REPLACED = """CREATE TRIGGER mesh_change_only_replaced BEFORE DELETE ON mesh_change
FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_mesh_change()"""


def upgrade() -> None:
    op.create_table(
        "zone_floor",
        sa.Column("issuer", types.KeyText, nullable=False),
        sa.Column("zone", types.KeyText, nullable=False),
        sa.Column("branch", types.KeyText, nullable=False),
        sa.Column("serial", BIG, nullable=False),
        sa.Column("key_id", sa.String(length=43), nullable=False),
        sa.Column("heard_time", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "zone"),
    )
    op.create_index("ix_zone_floor_branch", "zone_floor", ["branch", "heard_time"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER mesh_change_no_DELETE")
        op.execute(SQLITE_REPLACED)
        return
    op.execute("DROP TRIGGER mesh_change_append_only ON mesh_change")
    for words in (POSTGRESQL_UNCHANGED, POSTGRESQL_FUNCTION, POSTGRESQL_REPLACED):
        op.execute(words)


def downgrade() -> None:
    op.drop_table("zone_floor")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER mesh_change_no_DELETE")
        op.execute(SQLITE)
        return
    op.execute("DROP TRIGGER mesh_change_only_replaced ON mesh_change")
    op.execute("DROP FUNCTION refuse_loss_of_mesh_change()")
    op.execute("DROP TRIGGER mesh_change_append_only ON mesh_change")
    op.execute(POSTGRESQL)
