"""The tables that a report keeps like books: custody, checks and holds, stock, lots, and every entry of the log."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.disclosure import SOURCE_STATES, TRUST
from app.domain.provenance import Node, Record, Source
from reports.facts import LATE, Facts
from reports.reader import N_, Reader, clean, identifier_text
from reports.rows import Cell, Row, Table, duration, lines, references, things, who_where

_CHECKS = {"inspect", "hold", "release", "scrap"}


def custody(facts: Facts, reader: Reader) -> Table:
    _ = reader.gettext
    rows = []
    for stay in facts.provenance.custody:
        place = reader.place(stay.place)
        way = reader.say(N_("On its way, from {place}"), place=place) if place else _(N_("On its way"))
        cells = (
            Cell(reader.time(stay.since)),
            Cell(reader.time(stay.until) if stay.until else _(N_("until now"))),
            Cell(duration(reader, (stay.until or facts.provenance.as_of) - stay.since)),
            Cell(strong=reader.party(stay.party)),
            Cell(way if stay.in_transit else place),
        )
        rows.append(Row(cells))
    columns = (
        (_(N_("From")), 27),
        (_(N_("Until")), 27),
        (_(N_("For")), 20),
        (_(N_("In the hands of")), 52),
        (_(N_("Place")), 54),
    )
    return Table(columns, tuple(rows), _(N_("Nobody is recorded to have had it yet.")))


def checks(facts: Facts, reader: Reader) -> Table:
    """Inspections, holds, releases and scrapping, withdrawn ones included; alike ones of one day share a row."""
    _ = reader.gettext
    alike: dict[tuple[object, ...], list[Record]] = {}
    for record in facts.in_time:
        if record.step in _CHECKS and not record.corrects:
            nodes = [facts.nodes[node] for node in record.node_ids if node in facts.nodes]
            products = tuple((node.product_en, node.product_zh, node.part_number) for node in nodes)
            said = (record.step, record.result, record.reason, record.references, record.corrected)
            day = reader.time(record.event_time)[:10]
            alike.setdefault((day, *said, products, record.party, record.place, record.operator), []).append(
                record
            )
    columns = (
        (_(N_("When")), 27),
        (_(N_("Check")), 22),
        (_(N_("Items")), 51),
        (_(N_("By, where")), 48),
        (_(N_("Remarks")), 32),
    )
    rows = tuple(_check(facts, reader, records) for records in alike.values())
    return Table(columns, rows, _(N_("No inspection and no hold is recorded.")))


def _check(facts: Facts, reader: Reader, records: list[Record]) -> Row:
    first, last = records[0], records[-1]
    until = f"– {reader.time(last.event_time)[11:]}" if len(records) > 1 else ""
    nodes = [facts.nodes[node] for record in records for node in record.node_ids if node in facts.nodes]
    what = Cell(things(facts, reader, first))
    if len(records) > 1 and nodes:
        numbers = ", ".join(reader.number(node) for node in nodes)
        what = Cell(numbers, strong=f"{len(nodes):,} × {reader.product(nodes[0])}")
    cells = (
        Cell(lines((f"{reader.time(first.event_time)} {until}",))),
        Cell(reader.result(first.result) if first.step == "inspect" else "", strong=reader.step(first.step)),
        what,
        Cell(who_where(reader, first)),
        Cell(
            lines((references(reader, first), reader.reason(first.reason))),
            alarm=reader.gettext(N_("Withdrawn")) if first.corrected else "",
        ),
    )
    bad = "held" if first.result in {"fail", "hold"} or first.step == "hold" else ""
    return Row(cells, "withdrawn" if first.corrected else bad)


def holdings(facts: Facts, reader: Reader) -> Table:
    """How much of the subject is where, with the sum as last row."""
    _ = reader.gettext
    unit = facts.provenance.subject.unit
    rows = []
    for holding in facts.provenance.holdings:
        place = reader.place(holding.place)
        if holding.in_transit_to:
            place = reader.say(N_("On its way to {party}"), party=reader.party(holding.in_transit_to))
        inside = identifier_text(holding.container) if holding.container else ""
        amount = Cell(reader.quantity(holding.quantity, unit))
        rows.append(Row((Cell(strong=reader.party(holding.party)), Cell(place), Cell(inside), amount)))
    if rows:
        total = reader.quantity(facts.in_stock, unit)
        rows.append(Row((Cell(strong=_(N_("Together"))), Cell(), Cell(), Cell(strong=total)), "total"))
    columns = ((_(N_("Company")), 56), (_(N_("Place")), 54), (_(N_("Inside")), 44), (_(N_("Quantity")), 26))
    return Table(columns, tuple(rows), _(N_("No stock of it is left, or none that you may see.")), figures=1)


def balance(facts: Facts, reader: Reader) -> Table:
    """Whether what was made of the subject equals what became of it, in one unit."""
    _ = reader.gettext
    subject = facts.provenance.subject
    made, used = facts.made(subject), facts.used(subject) or Decimal(0)
    scrapped, stock = facts.scrapped(subject), facts.in_stock
    rest = made - used - scrapped - stock if made is not None else None
    figures = [
        (_(N_("Made")), made),
        (_(N_("Used in products")), used),
        (_(N_("Scrapped")), scrapped),
        (_(N_("In stock or on its way")), stock),
    ]
    rows = [Row((Cell(label), Cell(reader.quantity(value, subject.unit)))) for label, value in figures]
    if rest is not None:
        gone = Cell(_(N_("Not accounted for in what you may see")), strong="")
        rows.append(Row((gone, Cell(strong=reader.quantity(rest, subject.unit))), "total"))
    columns = ((_(N_("Balance of the lot")), 140), (_(N_("Quantity")), 40))
    return Table(columns, tuple(rows) if subject.level == "lot" else (), "", figures=1)


def lots(facts: Facts, reader: Reader) -> Table:
    """Every lot of the genealogy: what was made of it, what went into what is shown, and the rest."""
    _ = reader.gettext
    nodes = [node for node in facts.provenance.nodes if node.level == "lot" and not node.hidden]
    columns = (
        (_(N_("Lot of")), 54),
        (_(N_("Lot")), 36),
        (_(N_("Made")), 24),
        (_(N_("Used here")), 24),
        (_(N_("Share")), 18),
        (_(N_("Elsewhere")), 24),
    )
    rows = tuple(_lot(facts, reader, node) for node in nodes)
    return Table(columns, rows, _(N_("No lots are part of this genealogy.")), figures=4)


def _lot(facts: Facts, reader: Reader, node: Node) -> Row:
    made, used = facts.made(node), facts.used(node)
    unit = node.unit or facts.amount_out_of(node)[1]
    known = made is not None and used is not None
    cells = (
        Cell(clean(node.part_number), strong=reader.product(node)),
        Cell(clean(node.lot)),
        Cell(reader.quantity(made, unit)),
        Cell(reader.quantity(used, unit)),
        Cell(f"{used / made * 100:.1f} %" if made and used is not None else ""),
        Cell(reader.quantity(made - used, unit) if made is not None and used is not None else ""),
    )
    return Row(cells, "held" if node.held or (known and made < used) else "")  # type: ignore[operator]


def events(facts: Facts, reader: Reader) -> Table:
    """Every entry once, in the order in which things happened; what was withdrawn stays, struck through."""
    _ = reader.gettext
    columns = (
        (_(N_("No., happened / recorded")), 46),
        (_(N_("Step and what")), 57),
        (_(N_("Who, where")), 47),
        (_(N_("Documents, remarks")), 30),
    )
    rows = tuple(_event(facts, reader, record) for record in facts.in_time)
    return Table(columns, rows, _(N_("No entry of the log may be shown to you.")))


def sources(facts: Facts, reader: Reader) -> Table:
    return asked(facts.provenance.sources, reader)


def asked(found: Sequence[Source], reader: Reader) -> Table:
    """The partners' nodes that were asked: who answered, what its signature is worth, and how far its log was."""
    _ = reader.gettext
    rows = []
    for source in found:
        log = source.log
        position = reader.say(N_("{size} entries"), size=f"{log.checkpoint_size:,}") if log else ""
        cells = (
            Cell(source.party.prefix, strong=reader.party(source.party)),
            Cell(_(SOURCE_STATES[source.state][0]) if source.state in SOURCE_STATES else ""),
            Cell(
                _(TRUST[source.trust][0]) if source.trust in TRUST else "–",
                alarm=source.code if source.state == "refused" else "",
            ),
            Cell(lines((reader.time(source.as_of) if source.as_of else "", position))),
            Cell(f"{source.things:,}"),
            Cell(f"{source.events:,}"),
        )
        rows.append(Row(cells, "" if source.state == "told" and source.trust == "verified" else "held"))
    columns = (
        (_(N_("Company")), 52),
        (_(N_("Answer")), 32),
        (_(N_("Signature")), 32),
        (_(N_("As of, signed log")), 32),
        (_(N_("Things")), 16),
        (_(N_("Entries")), 16),
    )
    return Table(columns, tuple(rows), _(N_("No other company's node had to be asked.")), figures=2)


