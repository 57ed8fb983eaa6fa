"""The job that writes an organisation's records or items into a table, which can be brought in again elsewhere."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import identifiers
from app.domain.handles.values import PERMISSIONS
from app.domain.spreadsheets import harmless
from app.errors import N_, Refused
from app.jobrunner import Work
from app.services import filling
from app.store import attributes, database, exports
from app.store.exports import ThingLine
from app.store.tables import Product

ITEM_COLUMNS = (
    *(
        N_("Identifier"),
        N_("Web address"),
        N_("Level"),
        N_("Part number"),
        N_("Lot number"),
        N_("Serial number"),
    ),
    *(N_("Production date"), N_("Expiry date"), N_("State")),
)
MOST_COLUMNS = 200
SHEET_ROWS = 1_048_576  # what a spreadsheet takes, the header included
Line = list[str]


def export(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: what ('records' or 'items'), form ('csv' or 'xlsx'), product (an epc, for items of it alone)."""
    what, form = parameters["what"], parameters["form"]
    header, blocks = _records(work) if what == "records" else _items(work, parameters.get("product", ""))
    path = work.folder / f"{what}.{form}"
    write = _write_xlsx if form == "xlsx" else _write_csv
    write(path, header, _told(work, blocks))
    return path


def _told(work: Work, blocks: Iterable[list[Line]]) -> Iterator[list[Line]]:
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        work.progress(done, 0)


def _write_csv(path: Path, header: Line, blocks: Iterable[list[Line]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        out = csv.writer(file)
        out.writerow(header)
        for block in blocks:
            out.writerows([harmless(text) for text in line] for line in block)


def _write_xlsx(path: Path, header: Line, blocks: Iterable[list[Line]]) -> None:
    """Every cell is text: nothing is a formula, and no long number loses its digits."""
    import xlsxwriter  # only this job needs it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        row = 0
        for block in blocks:
            for line in block:
                row += 1
                if row == SHEET_ROWS:
                    raise _too_many_rows()
                for place, text in enumerate(line):
                    if text:
                        sheet.write_string(row, place, text)


# --- records ---


def _records(work: Work) -> tuple[Line, Iterator[list[Line]]]:
    """A column for each type of values, as many as one record has of it; other values than texts stay behind."""
    columns: dict[tuple[str, int], None] = {}
    for rows in _blocks(
        work, lambda session, after: exports.records(session, work.actor.organisation_id, after)
    ):
        for _, _, values in rows:
            columns |= dict.fromkeys(_texts(values))
    ordered = sorted(columns)
    if len(ordered) >= MOST_COLUMNS:
        raise Refused(
            "too-many-types",
            N_("The records have values of {count} types, more than a table has columns."),
            N_("Ask for the records by the Handle API."),
            count=len(ordered),
        )
    header = [work.gettext(ITEM_COLUMNS[0]), *(type_ if n == 1 else f"{type_} {n}" for type_, n in ordered)]

    def lines() -> Iterator[list[Line]]:
        for rows in _blocks(
            work, lambda session, after: exports.records(session, work.actor.organisation_id, after)
        ):
            yield [[handle, *_cells(_texts(values), ordered)] for _, handle, values in rows]

    return header, lines()


def _texts(values: bytes) -> dict[tuple[str, int], str]:
    """The texts of a record by type and by which of its type it is."""
    found: dict[tuple[str, int], str] = {}
    times: Counter[str] = Counter()
    for value in orjson.loads(values):
        data = value["data"]
        permissions = value.get("permissions", PERMISSIONS)
        if (
            "1" in permissions[::2]  # administrators or anyone may read it
            and data["format"] == "string"
            and isinstance(data["value"], str)
            and not value["type"].startswith("HS_")
        ):
            times[value["type"]] += 1
            found[value["type"], times[value["type"]]] = data["value"]
    return found


def _cells(texts: dict[tuple[str, int], str], ordered: list[tuple[str, int]]) -> Iterator[str]:
    return (texts.get(column, "") for column in ordered)


# --- items ---


def _items(work: Work, epc: str) -> tuple[Line, Iterator[list[Line]]]:
    """With a product, also the values of its template."""
    with database.reading(work.engine) as session:
        product = exports.product_of(session, work.actor.organisation_id, epc) if epc else None
        if epc and product is None:
            raise _unknown_product(epc)
        version = filling.of_product(session, product)
    names = [field.name for field in version.fields] if version else []
    header = [*map(work.gettext, ITEM_COLUMNS), *names]

    def lines() -> Iterator[list[Line]]:
        for block in _blocks(work, lambda session, after: _things(session, work, product, names, after)):
            yield [line for _, line in block]

    return header, lines()


def _things(
    session: Session, work: Work, product: Product | None, names: list[str], after: int
) -> list[tuple[int, Line]]:
    rows = exports.things(session, work.actor.organisation_id, product.id if product else None, after)
    known = attributes.of_ids(session, {row.attributes_id for row in rows}) if names else {}
    found = []
    for row in rows:
        values = known[row.attributes_id].values if row.attributes_id in known else {}
        found.append((row.id, [*_thing(work, row), *(_text(values.get(name)) for name in names)]))
    return found


def _thing(work: Work, row: ThingLine) -> Line:
    name = identifiers.from_epc(row.epc)
    days = (day.isoformat() if day else "" for day in (row.produced_on, row.expires_on))
    url = identifiers.short_url(work.settings.base_url, name)
    return [str(name), url, row.level, row.part_number or "", row.lot, row.serial, *days, row.lifecycle]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " | ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _blocks(work: Work, read: Callable[[Session, int], Any]) -> Iterator[Any]:
    """Each block in a transaction of its own, so that a long export keeps nobody's changes from being written away."""

    def read_one(after: int) -> Any:
        with database.reading(work.engine) as session:
            return read(session, after)

    return exports.blocks(read_one)


def _too_many_rows() -> Refused:
    return Refused(
        "too-many-for-a-sheet",
        N_("There are more than a spreadsheet has rows."),
        N_("Choose CSV."),
    )


def _unknown_product(epc: str) -> Refused:
    return Refused(
        "unknown-product",
        N_("'{product}' is not a product of your organisation."),
        N_("Create the product first, or choose one from the list."),
        product=epc.removeprefix("hdl:"),
    )
