"""Connections whose every read knows the deadline of the whole request and how much may come in all, for urllib3.
Imported late: it loads urllib3.

urllib3 and the socket module count their time-outs anew at each piece that arrives, so that a peer who sends one byte
a second would never be too slow; and they read lines (the length of a chunk, a trailer) however long they are.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection

HELD_OPEN = 8  # connections to one address, when nobody uses them
BESIDE = 300_000  # bytes of an answer beside its body: status, headers, lengths of chunks

_turn = threading.local()


class TooMuch(ValueError):
    """More came than anybody asked for. No OSError, which urllib3 would take for a connection that broke."""


@contextmanager
def turn_until(moment: float, most_bytes: int) -> Iterator[None]:
    """Whatever this thread reads in the block ends at `moment` (time.monotonic): then TimeoutError; and after so many
    bytes of a body and BESIDE: then TooMuch."""
    _turn.until, _turn.room = moment, 2 * most_bytes + BESIDE  # twice: small chunks have as much around them
    try:
        yield
    finally:
        _turn.until = None


def pool(address: str, port: int, host: str, tls: ssl.SSLContext | None) -> HTTPConnectionPool:
    """Connections to `address` only; with `tls`, the certificate has to be that of `host`."""
    if tls is None:
        plain = HTTPConnectionPool(address, port, maxsize=HELD_OPEN)
        plain.ConnectionCls = _Plain
        return plain
    return HTTPSConnectionPool(
        address, port, maxsize=HELD_OPEN, ssl_context=tls, server_hostname=host, assert_hostname=host
    )


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.sslsocket_class = _SecureSocket
    return context


def _time_left(connection: socket.socket) -> None:
    until = getattr(_turn, "until", None)
    if until is not None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this request is over")
        connection.settimeout(left)


def _counted(size: int) -> int:
    if getattr(_turn, "until", None) is not None:
        _turn.room -= size
        if _turn.room < 0:
            raise TooMuch("more than was asked for")
    return size


class _PlainSocket(socket.socket):
    def recv_into(self, *arguments: Any, **more: Any) -> int:
        _time_left(self)
        return _counted(super().recv_into(*arguments, **more))


class _SecureSocket(ssl.SSLSocket):
    def recv_into(self, *arguments: Any, **more: Any) -> int:
        _time_left(self)
        return _counted(super().recv_into(*arguments, **more))


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        timeout = connected.gettimeout()
        timed = _PlainSocket(connected.family, connected.type, connected.proto, connected.detach())
        timed.settimeout(timeout)
        return timed
