"""On PostgreSQL, one look a statement instead of one a row at what a thing belongs to. SQLite's keys cost next to nothing."""

from alembic import op

from app.store.migrations import owner_triggers

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in owner_triggers.statements_up():
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in owner_triggers.statements_down():
            op.execute(statement)
