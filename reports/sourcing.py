"""The tables of where a thing came from and where it went: every input to its origin, every output, every delivery."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from app.domain.provenance import Node
from reports.facts import Facts
from reports.reader import N_, Reader, clean, identifier_text
from reports.rows import Cell, Row, Table, day_where, lines, part_and_level, references, things, when_where

_PARAGRAPH = 40  # serials to a paragraph, so that a long list can go over the page

Amount = Callable[[Node], tuple[Decimal | None, str]]
Story = Callable[[Facts, Reader, Node], str]


def backward(facts: Facts, reader: Reader) -> Table:
    """Every input up to its origin, nearest first; serials that differ only in their number share a row."""
    _ = reader.gettext
    rows = _rows(facts, reader, facts.upstream, _made_and_received, facts.amount_out_of)
    columns = (
        (_(N_("Tier")), 9),
        (_(N_("Input")), 40),
        (_(N_("Lot, serial, identifier")), 48),
        (_(N_("Supplier")), 26),
        (_(N_("Used")), 16),
        (_(N_("Made and received")), 41),
    )
    return Table(columns, rows, _(N_("Nothing is recorded to have gone into it.")))


def forward(facts: Facts, reader: Reader) -> Table:
    """Everything it went into, nearest first."""
    _ = reader.gettext
    rows = _rows(facts, reader, facts.downstream, _state_and_making, facts.amount_into)
    columns = (
        (_(N_("Tier")), 9),
        (_(N_("Output")), 40),
        (_(N_("Lot, serial, identifier")), 48),
        (_(N_("Made by")), 26),
        (_(N_("Taken up")), 16),
        (_(N_("State, when and where")), 41),
    )
    return Table(columns, rows, _(N_("It is not recorded to have gone into anything.")))


def deliveries(facts: Facts, reader: Reader) -> Table:
    """Every shipment of the subject or of what came of it, and who took it in."""
    _ = reader.gettext
    rows = []
    for shipment, receipt in facts.deliveries:
        way = f"{reader.party(shipment.party)} → {reader.party(shipment.to) or '?'}"
        amount = reader.quantity(shipment.quantity, shipment.unit)
        cells = (
            Cell(reader.time(shipment.event_time)),
            Cell(reader.place(shipment.place), strong=way),
            Cell(lines((things(facts, reader, shipment), amount))),
            Cell(references(reader, shipment)),
            Cell(when_where(reader, receipt)) if receipt else Cell(alarm=_(N_("No receipt recorded"))),
        )
        rows.append(Row(cells))
    columns = (
        (_(N_("Shipped")), 24),
        (_(N_("From and to")), 50),
        (_(N_("Items")), 44),
        (_(N_("Documents")), 28),
        (_(N_("Received")), 34),
    )
    return Table(columns, tuple(rows), _(N_("No shipment of it or of anything made from it is recorded.")))


def _rows(
    facts: Facts, reader: Reader, steps: Mapping[int, int], story: Story, amount: Amount
) -> tuple[Row, ...]:
    """One row per lot; one for all serials of which everything but the number is the same."""
    alike: dict[tuple[object, ...], list[Node]] = {}
    for node in sorted(
        (facts.nodes[number] for number in steps), key=lambda node: (steps[node.id], *_order(node))
    ):
        same = (node.product_en, node.product_zh, node.part_number, node.level, node.held, node.hidden)
        own = "" if node.serial or node.hidden else node.id
        key = (steps[node.id], *same, node.owner, own, "" if node.hidden else story(facts, reader, node))
        alike.setdefault(key, []).append(node)
    return tuple(_row(reader, str(key[0]), nodes, str(key[-1]), amount) for key, nodes in alike.items())


def _row(reader: Reader, step: str, nodes: Sequence[Node], story: str, amount: Amount) -> Row:
    node = nodes[0]
    quantity = reader.quantity(*amount(node)) if len(nodes) == 1 else ""
    held = reader.say(N_("Held: {reason}"), reason=reader.reason(node.held)) if node.held else ""
    what = Cell("" if node.hidden else part_and_level(reader, node), strong=reader.product(node), alarm=held)
    pieces = "" if node.hidden else reader.quantity(Decimal(len(nodes)), "H87")
    number = Cell(identifier_text(node.epc), strong="" if node.hidden else reader.number(node))
    below: tuple[str, ...] = ()
    if len(nodes) > 1 and not node.hidden:
        number = Cell(reader.gettext(N_("Listed below")))
        named = [f"{clean(node.serial)}\u00a0{identifier_text(node.epc)}" for node in nodes]
        below = tuple(
            "; ".join(named[start : start + _PARAGRAPH]) for start in range(0, len(named), _PARAGRAPH)
        )
    cells = (Cell(step), what, number, Cell(reader.party(node.owner)), Cell(quantity or pieces), Cell(story))
    return Row(cells, "held" if node.held else "", below)


def _order(node: Node) -> tuple[object, ...]:
    return node.hidden, node.product_en, node.product_zh, node.lot, node.serial, node.id


def _made_and_received(facts: Facts, reader: Reader, node: Node) -> str:
    made, received = facts.making(node), facts.first(node, "receive")
    story = [day_where(reader, made) if made else reader.day(node.produced_on)]
    if received:
        story.append(reader.say(N_("Received {when}"), when=day_where(reader, received)))
        story.append(references(reader, received))
    return lines(story)


def _state_and_making(facts: Facts, reader: Reader, node: Node) -> str:
    made = facts.first(node, "produce", "assemble", "pack", "commission")
    return lines((reader.state(node), day_where(reader, made) if made else ""))
