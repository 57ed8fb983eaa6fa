"""The spreadsheets: FSMA 204 (one sheet per critical tracking event), suppliers and customers, incomplete events."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain import quality, trade
from app.domain.provenance import Party
from app.domain.quality import Incomplete, Score
from app.domain.trade import Line, Location
from reports.asked import Asked
from reports.reader import N_, Reader, clean, identifier_text
from reports.workbook import Book, Column, Value, head

Lines = Callable[
    [str], Iterable[Line]
]  # the lines of 'shipping', 'receiving' or 'making', read anew at each call


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose goods, and from which day to which."""

    company: Party
    first: str
    last: str


def fsma(path: Path, reader: Reader, asked: Asked, scope: Scope, lines: Lines) -> None:
    """21 CFR 1.1455(c): an electronic sortable spreadsheet of the key data elements."""
    title = reader.gettext(N_("FSMA 204 sortable spreadsheet"))
    with Book(path, reader, asked, title) as book:
        book.facts(reader.gettext(N_("Cover")), title, _cover(reader, asked, scope))
        _sheet(
            book, reader, N_("Shipping"), _headings(incoming=False), map(_traded(reader), lines("shipping"))
        )
        _sheet(
            book, reader, N_("Receiving"), _headings(incoming=True), map(_traded(reader), lines("receiving"))
        )
        _sheet(book, reader, N_("Transformation"), _MADE, map(_made(reader), lines("making")))


def neighbours(path: Path, reader: Reader, asked: Asked, scope: Scope, lines: Lines) -> None:
    """Regulation (EC) 178/2002 Art. 18: immediate suppliers and immediate customers."""
    title = reader.gettext(N_("Suppliers and customers (EC 178/2002)"))
    with Book(path, reader, asked, title) as book:
        book.facts(reader.gettext(N_("Cover")), title, _cover(reader, asked, scope))
        _sheet(book, reader, N_("Suppliers"), _NEIGHBOUR, map(_neighbour(reader), lines("receiving")))
        _sheet(book, reader, N_("Customers"), _NEIGHBOUR, map(_neighbour(reader), lines("shipping")))


def completeness(
    path: Path,
    reader: Reader,
    asked: Asked,
    scope: Scope,
    gaps: Iterable[tuple[datetime, Incomplete]],
    scores: Callable[[], Sequence[Score]],
) -> None:
    """Every incomplete event with what it lacks, then the scores, which are known once all are read."""
    title = reader.gettext(N_("Completeness of the events"))
    with Book(path, reader, asked, title) as book:
        book.facts(reader.gettext(N_("Cover")), title, _cover(reader, asked, scope))
        _sheet(book, reader, N_("Incomplete events"), _GAPS, (_gap(reader, when, gap) for when, gap in gaps))
        _sheet(book, reader, N_("Scores"), _SCORES, (_score(reader, score) for score in scores()))


def _sheet(
    book: Book,
    reader: Reader,
    name: str,
    headings: Sequence[tuple[str, float]],
    rows: Iterable[Sequence[Value]],
) -> None:
    columns = [Column(reader.gettext(heading), width) for heading, width in headings]
    book.table(reader.gettext(name), columns, rows)


def _cover(reader: Reader, asked: Asked, scope: Scope) -> Iterator[tuple[str, Value]]:
    _ = reader.gettext
    yield _(N_("Company")), reader.party(scope.company)
    yield _(N_("Prefix")), scope.company.prefix
    yield _(N_("First day")), scope.first
    yield _(N_("Last day")), scope.last
    yield from head(reader, asked)
    yield (
        _(N_("What is listed")),
        _(
            N_(
                "Events of the company itself, without withdrawn ones; what was in a container is listed by itself."
            )
        ),
    )


# --- lines ---


def _headings(*, incoming: bool) -> tuple[tuple[str, float], ...]:
    return (
        (N_("Traceability lot code"), 24),
        (N_("Quantity"), 12),
        (N_("Unit"), 8),
        (N_("Product description"), 36),
        (N_("Previous source"), 30) if incoming else (N_("Next recipient"), 30),
        (N_("Its address"), 36),
        (N_("Received at"), 28) if incoming else (N_("Shipped from"), 28),
        (N_("Own address"), 36),
        (N_("Received on"), 17) if incoming else (N_("Shipped on"), 17),
        (N_("Source of the lot code"), 30),
        (N_("Kind of document"), 18),
        (N_("Document number"), 24),
        (N_("Identifier"), 34),
        (N_("Inside"), 30),
        (N_("Entry"), 10),
        (N_("Missing elements"), 40),
    )


