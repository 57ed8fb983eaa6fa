"""What a captured EPCIS event means to this node: whose names it uses, of which level they are, which step it records.

Pure: an event that somebody else wrote comes in as a typed `Event`, judgements go out. What is stored of it is its own
text in an envelope of ours, so that nothing of ours mixes with what the sender wrote.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from app.domain.epcis import EPC_FIELDS, QUANTITY_FIELDS, Event, time_text
from app.domain.identifiers import DIGITAL_LINK
from app.domain.steps import OBSERVE

ROLLBACK, PROCEED = (
    "rollback",
    "proceed",
)  # what a fault in one event means for the others (EPCIS 2.0 §12.6.1)
VERSION = 2  # of an entry whose text is such an envelope
LONGEST_NAME = 300  # what the index keeps of one
LONGEST_ID = 150  # of an event's id in the log; a longer one stands there by its hash

_HASHED, _ERROR, _BY = "sha-256:", "#error-", "#by-"  # in keys of ours
LONGEST_WORD = 40  # what the index keeps of a disposition
_PLACES = ("read_point", "biz_location")
_NUMBERED_CLASSES = {
    "8003": 14,
    "253": 13,
    "255": 13,
}  # keys that name a kind of thing while no serial follows


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Which names are given out by companies of this node: prefixes and GS1 company prefixes, to whose they are."""

    prefixes: Mapping[str, int] = field(default_factory=dict)
    gs1: Mapping[str, int] = field(default_factory=dict)

    def owner_of(self, epc: str) -> int | None:
        """The company that alone may give out this name; None where it is none of this node."""
        if epc.startswith("hdl:"):
            return self.prefixes.get(epc[4:].partition("/")[0])
        if not self.gs1 or not epc.startswith(DIGITAL_LINK):
            return None
        code, _, value = epc[len(DIGITAL_LINK) :].partition("/")
        digits = value[1:] if code in {"00", "01", "8003", "8006"} else value
        return next((company for prefix, company in self.gs1.items() if digits.startswith(prefix)), None)

    def party_of(self, value: str) -> int | None:
        """The company of this node that a source or destination names: by its prefix, a place, or a GLN."""
        return self.prefixes.get(value) or self.owner_of(value)


def level_of(epc: str, role: str) -> str:
    """What kind of thing a name stands for, by its syntax; where that says nothing, by what the event does with it."""
    outer = "logistic" if role == "parent" else "serial"
    if not epc.startswith(DIGITAL_LINK):
        return "lot" if role.endswith("quantity") else outer
    code, value, *qualifiers = epc[len(DIGITAL_LINK) :].split("/")
    if code in {"00", "401", "402"}:
        return "logistic"
    if code in {"414", "417"}:
        return "location"
    if code in {"01", "8006", "8010"}:
        if {"21", "235", "8011"} & set(qualifiers[::2]):
            return "serial"
        return "lot" if "10" in qualifiers[::2] else "product"
    return "product" if len(value) <= _NUMBERED_CLASSES.get(code, 0) else outer


def numbers_in(epc: str) -> tuple[str, str]:
    """(lot, serial) as a GS1 key says them, by which people search."""
    parts = epc[len(DIGITAL_LINK) :].split("/") if epc.startswith(DIGITAL_LINK) else []
    given = dict(zip(parts[2::2], parts[3::2], strict=False))
    return given.get("10", "")[:100], given.get("21", "")[:100]


_OF_OBJECTS = {
    "commissioning": "commission",
    "receiving": "receive",
    "inspecting": "inspect",
    "storing": "move",
    "stocking": "move",
    "destroying": "scrap",
    "decommissioning": "retire",
}
RIGHTS = {"hold": "hold", "release": "hold", "retire": "void"}  # of who may decide so about what is our own
_FREED = {"available", "sellable_accessible", "sellable_not_accessible", "conformant", "in_progress"}
_FAILED = ("non_conformant", "damaged", "defective", "expired", "recalled", "needs_replacement", "disposed")


def inferred_step(event: Event) -> tuple[str, str]:
    """(step, result of an inspection): the step of the shop floor that a captured event records, OBSERVE for none."""
    match event.type, event.action:
        case "TransformationEvent", _:
            return "produce" if event.output_epc_list or event.output_quantity_list else "consume", ""
        case "AggregationEvent", "ADD":
            return "pack", ""
        case "AggregationEvent", "DELETE":
            return "unpack", ""
        case "AssociationEvent", "ADD":
            return "assemble", ""
        case "ObjectEvent", _:
            return _step_of_object(event)
    return OBSERVE, ""


