"""How a report speaks to its reader: names in their language, quantities, times, and text made safe to print.

Every string comes through the given `gettext`; nothing here knows where translations are kept.
"""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from app.domain import identifiers
from app.domain.provenance import Gap, Node, Party, Place
from app.domain.steps import STEPS


def N_(text: str) -> str:  # noqa: N802  (the gettext convention for "extract now, translate later")
    return text


LEVELS = {
    "product": N_("Product"),
    "lot": N_("Lot"),
    "serial": N_("Serial item"),
    "logistic": N_("Logistic unit"),
    "location": N_("Location"),
    "document": N_("Document"),
    "process": N_("Transformation"),
}
KINDS = {
    "consumed": N_("Consumed"),
    "produced": N_("Produced"),
    "assembled": N_("Built in"),
    "packed": N_("Packed"),
}
RESULTS = {"pass": N_("Pass"), "fail": N_("Fail"), "hold": N_("Hold")}
_STATES = {  # CBV 2.0 dispositions and our lifecycle, as a person would say them
    "reserved": N_("Reserved"),
    "active": N_("Active"),
    "in_progress": N_("In progress"),
    "in_transit": N_("In transit"),
    "returned": N_("Returned"),
    "destroyed": N_("Scrapped"),
    "conformant": N_("Passed inspection"),
    "non_conformant": N_("Failed inspection"),
    "unavailable": N_("Not available"),
    "available": N_("Available"),
    "inactive": N_("Void"),
    "void": N_("Void"),
    "retired": N_("Retired"),
}
_UNSPOKEN = {  # what stands in the log where nobody gave a reason in words
    "on-hold": N_("On hold"),
    "inspection-failed": N_("Failed inspection"),
    "inspection-hold": N_("Held at inspection"),
    "did_not_occur": N_("Recorded by mistake"),
}
_UNITS = {  # UN/ECE Recommendation 20
    "KGM": "kg",
    "GRM": "g",
    "TNE": "t",
    "LTR": "L",
    "MLT": "mL",
    "MTR": "m",
    "MTK": "m²",
    "H87": N_("pcs"),
    "C62": N_("pcs"),
    "EA": N_("pcs"),
}
_REFERENCES = {
    "po": N_("Order"),
    "desadv": N_("Despatch advice"),
    "inv": N_("Invoice"),
    "bol": N_("Bill of lading"),
    "cert": N_("Certificate"),
    "prodorder": N_("Production order"),
    "recadv": N_("Receiving advice"),
    "rma": N_("Return"),
    "pedigree": N_("Pedigree"),
}


def clean(text: str) -> str:
    """`text` on one line, without what no document can hold or what would turn its neighbours' reading direction."""
    if text.isprintable() and "  " not in text and text == text.strip():
        return text  # nearly all are; letter by letter it takes ten times as long
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})


def identifier_text(epc: str) -> str:
    """`88.118.1001/ABC` for an epc of ours; what has another form is shown as it is."""
    return (
        clean(str(identifiers.from_epc(epc)))
        if epc.startswith(("hdl:", identifiers.DIGITAL_LINK))
        else clean(epc)
    )


def ended(node: Node) -> bool:
    """Whether it is no more, or no more to be used."""
    return node.disposition == "destroyed" or node.lifecycle in {"void", "retired"}


class Standing(Protocol):
    """Whatever has a state: a node of a genealogy, an item of a recall."""

    @property
    def lifecycle(self) -> str: ...

    @property
    def disposition(self) -> str: ...

    @property
    def held(self) -> str: ...


class Reader:
    """One reader: `language` is `en` or `zh` (or longer, `zh-CN`), `zone` the clock that times are told by."""

    def __init__(self, language: str, gettext: Callable[[str], str], zone: tzinfo = UTC) -> None:
        self.language = language
        self.chinese = language.lower().startswith("zh")
        self.gettext = gettext
        self.zone = zone

    def say(self, template: str, **values: Any) -> str:
        """The translated template with its fields filled in afterwards, so that no value is ever translated."""
        return self.gettext(template).format(**values)

    def name(self, zh: str, en: str) -> str:
        return clean((zh or en) if self.chinese else (en or zh))

    def party(self, party: Party | None) -> str:
        return (self.name(party.name_zh, party.name_en) or party.prefix) if party else ""

    def place(self, place: Place | None) -> str:
        return (self.name(place.name_zh, place.name_en) or identifier_text(place.epc)) if place else ""

    def product(self, node: Node) -> str:
        """What kind of thing it is; the level when it has no product, as a pallet has none."""
        if node.hidden:
            return self.gettext(N_("Not shared with you"))
        return (
            self.name(node.product_zh, node.product_en) or clean(node.part_number) or self.level(node.level)
        )

    def level(self, level: str) -> str:
        return self.gettext(LEVELS.get(level, N_("Item")))

    def number(self, node: Node) -> str:
        """`Lot A7` or `SN 0042`; the identifier's last part when it has neither."""
        if node.serial:
            return self.say(N_("SN {serial}"), serial=clean(node.serial))
        if node.lot:
            return self.say(N_("Lot {lot}"), lot=clean(node.lot))
        return identifier_text(node.epc).rpartition("/")[2]

    def thing(self, node: Node) -> str:
        if node.hidden:
            return self.product(node)
        return f"{self.product(node)} – {self.number(node)}"

    def state(self, node: Standing) -> str:
        if node.held:
            return self.gettext(N_("Held"))
        final = node.lifecycle in {"void", "retired", "reserved"}
        word = (
            node.lifecycle
            if final and node.disposition != "destroyed"
            else node.disposition or node.lifecycle
        )
        return self.gettext(_STATES[word]) if word in _STATES else clean(word)

    def gap(self, gap: Gap) -> str:
        """The gap as a sentence; names come in both languages, amounts and times as such."""
        return clean(
            self.say(gap.message, **{name: self._value(name, value) for name, value in gap.values.items()})
        )

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.name(value.get("zh", ""), value.get("en", ""))
        if isinstance(value, datetime):
            return self.time(value)
        if isinstance(value, Decimal):
            return self.quantity(value, "")
        return self.unit(value) if name == "unit" else value

    def step(self, step: str) -> str:
        return self.gettext(STEPS[step].title) if step in STEPS else clean(step)

    def result(self, result: str) -> str:
        return self.gettext(RESULTS[result]) if result in RESULTS else clean(result)

    def reason(self, reason: str) -> str:
        return self.gettext(_UNSPOKEN[reason]) if reason in _UNSPOKEN else clean(reason)

    def unit(self, unit: str) -> str:
        return self.gettext(_UNITS[unit]) if unit in _UNITS else clean(unit)

    def quantity(self, quantity: Decimal | None, unit: str) -> str:
        """`1,250.5 kg`; '' for none."""
        if quantity is None:
            return ""
        text = f"{quantity:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text}\u00a0{self.unit(unit)}" if unit else text

    def time(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def day(self, day: date | None) -> str:
        return day.isoformat() if day else ""

    def zone_name(self) -> str:
        return str(self.zone)

    def reference(self, reference: tuple[str, str]) -> str:
        kind, value = reference
        key = kind.rpartition(":")[2].rpartition("/")[2].lower().removeprefix("btt-")
        label = self.gettext(_REFERENCES[key]) if key in _REFERENCES else clean(kind)
        return f"{label} {clean(value)}".strip()
