"""Recalls, their notices and exercises."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql")
TIME = sa.String(length=27)
AMOUNT = sa.BigInteger()


def upgrade() -> None:
    _recall()
    _contents()
    _afterwards()


def _text(name: str, length: int) -> Any:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _needed(name: str, kind: Any) -> Any:
    return sa.Column(name, kind, nullable=False)


def _of_recall() -> Any:
    return sa.Column("recall_id", sa.String(length=32), sa.ForeignKey("recall.id"), nullable=False)


def _recall() -> None:
    op.create_table(
        "recall",
        _text("id", 32),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), nullable=False),
        _needed("number", sa.Integer()),
        _text("nonce", 64),
        _text("title", 200),
        _text("reason", 2000),
        _text("state", 10),
        _text("direction", 10),
        _needed("mock", sa.Boolean()),
        *(_needed(name, sa.JSON()) for name in ("suspects", "sources", "amounts", "sign_offs")),
        _text("remark", 2000),
        _needed("started", TIME),
        _text("started_by", 200),
        *(sa.Column(name, TIME, nullable=True) for name in ("finished", "closed", "as_of")),
        _needed("log_size", BIG),
        _text("log_root", 64),
        _needed("truncated", sa.Boolean()),
        _needed("own_seconds", sa.Float()),
        _needed("partner_seconds", sa.Float()),
        _text("job_id", 32),
        _text("hold_job_id", 32),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organisation_id", "number"),
        sa.UniqueConstraint("organisation_id", "nonce"),
    )


def _contents() -> None:
    op.create_table(
        "recall_item",
        _of_recall(),
        _needed("epc", KEY),
        _text("level", 10),
        _text("role", 10),
        _needed("depth", sa.Integer()),
        sa.Column("quantity", AMOUNT, nullable=True),
        _needed("ours", sa.Boolean()),
        sa.Column("held_seq", BIG, nullable=True),
        sa.Column("released_seq", BIG, nullable=True),
        sa.PrimaryKeyConstraint("recall_id", "epc"),
    )
    op.create_index("ix_recall_item_epc", "recall_item", ["epc"])
    op.create_table(
        "recall_stock",
        _of_recall(),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        _needed("epc", KEY),
        _text("holder", 64),
        _text("site", 300),
        _text("to", 64),
        _needed("container", KEY),
        _needed("quantity", AMOUNT),
        _text("unit", 3),
        sa.PrimaryKeyConstraint("recall_id", "idx"),
    )
    op.create_table(
        "recall_consignment",
        _of_recall(),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        _needed("epc", KEY),
        _text("consignee", 64),
        _text("sender", 64),
        _needed("inward", sa.Boolean()),
        _needed("quantity", AMOUNT),
        _text("unit", 3),
        _needed("shipped", TIME),
        sa.Column("received", TIME, nullable=True),
        _needed("returned", AMOUNT),
        _needed("container", KEY),
        _text("site", 300),
        _needed("documents", sa.JSON()),
        _needed("steps", sa.Integer()),
        _text("event_id", 500),
        _text("zone", 64),
        _needed("thing", sa.JSON()),
        sa.PrimaryKeyConstraint("recall_id", "idx"),
    )
    op.create_index("ix_recall_consignment_consignee", "recall_consignment", ["recall_id", "consignee"])


def _afterwards() -> None:
    op.create_table(
        "recall_notice",
        _of_recall(),
        _text("party", 64),
        _text("name_zh", 200),
        _text("name_en", 200),
        _text("state", 10),
        _needed("steps", sa.Integer()),
        _needed("amounts", sa.JSON()),
        _text("method", 10),
        _text("contact", 200),
        *(sa.Column(name, TIME, nullable=True) for name in ("due", "notified", "responded")),
        _needed("note", sa.Text()),
        _text("changed_by", 200),
        sa.Column("changed", TIME, nullable=True),
        sa.PrimaryKeyConstraint("recall_id", "party"),
    )
    op.create_table(
        "recall_step",
        sa.Column("id", BIG, nullable=False),
        _of_recall(),
        _text("action", 10),
        _text("operator_name", 200),
        _text("reason", 2000),
        _needed("count", sa.Integer()),
        _needed("record_time", TIME),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recall_step_recall", "recall_step", ["recall_id", "id"])


def downgrade() -> None:
    names = ("recall_step", "recall_notice", "recall_consignment", "recall_stock", "recall_item", "recall")
    for table in names:
        op.drop_table(table)
