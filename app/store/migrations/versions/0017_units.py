"""How many of the unit that a product is kept in one of each of its further units is."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column(
        "product", sa.Column("conversions", sa.String(length=300), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("product", "conversions")
