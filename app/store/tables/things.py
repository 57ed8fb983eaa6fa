"""What the log says about each thing: an index that any export of the log can rebuild."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.store.partial import index_where
from app.store.types import Amount, BigId, KeyText, NumberText, UtcDateTime


class Thing(SQLModel, table=True):
    """Whatever has an identifier: product, lot, serial, logistic, location; also 'process', the node that joins
    the inputs and outputs of a transformation. The lower half of the columns is its state after the last event.
    `brought`: no company of this node gave it its name; the first event that told of it made it known here."""

    __table_args__ = (
        Index("ix_thing_organisation_level", "organisation_id", "level", "id"),
        index_where("ix_thing_search_lot", "lot", where="lot <> ''"),
        index_where("ix_thing_search_serial", "serial", where="serial <> ''"),
        index_where("ix_thing_container", "container", where="container <> ''"),
        index_where("ux_thing_lot", "product_id", "lot", where="level = 'lot'", unique=True),
        index_where(
            "ux_thing_serial", "product_id", "serial", where="level = 'serial' AND serial <> ''", unique=True
        ),
        index_where("ix_thing_attributes", "attributes_id", where="attributes_id IS NOT NULL"),
        index_where("ix_thing_held", "id", where="held <> ''"),  # few ever are, and every home page asks
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    epc: str = Field(unique=True, sa_type=KeyText)
    level: str = Field(max_length=10)
    organisation_id: int = Field(foreign_key="organisation.id")
    product_id: int | None = Field(default=None, foreign_key="product.id", index=True)
    lot: str = Field(default="", sa_type=NumberText)
    serial: str = Field(default="", sa_type=NumberText)
    unit: str = Field(default="", max_length=3)
    produced_on: date | None = None
    expires_on: date | None = None
    minted_seq: int = Field(sa_type=BigId, index=True)
    lifecycle: str = Field(default="reserved", max_length=10)
    disposition: str = Field(default="", max_length=40)
    holder: str = Field(default="", max_length=64)
    site: str = Field(default="", max_length=300)
    to: str = Field(default="", max_length=64)
    origin: str = Field(default="", max_length=64)
    container: str = Field(default="", sa_type=KeyText)
    bond: str = Field(default="", max_length=10)
    held: str = Field(default="", max_length=500)
    last_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_seq: int | None = Field(default=None, sa_type=BigId)
    brought: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    attributes_id: int | None = Field(
        default=None, sa_type=BigId
    )  # a key's constraint would copy the table in SQLite


class Balance(SQLModel, table=True):
    """How much of a lot is where: at a holder's site, in transit `to` someone, or inside a `container`."""

    __table_args__ = (UniqueConstraint("thing_id", "holder", "site", "to", "container"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    thing_id: int = Field(foreign_key="thing.id")
    holder: str = Field(default="", max_length=64, index=True)
    site: str = Field(default="", max_length=300)
    to: str = Field(default="", max_length=64)
    container: str = Field(default="", sa_type=KeyText, index=True)
    origin: str = Field(default="", max_length=64)
    quantity: Decimal = Field(sa_type=Amount)


class Alias(SQLModel, table=True):
    """Another name under which a thing resolves, e.g. the epc of its SSCC."""

    name: str = Field(primary_key=True, sa_type=KeyText)
    thing_id: int = Field(foreign_key="thing.id", index=True)


class EntryThing(SQLModel, table=True):
    """Which entries mention which thing, and as what."""

    __tablename__ = "entry_thing"

    thing_id: int = Field(primary_key=True, foreign_key="thing.id")
    seq: int = Field(primary_key=True, sa_type=BigId, index=True)
    role: str = Field(primary_key=True, max_length=8)
    quantity: Decimal | None = Field(default=None, sa_type=Amount)


class Edge(SQLModel, table=True):
    """Genealogy, upstream to downstream: kind is 'consumed', 'produced', 'assembled' or 'packed'.
    `undone_seq` is set when it was taken apart (unpack) or corrected."""

    __table_args__ = (
        Index("ix_edge_up", "target_id", "source_id"),
        Index("ix_edge_down", "source_id", "target_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    source_id: int = Field(foreign_key="thing.id")
    target_id: int = Field(foreign_key="thing.id")
    kind: str = Field(max_length=10)
    quantity: Decimal | None = Field(default=None, sa_type=Amount)
    seq: int = Field(sa_type=BigId, index=True)
    undone_seq: int | None = Field(default=None, sa_type=BigId)


class Party(SQLModel, table=True):
    """An organisation that recorded, sent or was sent an event of a thing: the ground of 'own things'."""

    thing_id: int = Field(primary_key=True, foreign_key="thing.id")
    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id", index=True)


class Reference(SQLModel, table=True):
    """Order and document numbers named in events, upper-cased for search."""

    value: str = Field(primary_key=True, max_length=200)
    seq: int = Field(primary_key=True, sa_type=BigId, index=True)
    kind: str = Field(default="", max_length=40)


class Scan(SQLModel, table=True):
    """Every scan sent, also the refused ones; its nonce makes a resent scan return the first answer. Not an index."""

    __table_args__ = (Index("ix_scan_organisation", "organisation_id", "record_time"),)

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    nonce: str = Field(primary_key=True, max_length=64)
    operator_id: int = Field(index=True)
    visit: str = Field(default="", max_length=64)
    step: str = Field(default="", max_length=16)
    site: str = Field(default="", max_length=300)
    raw: str = Field(default="", max_length=500)
    verdict: str = Field(max_length=8)
    answer: str = Field(default="", max_length=8000)
    seq: int | None = Field(default=None, sa_type=BigId)
    undone_seq: int | None = Field(default=None, sa_type=BigId)
    event_time: datetime = Field(sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)
