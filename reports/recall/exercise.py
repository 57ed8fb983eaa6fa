"""What an exercise came to: the sheet that auditors want on top, its documents, its times, who signed."""

from datetime import datetime, timedelta

from app.domain.recalls import Amount, MockRecall
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.case import Case, number, percent, product, span
from reports.rows import Cell, Row, Table, lines

LIMIT = timedelta(hours=4)  # BRCGS 3.9.3; many programmes say two
NAMED = 5


def sheet(case: Case, mock: MockRecall, reader: Reader) -> list[tuple[str, str]]:
    """Time start, time finish, product, lot: what the exercise was about and how long it took."""
    _ = reader.gettext
    suspects = case.recall.affected.suspects
    products = dict.fromkeys(product(reader, item) for item in suspects)
    numbers = [number(item) for item in suspects[:NAMED]]
    if len(suspects) > NAMED:
        numbers.append(reader.say(N_("and {count} more"), count=len(suspects) - NAMED))
    return [
        (_(N_("Time started")), _second(reader, mock.started)),
        (
            _(N_("Time finished")),
            _second(reader, mock.finished) if mock.finished else _(N_("Not finished yet")),
        ),
        (_(N_("Time taken")), span(reader, mock.seconds)),
        (_(N_("Of it with our own data")), span(reader, mock.own_seconds)),
        (_(N_("Of it waiting for partners")), span(reader, mock.partner_seconds)),
        (_(N_("Product")), "\n".join(list(products)[:NAMED])),
        (_(N_("Lot or serial")), ", ".join(numbers)),
    ]


def _second(reader: Reader, moment: datetime) -> str:
    """To the second: an exercise is timed."""
    return moment.astimezone(reader.zone).strftime("%Y-%m-%d %H:%M:%S")


def in_time(mock: MockRecall) -> bool:
    return mock.seconds is not None and mock.seconds <= LIMIT.total_seconds()


def found(mock: MockRecall, reader: Reader) -> Table:
    """Amount in question, amount found, percentage, unit by unit; over 100 % is as wrong as under."""
    _ = reader.gettext
    columns = (
        (_(N_("Amount in question")), 50),
        (_(N_("Amount found")), 50),
        (_(N_("Difference")), 40),
        (_(N_("Percentage")), 40),
    )
    rows = tuple(_amount(reader, amount) for amount in mock.amounts)
    return Table(columns, rows, _(N_("Nothing was counted yet.")), figures=4)


def _amount(reader: Reader, amount: Amount) -> Row:
    difference = reader.quantity(amount.difference, amount.unit)
    cells = (
        Cell(strong=reader.quantity(amount.question, amount.unit)),
        Cell(strong=reader.quantity(amount.found, amount.unit)),
        Cell(alarm=difference) if amount.difference else Cell(difference),
        Cell(strong=percent(amount.percent)),
    )
    return Row(cells, "held" if amount.difference else "")


def papers(mock: MockRecall, reader: Reader) -> Table:
    """The documents of the exercise, each with the events that name it: the links between them."""
    _ = reader.gettext
    rows = []
    for paper in mock.documents:
        events = [identifier_text(event) for event in paper.event_ids]
        shown = [*events[:NAMED]]
        if len(events) > NAMED:
            shown.append(reader.say(N_("and {count} more"), count=f"{len(events) - NAMED:,}"))
        label = reader.reference((paper.kind, paper.number))
        rows.append(Row((Cell(strong=clean(label)), Cell(lines(shown)), Cell(f"{len(events):,}"))))
    columns = ((_(N_("Document")), 60), (_(N_("Events that name it")), 100), (_(N_("Events counted")), 20))
    return Table(columns, tuple(rows), _(N_("No documents are named in the events of it.")), figures=1)


def signatures(mock: MockRecall, reader: Reader) -> Table:
    _ = reader.gettext
    rows = tuple(
        Row(
            (
                Cell(strong=clean(sign.name)),
                Cell(clean(sign.role)),
                Cell(reader.time(sign.time)),
                Cell(clean(sign.remark)),
            )
        )
        for sign in mock.sign_offs
    )
    columns = ((_(N_("Signed by")), 46), (_(N_("Role")), 40), (_(N_("Signed at")), 32), (_(N_("Remark")), 62))
    return Table(columns, rows, "")
