"""The two value types every thing is named by, and their canonical URIs as events carry them."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from app.domain.gs1 import keys
from app.domain.gs1.elements import bracketed
from app.domain.identifiers import refusals

DIGITAL_LINK = "https://id.gs1.org/"
OTHER_SCHEMES = ("oid", "ecode", "did")
# A prefix that shows what it is: two digits; the administrative 0.NA and its like; four digits and more, which no IPv4
# address has, but no year.
PREFIX = (
    r"(?:[0-9]{2}\.[0-9]{1,5}(?:\.[0-9]{1,32}){0,3}|0\.[A-Za-z]{1,20}"
    r"|(?!(?:19|20)[0-9]{2}\.)[0-9]{4,8}(?:\.[0-9]{1,32}){1,4})"
)
_PREFIX_ONLY = re.compile(PREFIX)
# What a naming authority may look like (RFC 3651 section 3.1 allows more; none given out uses it). Those of China's
# two roots are digits throughout.
AUTHORITY = re.compile(
    r"(?!8[68]\.)[0-9]{1,8}(?:\.[0-9A-Z_-]{1,32}){0,5}|8[68]\.[0-9]{1,5}(?:\.[0-9]{1,32}){0,3}"
)
_EPC_SAFE = "-._~!$&'()*+,;=:@/"  # RFC 3986 pchar and the slash


def is_prefix(text: str) -> bool:
    return _PREFIX_ONLY.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """`88.118.1001/7Q2K9XW4M3ABCDEF`. Built by parse() or from checked parts: the type itself checks nothing."""

    prefix: str
    suffix: str

    def __str__(self) -> str:
        """As people write it; with `hdl:` in front of what does not show that it is a prefix (`hdl:2381/12`)."""
        if is_prefix(self.prefix):
            return f"{self.prefix}/{self.suffix}"
        return f"hdl:{self.prefix}/" + self.suffix.replace("%", "%25")  # behind the mark it is a URI

    @property
    def epc(self) -> str:
        return f"hdl:{self.prefix}/{quote(self.suffix, safe=_EPC_SAFE)}"

    @classmethod
    def from_handle(cls, handle: str) -> "Identifier":
        """Of a `prefix/suffix` that is known to be one, such as the key of a record; nothing is looked at."""
        prefix, _, suffix = handle.partition("/")
        return cls(prefix, suffix)

    @classmethod
    def from_epc(cls, epc: str) -> "Identifier":
        """The inverse of `.epc`; Malformed for anything but a canonical `hdl:` URI."""
        prefix, slash, suffix = epc[4:].partition("/")
        if not (epc.startswith("hdl:") and slash and suffix and AUTHORITY.fullmatch(prefix)):
            raise refusals.not_an_identifier(epc)
        return cls(prefix, unquote(suffix) if "%" in suffix else suffix)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A name that is no prefix and suffix: a GS1 key, an OID, an Ecode or a DID.

    `value` of a GS1 key is the bare key (`395060001343000016`); its Digital Link path where a lot or serial follows or
    a character needs encoding. Of an OID it is the arcs, of an Ecode version, scheme and code in a row, of a DID all,
    as the URI that it is.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        if self.scheme in OTHER_SCHEMES:
            return {"oid": "urn:oid:", "ecode": "ecode:", "did": ""}[self.scheme] + self.value
        return bracketed(self.elements)

    @property
    def path(self) -> str:
        """Where its page is below a node's address: a Digital Link path, or the scheme and then the value."""
        if self.scheme in OTHER_SCHEMES:
            return f"{self.scheme}/{quote(self.value.removeprefix('did:'), safe=_EPC_SAFE)}"
        return self.value if "/" in self.value else f"{keys.CODE_OF[self.scheme]}/{self.value}"

    @property
    def epc(self) -> str:
        """GS1: the canonical Digital Link. Else `urn:oid:` (RFC 3061), the DID itself, or `ecode:`, a form of our own
        because nobody registered one."""
        if self.scheme == "did":
            return self.value
        if self.scheme in OTHER_SCHEMES:
            return {"oid": "urn:oid:", "ecode": "ecode:"}[self.scheme] + quote(self.value, safe=_EPC_SAFE)
        return DIGITAL_LINK + self.path

    @property
    def elements(self) -> list[tuple[str, str]]:
        """Application identifiers and values of a GS1 key, the primary key first; [] for the other schemes."""
        if self.scheme in OTHER_SCHEMES:
            return []
        parts = self.path.split("/")
        return [(code, unquote(value)) for code, value in zip(parts[::2], parts[1::2], strict=True)]

    @classmethod
    def of(cls, elements: list[tuple[str, str]]) -> "Key":
        """From the canonical elements of a GS1 key."""
        code, value = elements[0]
        if len(elements) == 1 and value.isdecimal():
            return cls(keys.SCHEME_OF[code], value)
        path = keys.path_of(elements)
        bare = path[len(code) + 1 :] == value and "/" not in value
        return cls(keys.SCHEME_OF[code], value if bare else path)

    @classmethod
    def from_epc(cls, epc: str) -> "Key":
        """The inverse of `.epc`; Malformed for anything but the canonical URI of a key known here."""
        if epc.startswith(DIGITAL_LINK):
            elements = keys.from_path([unquote(part) for part in epc[len(DIGITAL_LINK) :].split("/")])
            if elements is None:
                raise refusals.not_an_identifier(epc)
            return cls.of(elements)
        for start, scheme in (("urn:oid:", "oid"), ("ecode:", "ecode"), ("did:", "did")):
            value = epc if scheme == "did" else epc[len(start) :]
            if epc.startswith(start) and len(epc) > len(start):
                return cls(scheme, value if scheme == "did" else unquote(value))
        raise refusals.not_an_identifier(epc)


def from_epc(epc: str) -> Identifier | Key:
    """The thing an event names. Cheap: for canonical text out of the log; use parse() for what people hand over."""
    return Identifier.from_epc(epc) if epc.startswith("hdl:") else Key.from_epc(epc)


def kind_of(thing: Identifier | Key) -> str:
    """`handle`, `gs1`, `oid`, `ecode` or `did`. A VAA code is the handle it equals."""
    if isinstance(thing, Identifier):
        return "handle"
    return thing.scheme if thing.scheme in OTHER_SCHEMES else "gs1"
