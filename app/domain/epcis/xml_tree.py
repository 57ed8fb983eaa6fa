"""XML as elements, without DTD and entities and in bounded depth. Of EPCIS it knows only where the events are.

What lies in a list of events is handed over as soon as it is closed, so that a long document never is a whole tree.
"""

from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from app.domain.epcis.xml_prolog import in_utf8
from app.errors import N_, Malformed

MOST_LEVELS = 64
MOST_PREFIXES = 1_000  # in force at one place: each element that declares one copies them
_SEPARATOR = "\x1f"  # no XML may contain it
XML = "http://www.w3.org/XML/1998/namespace"
_STANDARD = (
    "urn:epcglobal:epcis:",
    "urn:epcglobal:epcis-query:",
    "urn:epcglobal:epcis-masterdata:",
    "urn:epcglobal:xsd:",
)


class Element:
    """One element: its name as (namespace, local, prefix), its attributes likewise, its text without outer space.

    The namespaces of EPCIS itself are "", as its elements are written with and without. `scope` is what prefixes mean.
    """

    __slots__ = ("attributes", "children", "local", "namespace", "prefix", "scope", "text")

    def __init__(self, name: str, scope: dict[str, str]) -> None:
        self.namespace, self.local, self.prefix = _name(name)
        self.attributes: list[tuple[str, str, str, str]] = []
        self.children: list[Element] = []
        self.text = ""
        self.scope = scope

    def attribute(self, local: str) -> str:
        """The value of an attribute without namespace; "" where there is none."""
        return next((a[3] for a in self.attributes if a[1] == local and not a[0]), "")

    def child(self, local: str) -> "Element | None":
        return next((inner for inner in self.children if inner.local == local and not inner.namespace), None)

    def text_of(self, local: str) -> str:
        found = self.child(local)
        return found.text if found is not None else ""


def read(raw: bytes, found: Callable[[Element, Element], None]) -> Element:
    """The root without its events; each goes to `found` with the root, in order. Malformed `not-epcis` otherwise."""
    reader = _Reader(found)
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartNamespaceDeclHandler = reader.declared
    parser.StartElementHandler = reader.started
    parser.EndElementHandler = reader.ended
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(in_utf8(raw), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        _refuse(N_("This is no well-formed XML: {value}."), str(error))
    return reader.root


class _Reader:
    def __init__(self, found: Callable[[Element, Element], None]) -> None:
        self.found = found
        self.open: list[Element] = []
        self.texts: list[list[str]] = []
        self.scope: dict[str, str] = {}
        self.widened = False  # the scope is of the element that comes, and of no other
        self.root = Element("", {})

    def doctype(self, name: str, *_: object) -> None:
        _refuse(N_("A document type is declared; EPCIS needs none, and none is read here."), name)

    def declared(self, prefix: str | None, uri: str | None) -> None:
        """Comes before the element that declares it, once for each prefix; only the first has a scope made."""
        if not self.widened:
            self.scope, self.widened = dict(self.scope), True
        self.scope[prefix or ""] = uri or ""
        if len(self.scope) > MOST_PREFIXES:
            _refuse(N_("More prefixes are declared than anybody could need, up to “{value}”."), prefix or "")

    def started(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) == MOST_LEVELS:
            _refuse(N_("The document is nested too deep, at “{value}”."), _name(name)[1])
        element, self.widened = Element(name, self.scope), False
        element.attributes = [(*_name(key), value) for key, value in attributes.items()]
        if not self.open:
            self.root = element
        self.open.append(element)
        self.texts.append([])

    def characters(self, text: str) -> None:
        self.texts[-1].append(text)

    def ended(self, _: str) -> None:
        element = self.open.pop()
        text = "".join(self.texts.pop())
        preserved = any(
            space == "preserve"
            for uri, local, _, space in element.attributes
            if (uri, local) == (XML, "space")
        )
        element.text = text if preserved else text.strip()
        self.scope = self.open[-1].scope if self.open else {}
        if self._is_event(element):
            self.found(element, self.root)
        elif self.open:
            self.open[-1].children.append(element)

    def _is_event(self, element: Element) -> bool:
        """Whether it lies in a list of events; EPCIS 1.x wraps newer types of event into `extension`."""
        if element.local == "extension" and not element.namespace:
            return False
        around = next((outer for outer in reversed(self.open) if outer.local != "extension"), None)
        return around is not None and around.local == "EventList" and not around.namespace


def _name(name: str) -> tuple[str, str, str]:
    parts = name.split(_SEPARATOR)
    if len(parts) == 1:
        return "", name, ""
    namespace = "" if parts[0].startswith(_STANDARD) else parts[0]
    return namespace, parts[1], parts[2] if len(parts) > 2 else ""


def _refuse(message: str, value: str) -> NoReturn:
    raise Malformed(
        "not-epcis", message, N_("Send an EPCIS document of version 1.2 or 2.0."), value=value[:200]
    )
