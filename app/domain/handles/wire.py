"""Messages of the native Handle protocol (RFC 3652, DO-IRP 3.0): requests read, replies written. Pure.

Resolution and site information are understood; whatever else is asked gets the refusal that the protocol has for it.
Values: value_octets; sites: sites.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.handles import octets
from app.domain.handles.octets import Garbled, Octets

ENVELOPE = 20  # octets
HEADER = 24
PACKET = 512  # of UDP, envelope included
FILL = PACKET - ENVELOPE
MOST_REQUEST = 16_384  # octets after the envelope
MOST_NAME = 2_048  # of a handle asked for, in octets
MOST_LISTED = 1_024  # indexes, and types
MOST_TYPE = 400
MOST_RECURSION = 10
VERSION = (2, 11)

COMPRESSED, ENCRYPTED, TRUNCATED = 0x80, 0x40, 0x20

RESOLUTION, SITE_INFO = 1, 2

SUCCESS, ERROR, BUSY, PROTOCOL_ERROR, NOT_SUPPORTED, TOO_MUCH_RECURSION = 1, 2, 3, 4, 5, 6
NOT_FOUND, INVALID_HANDLE, NO_VALUES, NOT_HERE = 100, 102, 200, 301
SERVICE_REFERRAL, PREFIX_REFERRAL = 302, 303
NO_SESSION = 501

AUTHORITATIVE, CERTIFIED, ENCRYPT, RECURSIVE = 0x80000000, 0x40000000, 0x20000000, 0x10000000
KEEP_CONNECTION, PUBLIC_ONLY, REQUEST_DIGEST, DO_NOT_REFER = 0x02000000, 0x01000000, 0x00800000, 0x00100000
_ECHOED = AUTHORITATIVE | RECURSIVE | KEEP_CONNECTION | PUBLIC_ONLY | REQUEST_DIGEST | DO_NOT_REFER
_SHA1, _SHA256 = 2, 3
_SHA256_SINCE = (2, 7)
_DIGESTS_SINCE = (2, 1)  # before, they had another form
_MAJORS = frozenset({2, 3})


@dataclass(frozen=True, slots=True)
class Envelope:
    """The first 20 octets of every packet. `length` is that of the whole message without envelopes; `speaks` is the
    version that replies shall have."""

    version: tuple[int, int]
    speaks: tuple[int, int]
    flags: int
    session: int
    request: int
    sequence: int
    length: int

    @property
    def is_hidden(self) -> bool:
        """Whether what follows cannot be read without a session, of which we have none."""
        return bool(self.flags & (COMPRESSED | ENCRYPTED))


@dataclass(frozen=True, slots=True)
class Request:
    """`digest` covers header and body as they came. `name` is the handle's octets, as they are to be echoed."""

    envelope: Envelope
    opcode: int = 0
    flags: int = 0
    recursion: int = 0
    name: bytes = b""
    indexes: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    digest: bytes = b""

    def has(self, flag: int) -> bool:
        return bool(self.flags & flag)

    @property
    def handle(self) -> str | None:
        """None where the octets are no text."""
        try:
            return self.name.decode()
        except UnicodeDecodeError:
            return None


def read_envelope(first: bytes) -> Envelope:
    """Raises Garbled for less than 20 octets, and for a version or a length that no request of ours has."""
    taken = Octets(first)
    version = (taken.number(1), taken.number(1))
    flags, minor = taken.number(1), taken.number(1)
    suggested = (flags & 0x1F, minor)
    envelope = Envelope(
        version=version,
        speaks=_spoken(version, suggested),
        flags=flags & ~0x1F,
        session=taken.number(),
        request=taken.number(),
        sequence=taken.number(),
        length=taken.number(),
    )
    if version[0] not in _MAJORS:
        raise Garbled("its version is neither 2 nor 3")
    if not HEADER <= envelope.length <= MOST_REQUEST:
        raise Garbled("its length is less than a header or more than 16384")
    return envelope


def _spoken(version: tuple[int, int], suggested: tuple[int, int]) -> tuple[int, int]:
    """The newest version that both know: clients suggest theirs and send an older one until they know ours."""
    wanted = suggested if suggested[0] in _MAJORS else version
    return min(max(wanted, version), VERSION) if wanted[0] == VERSION[0] else (3, 0)


