"""How pages speak of things, companies, places and amounts: in the reader's language, with the address of each."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask_babel import format_datetime, format_decimal, get_translations

from app.domain import identifiers
from app.domain.identifiers import Key
from app.domain.provenance import Gap, Link, Node, Party, Place
from app.errors import N_
from app.services import holding
from app.services.tracing import Row
from app.web import i18n, shell

REFERENCES = {
    "po": N_("Order"),
    "desadv": N_("Despatch advice"),
    "inv": N_("Invoice"),
    "bol": N_("Bill of lading"),
    "cert": N_("Certificate"),
}
RESULTS = {"pass": (N_("Passed"), "green"), "fail": (N_("Failed"), "red"), "hold": (N_("On hold"), "orange")}


class Teller:
    """For one request: the language and its words are looked up once, not for each of a thousand names."""

    results = RESULTS

    def __init__(self) -> None:
        self.chinese = i18n.language() == "zh"
        self.gettext = get_translations().gettext

    def word(self, code: str, table: dict[str, str]) -> str:
        return self.gettext(table[code]) if code in table else code

    def name(self, zh: str, en: str) -> str:
        return (zh or en) if self.chinese else (en or zh)

    def party(self, company: Party | None) -> str:
        return (self.name(company.name_zh, company.name_en) or company.prefix) if company else ""

    def place(self, site: Place | None) -> str:
        return (self.name(site.name_zh, site.name_en) or identifier(site.epc)) if site else ""

    def product(self, thing: Node | Row) -> str:
        """The kind of thing it is when it has no product."""
        return self.name(thing.product_zh, thing.product_en) or self.word(thing.level, shell.LEVELS)

    def number(self, thing: Node | Row) -> str:
        return thing.serial or thing.lot or identifier(thing.epc).partition("/")[2]

    def title(self, thing: Node) -> str:
        if thing.hidden:
            return self.gettext(N_("Not shared with you"))
        return (
            self.product(thing) if thing.level == "process" else f"{self.product(thing)} {self.number(thing)}"
        )

    def quantity(self, amount: Decimal | None, unit: str = "") -> str:
        if amount is None:
            return ""
        return f"{format_decimal(amount)}\u00a0{self.word(unit, shell.UNITS)}".strip()

    def reference(self, kind: str) -> str:
        """'po' as written here, or as the standard's URI ends."""
        bare = kind.rpartition(":")[2].rpartition("/")[2].lower().removeprefix("btt-")
        return self.word(bare, REFERENCES)

    def held(self, reason: str) -> str:
        return self.word(reason, holding.WITHOUT_WORDS)

    def gap(self, gap: Gap) -> str:
        """The sentence, its values filled in after translation."""
        return self.gettext(gap.message).format(
            **{key: self._value(key, value) for key, value in gap.values.items()}
        )

    def _value(self, key: str, value: Any) -> str:
        if isinstance(value, dict):
            return self.name(value.get("zh", ""), value.get("en", ""))
        if isinstance(value, datetime):
            return str(format_datetime(value, "short"))
        if isinstance(value, Decimal):
            return str(format_decimal(value))
        return self.word(value, shell.UNITS) if key == "unit" else str(value)

    def amounts(self, links: Iterable[Link], *, outgoing: bool) -> dict[int, str]:
        """How much of each thing went into the next, or came into it: summed by unit, undone links apart."""
        sums: dict[int, dict[str, Decimal]] = {}
        for link in links:
            if link.quantity is not None and not link.undone:
                units = sums.setdefault(link.source if outgoing else link.target, {})
                units[link.unit] = units.get(link.unit, Decimal(0)) + link.quantity
        return {
            key: " + ".join(self.quantity(amount, unit) for unit, amount in units.items())
            for key, units in sums.items()
        }

    @staticmethod
    def identifier(epc: str) -> str:
        return identifier(epc)

    @staticmethod
    def trace_url(epc: str) -> str:
        return trace_url(epc)


def identifier(epc: str) -> str:
    """`88.118.1001/ABC`, as people write it."""
    return str(identifiers.from_epc(epc)) if epc.startswith(("hdl:", identifiers.DIGITAL_LINK)) else epc


def trace_url(epc: str) -> str:
    """The trace page of a thing; '' for what has none (a process)."""
    if not epc.startswith(("hdl:", identifiers.DIGITAL_LINK)):
        return ""
    named = identifiers.from_epc(epc)
    path = named.path if isinstance(named, Key) else f"{named.prefix}/{quote(named.suffix)}"
    return f"/trace/{path}"
