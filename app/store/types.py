"""Column types that behave the same on both databases."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String, TypeDecorator, literal_column
from sqlalchemy.engine import Dialect
from sqlmodel import col

# SQLite only auto-increments a column declared exactly INTEGER; PostgreSQL needs 64 bits for a long log.
BigId = BigInteger().with_variant(Integer(), "sqlite")
# Compared byte by byte on both databases, whatever the locale of PostgreSQL: ranges of keys are read in this order.
KeyText = String(300).with_variant(String(300, collation="C"), "postgresql")
NumberText = String(100).with_variant(String(100, collation="C"), "postgresql")


def filled(column: Any) -> ColumnElement[bool]:
    """`column <> ''` as the partial indexes say it; with a bound value SQLite would not use them."""
    return col(column) != literal_column("''")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out, kept as fixed-width ISO text (sortable) since SQLite drops time zones."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r} given to the store")
        # three times as fast as strftime, which a batch of events would spend a tenth of its time in
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


@lru_cache(maxsize=8_192)
def amount(millionths: int) -> Decimal:
    """A quantity as the store keeps it. The same few come again and again, and working one out takes a microsecond."""
    return (Decimal(millionths) / Amount.scale).normalize() + 0


class Amount(TypeDecorator[Decimal]):
    """An exact decimal quantity: whole millionths in a 64-bit integer, since text would not add up in SQLite."""

    impl = BigInteger
    cache_ok = True
    scale = Decimal(1_000_000)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * self.scale).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else amount(value)
