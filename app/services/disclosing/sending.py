"""What is on its way to a partner: told to who is to receive it, whatever the policy, since it was sent to them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlmodel import Session

from app.domain import epcis
from app.domain.disclosed import Disclosed
from app.domain.epcis import Event
from app.domain.provenance import Node, Party
from app.domain.shipments import MOST_GOODS, MOST_SHIPMENTS, SENDING, Goods, Shipment
from app.services.tracing.records import destination_of
from app.store import browsing, disclosure, items, log
from app.store.tables import Entry, Organisation, Product, Thing

MOST_NAMES = 50
GOODS = frozenset({"lot", "serial", "logistic"})


def shipments(session: Session, names: Iterable[str], asker: str) -> list[Shipment]:
    """Shipments to `asker` of the things of these names (or of what they are packed in); [] when there are none.

    For a thing that there is not the same statements are run as for one that was sent to others.
    """
    found: dict[str, Shipment] = {}
    for thing in _concerning(session, list(dict.fromkeys(names))[:MOST_NAMES], asker):
        for shipment in _of(session, _outermost(session, thing), asker):
            found[shipment.event_id] = shipment
    return list(found.values())[:MOST_SHIPMENTS]


def _concerning(session: Session, names: Sequence[str], asker: str) -> list[Thing]:
    """Those of the things, in which (or in what they are packed in) the asker took part: as whoever goods were sent to
    has. Looks for each name in all the ways there are, whether or not it was found in the first."""
    there = items.of_epcs(session, [*names, disclosure.NOBODYS])
    declared = {name: items.find(session, disclosure.NOBODYS if name in there else name) for name in names}
    things = [there.get(name) or declared[name] for name in names]
    goods = {thing.id or 0: thing for thing in things if thing is not None and thing.level in GOODS}
    parties = disclosure.parties_of(session, goods)
    concerned = {thing for thing, _, prefix in parties if prefix == asker}
    return [thing for key, thing in goods.items() if key in concerned]


def goods_as_told(found: Iterable[Shipment]) -> Disclosed:
    """The things of shipments as things that were told of, for the words by which their makers may be asked."""
    goods = {each.epc: each for shipment in found for each in shipment.goods}
    nodes = (
        Node(key, 0, each.epc, each.level, owner=each.owner) for key, each in enumerate(goods.values(), 1)
    )
    return Disclosed("", tuple(nodes))


def _outermost(session: Session, thing: Thing) -> Thing:
    passed = {thing.epc}
    while thing.container and thing.bond == "packed" and thing.container not in passed:
        outer = items.find(session, thing.container)
        if outer is None:
            break
        passed.add(outer.epc)
        thing = outer
    return thing


def _of(session: Session, thing: Thing, asker: str) -> list[Shipment]:
    under_way = thing.level == "lot" or thing.to == asker
    sent = _sent(session, thing, asker) if under_way else []
    if thing.level != "lot":
        sent = sent[-1:]  # a piece is on one way at a time
    if not sent:
        return []
    inside = _packed(session, thing) if thing.level == "logistic" else []
    describe = _Describing(session, [thing, *(each for each, _, _ in inside)])
    shipments = []
    for entry, event in sent:
        quantity = next((m.quantity for m in epcis.mentions(event) if m.quantity is not None), None)
        first = describe.goods(thing, quantity=quantity if thing.level == "lot" else None)
        packed = [describe.goods(each, box, quantity=amount) for each, box, amount in inside]
        goods = tuple([first, *packed][:MOST_GOODS])
        sender = describe.party(entry.organisation_id)
        shipments.append(Shipment(entry.event_id, entry.step, sender, asker, entry.event_time, goods))
    return shipments


def _sent(session: Session, thing: Thing, asker: str) -> list[tuple[Entry, Event]]:
    """The standing entries that sent it there, oldest first."""
    rows = [(entry, epcis.parse(entry.body)) for entry in log.entries_about(session, [thing.id or 0])]
    wrong = {event.error_declaration.of for _, event in rows if event.error_declaration}
    return [
        (entry, event)
        for entry, event in rows
        if entry.step in SENDING
        and not event.error_declaration
        and entry.event_id not in wrong
        and (destination_of(event) or (thing.to if thing.level != "lot" else "")) == asker
    ][-MOST_SHIPMENTS:]


def _packed(session: Session, outer: Thing) -> list[tuple[Thing, str, Decimal | None]]:
    """(thing, epc of its container, how much of a lot): what is packed in it through all layers, outermost first; not
    what is built into something, which its maker tells of."""
    boxes = {outer.epc}
    found: list[tuple[Thing, str, Decimal | None]] = []
    for thing in items.contents(session, [outer]):
        if thing.level == "lot":
            balances = items.states_of(session, [thing])[thing.epc].balances
            found += [(thing, row.container, row.quantity) for row in balances if row.container in boxes]
        elif thing.bond == "packed" and thing.container in boxes:
            boxes.add(thing.epc)
            found.append((thing, thing.container, None))
    return found


class _Describing:
    """What the rows of things, products and companies say, each kind read once."""

    def __init__(self, session: Session, things: Sequence[Thing]) -> None:
        self.session = session
        self.products: dict[int, Product] = browsing.products_by_id(
            session, [each.product_id for each in things]
        )
        self.aliases = disclosure.aliases_of(session, [t.id or 0 for t in things if t.level == "logistic"])
        self._parties: dict[int, Party] = {}

    def party(self, organisation_id: int) -> Party:
        if organisation_id not in self._parties:
            row: Organisation = browsing.organisation(self.session, organisation_id)
            self._parties[organisation_id] = Party(row.prefix, row.name_zh, row.name_en)
        return self._parties[organisation_id]

    def goods(self, thing: Thing, container: str = "", *, quantity: Decimal | None = None) -> Goods:
        product = self.products.get(thing.product_id or 0)
        described = (
            {
                "product": product.epc,
                "part_number": product.part_number,
                "product_zh": product.name_zh,
                "product_en": product.name_en,
                "tracing": product.tracing,
            }
            if product
            else {}
        )
        return Goods(
            thing.epc,
            thing.level,
            self.party(thing.organisation_id),
            lot=thing.lot,
            serial=thing.serial,
            unit=thing.unit,
            produced_on=thing.produced_on,
            expires_on=thing.expires_on,
            alias=self.aliases.get(thing.id or 0, ""),
            container=container,
            quantity=quantity,
            **described,
        )
