"""The OID resolution system (ITU-T X.672 | ISO/IEC 29168-1): arcs as a name in DNS, its pointers as values.

Not here: asking DNS. That is handed in as `LookUp`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.handles.values import Value, text_value

ROOT = "oid-res.org"
MOST_NAME = 253  # characters of a name in DNS
MOST_LABEL = 63
MOST_POINTERS = 64
MOST_TEXT = 2_000  # characters of what a pointer leads to
_SERVICE = "ORS+"
_URI = "U"  # the flag of a pointer that ends in a URI (RFC 3404)
_URL_OF = ("RINF", "CINF", "MINF")  # what people look for first: whose it is, what is below, its modules
# A pattern may come from anybody and could keep us busy for ever; there is need of those that take the whole name.
_WHOLE = frozenset({"^.*$", ".*", "^(.*)$", "(.*)", "^.+$"})


@dataclass(frozen=True, slots=True)
class Pointer:
    """A NAPTR record (RFC 3403)."""

    order: int
    preference: int
    flags: str
    service: str
    regexp: str
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Pointers:
    """What DNS says of a name: `found` is empty where the name is there without pointers; None where there is no such
    name. `ttl` counts seconds, `address` is the name server's."""

    found: tuple[Pointer, ...] | None
    ttl: int = 0
    address: str = ""


# name, seconds for the answer. Raises PeerFailed `peer-unreachable` or `peer-too-slow`. For several threads at once.
LookUp = Callable[[str, float], Pointers]


def name_of(arcs: str, root: str = ROOT) -> str | None:
    """`1.102.101818.156.16.2.oid-res.org` of 2.16.156.101818.102.1; None for what is too long for DNS."""
    labels = [*reversed(arcs.split(".")), *root.strip(".").split(".")]
    name = ".".join(labels)
    return name if len(name) <= MOST_NAME and all(0 < len(each) <= MOST_LABEL for each in labels) else None


def target(pointer: Pointer, name: str) -> str | None:
    """Where a pointer leads, by its substitution expression; None for one that we do not follow."""
    text = pointer.regexp
    if pointer.flags.upper() != _URI or len(text) < len("!!!"):
        return None
    parts = text[1:].split(text[0])
    if len(parts) != 3 or parts[0] not in _WHOLE or parts[2] not in {"", "i"}:
        return None
    found = parts[1].replace("\\1", name)
    return found if 0 < len(found) <= MOST_TEXT and found.isprintable() and " " not in found else None


def values_of(pointers: Iterable[Pointer], name: str, ttl: int) -> list[Value]:
    """A `URL` for people, then each service (`ORS.RINF`, `ORS.CINF`, `ORS.COID`, …) in their owner's order."""
    found: list[tuple[str, str]] = []
    for pointer in sorted(pointers, key=lambda each: (each.order, each.preference))[:MOST_POINTERS]:
        service = pointer.service.upper()
        leads = target(pointer, name)
        kind = service.removeprefix(_SERVICE)
        if leads and service.startswith(_SERVICE) and kind.isascii() and kind.isalnum() and len(kind) <= 32:
            found.append((kind, leads))
    urls = [text for wanted in _URL_OF for kind, text in found if kind == wanted and _is_web(text)]
    told = [("URL", urls[0])] if urls else []
    told += [(f"ORS.{kind}", text) for kind, text in found]
    return [text_value(index, type_, text, ttl=ttl) for index, (type_, text) in enumerate(told, 1)]


def follows(pointers: Iterable[Pointer]) -> str | None:
    """The name to ask instead, where the first pointer of the service says only that (an empty flag)."""
    for pointer in sorted(pointers, key=lambda each: (each.order, each.preference)):
        replacement = pointer.replacement.strip(".")
        if pointer.service.upper().startswith(_SERVICE) and not pointer.flags and replacement:
            return replacement if len(replacement) <= MOST_NAME else None
    return None


def _is_web(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))
