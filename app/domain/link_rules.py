"""What owners may enter as a link: its type, address, languages, media type, contexts. Each rule raises Malformed."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import quote, urlsplit

from app.domain import gs1
from app.domain.link_types import TYPES
from app.domain.linkset import relation_of
from app.errors import N_, Malformed

# how the path of a printed URL begins: with the prefix of a handle, or with a key of GS1
PATH_START = re.compile(rf"(?:[0-9]{{2}}(?:\.[0-9]{{1,32}}){{1,4}}|{'|'.join(gs1.QUALIFIERS)})")
TEMPLATES = ("gtin", "lot", "serial", "identifier")
LONGEST_HREF = 2000
MOST_LANGUAGES = MOST_CONTEXTS = 10

_URI = re.compile(r"https?://[A-Za-z0-9./]{1,180}")  # what GS1's schema for linksets takes for a relation
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:-([A-Za-z]{2}))?")  # the same schema takes no other forms of BCP 47
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,40}/[a-z0-9][a-z0-9!#$&^_.+-]{0,50}")
_CONTEXT = re.compile(r"[A-Za-z0-9_.:/-]{1,40}")
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_KEPT = "%/?:@!$&'()*+,;=~-._#{}"


def relation(text: str) -> str:
    """A link type from the list, or the URI of another vocabulary; in the short spelling."""
    name = relation_of(text.strip())
    if name in TYPES or (_URI.fullmatch(name) and not name.startswith("gs1:")):
        return name
    raise Malformed(
        "unknown-link-type",
        N_("There is no link type “{value}”."),
        N_(
            "Choose one from the list, such as gs1:pip, or give the web address of a term of another vocabulary."
        ),
        value=name[:60],
        field="relation",
    )


def title(text: str) -> str:
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(tidy) <= 200 or not tidy.isprintable():
        raise Malformed(
            "bad-link-title",
            N_("A link needs a title of 1 to 200 characters."),
            N_("Write what people find there, in the language of the page."),
            field="title",
        )
    return tidy


def href(text: str) -> str:
    """An absolute web address in ASCII, with {gtin}, {lot}, {serial} or {identifier} anywhere after the host."""
    tidy = unicodedata.normalize("NFC", text.strip())
    if not tidy.isprintable() or any(letter in tidy for letter in ' "<>\\^`|'):
        _no_address(tidy)
    try:
        parts = urlsplit(tidy)
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        _no_address(tidy)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or "@" in parts.netloc:
        _no_address(tidy)
    unknown = [name for name in _TEMPLATE.findall(tidy) if name not in TEMPLATES]
    if unknown or re.search(r"[{}]", _TEMPLATE.sub("", tidy)):
        raise Malformed(
            "bad-link-template",
            N_("“{value}” is nothing that can be filled in."),
            N_("Between braces may stand: {allowed}."),
            value="{" + (unknown[0][:40] if unknown else "") + "}",
            allowed=", ".join(f"{{{name}}}" for name in TEMPLATES),
            field="href",
        )
    rest = tidy.partition("://")[2][len(parts.netloc) :]
    whole = f"{parts.scheme}://{host}{f':{port}' if port else ''}{quote(rest, safe=_KEPT)}"
    return whole if len(whole) <= LONGEST_HREF else _no_address(whole)


def _no_address(text: str) -> NoReturn:
    raise Malformed(
        "bad-link-address",
        N_("“{value}” is not a web address that a link can lead to."),
        N_("It begins with https:// or http://, has the name of a host and at most {most} characters."),
        value=_shown(text),
        most=LONGEST_HREF,
        field="href",
    )


def languages(text: str) -> tuple[str, ...]:
    """From `zh, en-GB`; empty for a page of any language."""
    found = []
    for part in _parts(text):
        match = _LANGUAGE.fullmatch(part)
        if match is None:
            raise Malformed(
                "bad-language",
                N_("“{value}” is not a language."),
                N_("Write zh, en or with a country zh-CN."),
                value=_shown(part),
                field="languages",
            )
        found.append(match[1].lower() + (f"-{match[2].upper()}" if match[2] else ""))
    return _few(found, MOST_LANGUAGES, "languages")


def media_type(text: str) -> str:
    """`text/html`; empty where it does not matter."""
    tidy = text.strip().lower()
    if tidy and not _MEDIA_TYPE.fullmatch(tidy):
        raise Malformed(
            "bad-media-type",
            N_("“{value}” is not a media type."),
            N_("It is written like text/html or application/pdf."),
            value=_shown(tidy),
            field="media_type",
        )
    return tidy


def contexts(text: str) -> tuple[str, ...]:
    """From `CN, retail`: words that a request may name in `context`."""
    found = _parts(text)
    for part in found:
        if not _CONTEXT.fullmatch(part):
            raise Malformed(
                "bad-link-context",
                N_("“{value}” is not a context."),
                N_("Use letters, digits, hyphen and dot, such as CN."),
                value=_shown(part),
                field="contexts",
            )
    return _few(found, MOST_CONTEXTS, "contexts")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,，;；、\s]+", text) if part.strip()]


def _few(found: list[str], most: int, field: str) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(found))
    if len(kept) > most:
        raise Malformed("too-many-values", N_("At most {most} can be given here."), most=most, field=field)
    return kept


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text[:60])


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """The address with its values put in, percent-encoded; None where one of them is not known."""
    wanted = set(_TEMPLATE.findall(template))
    if any(not values.get(name) for name in wanted):
        return None
    for name in wanted:
        # an identifier stays a path of two steps; a slash within a lot or a serial does not become one
        template = template.replace(
            f"{{{name}}}", quote(values[name], safe="/" if name == "identifier" else "")
        )
    return template
