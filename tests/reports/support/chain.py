"""Builds a synthetic provenance piece by piece: things, links and entries, each numbered as it comes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.provenance import Link, Node, Party, Place, Record

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Chain:
    """The clock goes on with every entry."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.links: list[Link] = []
        self.records: list[Record] = []
        self.clock = START

    def node(
        self, depth: int, level: str, owner: Party, names: tuple[str, str, str] = ("", "", ""), **more: Any
    ) -> Node:
        """`names` are Chinese, English and the part number."""
        number = len(self.nodes) + 1
        epc = f"hdl:{owner.prefix}/{_token(number)}"
        if level == "process":
            epc = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
        node = Node(number, depth, epc, level, *names, owner=owner, lifecycle="active", **more)
        self.nodes.append(node)
        return node

    def link(self, source: Node, target: Node, kind: str, amount: str = "", *, undone: bool = False) -> None:
        """`amount` is like `212.5 KGM`."""
        quantity, _, unit = amount.partition(" ")
        self.links.append(
            Link(source.id, target.id, kind, Decimal(quantity) if quantity else None, unit, undone)
        )

    def record(
        self, step: str, where: tuple[Party, Place | None], *nodes: Node, amount: str = "", minutes: int = 47, late: int = 1,
        operator: str = "李敏 Li Min", **more: Any,
    ) -> Record:  # fmt: skip
        """An entry `minutes` after the one before, recorded `late` minutes after it happened."""
        self.clock += timedelta(minutes=minutes)
        seq = 400 + 3 * len(self.records)
        quantity, _, unit = amount.partition(" ")
        record = Record(
            seq,
            f"urn:uuid:10000000-0000-4000-8000-{seq:012d}",
            step,
            self.clock,
            self.clock + timedelta(minutes=late),
            *where,
            operator,
            tuple(node.id for node in nodes),
            Decimal(quantity) if quantity else None,
            unit,
            **more,
        )
        self.records.append(record)
        return record


def _token(number: int) -> str:
    value, text = (number * 0x9E3779B97F4A7C15) % 2**64, ""
    for _ in range(13):
        text, value = text + _ALPHABET[value % 32], value // 32
    return "7Q2" + text
