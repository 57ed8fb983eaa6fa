"""What a thing is called: the two value types, the one parser for whatever was scanned or typed, and the label's URL.

Not here: what an identifier resolves to, and the random part of a new one (see serials).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import parse_qsl, quote, unquote

from app.domain import gs1
from app.domain.gs1 import keys
from app.errors import N_, Malformed

MAX_LENGTH = 255  # characters of prefix/suffix (SNMS v5 `handle`)
MAX_SCAN = 4096  # no label of ours, and hardly any 2-D symbol, holds more
DIGITAL_LINK = "https://id.gs1.org/"

_PREFIX = r"[0-9]{2}\.[0-9]{1,5}(?:\.[0-9]{1,32}){0,3}"
_PREFIX_ONLY = re.compile(_PREFIX)
_HANDLE = re.compile(rf"({_PREFIX})\s*/(.*)", re.DOTALL)
_ORGANISATION_PREFIX = re.compile(r"(8[68])\.([0-9]{3,5})\.([0-9]{1,32})")
_MINTABLE = re.compile(r"[A-Za-z0-9._-]{1,200}")
_URL = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_TYPED_URL = re.compile(r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?::[0-9]+)?/", re.IGNORECASE)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_SYMBOLOGIES = {"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"}
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
)
_SPACE = " \t\r\n\v\f\x00\x02\x03\x04"  # what scanners send around the data; FNC1 (0x1D) is data
_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}
_QR_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:")  # no space, no %
_EPC_SAFE = "-._~!$&'()*+,;=:@/"  # RFC 3986 pchar and the slash


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """`88.118.1001/7Q2K9XW4M3ABCDEF`. Built by parse() or from checked parts: the type itself checks nothing."""

    prefix: str
    suffix: str

    def __str__(self) -> str:
        return f"{self.prefix}/{self.suffix}"

    @property
    def epc(self) -> str:
        return f"hdl:{self.prefix}/{quote(self.suffix, safe=_EPC_SAFE)}"

    @classmethod
    def from_epc(cls, epc: str) -> "Identifier":
        """The inverse of `.epc`; Malformed for anything but a canonical `hdl:` URI."""
        prefix, slash, suffix = epc[4:].partition("/")
        if not (epc.startswith("hdl:") and slash and suffix and _PREFIX_ONLY.fullmatch(prefix)):
            _not_an_identifier(epc)
        return cls(prefix, unquote(suffix) if "%" in suffix else suffix)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A GS1 key. `value` is the bare key (`395060001343000016`), or with lot or serial its Digital Link path."""

    scheme: str
    value: str

    def __str__(self) -> str:
        parts = self.path.split("/")
        return gs1.bracketed(
            [(ai, unquote(value)) for ai, value in zip(parts[::2], parts[1::2], strict=True)]
        )

    @property
    def path(self) -> str:
        return self.value if "/" in self.value else f"{_AI_OF[self.scheme]}/{self.value}"

    @property
    def epc(self) -> str:
        return DIGITAL_LINK + self.path

    @classmethod
    def from_epc(cls, epc: str) -> "Key":
        """The inverse of `.epc`; Malformed for anything but a Digital Link of a key known here."""
        key = _from_path(epc.removeprefix(DIGITAL_LINK).split("/")) if epc.startswith(DIGITAL_LINK) else None
        if not isinstance(key, Key):
            _not_an_identifier(epc)
        return key


_SCHEME_OF = keys.SCHEME_OF
_AI_OF = keys.CODE_OF


def from_epc(epc: str) -> Identifier | Key:
    """The thing an event names. Cheap: for canonical text out of the log; use parse() for what people hand over."""
    return Identifier.from_epc(epc) if epc.startswith("hdl:") else Key.from_epc(epc)


def parse(text: str) -> Identifier | Key:
    """The one thing named by whatever a scanner, a person or a file hands over, in canonical form.

    Raises Malformed: `empty-scan`, `too-long`, `not-an-identifier`, `bad-prefix`, `bad-suffix`, `bad-gs1-key` or
    `wrong-check-digit`; `position` counts characters from 1 in `value`.
    """
    if len(text) > MAX_SCAN:
        _too_long(text, MAX_SCAN)
    cleaned = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip(_SPACE)
    symbology = cleaned[:3] if _AIM.match(cleaned) else ""
    is_gs1 = symbology in _GS1_SYMBOLOGIES or cleaned.startswith(gs1.FNC1)
    cleaned = cleaned[len(symbology) :].strip()
    if not cleaned:
        raise Malformed(
            "empty-scan", N_("The scan is empty."), N_("Scan the label again, or type what it says.")
        )
    if symbology.startswith("]E"):  # EAN/UPC; a composite's second part follows the bar
        return Key("gtin", gs1.check_gtin(cleaned.partition("|")[0]))
    if is_gs1:
        cleaned = gs1.FNC1 + cleaned
    for reads in SCHEMES:
        found = reads(cleaned)
        if found is not None:
            return found
    return _diagnose(cleaned)


