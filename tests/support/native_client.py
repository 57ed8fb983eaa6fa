"""A client of the native Handle protocol, written from RFC 3651 and 3652 alone: it shares no line with the server.

TCP and UDP; resolution, site information, referrals. What a server sends is checked strictly: every length has to fit,
nothing may be left over.
"""

import hashlib
import random
import socket
import struct
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

ENVELOPE = struct.Struct(
    ">BBBBIIII"
)  # version, flags with suggested version, session, request, sequence, length
HEADER = struct.Struct(
    ">IIIHBBII"
)  # opcode, response, flags, serial, recursion, reserved, expires, body length
FLAGS = {
    "auth": 1 << 31, "certify": 1 << 30, "encrypt": 1 << 29, "recurse": 1 << 28, "keep": 1 << 25,
    "public": 1 << 24, "digest": 1 << 23, "no_referral": 1 << 20,
}  # fmt: skip
TRANSPORTS = ("UDP", "TCP", "HTTP", "HTTPS")


class Broken(AssertionError):
    """The server said what the protocol does not allow."""


@dataclass
class Reply:
    """`values` are dicts of a record or a referral; `packets` tells how many UDP packets it took."""

    code: int
    opcode: int = 0
    version: tuple[int, int] = (0, 0)
    request: int = 0
    flags: int = 0
    handle: str = ""
    message: str = ""
    values: list[dict[str, Any]] = field(default_factory=list)
    site: dict[str, Any] = field(default_factory=dict)
    digest: bytes = b""
    packets: int = 1


class Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def unpack(self, form: str) -> Any:
        size = struct.calcsize(form)
        if self.at + size > len(self.data):
            raise Broken(f"{size} octets wanted at {self.at} of {len(self.data)}")
        found = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return found[0] if len(found) == 1 else found

    def blob(self) -> bytes:
        size = self.unpack(">I")
        found: bytes = self.unpack(f">{size}s")
        return found

    def text(self) -> str:
        return self.blob().decode()

    def done(self) -> None:
        if self.at != len(self.data):
            raise Broken(f"{len(self.data) - self.at} octets left over")


def request(
    opcode: int,
    body: bytes,
    *,
    flags: tuple[str, ...] = (),
    recursion: int = 0,
    credential: bytes = b"\0\0\0\0",
) -> bytes:
    """Header, body and credential of a request."""
    bits = sum(FLAGS[name] for name in flags)
    return HEADER.pack(opcode, 0, bits, 0, recursion, 0, 0, len(body)) + body + credential


def question(handle: str | bytes, indexes: tuple[int, ...] = (), types: tuple[str, ...] = ()) -> bytes:
    """The body of a resolution request."""
    name = handle.encode() if isinstance(handle, str) else handle
    packed = struct.pack(">I", len(name)) + name
    packed += struct.pack(f">I{len(indexes)}I", len(indexes), *indexes) + struct.pack(">I", len(types))
    return packed + b"".join(struct.pack(">I", len(each.encode())) + each.encode() for each in types)


class NativeClient:
    """`version` goes into the envelope as the client's own, `suggested` as the one it would rather speak;
    `source` is its own address for TCP."""

    def __init__(
        self,
        port: int,
        transport: str = "tcp",
        host: str = "127.0.0.1",
        *,
        version: tuple[int, int] = (2, 1),
        suggested: tuple[int, int] = (2, 11),
        seconds: float = 10.0,
        source: str = "",
    ) -> None:
        self.host, self.port, self.transport = host, port, transport
        self.version, self.suggested, self.seconds = version, suggested, seconds
        self.source = source

    def resolve(
        self,
        handle: str | bytes,
        indexes: tuple[int, ...] = (),
        types: tuple[str, ...] = (),
        *flags: str,
        recursion: int = 0,
    ) -> Reply:
        sent = request(1, question(handle, indexes, types), flags=flags, recursion=recursion)
        reply = self.exchange(sent)
        if reply.digest:
            kind, digest = reply.digest[0], reply.digest[1:]
            covered = sent[: HEADER.size + HEADER.unpack_from(sent)[-1]]
            made = {2: hashlib.sha1, 3: hashlib.sha256}[kind](covered).digest()
            if made != digest:
                raise Broken("the digest is not that of the request")
        return reply

    def site(self, *flags: str) -> Reply:
        return self.exchange(request(2, struct.pack(">I", 3) + b"0/0", flags=flags))

    def exchange(self, message: bytes) -> Reply:
        number = random.getrandbits(32)
        return self.over_tcp(message, number) if self.transport == "tcp" else self.over_udp(message, number)

    def envelope(self, number: int, sequence: int, length: int, flags: int = 0) -> bytes:
        major, minor = self.suggested
        return ENVELOPE.pack(*self.version, flags | major, minor, 0, number, sequence, length)

    def over_tcp(self, message: bytes, number: int) -> Reply:
        where, ours = (self.host, self.port), (self.source, 0)
        with socket.create_connection(where, timeout=self.seconds, source_address=ours) as stream:
            stream.sendall(self.envelope(number, 0, len(message)) + message)
            return self.read(stream, number)

    def read(self, stream: socket.socket, number: int) -> Reply:
        head = _exactly(stream, ENVELOPE.size)
        *version, flags, _, _, answered, sequence, length = ENVELOPE.unpack(head)
        if answered != number or sequence or flags & 0xE0:
            raise Broken("this is no reply to what was asked")
        return decoded(_exactly(stream, length), (version[0], version[1]), number)

    def over_udp(self, message: bytes, number: int) -> Reply:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
            packets.settimeout(self.seconds)
            packets.connect((self.host, self.port))
            for packet in self.split(message, number):
                packets.send(packet)
            return self.gathered(packets, number)

    def split(self, message: bytes, number: int) -> list[bytes]:
        parts = [message[at : at + 492] for at in range(0, len(message), 492)]
        several = 0x20 if len(parts) > 1 else 0
        return [self.envelope(number, at, len(message), several) + part for at, part in enumerate(parts)]

    def gathered(self, packets: socket.socket, number: int) -> Reply:
        parts: dict[int, bytes] = {}
        while True:
            packet = packets.recv(65_535)
            if len(packet) > 512:
                raise Broken("a packet has more than 512 octets")
            *version, flags, _, _, answered, sequence, length = ENVELOPE.unpack_from(packet)
            if answered != number:
                continue
            parts[sequence] = packet[ENVELOPE.size :]
            whole = b"".join(parts[at] for at in sorted(parts))
            if len(whole) < length:
                if not flags & 0x20:
                    raise Broken("one of several packets is not marked as such")
                continue
            if sorted(parts) != list(range(len(parts))):
                raise Broken("packets are numbered wrongly")
            reply = decoded(whole, (version[0], version[1]), number)
            reply.packets = len(parts)
            return reply


