"""The tables of what a recall reaches: suspects, what went into them, what was made with them, where that is now."""

from collections.abc import Iterable
from decimal import Decimal

from app.domain import recall_words
from app.domain.recalls import Consignment, Item, Suspect
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.case import Case, number, product, shipped, sums
from reports.rows import Cell, Row, Table, lines

UP = ("upstream",)
DOWN = ("suspect", "downstream", "shared")


def suspects(case: Case, reader: Reader) -> Table:
    """What people named when they began, with the bounds they gave."""
    _ = reader.gettext
    rows = tuple(_suspect(reader, suspect) for suspect in case.recall.suspects)
    columns = (
        (_(N_("Kind of suspicion")), 36),
        (_(N_("What is suspect")), 84),
        (_(N_("From")), 30),
        (_(N_("Until")), 30),
    )
    return Table(columns, rows, _(N_("Nothing was named as suspect.")))


def _suspect(reader: Reader, suspect: Suspect) -> Row:
    title = reader.name(suspect.title_zh, suspect.title_en)
    value = identifier_text(suspect.value)
    only = (
        reader.say(N_("Only {product}"), product=identifier_text(suspect.product)) if suspect.product else ""
    )
    kind = recall_words.KINDS.get(suspect.kind, suspect.kind)
    return Row(
        (
            Cell(reader.gettext(kind)),
            Cell(lines((value if title else "", only)), strong=title or value),
            Cell(reader.time(suspect.since) if suspect.since else ""),
            Cell(reader.time(suspect.until) if suspect.until else ""),
        )
    )


def backward(case: Case, reader: Reader) -> Table:
    """Every input to its origin, nearest first, with its supplier."""
    chosen = [item for item in case.recall.affected.items if item.role in UP]
    return _items(case, reader, chosen, reader.gettext(N_("Nothing is recorded to have gone into it.")))


def forward(case: Case, reader: Reader) -> Table:
    """The suspects, all that was made with them or holds them, and the containers they shared."""
    chosen = [item for item in case.recall.affected.items if item.role in DOWN]
    return _items(case, reader, chosen, reader.gettext(N_("Nothing was made with it, and nothing holds it.")))


def withdrawn(case: Case, reader: Reader) -> Table:
    """What only a record ties to it that was withdrawn since: told, but not affected."""
    return _items(case, reader, list(case.recall.affected.withdrawn), "")


_ORDER = {"suspect": 0, "downstream": 1, "shared": 2}


def _items(case: Case, reader: Reader, items: Iterable[Item], empty: str) -> Table:
    _ = reader.gettext
    ordered = sorted(
        items, key=lambda i: (_ORDER.get(i.role, 3), abs(i.depth), i.level, i.product_en, i.number)
    )
    columns = (
        (_(N_("Kind")), 17),
        (_(N_("Lot or serial")), 30),
        (_(N_("Identifier")), 46),
        (_(N_("Product")), 32),
        (_(N_("Tie")), 21),
        (_(N_("State")), 16),
        (_(N_("Quantity")), 18),
    )
    return Table(columns, tuple(_item(case, reader, item) for item in ordered), empty, figures=1)


def _item(case: Case, reader: Reader, item: Item) -> Row:
    maker = item.owner if item.owner and item.owner.prefix != case.recall.company.prefix else None
    tie = _TIES.get(item.role, item.role)
    amount = item.quantity if item.quantity is not None else Decimal(1) if item.level == "serial" else None
    unit = item.unit or ("H87" if item.level == "serial" else "")
    cells = (
        Cell(reader.level(item.level)),
        Cell(strong=number(item)),
        Cell(identifier_text(item.epc)),
        Cell(lines((product(reader, item), reader.party(maker)))),
        Cell(_tier(reader, reader.gettext(tie), item.depth)),
        Cell(reader.state(item) if not item.held else "", alarm=reader.state(item) if item.held else ""),
        Cell(reader.quantity(amount, unit)),
    )
    return Row(cells, "held" if item.role == "suspect" else "")


_TIES = {
    "suspect": N_("Suspect"),
    "downstream": N_("Holds it"),
    "upstream": N_("Input"),
    "shared": N_("Shared container"),
    "withdrawn": N_("Withdrawn"),
}


def _tier(reader: Reader, tie: str, depth: int) -> str:
    return reader.say(N_("{tie}, tier {tier}"), tie=tie, tier=abs(depth)) if depth else tie