def _read_url(text: str) -> Identifier | Key | None:
    match = _URL.fullmatch(f"https://{text}" if _TYPED_URL.match(text) else text)
    if match is None:
        return None
    found = _from_path(match[2].strip("/").split("/"))
    if found is not None:
        return found
    for name, value in parse_qsl(match[3] or ""):
        if name.lower() in ("handle", "id"):
            return _read_hdl(value.strip()) or _read_plain(value.strip())
    return None


def _from_path(segments: list[str]) -> Identifier | Key | None:
    """A handle or a Digital Link somewhere in a path; whichever starts further left holds the other in its value."""
    decoded = [_unquoted(segment) for segment in segments]
    for place, segment in enumerate(decoded):
        if _PREFIX_ONLY.fullmatch(segment) and place + 1 < len(decoded):
            return _identifier(segment, "/".join(decoded[place + 1 :]))
        if segment in gs1.QUALIFIERS and place + 1 < len(decoded) and decoded[place + 1].isdecimal():
            elements = gs1.from_path(decoded[place:])
            if elements is not None:
                return _key(elements)
    return None


def _read_hdl(text: str) -> Identifier | None:
    if text[:4].lower() != "hdl:":
        return None
    return _read_plain(_unquoted(text[4:].strip()))


def _read_urn(text: str) -> Key | None:
    return _key(gs1.from_urn(text)) if text[:8].lower() == "urn:epc:" else None


def _read_gs1(text: str) -> Key | None:
    if text.startswith("("):
        return _key(gs1.from_bracketed(text))
    if gs1.FNC1 in text:
        return _key(gs1.from_element_string(text))
    # without FNC1 in front nothing says GS1 but the key itself, so it must be right to the check digit
    if re.match(r"00[0-9]{18}$|01[0-9]{14}(?:1[0-9]|2[0-2]|[34][0-9]|$)", text):
        return _key(gs1.from_element_string(text))
    if re.fullmatch(r"[0-9]{18}", text):
        return Key("sscc", gs1.check_sscc(text))
    if re.fullmatch(r"[0-9]{13,14}", text):
        return Key("gtin", gs1.check_gtin(text))
    return None


def _read_plain(text: str) -> Identifier | None:
    if "/" not in text and "%2F" in text.upper():
        text = _unquoted(text)
    prefix, slash, suffix = text.partition("/")
    match = _HANDLE.fullmatch(prefix.replace("。", ".") + slash + suffix)
    return _identifier(match[1], match[2]) if match else None


# tried in this order; the first that knows the text answers, by a value or by a Malformed of its own
SCHEMES: tuple[Callable[[str], Identifier | Key | None], ...] = (
    _read_url,
    _read_hdl,
    _read_urn,
    _read_gs1,
    _read_plain,
)


def check_prefix(text: str) -> str:
    """An organisation's prefix, `88.118.1001`, or Malformed `bad-prefix`."""
    prefix = unicodedata.normalize("NFKC", text).strip()
    if not _ORGANISATION_PREFIX.fullmatch(prefix):
        raise Malformed(
            "bad-prefix",
            N_("“{value}” is not an organisation prefix."),
            N_("It is written 88.<industry, 3 to 5 digits>.<organisation, digits>, for example 88.118.1001."),
            value=_short(prefix),
        )
    return prefix


def check_suffix_for_minting(text: str) -> str:
    """Upper-cased, or Malformed `bad-suffix`: what we mint must survive every client, URL and file name unescaped."""
    good = re.match(r"[A-Za-z0-9._-]{0,200}", text)
    bad = good.end() if good else 0
    if not _MINTABLE.fullmatch(text) or not text.strip("."):
        raise Malformed(
            "bad-suffix",
            N_("“{value}” cannot be the suffix of a new identifier (position {position})."),
            N_("Use 1 to 200 of the letters A to Z, digits, dot, hyphen and underscore, not dots alone."),
            value=_short(text), position=bad + 1,
        )  # fmt: skip
    return text.upper()


