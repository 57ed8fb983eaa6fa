"""What another node told, read strictly: texts, moments, amounts and names in bounds, or Malformed `bad-answer`.

Every byte of it is hostile until it has been here; what it says is believed no more for being well formed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from app.domain import identifiers
from app.domain.provenance import Party, Place
from app.errors import N_, Malformed

Kind = TypeVar("Kind")
LONGEST = 300
UNTOLD = frozenset({"Cc", "Cs", "Zl", "Zp"})  # what is no text, or no single line of it
PLAIN = re.compile(r"hdl:[0-9]{1,5}(?:\.[0-9]{1,20}){1,5}/[A-Z0-9_-]{1,200}")  # canonical as it stands
DIGITS = 18
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def bad(what: str) -> NoReturn:
    raise Malformed(
        "bad-answer",
        N_("Another node's answer cannot be read: {what}."),
        N_("Tell the operator of that node."),
        what=what,
    )


def mapping(value: object, what: str) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else bad(what)


def rows(value: object, what: str, most: int) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) and len(value) <= most else bad(what)


def text(value: object, what: str, most: int = LONGEST) -> str:
    """One line of text, '' for nothing."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        bad(what)
    if not value.isprintable() and any(unicodedata.category(letter) in UNTOLD for letter in value):
        bad(what)
    return value


def one_of(value: object, known: Mapping[str, Any] | frozenset[str], what: str, default: str = "") -> str:
    found = text(value, what, 60) or default
    return found if found in known or (found == "" and default == "") else bad(what)


def flag(value: object, what: str) -> bool:
    return value if isinstance(value, bool) else bad(what)


def whole(value: object, what: str, most: int = 1 << 53) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -1 <= value <= most:
        return value
    bad(what)


def moment(value: object, what: str) -> datetime:
    found = _parsed(datetime.fromisoformat, text(value, what, 40), what)
    if found.tzinfo is None or not EARLIEST <= found.astimezone(UTC) <= LATEST:
        bad(what)
    return found.astimezone(UTC)


def day(value: object, what: str) -> date | None:
    said = text(value, what, 10)
    return _parsed(date.fromisoformat, said, what) if said else None


def amount(value: object, what: str) -> Decimal | None:
    """A decimal written as text, as exact as it can be kept; not negative."""
    said = text(value, what, 40)
    if not said:
        return None
    found = _parsed(Decimal, said, what)
    if not found.is_finite() or found < 0:
        bad(what)
    parts = found.as_tuple()
    if len(parts.digits) > DIGITS or not -6 <= int(parts.exponent) <= DIGITS:
        bad(what)
    return found


def epc(value: object, what: str) -> str:
    """The canonical identity of a thing, or of a run (`urn:uuid:…`)."""
    said = text(value, what)
    if PLAIN.fullmatch(said) or (said.startswith("urn:uuid:") and len(said) == 45):
        return said
    if not said.startswith(("hdl:", identifiers.DIGITAL_LINK)):
        bad(what)
    try:
        if identifiers.from_epc(said).epc == said:
            return said
    except (Malformed, ValueError, KeyError):
        bad(what)
    return bad(what)


def prefix(value: object, what: str) -> str:
    said = text(value, what, 64)
    good = said.isascii() and said.replace(".", "").isdigit() and ".." not in said and said[0] != "."
    return said if good else bad(what)


def party(value: object, what: str) -> Party | None:
    if value is None:
        return None
    row = mapping(value, what)
    names = (text(row.get("zh"), what, 200), text(row.get("en"), what, 200))
    return Party(prefix(row.get("prefix"), what), *names)


def place(value: object, what: str) -> Place | None:
    if value is None:
        return None
    row = mapping(value, what)
    names = (text(row.get("zh"), what, 200), text(row.get("en"), what, 200))
    return Place(epc(row.get("epc"), what), *names, text(row.get("company"), what, 64))


def _parsed(read: Callable[[str], Kind], said: str, what: str) -> Kind:
    try:
        return read(said)
    except (ValueError, InvalidOperation):
        return bad(what)