def _step_of_object(event: Event) -> tuple[str, str]:
    if event.biz_step == "shipping":
        return "return" if event.disposition == "returned" else "ship", ""
    if event.biz_step == "holding":
        return "release" if event.disposition in _FREED else "hold", ""
    step = _OF_OBJECTS.get(event.biz_step, OBSERVE)
    if step == "commission" and event.action != "ADD":
        return OBSERVE, ""  # seen while it was commissioned: assigns nothing
    if step == "inspect":
        return step, "fail" if event.disposition.startswith(_FAILED) else "pass"
    return step, ""


def digest_of(event_hash: str) -> str:
    """The hexadecimal digits of an event hash, as the index keeps it."""
    return event_hash.partition(";")[2].partition("?")[0]


def key_of(event_id: str) -> str:
    """What stands for an event's id in the log's own column: the id, but for one that is long or looks like a key of
    ours, with which somebody could take the place of another's."""
    ours = _HASHED in event_id or _ERROR in event_id or _BY in event_id
    return event_id if len(event_id) <= LONGEST_ID and not ours else _HASHED + _digest(event_id)


def key_of_declaration(event: Event, prefix: str) -> str:
    """A declaration has the id of what it corrects; its entry needs a key of its own: the same for the same statement
    of the same company."""
    said = event.error_declaration
    if said is None:
        raise ValueError("no declaration of error")
    words = [
        event.event_id,
        prefix,
        time_text(said.declaration_time),
        said.reason,
        *said.corrective_event_ids,
    ]
    return f"{key_of(event.event_id)}{_ERROR}{_digest(orjson.dumps(words).decode())[:24]}"


def key_beside(event_id: str, prefix: str) -> str:
    """The key of an event whose id another company of this node has recorded an event under."""
    return f"{key_of(event_id)}{_BY}{_company(prefix)}"


@lru_cache(maxsize=256)
def _company(prefix: str) -> str:
    return _digest(prefix)[:16]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def step_in(event: Event) -> str:
    return str(event.extension("step"))


def key_in(event: Event) -> str:
    """The key that an event of the log says it stands under."""
    return str(event.extension("key") or event.event_id)


def envelope(
    event: Mapping[str, Any], event_hash: str, organisation: str, operator: str, now: datetime, **more: Any
) -> bytes:
    """The text of an entry: the event as it was sent, and beside it what this node says of it. `more` may hold step,
    result, key, declares, names and apart; what is empty is left out."""
    told = {
        "event": event,
        "hash": event_hash,
        "organisation": organisation,
        "operator": operator,
        "recorded": time_text(now),
        "step": OBSERVE,
    }
    return orjson.dumps(told | {k: v for k, v in more.items() if v}, option=orjson.OPT_SORT_KEYS)


def in_our_words(event: Event, names: Mapping[str, str]) -> Event:
    """The event with parties and places by the names they have here, and its disposition no longer than the index
    keeps one. What it names as things has its own names (see replaying)."""
    if not names and len(event.disposition) <= LONGEST_WORD:
        return event
    values: dict[str, Any] = {
        name: tuple((kind, names.get(value, value)) for kind, value in getattr(event, name))
        for name in ("source_list", "destination_list")
    }
    values |= {name: names.get(place, place) for name in _PLACES if (place := getattr(event, name))}
    return replace(event, disposition=event.disposition[-LONGEST_WORD:], **values)


def used_name(event: Event, name: str) -> str:
    """What a name in the event stands for, as was settled when it was captured."""
    names: Mapping[str, str] = event.extension("names") or {}
    return names.get(name, name)


def renamed(event: Event, names: Mapping[str, str]) -> Event:
    """The same event with other names of things (an SSCC, say) replaced by the epcs that the rules work on."""
    if all(alias == epc for alias, epc in names.items()):
        return event
    lists: dict[str, Any] = {
        name: tuple(names.get(epc, epc) for epc in getattr(event, name)) for name in EPC_FIELDS
    }
    counted: dict[str, Any] = {
        name: tuple(replace(q, epc_class=names.get(q.epc_class, q.epc_class)) for q in getattr(event, name))
        for name in QUANTITY_FIELDS
    }
    return replace(event, parent_id=names.get(event.parent_id, event.parent_id), **lists, **counted)


def parties_named(event: Event) -> Iterable[str]:
    """All that the event names as source and destination."""
    return [value for _, value in (*event.source_list, *event.destination_list)]
