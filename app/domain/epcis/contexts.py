"""Which namespaces hold in an event: its JSON-LD context, handed down by the document and hoisted back into one.

Remote contexts are never fetched: of the standard's own the terms are known here, of others only the name is kept.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIXES = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
MANY = 20  # prefixes
_BEGINS = re.compile(rb'"([^":]+):')
_STANDARD_ENDS = ("/epcis-context.jsonld",)


def is_standard(url: str) -> bool:
    """Whether the URL names a copy of the standard's context, whatever its release."""
    return url.endswith(_STANDARD_ENDS)


def entries(context: Any) -> list[Any]:
    """The context as a list of URLs and objects; what is neither is left out."""
    items = context if isinstance(context, list) else [context]
    return [item for item in items if isinstance(item, str | dict)]


def defined(context: Any) -> dict[str, str]:
    """Prefix to namespace of everything the context itself defines, later definitions winning."""
    found: dict[str, str] = {}
    for item in entries(context):
        if isinstance(item, dict):
            for prefix, value in item.items():
                name = value.get("@id") if isinstance(value, dict) else value
                if isinstance(name, str) and name and not prefix.startswith("@"):
                    found[prefix] = name
    return found


def namespaces_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Every prefix that holds in the event, the standard's own included."""
    context = event.get("@context")
    if context is None:
        return PREFIXES
    first = context[0] if type(context) is list and len(context) == 1 else None
    if (
        type(first) is dict
        and all(type(uri) is str and uri for uri in first.values())
        and "@vocab" not in first
    ):
        return PREFIXES | first  # what a document hands down, most of the time
    return PREFIXES | defined(context)


class Inherited:
    """What the events of a document inherit of its context: URLs of others, and prefixes."""

    def __init__(self, context: Any) -> None:
        items = entries(context)
        self.urls = [item for item in items if isinstance(item, str) and not is_standard(item)]
        self.prefixes = defined(items)
        self._marks = [(f'"{prefix}:'.encode(), prefix) for prefix in self.prefixes]
        self._places = {prefix: place for place, prefix in enumerate(self.prefixes)}
        self._many = len(self._marks) > MANY  # then it is quicker to see which prefixes an event has

    def handed_down(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event with what it needs of this: first the URLs and one object with prefixes, then its own context.

        That order is what `hoisted` undoes: everything up to the first object belongs to the document. An event that
        needs nothing comes back as it is.
        """
        own = event.get("@context")
        needed: dict[str, str] = {}
        if self._marks:
            text = orjson.dumps(event)
            needed = self._found(text) if self._many else self._marked(text)
        if own is None:
            if not self.urls and not needed:
                return event
            return {"@context": [*self.urls, needed] if needed else self.urls, **event}
        taken = defined(own)
        needed = {prefix: uri for prefix, uri in needed.items() if prefix not in taken}
        return {**event, "@context": [*self.urls, needed, *entries(own)]}

    def _marked(self, text: bytes) -> dict[str, str]:
        return {prefix: self.prefixes[prefix] for mark, prefix in self._marks if mark in text}

    def _found(self, text: bytes) -> dict[str, str]:
        there = {found.decode() for found in _BEGINS.findall(text)} & self._places.keys()
        return {prefix: self.prefixes[prefix] for prefix in sorted(there, key=self._places.__getitem__)}


def hoisted(events: Iterable[Mapping[str, Any]]) -> tuple[list[Any], list[dict[str, Any]]]:
    """The context of a document of these events, and the events with only what is theirs alone.

    A prefix that means two things stays in the event that came later.
    """
    urls: list[str] = []
    prefixes: dict[str, str] = {}
    plain: list[dict[str, Any]] = []
    for event in events:
        context = event.get("@context")
        if context is None:
            plain.append(dict(event))
            continue
        items = entries(context)
        place = next((n + 1 for n, item in enumerate(items) if isinstance(item, dict)), len(items))
        kept: dict[str, Any] = {}
        for item in items[:place]:
            if isinstance(item, str):
                if item not in urls and not is_standard(item):
                    urls.append(item)
                continue
            kept |= {name: value for name, value in item.items() if prefixes.setdefault(name, value) != value}
        own = ([kept] if kept else []) + items[place:]
        rest = {key: value for key, value in event.items() if key != "@context"}
        plain.append(rest | ({"@context": own} if own else {}))
    return [STANDARD, *urls, *([prefixes] if prefixes else [])], plain
