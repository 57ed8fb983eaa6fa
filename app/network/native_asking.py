"""One question in the native Handle protocol (RFC 3652), as a client of years ago asks it; for the check alone."""

import socket
import struct

from app.network.checking import must

HOST = "127.0.0.1"
SECONDS = 10.0
ENVELOPE = struct.Struct(">BBHIIII")  # version (two octets), flags, session, request, sequence, length
HEADER = struct.Struct(
    ">IIIHBBII"
)  # operation, response, flags, serial, recursion, reserved, expires, length
RESOLVE, FOUND = 1, 1
PUBLIC = 1 << 24  # only what everybody may read
REQUEST = 118


def over_tcp(port: int, handle: str) -> bytes:
    """The body of the reply. Wrong when it is none to this question, or says that there is no such handle."""
    with socket.create_connection((HOST, port), SECONDS) as connection:
        connection.sendall(_question(handle))
        stream = connection.makefile("rb")
        envelope = stream.read(ENVELOPE.size)
        must(len(envelope) == ENVELOPE.size, "the connection ended early")
        return _body(envelope, stream.read(ENVELOPE.unpack(envelope)[-1]))


def over_udp(port: int, handle: str) -> bytes:
    """For an answer that fits into one packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(SECONDS)
        asking.sendto(_question(handle), (HOST, port))
        packet = asking.recv(65_535)
        return _body(packet[: ENVELOPE.size], packet[ENVELOPE.size :])


def _question(handle: str) -> bytes:
    name = handle.encode()
    body = struct.pack(">I", len(name)) + name + struct.pack(">II", 0, 0)  # of all indexes and all types
    message = HEADER.pack(RESOLVE, 0, PUBLIC, 0, 0, 0, 0xFFFFFFFF, len(body)) + body + struct.pack(">I", 0)
    return ENVELOPE.pack(2, 1, 0, 0, REQUEST, 0, len(message)) + message


def _body(envelope: bytes, message: bytes) -> bytes:
    must(ENVELOPE.unpack(envelope)[4] == REQUEST, "it is an answer to another question")
    header = HEADER.unpack(message[: HEADER.size])
    must(header[1] == FOUND, f"the response code is {header[1]}")
    return message[HEADER.size : HEADER.size + header[-1]]
