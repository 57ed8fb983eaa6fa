"""With which organisation data we applied for our own zone: what the node files of itself is made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("membership", sa.Column("subject", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("membership") as table:
        table.drop_column("subject")
