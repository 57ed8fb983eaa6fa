"""A recall with what its report needs besides: the balances of its lots, how complete the events are; and how its
things are called in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson

from app.domain.balance import MassBalance
from app.domain.quality import Score
from app.domain.recalls import Item, Recall
from reports.printing import Attached
from reports.reader import N_, Reader, clean, identifier_text

NOT_TOLD = N_("not told how much")


@dataclass(frozen=True)
class Case:
    """`balances` are of the affected lots that the company has or had; `scores` of the events that tell of them."""

    recall: Recall
    balances: tuple[MassBalance, ...] = ()
    scores: tuple[Score, ...] = ()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.epc: item for item in (*self.recall.affected.suspects, *self.recall.affected.items)}

    @cached_property
    def attached(self) -> Attached:
        """The recall itself as data, so that a machine need not read the pages."""
        content = orjson.dumps(self.recall, default=_plain, option=orjson.OPT_SORT_KEYS)
        return Attached("recall.json", content, "The recall as data")

    @property
    def title(self) -> str:
        return clean(self.recall.title) or self.recall.number

    @property
    def exercise(self) -> bool:
        return self.recall.mock is not None


def product(reader: Reader, item: Item) -> str:
    named = reader.name(item.product_zh, item.product_en) or clean(item.part_number)
    return named or reader.level(item.level)


def number(item: Item) -> str:
    """The lot or serial number as such; of a container the last part of its identifier."""
    return clean(item.serial or item.lot) or identifier_text(item.epc).rpartition("/")[2]


def sums(reader: Reader, amounts: tuple[tuple[str, Decimal], ...]) -> str:
    """Amounts by unit, one a line."""
    return "\n".join(shipped(reader, amount, unit) for unit, amount in amounts)


def shipped(reader: Reader, amount: Decimal, unit: str) -> str:
    """An amount that was shipped; nobody ships nothing, so where there is none it was not told to the company."""
    return reader.quantity(amount, unit) if amount else reader.gettext(NOT_TOLD)


def documents(reader: Reader, pairs: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(reader.reference(pair) for pair in pairs)


def span(reader: Reader, seconds: float | None) -> str:
    """`1 h 20 min`, `3 min 5 s`, `0.4 s`; '' while it goes on."""
    if seconds is None:
        return ""
    if seconds < 60:
        return reader.say(N_("{seconds} s"), seconds=f"{seconds:.1f}".removesuffix(".0"))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return reader.say(N_("{minutes} min {seconds} s"), minutes=minutes, seconds=rest)
    hours, minutes = divmod(timedelta(minutes=minutes) // timedelta(minutes=1), 60)
    return reader.say(N_("{hours} h {minutes} min"), hours=hours, minutes=minutes)


def percent(value: Decimal | None) -> str:
    """`98.5 %`; 100 without decimals; '' for none."""
    if value is None:
        return ""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text}\u00a0%"


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no place in a report's data")