def places(case: Case, reader: Reader) -> Table:
    """How much is at each place, by unit: where somebody has to go."""
    _ = reader.gettext
    found: dict[tuple[str, str, str], tuple[int, dict[str, Decimal]]] = {}
    for stock in case.recall.affected.stock:
        place = reader.place(stock.place)
        if stock.to:
            place = reader.say(N_("On its way to {party}"), party=reader.party(stock.to))
        key = (stock.party.prefix, reader.party(stock.party), place)
        count, amounts = found.get(key, (0, {}))
        amounts[stock.unit] = amounts.get(stock.unit, Decimal(0)) + stock.quantity
        found[key] = (count + 1, amounts)
    rows = tuple(
        Row(
            (
                Cell(strong=party),
                Cell(place),
                Cell(f"{count:,}"),
                Cell(sums(reader, tuple(sorted(amounts.items())))),
            )
        )
        for (_prefix, party, place), (count, amounts) in sorted(found.items())
    )
    columns = (
        (_(N_("Company")), 62),
        (_(N_("Place")), 66),
        (_(N_("Lots and items")), 22),
        (_(N_("Quantity")), 30),
    )
    return Table(columns, rows, _(N_("No stock of it is left, or none that you may see.")), figures=2)


def stock(case: Case, reader: Reader) -> Table:
    """Each affected thing with where it is, in the order of the places."""
    _ = reader.gettext
    ordered = sorted(
        case.recall.affected.stock,
        key=lambda s: (s.party.prefix, reader.place(s.place), s.container, s.item.product_en, s.item.number),
    )
    rows = []
    for each in ordered:
        place = reader.place(each.place)
        if each.to:
            place = reader.say(N_("On its way to {party}"), party=reader.party(each.to))
        inside = identifier_text(each.container) if each.container else ""
        cells = (
            Cell(lines((reader.party(each.party), place))),
            Cell(strong=number(each.item)),
            Cell(product(reader, each.item)),
            Cell(inside),
            Cell(alarm=reader.state(each.item)) if each.item.held else Cell(reader.state(each.item)),
            Cell(reader.quantity(each.quantity, each.unit)),
        )
        rows.append(Row(cells))
    columns = (
        (_(N_("Where")), 48),
        (_(N_("Lot or serial")), 30),
        (_(N_("Product")), 32),
        (_(N_("Inside")), 32),
        (_(N_("State")), 18),
        (_(N_("Quantity")), 20),
    )
    return Table(columns, tuple(rows), "", figures=1)


def customers(case: Case, reader: Reader) -> Table:
    """One line per consignee; those that our customers sent it on to below ours."""
    _ = reader.gettext
    rows = []
    for customer in case.recall.affected.customers:
        direct = _(N_("From us")) if customer.steps <= 1 else _(N_("From a customer of ours"))
        days = f"{reader.time(customer.first)[:10]} – {reader.time(customer.last)[:10]}"
        cells = (
            Cell(clean(customer.party.prefix), strong=reader.party(customer.party)),
            Cell(direct),
            Cell(days),
            Cell(f"{len(customer.consignments):,}"),
            Cell(sums(reader, customer.quantities)),
        )
        rows.append(Row(cells))
    columns = (
        (_(N_("Customer")), 66),
        (_(N_("Received it")), 34),
        (_(N_("First and last shipment")), 40),
        (_(N_("Shipments")), 18),
        (_(N_("Quantity")), 22),
    )
    return Table(columns, tuple(rows), _(N_("Nothing of it left the company.")), figures=2)


def consignments(case: Case, reader: Reader) -> Table:
    """Every shipment of something affected, with its documents and what came of it."""
    rows = (row for customer in case.recall.affected.customers for row in customer.consignments)
    return _shipments(reader, rows, incoming=False)


def supplies(case: Case, reader: Reader) -> Table:
    """The same of what came in: immediate sources with dates and documents."""
    return _shipments(reader, case.recall.affected.supplies, incoming=True)


def _shipments(reader: Reader, found: Iterable[Consignment], *, incoming: bool) -> Table:
    _ = reader.gettext
    columns = (
        (_(N_("Shipped on")), 26),
        (_(N_("Supplier")) if incoming else _(N_("Customer")), 44),
        (_(N_("Lot or serial")), 38),
        (_(N_("Documents")), 30),
        (_(N_("Received on")), 22),
        (_(N_("Quantity")), 20),
    )
    return Table(columns, tuple(_shipment(reader, row, incoming) for row in found), "", figures=1)


def _shipment(reader: Reader, each: Consignment, incoming: bool) -> Row:
    received = reader.time(each.received)[:10] if each.received else ""
    back = reader.quantity(each.returned, each.unit) if each.returned else ""
    returned = reader.say(N_("{quantity} came back"), quantity=back) if back else ""
    sent_on = each.steps > 1 and not incoming
    via = reader.say(N_("Sent by {party}"), party=reader.party(each.sender)) if sent_on else ""
    missing = reader.gettext(N_("No receipt recorded"))
    cells = (
        Cell(reader.time(each.date)),
        Cell(
            lines((reader.place(each.place), via)),
            strong=reader.party(each.sender if incoming else each.consignee),
        ),
        Cell(product(reader, each.item), strong=number(each.item)),
        Cell(lines(reader.reference(pair) for pair in each.documents)),
        Cell(lines((received, returned)), alarm="" if received else missing),
        Cell(shipped(reader, each.quantity, each.unit)),
    )
    return Row(cells)