def short_url(base_url: str, thing: Identifier | Key) -> str:
    """The path-form URL for the label, all in the QR alphanumeric set wherever the host allows; parses back to `thing`.

    Lower-case letters of the base's path are percent-encoded, because a server may tell them from capitals.
    """
    match = _URL.fullmatch(base_url)
    if match is None or not match[1] or "?" in base_url or "#" in base_url:
        raise Malformed(
            "bad-base-url",
            N_("“{value}” is not a web address."),
            N_("It begins with http:// or https://."),
            value=base_url,
        )
    scheme = base_url.partition(":")[0].upper()
    stem = _alphanumeric(unquote(match[2].rstrip("/")))
    if isinstance(thing, Key):
        tail = "/".join(_alphanumeric(unquote(part)).replace("/", "%2F") for part in thing.path.split("/"))
    else:
        tail = f"{thing.prefix}/{_path_suffix(thing.suffix)}"
    return f"{scheme}://{match[1].upper()}{stem}/{tail}"


def _path_suffix(suffix: str) -> str:
    encoded = _alphanumeric(suffix)
    # a browser would fold away empty and dot segments, and readers drop a trailing slash
    if any(segment in ("", ".", "..") for segment in suffix.split("/")):
        return encoded.replace("/", "%2F")
    return encoded


def _alphanumeric(text: str) -> str:
    return "".join(
        c if c in _QR_ALPHANUMERIC else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text
    )


def _identifier(prefix: str, suffix: str) -> Identifier:
    # twice, because upper-casing can make a pair that composes (i + dot above)
    suffix = unicodedata.normalize("NFKC", suffix).translate(_INVISIBLE).translate(_UPPER)
    suffix = unicodedata.normalize("NFKC", suffix).strip()
    whole = f"{prefix}/{suffix}"
    if len(whole) > MAX_LENGTH:
        _too_long(whole, MAX_LENGTH)
    if not suffix:
        _bad(
            whole,
            len(whole) + 1,
            "bad-suffix",
            N_("“{value}” ends where the part after the slash should begin."),
        )
    for place, character in enumerate(suffix):
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character == "\ufffd":
            position = len(prefix) + place + 2
            _bad(
                whole,
                position,
                "bad-suffix",
                N_("“{value}” has an unprintable character at position {position}."),
            )
    return Identifier(prefix, suffix)


def _key(elements: gs1.Elements | None) -> Key | None:
    if elements is None:
        return None
    ai, value = elements[0]
    return Key(_SCHEME_OF[ai], value if len(elements) == 1 else gs1.path_of(elements))


def _unquoted(text: str) -> str:
    return unicodedata.normalize("NFKC", unquote(text)) if "%" in text else text


def _diagnose(text: str) -> NoReturn:
    """Say what is nearly right about it, else that it is something else."""
    head, slash, _ = text[4 if text[:4].lower() == "hdl:" else 0 :].partition("/")
    if _PREFIX_ONLY.fullmatch(head):
        _bad(
            text,
            len(text) + 1,
            "bad-suffix",
            N_("“{value}” is only a prefix; the part after the slash is missing."),
        )
    if slash and re.match(r"[0-9OolI]{2}\.", head):
        good = re.match(r"[0-9.]*", head)
        place = good.end() if good else 0
        message = N_("“{value}” is not a prefix: it has a part that is empty, too long or too many.")
        if place < len(head):
            message = N_(
                "“{value}” has “{character}” at position {position}; only digits and dots can stand there."
            )
        _bad(head, place % len(head) + 1, "bad-prefix", message)
    _not_an_identifier(text)


def _bad(value: str, position: int, code: str, message: str) -> NoReturn:
    hint = N_(
        "An identifier is written 88.118.1001/ABC: digits and dots, a slash, then the number of the thing."
    )
    character = value[position - 1 : position]
    raise Malformed(code, message, hint, value=_short(value), position=position, character=character)


def _not_an_identifier(text: str) -> NoReturn:
    hint = N_("Scan the label with the identifier on it, or type the line under its code.")
    if _URL.match(text):
        hint = N_("This code opens some other web page. Scan the label with the identifier on it.")
    raise Malformed(
        "not-an-identifier", N_("“{value}” is not an identifier."), hint, value=_short(text), position=1
    )


def _too_long(text: str, most: int) -> NoReturn:
    raise Malformed(
        "too-long",
        N_("“{value}” has {length} characters; at most {most} can be an identifier."),
        N_("Scan one label at a time, or type the line under its code."),
        value=_short(text), length=len(text), most=most, position=most + 1,
    )  # fmt: skip


def _short(text: str) -> str:
    visible = "".join(c if c.isprintable() else "�" for c in text[:61])
    return visible if len(text) <= 60 else visible[:60] + "…"