def read_request(envelope: Envelope, message: bytes) -> Request:
    """Header, body and whatever credential follows. Raises Garbled."""
    taken = Octets(message)
    opcode, response, flags = taken.number(), taken.number(), taken.number()
    taken.take(2)  # the serial number of the site as the client knows it
    recursion = taken.number(1)
    taken.take(1 + 4)  # reserved, and until when the client waits
    size = taken.number()
    if response:
        raise Garbled("it is a reply")
    body = taken.take(size)
    request = Request(envelope, opcode, flags, recursion, digest=_digest(envelope, message[: HEADER + size]))
    if opcode == RESOLUTION:
        return _resolution(request, Octets(body))
    if opcode == SITE_INFO:
        return replace(request, name=Octets(body).string(MOST_NAME) if body else b"")
    return request


def _resolution(request: Request, body: Octets) -> Request:
    name = body.string(MOST_NAME)
    indexes = tuple(body.number() for _ in range(body.count(MOST_LISTED, 4)))
    types = tuple(
        body.string(MOST_TYPE).decode("utf-8", "replace") for _ in range(body.count(MOST_LISTED, 4))
    )
    return replace(request, name=name, indexes=indexes, types=types)


def _digest(envelope: Envelope, signed: bytes) -> bytes:
    """The kind of digest, then the digest."""
    if envelope.speaks >= _SHA256_SINCE:
        return bytes((_SHA256,)) + hashlib.sha256(signed).digest()
    return bytes((_SHA1,)) + hashlib.sha1(signed).digest()  # noqa: S324  (what older clients of the protocol read)


# --- what goes out ---


def found(request: Request, values: Sequence[bytes]) -> bytes:
    """The record: values as `encode_value` gives them."""
    return _reply(request, SUCCESS, octets.string(request.name) + _listed(values))


def referral(request: Request, values: Sequence[bytes], *, prefix: bool) -> bytes:
    """Where to ask instead, as values of type HS_SITE; `prefix` where what was asked names a prefix."""
    body = octets.string(b"") + _listed(values)
    return _reply(request, PREFIX_REFERRAL if prefix else SERVICE_REFERRAL, body)


def site_info(request: Request, site: bytes) -> bytes:
    return _reply(request, SUCCESS, site)


def refusal(request: Request, code: int, message: str = "") -> bytes:
    """A reply without what was asked for; the protocol's words are English."""
    return _reply(request, code, octets.string(message))


def _listed(values: Sequence[bytes]) -> bytes:
    return octets.number(len(values)) + b"".join(values)


def _reply(request: Request, code: int, body: bytes) -> bytes:
    """The whole message without its envelope; an empty credential follows the body."""
    flags = request.flags & _ECHOED
    if request.has(REQUEST_DIGEST) and request.digest and request.envelope.speaks >= _DIGESTS_SINCE:
        body = request.digest + body
    else:
        flags &= ~REQUEST_DIGEST
    return b"".join(
        (
            octets.number(request.opcode),
            octets.number(code),
            octets.number(flags),
            octets.number(1, 2),  # the serial number of our site
            bytes((request.recursion, 0)),
            octets.number(0),
            octets.number(len(body)),
            body,
            octets.number(0),
        )
    )


def stream(envelope: Envelope, message: bytes) -> bytes:
    """For TCP: one envelope, then all of it."""
    return _envelope(envelope, len(message), 0, 0) + message


def packets(envelope: Envelope, message: bytes) -> list[bytes]:
    """For UDP: each packet of at most 512 octets with an envelope of its own."""
    starts = range(0, len(message), FILL)
    flags = TRUNCATED if len(starts) > 1 else 0
    return [
        _envelope(envelope, len(message), number, flags) + message[start : start + FILL]
        for number, start in enumerate(starts)
    ]


def _envelope(envelope: Envelope, length: int, sequence: int, flags: int) -> bytes:
    return b"".join(
        (
            bytes(envelope.speaks),
            bytes((flags | VERSION[0], VERSION[1])),
            *(octets.number(each) for each in (envelope.session, envelope.request, sequence, length)),
        )
    )