def _event(facts: Facts, reader: Reader, record: Record) -> Row:
    result = reader.result(record.result) if record.step == "inspect" else ""
    said = (reader.step(record.step), result, reader.quantity(record.quantity, record.unit))
    cells = (
        Cell(f"{reader.say(N_('No. {seq}'), seq=record.seq)}, {_times(reader, record)}"),
        Cell(things(facts, reader, record), strong=", ".join(word for word in said if word)),
        Cell(who_where(reader, record)),
        Cell(
            lines((references(reader, record), reader.reason(record.reason))),
            alarm=_correction(facts, reader, record),
        ),
    )
    return Row(cells, "withdrawn" if record.corrected else "")


def _correction(facts: Facts, reader: Reader, record: Record) -> str:
    if record.corrected:
        return reader.say(N_("Withdrawn by No. {seq}"), seq=facts.correction_of.get(record.event_id, "?"))
    if record.corrects:
        return reader.say(N_("Withdraws No. {seq}"), seq=facts.seq_of.get(record.corrects, "?"))
    return ""


def _times(reader: Reader, record: Record) -> str:
    happened, recorded = reader.time(record.event_time), reader.time(record.record_time)
    if recorded[:10] == happened[:10]:
        recorded = recorded[11:]
    late = record.record_time - record.event_time
    delay = f" (+{duration(reader, late)})" if late > LATE else ""
    return f"{happened} / {recorded}{delay}"