def _exactly(stream: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = stream.recv(size - len(found))
        if not part:
            raise ConnectionResetError(f"closed after {len(found)} of {size} octets")
        found += part
    return found


def decoded(message: bytes, version: tuple[int, int], number: int) -> Reply:
    opcode, code, flags, _, _, _, _, size = HEADER.unpack_from(message)
    body = Cursor(message[HEADER.size : HEADER.size + size])
    credential = message[HEADER.size + size :]
    if not code:
        raise Broken("a request came back")
    if credential != b"\0\0\0\0":
        raise Broken("the credential is neither empty nor known")
    reply = Reply(code, opcode, version, number, flags)
    if flags & FLAGS["digest"]:
        kind = body.unpack(">B")
        reply.digest = bytes([kind]) + body.unpack(f">{ {1: 16, 2: 20, 3: 32}[kind] }s")
    if code in (302, 303):
        reply.handle = body.text()
        reply.values = values_of(body)
    elif code != 1:
        reply.message = body.text()
    elif opcode == 1:
        reply.handle = body.text()
        reply.values = values_of(body)
    elif opcode == 2:
        reply.site = site_of(body)
    body.done()
    return reply


def values_of(body: Cursor) -> list[dict[str, Any]]:
    return [value_of(body) for _ in range(body.unpack(">I"))]


def value_of(body: Cursor) -> dict[str, Any]:
    start = body.at
    index, timestamp, ttl_kind, ttl, permissions = body.unpack(">IIBIB")
    type_, data = body.text(), body.blob()
    references = [(body.text(), body.unpack(">I")) for _ in range(body.unpack(">I"))]
    value: dict[str, Any] = {"index": index, "timestamp": timestamp, "ttl": ttl, "absolute": bool(ttl_kind)}
    value |= {"permissions": f"{permissions:04b}", "type": type_, "data": data, "references": references}
    value["octets"] = body.data[start : body.at]
    inner = Cursor(data)
    match type_.partition(".")[0]:
        case "HS_ADMIN":
            rights, handle, at = inner.unpack(">H"), inner.text(), inner.unpack(">I")
            value["admin"] = (handle, at, f"{rights:012b}")
            inner.done()
        case "HS_VLIST":
            value["vlist"] = [(inner.text(), inner.unpack(">I")) for _ in range(inner.unpack(">I"))]
            inner.done()
        case "HS_SITE" if not data.startswith(b"{"):
            value["site"] = site_of(inner)
            inner.done()
        case "HS_PUBKEY" if not data.startswith(b"{"):
            value["key"] = key_of(inner)
        case _:
            pass
    return value


def key_of(inner: Cursor) -> tuple[str, list[int]]:
    kind = inner.text()
    inner.unpack(">H")
    return kind, [
        int.from_bytes(inner.blob(), "big", signed=True) for _ in range({"RSA_PUB_KEY": 2}.get(kind, 4))
    ]


def site_of(body: Cursor) -> dict[str, Any]:
    form, major, minor, serial, primary, hashing = body.unpack(">HBBHBB")
    site: dict[str, Any] = {"form": form, "version": (major, minor), "serial": serial}
    site |= {
        "primary": bool(primary & 0x80),
        "multi": bool(primary & 0x40),
        "hash": hashing,
        "filter": body.blob(),
    }
    site["attributes"] = {body.text(): body.text() for _ in range(body.unpack(">I"))}
    site["servers"] = [_server_of(body) for _ in range(body.unpack(">I"))]
    return site


def _server_of(body: Cursor) -> dict[str, Any]:
    number, packed, key = body.unpack(">I"), body.unpack(">16s"), body.blob()
    address = ip_address(packed[12:]) if not any(packed[:12]) else IPv6Address(packed)
    interfaces = []
    for _ in range(body.unpack(">I")):
        kind, protocol, port = body.unpack(">BBI")
        interfaces.append((TRANSPORTS[protocol], port, bool(kind & 2), bool(kind & 1)))
    return {"id": number, "address": str(address), "key": key, "interfaces": interfaces}
