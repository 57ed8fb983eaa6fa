"""A shipment as its sender tells the receiver's node: what was sent, how much, what is packed in what.

The facts go into the receiver's log, so that everything it later says of the goods can be rebuilt from there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain import told
from app.domain.epcis import time_text
from app.domain.identifiers import DIGITAL_LINK
from app.domain.masterdata import TRACING, UNITS
from app.domain.provenance import Party

LEVELS = frozenset({"lot", "serial", "logistic"})
MOST_GOODS = 5_000
MOST_SHIPMENTS = 200
SENDING = frozenset({"ship", "return"})


@dataclass(frozen=True, slots=True)
class Goods:
    """One thing of a shipment. `container` is the epc it is packed in there, `quantity` of a lot how much is in it."""

    epc: str
    level: str
    owner: Party
    product: str = ""
    part_number: str = ""
    product_zh: str = ""
    product_en: str = ""
    tracing: str = ""
    lot: str = ""
    serial: str = ""
    unit: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    alias: str = ""
    container: str = ""
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """`event_id` is that of the sender's entry; the first of `goods` is what was scanned."""

    event_id: str
    step: str
    sender: Party
    to: str
    shipped: datetime
    goods: tuple[Goods, ...]


def to_json(shipment: Shipment) -> dict[str, Any]:
    return {
        "event_id": shipment.event_id,
        "step": shipment.step,
        "sender": _party(shipment.sender),
        "to": shipment.to,
        "shipped": time_text(shipment.shipped),
        "goods": [goods_json(goods) for goods in shipment.goods],
    }


def goods_json(goods: Goods) -> dict[str, Any]:
    """Only what is filled in."""
    values = {name: getattr(goods, name) for name in Goods.__slots__ if name not in {"owner", "quantity"}}
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value
    }
    if goods.quantity is not None:
        plain["quantity"] = f"{goods.quantity:f}"
    return plain | {"owner": _party(goods.owner)}


def read(body: Mapping[str, Any]) -> tuple[Shipment, ...]:
    """The shipments of an answer. Malformed `bad-answer`."""
    found = told.rows(body.get("shipments"), "shipments", MOST_SHIPMENTS)
    return tuple(_shipment(told.mapping(row, "shipment")) for row in found)


def _shipment(row: Mapping[str, Any]) -> Shipment:
    sender = told.party(row.get("sender"), "sender") or told.bad("sender")
    goods = told.rows(row.get("goods"), "goods", MOST_GOODS)
    read_goods = tuple(read_one(told.mapping(each, "goods")) for each in goods)
    if not read_goods or not _well_packed(read_goods):
        told.bad("goods")
    return Shipment(
        told.text(row.get("event_id"), "event_id", 200) or told.bad("event_id"),
        told.one_of(row.get("step"), SENDING, "step", "ship"),
        sender,
        told.prefix(row.get("to"), "to"),
        told.moment(row.get("shipped"), "shipped"),
        read_goods,
    )


def read_one(row: Mapping[str, Any]) -> Goods:
    """One thing, from another node or from our own log."""
    epc = told.epc(row.get("epc"), "epc")
    level = told.one_of(row.get("level"), LEVELS, "level") or told.bad("level")
    owner = told.party(row.get("owner"), "owner") or told.bad("owner")
    quantity = told.amount(row.get("quantity"), "quantity")
    if (level == "lot") != bool(quantity) or epc.startswith("urn:"):
        told.bad("quantity")
    product = row.get("product")
    alias = row.get("alias")
    texts = {
        name: told.text(row.get(name), name, 200) for name in ("part_number", "product_zh", "product_en")
    }
    return Goods(
        epc,
        level,
        owner_of(epc, owner),
        product=told.epc(product, "product") if product else "",
        tracing=told.one_of(row.get("tracing"), TRACING, "tracing"),
        lot=told.text(row.get("lot"), "lot", 100),
        serial=told.text(row.get("serial"), "serial", 100),
        unit=told.one_of(row.get("unit"), UNITS, "unit"),
        produced_on=told.day(row.get("produced_on"), "produced_on"),
        expires_on=told.day(row.get("expires_on"), "expires_on"),
        alias=told.epc(alias, "alias") if alias else "",
        container=told.epc(row["container"], "container") if row.get("container") else "",
        quantity=quantity,
        **texts,
    )


def owner_of(epc: str, said: Party) -> Party:
    """A handle is its prefix's, whatever anybody says; a GS1 key says nothing of that itself."""
    if epc.startswith(DIGITAL_LINK):
        return said
    named = epc.removeprefix("hdl:").partition("/")[0]
    return said if said.prefix == named else Party(named, named, named)


def _well_packed(goods: Iterable[Goods]) -> bool:
    """Every container is part of the shipment and named before what is in it: so none is inside itself."""
    known: set[str] = set()
    for each in goods:
        if each.container and (each.container not in known or each.container == each.epc):
            return False
        known.add(each.epc)
    return True


def _party(party: Party) -> dict[str, str]:
    return {"prefix": party.prefix, "zh": party.name_zh, "en": party.name_en}
