"""Web addresses: the identifier in one, and the address on a label. Knows no host but those that serve only handles."""

import re
from urllib.parse import parse_qsl, unquote

from app.domain.gs1 import keys
from app.domain.identifiers import did, ecode, gs1, handle, oid, texts, vaa
from app.domain.identifiers.values import AUTHORITY, OTHER_SCHEMES, PREFIX, Identifier, Key, is_prefix
from app.errors import N_, Malformed

_URL = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_TYPED = re.compile(r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?::[0-9]+)?/", re.IGNORECASE)
_PROXIES = {"hdl.handle.net", "doi.org", "dx.doi.org"}  # any prefix at all can follow
_QR_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:")  # no space, no %
_READ = {"oid": oid.read, "ecode": ecode.read, "did": did.read}
# What the first segment of an identifier's path looks like, for whoever routes requests
_SCHEME_SEGMENT = rf"(?i:{'|'.join(OTHER_SCHEMES)})|(?i:hdl):[0-9][0-9A-Za-z._-]*|VAA[0-9]{{14}}"
PATH_START = rf"(?:{PREFIX}|{_SCHEME_SEGMENT}|{'|'.join(sorted(keys.QUALIFIERS))})"


def read(text: str) -> Identifier | Key | None:
    """The identifier in the path, else in a `handle` or `id` parameter; None where none is or it is no web address."""
    typed = _TYPED.match(text) and not is_prefix(text.partition("/")[0])  # 0.NA is no host
    match = _URL.fullmatch(f"https://{text}" if typed else text)
    if match is None:
        return None
    segments = [texts.decoded(segment) for segment in match[2].strip("/").split("/")]
    found = _from_path(segments, any_prefix=match[1].lower() in _PROXIES)
    if found is not None or not match[3]:
        return found
    for name, value in parse_qsl(match[3]):
        if name.lower() in ("handle", "id"):
            return handle.read(value.strip()) or vaa.read(value.strip())
    return None


def _from_path(segments: list[str], *, any_prefix: bool) -> Identifier | Key | None:
    """A handle, a Digital Link or another scheme's name; whichever starts further left holds the other in its value."""
    root = gs1.root_of(segments)
    for place in range(len(segments) - 1):
        segment = segments[place]
        if place == root:
            return gs1.read_path(segments[place:])
        if is_prefix(segment) or (any_prefix and AUTHORITY.fullmatch(segment.upper())):
            return handle.made(segment, "/".join(segments[place + 1 :]))
        if segment.lower() in OTHER_SCHEMES:
            scheme = segment.lower()
            return _READ[scheme](f"{scheme}:{'/'.join(segments[place + 1 :])}")
        if segment[:4].upper() == "HDL:":
            return handle.read("/".join(segments[place:]))
        if segment[:3].upper() == "VAA" and (found := vaa.read("/".join(segments[place:]))):
            return found
    return None


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
    return f"{scheme}://{match[1].upper()}{stem}/{_tail(thing)}"


def _tail(thing: Identifier | Key) -> str:
    if isinstance(thing, Identifier):
        prefix = thing.prefix if is_prefix(thing.prefix) else f"HDL:{thing.prefix}"
        return f"{prefix}/{_path_suffix(thing.suffix)}"
    first, _, rest = thing.path.partition("/")
    if thing.scheme in OTHER_SCHEMES:
        return f"{first.upper()}/{_path_suffix(unquote(rest))}"
    parts = rest.split("/")
    return "/".join([first, *(_alphanumeric(unquote(part)).replace("/", "%2F") for part in parts)])


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
