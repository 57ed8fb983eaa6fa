"""Values as people and their tables write them, made ready for `read`; and the key by which a value is found."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

from app.domain.templates.fields import Field

LONGEST_KEY = 200  # of a value that is searched for
_ADDRESS = "/%:=&?~#+!$,;'@()*[]"  # signs of an address that stay as they are


def tidied(fields: Sequence[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a program may send, as `read` takes it: null and empty text are no values, texts have no outer spaces."""
    kinds = {field.name: field for field in fields}
    found = {}
    for name, sent in raw.items():
        field, value = kinds.get(name), sent
        if isinstance(sent, str) and field:
            value = _one_spelling(field, sent)
        elif isinstance(sent, list) and field:
            value = [_one_spelling(field, each) if isinstance(each, str) else each for each in sent]
        if value is not None and value not in ("", []):
            found[name] = value
    return found


def typed(field: Field, texts: Iterable[str]) -> Any:
    """What a form or a table's cell says, as `read` takes it; None where it says nothing. A text that cannot be such a
    value stays as it is, for `read` to refuse. For a field of `many`, one text each or one line each."""
    if not field.many:
        text = next(iter(texts), "").strip()
        return _typed(field, text) if text else None
    lines = [line.strip() for text in texts for line in re.split(r"[\n|]", text)]
    return [_typed(field, line) for line in lines if line] or None


def search_key(value: object) -> str:
    """How a value is found: without case, width or outer spaces. '' for what cannot be searched for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    return " ".join(text.split())[:LONGEST_KEY]


def search_keys(value: object) -> list[str]:
    """Of each value of a list, once."""
    each = value if isinstance(value, list) else [value]
    return [key for key in dict.fromkeys(search_key(one) for one in each) if key]


def _typed(field: Field, text: str) -> Any:
    if field.type in {"integer", "decimal"}:
        try:
            number = Decimal(unicodedata.normalize("NFKC", text))
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    if field.type == "boolean":
        words = {
            "true": True,
            "1": True,
            "yes": True,
            "是": True,
            "false": False,
            "0": False,
            "no": False,
            "否": False,
        }
        return words.get(text.casefold(), text)
    return _one_spelling(field, text)


def _one_spelling(field: Field, text: str) -> str:
    """Without outer spaces; what people write of a web address or a hash as machines do."""
    tidy = unicodedata.normalize("NFC", text.strip())
    if field.type == "url":
        return _uri(tidy)
    if field.type == "hash":
        bare = tidy.lower().removeprefix("sha256:").removeprefix("sha-256:").strip()
        return f"sha256:{bare}"
    return tidy


def _uri(text: str) -> str:
    """An address with Chinese in it, as it travels: host in ASCII, the rest percent-encoded."""
    if text.isascii():
        return text
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return text
    if "@" in parts.netloc:
        return text
    path, query, fragment = (quote(part, safe=_ADDRESS) for part in (parts.path, parts.query, parts.fragment))
    return f"{parts.scheme}://{host}{port}{path}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"
