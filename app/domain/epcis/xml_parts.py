"""Elements, attributes, text and extensions as XML text: the part of writing that knows no field of EPCIS."""

import json
import re
from collections.abc import Mapping
from typing import Any

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*").fullmatch
_NEVER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what no XML 1.0 can hold
_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_TEXT_MAP, _ATTRIBUTE_MAP = str.maketrans(_TEXT), str.maketrans(_ATTRIBUTE)
_STANDARD = (
    *("urn:epcglobal:epcis", "urn:epcglobal:xsd:", "http://www.w3.org/XML/", "http://www.w3.org/2000/xmlns/"),
    *("http://www.w3.org/2001/XMLSchema", "https://suyuan.dev/ns/xml/"),
)
_WRAPPERS = ("extension", "baseExtension")  # a reader takes them for those of EPCIS 1.x


def usable(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Those prefixes that XML can declare; fields named with others are written by their name."""
    return {
        prefix: uri
        for prefix, uri in prefixes.items()
        if _LOCAL(prefix)
        and not prefix.lower().startswith("xml")
        and uri
        and not uri.startswith(_STANDARD)
        and not _NEVER.search(uri)
    }


def holds(text: str) -> bool:
    """Whether XML can hold the text as it is."""
    return not _NEVER.search(text)


def _clean(text: str) -> str:
    return _NEVER.sub("\ufffd", text)


class Parts:
    """Collects the text. `scope` is what prefixes mean where it writes; the others are prefixes of the document."""

    def __init__(self, xsi: str, xsd: str, ours: str, scope: dict[str, str]) -> None:
        self.xsi, self.xsd, self.ours, self.scope = xsi, xsd, ours, scope
        self.written: list[str] = []

    def open(self, name: str, attributes: Mapping[str, str] | None = None, *, empty: bool = False) -> None:
        texts = [
            f' {key}="{_clean(value).translate(_ATTRIBUTE_MAP)}"' for key, value in (attributes or {}).items()
        ]
        self.written.append(f"<{name}{''.join(texts)}{'/' if empty else ''}>")

    def close(self, name: str) -> None:
        self.written.append(f"</{name}>")

    def text(self, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
        """An element with text, marked where the space around it counts."""
        kept = {"xml:space": "preserve"} if text != text.strip() else {}
        self.open(name, {**(attributes or {}), **kept}, empty=not text)
        if text:
            self.written.append(f"{_clean(text).translate(_TEXT_MAP)}</{name}>")

    def tag(self, key: str, instead: str) -> tuple[str, dict[str, str]]:
        """The element's name for a field's, and the attribute that says the name where no element can have it."""
        prefix, colon, local = key.partition(":")
        named = prefix in self.scope and _LOCAL(local) if colon else _LOCAL(key) and key not in _WRAPPERS
        return (key, {}) if named else (instead, {"name": key})

    def extensions(self, fields: Mapping[str, Any], known: set[str]) -> None:
        for key, value in fields.items():
            if key not in known:
                self.extension(key, value)

    def extension(self, key: str, value: Any) -> None:
        """One field of an extension: an element, or one for each entry of a list."""
        tag, name = self.tag(key, f"{self.ours}:field")
        if not isinstance(value, list):
            self.value(tag, value, name)
        elif not value:
            self.open(tag, {**name, f"{self.ours}:form": "none"}, empty=True)
        else:
            for item in value:
                self.value(tag, item, name, "list" if len(value) == 1 else "")

    def value(self, tag: str, value: Any, attributes: Mapping[str, str], form: str = "") -> None:
        if isinstance(value, list):
            self.open(tag, {**attributes, f"{self.ours}:form": f"{form} array".strip()})
            for item in value:
                self.value(f"{self.ours}:item", item, {})
            self.close(tag)
        elif isinstance(value, dict):
            self._object(tag, value, attributes, form)
        else:
            marks = {f"{self.ours}:form": form} if form else {}
            self._scalar(tag, value, {**attributes, **marks})

    def _object(self, tag: str, value: dict[str, Any], attributes: Mapping[str, str], form: str) -> None:
        text = value.get("#text", "")
        plain = {"#text"} if isinstance(text, str) and text and holds(text) else set()
        if value.keys() <= plain:
            form = f"{form} object".strip()
        marks = {f"{self.ours}:form": form} if form else {}
        if plain and text != text.strip():
            marks["xml:space"] = "preserve"
        self.open(tag, {**attributes, **marks})
        if plain:
            self.written.append(_clean(text).translate(_TEXT_MAP))
        self.extensions(value, plain)
        self.close(tag)

    def _scalar(self, tag: str, value: Any, attributes: dict[str, str]) -> None:
        if isinstance(value, str) and _NEVER.search(value):
            form = f"{attributes.get(f'{self.ours}:form', '')} json".strip()
            self.text(tag, json.dumps(value), {**attributes, f"{self.ours}:form": form})
        elif isinstance(value, str):
            self.text(tag, value, attributes)
        elif value is None:
            self.open(tag, {**attributes, f"{self.xsi}:nil": "true"}, empty=True)
        else:
            kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "double"
            self.text(tag, scalar(value), {**attributes, f"{self.xsi}:type": f"{self.xsd}:{kind}"})


def scalar(value: Any) -> str:
    """The text of a number or a truth value in XML."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
