"""The tables of amounts: the mass balance lot by lot, every difference, and how complete the events are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain import quality
from app.domain.balance import Difference, MassBalance, summed
from app.domain.quality import Score
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.case import percent
from reports.rows import Cell, Row, Table, lines

LOST = ("scrap", "rework", "samples", "loss")


def balances(found: Sequence[MassBalance], names: dict[str, tuple[str, str]], reader: Reader) -> Table:
    """One line a lot and a sum for each unit: received + produced = shipped + used up + lost + on hand. `names` are
    (number, product) by epc."""
    _ = reader.gettext
    rows = [_balance(reader, each, names) for each in found]
    for unit in sorted({each.unit for each in found}):
        chosen = [each for each in found if each.unit == unit]
        if len(chosen) > 1:
            rows.append(_total(reader, summed(chosen, unit), len(chosen)))
    columns = (
        (_(N_("Lot")), 42),
        (_(N_("Received, produced")), 22),
        (_(N_("Shipped out")), 20),
        (_(N_("Used up")), 20),
        (_(N_("Scrap, rework, samples, loss")), 22),
        (_(N_("On hand")), 18),
        (_(N_("Difference")), 18),
        (_(N_("Accounted for in %")), 18),
    )
    return Table(columns, tuple(rows), _(N_("No lot of this has a balance with the company.")), figures=7)


def _balance(reader: Reader, balance: MassBalance, names: dict[str, tuple[str, str]]) -> Row:
    number, product = names.get(balance.epc, (identifier_text(balance.epc), ""))
    return Row((Cell(product, strong=number), *_figures(reader, balance)), "" if balance.balanced else "held")


def _total(reader: Reader, balance: MassBalance, count: int) -> Row:
    name = reader.say(N_("{count} lots together"), count=f"{count:,}")
    return Row((Cell(strong=name), *_figures(reader, balance)), "total")


def _figures(reader: Reader, balance: MassBalance) -> tuple[Cell, ...]:
    lost = sum((balance.of(kind) for kind in LOST), Decimal(0))
    amounts = (balance.taken_in, balance.of("shipped"), balance.of("consumed"), lost, balance.on_hand)
    difference = reader.quantity(-balance.difference, balance.unit)
    return (
        *(Cell(reader.quantity(amount, balance.unit)) for amount in amounts),
        Cell("" if balance.difference else difference, alarm=difference if balance.difference else ""),
        Cell(percent(balance.percentage)),
    )


def differences(found: Iterable[MassBalance], names: dict[str, tuple[str, str]], reader: Reader) -> Table:
    """Each difference as a sentence; what only waits for a partner's record says so."""
    _ = reader.gettext
    rows = []
    for balance in found:
        number, product = names.get(balance.epc, (identifier_text(balance.epc), ""))
        for each in balance.differences:
            kind = _(N_("Waits for the partner's record")) if each.waiting else ""
            cells = (Cell(product, strong=number), Cell(told(each, reader)), Cell(kind))
            rows.append(Row(cells, "" if each.waiting else "held"))
    columns = ((_(N_("Lot")), 46), (_(N_("Difference")), 94), (_(N_("Remark")), 40))
    return Table(columns, tuple(rows), _(N_("Every lot is accounted for to the last unit.")))


def told(difference: Difference, reader: Reader) -> str:
    """A difference as a sentence."""
    values = {name: _told(reader, name, value) for name, value in difference.values.items()}
    return clean(reader.say(difference.message, **values))


def _told(reader: Reader, name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return reader.time(value)
    if isinstance(value, Decimal):
        return reader.quantity(value, "")
    if name == "step":
        return reader.step(str(value))
    return reader.unit(str(value)) if name == "unit" else clean(str(value))


def scores(found: Sequence[Score], reader: Reader) -> Table:
    """How complete each kind of event is, with every missing element by name."""
    _ = reader.gettext
    rows = [_score(reader, score, _(quality.title_of(score.kind))) for score in found]
    if len(rows) > 1:
        whole = _score(reader, quality.together(found), _(N_("Together")))
        rows.append(Row(whole.cells, "total"))
    columns = (
        (_(N_("Kind of event")), 40),
        (_(N_("Missing elements, and in how many")), 80),
        (_(N_("Events counted")), 20),
        (_(N_("Complete")), 20),
        (_(N_("Score")), 20),
    )
    return Table(columns, tuple(rows), _(N_("There are no events to judge.")), figures=3)


def _score(reader: Reader, score: Score, title: str) -> Row:
    gaps = lines(
        f"{reader.gettext(quality.ELEMENTS[name])}: {count:,}"
        for name, count in (score.missing if score.kind else ())
    )
    cells = (
        Cell(strong=title),
        Cell(gaps or ("–" if score.kind else "")),
        Cell(f"{score.events:,}"),
        Cell(f"{score.complete:,}"),
        Cell(strong=percent(score.percent)),
    )
    return Row(cells)