_MADE = (
    (N_("Input or output"), 14),
    (N_("Run"), 40),
    (N_("Traceability lot code"), 24),
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
    (N_("Product description"), 36),
    (N_("Place"), 28),
    (N_("Own address"), 36),
    (N_("Completed on"), 17),
    (N_("Kind of document"), 18),
    (N_("Document number"), 24),
    (N_("Step"), 14),
    (N_("Identifier"), 34),
    (N_("Entry"), 10),
    (N_("Missing elements"), 40),
)
_NEIGHBOUR = (
    (N_("Date"), 17),
    (N_("Company"), 32),
    (N_("Prefix"), 16),
    (N_("Address"), 40),
    (N_("Product"), 36),
    (N_("Part number"), 18),
    (N_("Lot or serial"), 24),
    (N_("Quantity"), 12),
    (N_("Unit"), 8),
    (N_("Documents"), 36),
    (N_("Own place"), 28),
    (N_("Identifier"), 34),
    (N_("Entry"), 10),
    (N_("Missing elements"), 40),
)
_GAPS = (
    (N_("Date"), 17),
    (N_("Kind of event"), 24),
    (N_("Missing elements"), 60),
    (N_("Entry"), 10),
    (N_("Event"), 48),
)
_SCORES = (
    (N_("Kind of event"), 26),
    (N_("Events counted"), 10),
    (N_("Complete"), 10),
    (N_("Score in %"), 10),
    (N_("Missing elements"), 70),
)


def description(reader: Reader, line: Line) -> str:
    subject = line.subject
    return reader.name(subject.product_zh, subject.product_en) or clean(subject.part_number)


def place(reader: Reader, location: Location | None) -> str:
    if location is None:
        return ""
    return reader.name(location.name_zh, location.name_en) or identifier_text(location.epc)


def _missing(reader: Reader, line: Line) -> str:
    return "; ".join(reader.gettext(trade.ELEMENTS[name]) for name in line.missing)


def _document(reader: Reader, line: Line) -> tuple[str, str]:
    """(kinds, numbers), each on a line of its own where there are several."""
    kinds = (reader.reference((kind, "")) for kind, _ in line.documents)
    return "\n".join(kinds), "\n".join(clean(number) for _, number in line.documents)


def _traded(reader: Reader) -> Callable[[Line], tuple[Value, ...]]:
    return lambda line: (
        line.subject.code,
        line.quantity,
        reader.unit(line.unit),
        description(reader, line),
        reader.party(line.party),
        _at(reader, line.party_place),
        place(reader, line.place),
        line.place.address if line.place else "",
        line.time,
        reader.party(line.source),
        *_document(reader, line),
        identifier_text(line.subject.epc),
        identifier_text(line.container) if line.container else "",
        line.seq,
        _missing(reader, line),
    )


def _at(reader: Reader, location: Location | None) -> str:
    return ", ".join(part for part in (place(reader, location), location.address if location else "") if part)


def _made(reader: Reader) -> Callable[[Line], tuple[Value, ...]]:
    sides = {"input": reader.gettext(N_("Input")), "output": reader.gettext(N_("Output"))}
    return lambda line: (
        sides.get(line.side, line.side),
        line.run,
        line.subject.code,
        line.quantity,
        reader.unit(line.unit),
        description(reader, line),
        place(reader, line.place),
        line.place.address if line.place else "",
        line.time,
        *_document(reader, line),
        reader.step(line.step),
        identifier_text(line.subject.epc),
        line.seq,
        _missing(reader, line),
    )


def _neighbour(reader: Reader) -> Callable[[Line], tuple[Value, ...]]:
    return lambda line: (
        line.time,
        reader.party(line.party),
        line.party.prefix if line.party else "",
        _at(reader, line.party_place),
        description(reader, line),
        line.subject.part_number,
        line.subject.code,
        line.quantity,
        reader.unit(line.unit),
        "; ".join(reader.reference(pair) for pair in line.documents),
        place(reader, line.place),
        identifier_text(line.subject.epc),
        line.seq,
        _missing(reader, line),
    )


def _gap(reader: Reader, when: datetime, gap: Incomplete) -> tuple[Value, ...]:
    missing = "; ".join(reader.gettext(quality.ELEMENTS[name]) for name in gap.missing)
    return when, reader.gettext(quality.title_of(gap.kind)), missing, gap.seq, gap.event_id


def _score(reader: Reader, score: Score) -> tuple[Value, ...]:
    missing = "; ".join(f"{reader.gettext(quality.ELEMENTS[name])}: {count}" for name, count in score.missing)
    title = reader.gettext(quality.title_of(score.kind))
    return title, score.events, score.complete, score.percent, missing
