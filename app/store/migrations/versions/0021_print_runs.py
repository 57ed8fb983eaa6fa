"""Print runs, their chunks and pieces, and files that machines left to be printed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)


def upgrade() -> None:
    _runs()
    _labels()
    op.create_table(
        "watched_file",
        _text("token", 80),
        _organisation(),
        _text("name", 300),
        _needed("run_id", BIG),
        _text("state", 10),
        _needed("record_time", TIME),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_watched_file_state", "watched_file", ["state"])


def downgrade() -> None:
    for table in ("watched_file", "print_piece", "print_chunk", "print_run"):
        op.drop_table(table)


def _text(name: str, length: int) -> Any:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _needed(name: str, kind: Any) -> Any:
    return sa.Column(name, kind, nullable=False)


def _organisation() -> Any:
    return sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False)


def _of_run() -> Any:
    return sa.Column("run_id", BIG, sa.ForeignKey("print_run.id"), nullable=False)


def _runs() -> None:
    op.create_table(
        "print_run",
        _needed("id", BIG),
        _organisation(),
        sa.Column("operator_id", sa.Integer(), sa.ForeignKey("operator.id"), nullable=False),
        _text("operator", 200),
        _text("state", 10),
        _text("kind", 10),
        *(_needed(name, sa.JSON()) for name in ("source", "design", "sheet", "device", "skip", "proof")),
        _text("template", 80),
        _needed("version", sa.Integer()),
        _text("stock", 60),
        *(sa.Column(name, BIG, nullable=True) for name in ("printer_id", "of_run")),
        _text("form", 8),
        _text("language", 8),
        *(_needed(name, sa.Integer()) for name in ("dpi", "start", "copies", "quantity")),
        *(_needed(name, sa.Integer()) for name in ("taken", "made", "sent")),
        *(_needed(name, sa.Boolean()) for name in ("cut_marks", "stopping")),
        _text("reason", 500),
        _text("job_id", 32),
        _text("error_code", 60),
        _needed("error", sa.Text()),
        _text("file", 100),
        _text("digest", 64),
        _needed("size", BIG),
        _text("first_name", 300),
        _text("last_name", 300),
        _needed("record_time", TIME),
        sa.Column("finished", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_print_run_organisation", "print_run", ["organisation_id", "id"])


def _labels() -> None:
    op.create_table(
        "print_chunk",
        _of_run(),
        _needed("first", sa.Integer()),
        _needed("count", sa.Integer()),
        _text("state", 10),
        _text("file", 100),
        _text("digest", 64),
        _needed("size", BIG),
        _needed("proof", sa.JSON()),
        sa.PrimaryKeyConstraint("run_id", "first"),
    )
    op.create_table(
        "print_piece",
        _of_run(),
        _needed("position", sa.Integer()),
        _needed("epc", KEY),
        _needed("copy_number", sa.Integer()),
        _needed("twin", sa.Integer()),
        _text("state", 10),
        _text("reason", 500),
        sa.Column("values", sa.JSON(), nullable=True),
        _text("operator", 200),
        sa.Column("changed", TIME, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "position"),
        sa.UniqueConstraint("epc", "copy_number", "twin"),
    )
