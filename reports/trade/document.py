"""Suppliers and customers of a period as a PDF: Regulation (EC) 178/2002 Art. 18, one step up and one step down."""

from collections.abc import Iterable

from app.domain import trade
from app.domain.trade import Line
from reports import annexed, documents, printing, typefaces
from reports.annex import Running
from reports.annexed import Faces
from reports.asked import Asked
from reports.reader import N_, Reader, clean
from reports.rows import Cell, Row, Table, lines
from reports.trade.sheets import Lines, Scope, description, place


def pdf(
    reader: Reader,
    asked: Asked,
    scope: Scope,
    found: Lines,
    *,
    cut: typefaces.Cut | None,
    faces: Faces | None,
) -> bytes:
    """Long lists are drawn as an annex. The rows are in memory once: some 2 kB each."""
    kind = reader.gettext(N_("Suppliers and customers"))
    annex = annexed.begun(faces, Running(reader.party(scope.company), f"{kind} {asked.id}"))
    tables = {
        side: annexed.placed(
            reader.gettext(title), _table(reader, found(side), incoming=side == "receiving"), annex
        )
        for side, title in (("receiving", N_("Immediate suppliers")), ("shipping", N_("Immediate customers")))
    }
    text = documents.template("neighbours").render(
        _=reader.gettext,
        language="zh-CN" if reader.chinese else reader.language,
        kind=kind,
        scope=scope,
        company=reader.party(scope.company),
        asked=asked,
        reader=reader,
        clean=clean,
        tables=tables,
    )
    rules = typefaces.rules(frozenset(text), cut) if cut else ""
    made = printing.printed(text, rules, asked.id, annexed.variant(annex), ("provenance", "recall"))
    return printing.completed(made, annex, ())


def _table(reader: Reader, found: Iterable[Line], *, incoming: bool) -> Table:
    _ = reader.gettext
    columns = (
        (_(N_("Date")), 18),
        (_(N_("Supplier, address")) if incoming else _(N_("Customer, address")), 54),
        (_(N_("Product")), 40),
        (_(N_("Lot or serial")), 26),
        (_(N_("Documents")), 24),
        (_(N_("Quantity")), 18),
    )
    empty = N_("Nothing came in.") if incoming else N_("Nothing went out.")
    return Table(columns, tuple(_row(reader, line) for line in found), _(empty), figures=1)


def _row(reader: Reader, line: Line) -> Row:
    at = line.party_place
    where = lines((place(reader, at), clean(at.address) if at else ""))
    lacking = [name for name in line.missing if name in {"party", "party-place"}]
    missing = ", ".join(reader.gettext(trade.ELEMENTS[name]) for name in lacking)
    cells = (
        Cell(reader.time(line.time)[:10]),
        Cell(where, strong=reader.party(line.party), alarm=_lacks(reader, missing)),
        Cell(clean(line.subject.part_number), strong=description(reader, line)),
        Cell(strong=clean(line.subject.code)),
        Cell(lines(reader.reference(pair) for pair in line.documents)),
        Cell(reader.quantity(line.quantity, line.unit)),
    )
    return Row(cells)


def _lacks(reader: Reader, missing: str) -> str:
    return reader.say(N_("Missing: {elements}"), elements=missing) if missing else ""
