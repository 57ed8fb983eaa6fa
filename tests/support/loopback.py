"""Forbids the test process any connection that would leave this machine."""

import ipaddress
import sys
from typing import Any

attempts: list[str] = []  # what was tried, also where the code under test swallowed the error


class LeftTheMachine(AssertionError):
    """A test tried to reach another machine."""


def is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            _refuse(f"{address[0]}:{address[1]}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
        if not is_local(host) and not is_address(host):
            _refuse(str(host))


def _refuse(where: str) -> None:
    attempts.append(where)
    raise LeftTheMachine(f"a test tried to reach {where}; tests may use the loopback addresses only")


def install() -> None:
    """For the rest of this process: an audit hook cannot be taken out again."""
    sys.addaudithook(_watch)
