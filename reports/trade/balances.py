"""The mass balances of a company's lots as a workbook: one line a lot in its own unit, then every difference."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.balance import IN, KIND_NAMES, OUT, MassBalance
from app.domain.provenance import Party
from reports.asked import Asked
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.amounts import told
from reports.workbook import Book, Column, Value, head

_LOT = (
    (N_("Lot"), 22),
    (N_("Part number"), 18),
    (N_("Product"), 32),
    (N_("Identifier"), 34),
    (N_("Unit"), 8),
)
_SHEET = (
    *_LOT,
    *((KIND_NAMES[kind], 12) for kind in (*IN, *OUT)),
    (N_("On hand"), 12),
    (N_("On its way"), 12),
    (N_("Difference"), 12),
    (N_("Accounted for in %"), 12),
)
_DIFFERENCES = (*_LOT, (N_("Difference"), 80), (N_("Missing"), 12), (N_("Remark"), 30), (N_("Event"), 46))


@dataclass(frozen=True, slots=True)
class Lot:
    """What a lot is called."""

    epc: str
    lot: str
    part_number: str
    product_zh: str
    product_en: str


def write(
    path: Path, reader: Reader, asked: Asked, company: Party, lots: Iterable[tuple[Lot, MassBalance]]
) -> None:
    """Of all lots only those with differences are kept in memory."""
    _ = reader.gettext
    title = _(N_("Mass balance"))
    odd: list[tuple[Lot, MassBalance]] = []
    with Book(path, reader, asked, title) as book:
        about: list[tuple[str, Value]] = [
            (_(N_("Company")), reader.party(company)),
            (_(N_("Equation")), _(_EQUATION)),
        ]
        book.facts(_(N_("Cover")), title, [*about, *head(reader, asked)])
        book.table(title, [Column(_(name), width) for name, width in _SHEET], _rows(reader, lots, odd))
        columns = [Column(_(name), width) for name, width in _DIFFERENCES]
        book.table(_(N_("Differences")), columns, _differences(reader, odd))


_EQUATION = N_(
    "Received + produced = shipped + on hand + used up + scrap + rework + samples + loss, lot by lot in its own unit."
)


def _rows(
    reader: Reader, lots: Iterable[tuple[Lot, MassBalance]], odd: list[tuple[Lot, MassBalance]]
) -> Iterator[tuple[Value, ...]]:
    for lot, balance in lots:
        if balance.differences:
            odd.append((lot, balance))
        amounts = (balance.of(kind) for kind in (*IN, *OUT))
        yield (
            *_lot(reader, lot, balance),
            *amounts,
            balance.on_hand,
            balance.in_transit,
            -balance.difference,
            balance.percentage,
        )


def _differences(reader: Reader, odd: Iterable[tuple[Lot, MassBalance]]) -> Iterator[tuple[Value, ...]]:
    waiting = reader.gettext(N_("Waits for the partner's record"))
    for lot, balance in odd:
        for each in balance.differences:
            remark = waiting if each.waiting else ""
            named = (*_lot(reader, lot, balance)[:-1], reader.unit(each.values.get("unit", balance.unit)))
            yield *named, told(each, reader), each.quantity, remark, each.event_id


def _lot(reader: Reader, lot: Lot, balance: MassBalance) -> tuple[Value, ...]:
    name = reader.name(lot.product_zh, lot.product_en)
    return clean(lot.lot), clean(lot.part_number), name, identifier_text(lot.epc), reader.unit(balance.unit)
