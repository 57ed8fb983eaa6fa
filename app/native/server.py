"""The sockets: a stream a client, a packet or several a request; both bounded in number, size and time."""

import asyncio
import logging
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from app.domain.handles import wire
from app.domain.handles.octets import Garbled
from app.native.limits import (
    BURST,
    LARGE_A_SECOND,
    LARGE_BURST,
    PACKET_BURST,
    PACKETS_A_SECOND,
    REQUESTS_A_SECOND,
    Address,
    Budget,
    Partial,
)

MOST_STREAMS = 256
MOST_STREAMS_EACH = 32  # of one address
FIRST_SECONDS = 5.0  # until a connection's first request begins
IDLE_SECONDS = 30.0  # that it is kept for the next one
REQUEST_SECONDS = 5.0  # for one request, first octet to last, however slowly it drips
SEND_SECONDS = 10.0
MOST_PACKETS = 16  # of one reply; who wants more has to ask over TCP, where nobody can pretend to be another
SMALL = (
    2  # packets; what is larger than the question many times goes out of a budget for all clients together
)
MOST_AT_ONCE = (
    32  # packets' requests under way: a flood of them leaves room for those whose address is proven
)

Reply = Callable[[wire.Envelope, bytes, str], Awaitable[bytes]]  # the last is the client's address

logger = logging.getLogger(__name__)


class Streams:
    """TCP: requests one after the other on each connection; closed after a reply unless the client asks to go on."""

    def __init__(self, reply: Reply, requests: Budget) -> None:
        self._reply, self._requests = reply, requests
        self._open: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername") or ("", 0)
        host = str(peer[0])
        if self._open.total() >= MOST_STREAMS or self._open[host] >= MOST_STREAMS_EACH:
            writer.close()
            return
        self._open[host] += 1
        try:
            patience = FIRST_SECONDS
            while await self._one(reader, writer, host, patience):
                patience = IDLE_SECONDS
        except TimeoutError:
            _reset(writer)
        except (OSError, asyncio.IncompleteReadError, Garbled):
            pass  # the client went, or speaks something else
        finally:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await writer.wait_closed()
            _reset(writer)
            self._open[host] -= 1
            if not self._open[host]:
                del self._open[host]

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, patience: float
    ) -> bool:
        """Whether the connection stays open for another request."""
        async with asyncio.timeout(patience):
            first = await reader.readexactly(1)
        async with asyncio.timeout(REQUEST_SECONDS):
            envelope = wire.read_envelope(first + await reader.readexactly(wire.ENVELOPE - 1))
            message = await reader.readexactly(envelope.length)
        if self._requests.take(host, asyncio.get_running_loop().time()):
            answer = await self._reply(envelope, message, host)
        else:
            answer = busy(envelope)
        writer.write(wire.stream(envelope, answer))
        async with asyncio.timeout(SEND_SECONDS):
            await writer.drain()
        return _stays(message)


class Packets(asyncio.DatagramProtocol):
    """UDP. What cannot be read gets no reply: the address on it may be anybody's."""

    def __init__(self, reply: Reply, requests: Budget) -> None:
        self._reply, self._requests = reply, requests
        self._sent = Budget(PACKETS_A_SECOND, PACKET_BURST)
        self._large = Budget(LARGE_A_SECOND, LARGE_BURST)
        self._partial = Partial()
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, sender: tuple[Any, ...]) -> None:
        now = asyncio.get_running_loop().time()
        address: Address = (str(sender[0]), int(sender[1]))
        try:
            envelope = wire.read_envelope(data[: wire.ENVELOPE])
        except Garbled:
            return
        message: bytes | None = data[wire.ENVELOPE :]
        if envelope.length > wire.FILL:
            message = self._partial.add(address, envelope, message or b"", now)
        elif len(message or b"") != envelope.length:
            return
        if message is None or len(self._tasks) >= MOST_AT_ONCE or not self._requests.take(address[0], now):
            return
        task = asyncio.get_running_loop().create_task(self._answer(envelope, message, sender))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def error_received(self, exc: Exception) -> None:
        logger.debug("a reply could not be delivered: %s", exc)

    async def _answer(self, envelope: wire.Envelope, message: bytes, sender: tuple[Any, ...]) -> None:
        packets = wire.packets(envelope, await self._reply(envelope, message, str(sender[0])))
        now = asyncio.get_running_loop().time()
        if len(packets) > MOST_PACKETS or not self._sent.take(str(sender[0]), now, len(packets)):
            return  # silence makes clients turn to TCP
        if len(packets) > SMALL and not self._large.take("", now, len(packets)):
            return
        if self._transport is not None:
            for packet in packets:
                self._transport.sendto(packet, sender)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Drops what its client has not read, if anything: else we, and then the system, would hold it for long."""
    if writer.transport.get_write_buffer_size():
        with suppress(OSError):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


def busy(envelope: wire.Envelope) -> bytes:
    return wire.refusal(wire.Request(envelope), wire.BUSY)


def _stays(message: bytes) -> bool:
    flags = int.from_bytes(message[8:12], "big")
    return bool(flags & wire.KEEP_CONNECTION)


async def open_sockets(
    host: str, port: int, reply: Reply
) -> tuple[asyncio.Server, asyncio.DatagramTransport, int]:
    """Listens on both; port 0 takes any that is free. OSError where one is taken."""
    requests = Budget(REQUESTS_A_SECOND, BURST)
    server = await asyncio.start_server(Streams(reply, requests).serve, host, port)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Packets(reply, requests), local_addr=(host, port)
        )
    except OSError:
        server.close()
        raise
    return server, transport, port
