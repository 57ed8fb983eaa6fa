"""Rows of a report's tables as finished text, and the phrases that several tables share.

A cell may have several lines. How a table looks is the template's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from app.domain.provenance import Node, Record
from reports.facts import Facts
from reports.reader import N_, Reader, clean

NAMED = 6  # things of one entry that are named; the tables of inputs and outputs name all


@dataclass(frozen=True, slots=True)
class Cell:
    """`strong` stands on a line of its own above `text`; `alarm` below, marked."""

    text: str = ""
    strong: str = ""
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`kind` is '', held, total or withdrawn; what is withdrawn is struck through, but for the `alarm` of its cells.

    `below` stands under the row, as wide as the table, one paragraph each.
    """

    cells: tuple[Cell, ...]
    kind: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are (heading, width in mm), 180 mm together; `empty` is said when there are no rows.

    The last `figures` columns hold numbers.
    """

    columns: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    empty: str
    figures: int = 0


def lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


def things(facts: Facts, reader: Reader, record: Record) -> str:
    """The things of an entry, one a line; alike ones beyond the first few as a number."""
    nodes = [facts.nodes[node] for node in record.node_ids if node in facts.nodes]
    nodes = [node for node in nodes if node.level != "process"]
    named = [reader.thing(node) for node in nodes[:NAMED]]
    if len(nodes) > NAMED:
        named.append(reader.say(N_("and {count} more"), count=len(nodes) - NAMED))
    return lines(named)


def when_where(reader: Reader, record: Record) -> str:
    return ", ".join(part for part in (reader.time(record.event_time), reader.place(record.place)) if part)


def day_where(reader: Reader, record: Record) -> str:
    """As `when_where` without the hour, which stands in the list of entries."""
    return ", ".join(
        part for part in (reader.time(record.event_time)[:10], reader.place(record.place)) if part
    )


def who_where(reader: Reader, record: Record) -> str:
    to = f" → {reader.party(record.to)}" if record.to else ""
    where = ", ".join(part for part in (reader.place(record.place), clean(record.operator)) if part)
    return lines((reader.party(record.party) + to, where))


def references(reader: Reader, record: Record) -> str:
    return lines(reader.reference(reference) for reference in record.references)


def part_and_level(reader: Reader, node: Node) -> str:
    named = node.product_en or node.product_zh
    return ", ".join(
        part for part in (clean(node.part_number), reader.level(node.level) if named else "") if part
    )


def duration(reader: Reader, span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds())) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return reader.say(N_("{days} d {hours} h"), days=days, hours=hours)
    return reader.say(N_("{hours} h {minutes} min"), hours=hours, minutes=minutes % 60)
