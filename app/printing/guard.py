"""Which addresses a printer may have: those in the networks that the operator of the node has named, and no others.

A printer's address is typed in by a company's administrator, and this process stands inside somebody's firewall. So the
name is looked up once, every address it has is checked, and the connection goes to the address that was checked.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from app.errors import N_, PeerFailed, Refused
from app.fetching import Address, may_be_asked

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Look = Callable[[str, int], list[str]]
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
LOOKERS = 4  # names looked up at the same time; the resolver of the system knows no deadline


def networks_of(words: Iterable[str]) -> tuple[Network, ...]:
    """Of the setting PRINTER_NETWORKS; `private` stands for all private networks. ValueError names the wrong word."""
    found: list[Network] = []
    for word in words:
        try:
            found += [ipaddress.ip_network(each) for each in (PRIVATE if word == "private" else (word,))]
        except ValueError as error:
            raise ValueError(
                f"PRINTER_NETWORKS names '{word}'; it must be a network like 192.168.10.0/24, or private."
            ) from error
    return tuple(found)


class Guard:
    """Knows where printers may be; looks names up with a deadline."""

    def __init__(self, networks: tuple[Network, ...], look: Look | None = None) -> None:
        self._networks = networks
        self._look = look or _look
        self._lock = threading.Lock()
        self._lookers: ThreadPoolExecutor | None = None

    def addresses(self, host: str, port: int, ports: frozenset[int], seconds: float) -> list[str]:
        """Checked addresses of the host; one that is out of bounds is enough to refuse them all. Where no network is
        named, nobody is even asked for the host's address.

        Raises Refused `printer-address-refused`, PeerFailed `printer-unreachable`.
        """
        if port not in ports or not self._networks:
            raise self.refused(host, port)
        try:
            found = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = self._looked_up(host, port, seconds)
        if not all(self.may_be_asked(ipaddress.ip_address(each)) for each in found):
            raise self.refused(host, port)
        return found

    def may_be_asked(self, address: Address) -> bool:
        """Never link-local ones, where clouds keep secrets, nor groups, whatever the setting says."""
        if not may_be_asked(address, allow_private=True):
            return False
        inside = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any((inside or address) in network for network in self._networks)

    def look(self, host: str, port: int) -> list[str]:
        """For `Fetcher`: what it connects to has passed here."""
        found = self._look(host, port)
        if not all(self.may_be_asked(ipaddress.ip_address(each)) for each in found):
            raise self.refused(host, port)
        return found

    def _looked_up(self, host: str, port: int, seconds: float) -> list[str]:
        with self._lock:
            if self._lookers is None:
                self._lookers = ThreadPoolExecutor(LOOKERS, "suyuan-printers")
            looked = self._lookers.submit(self._look, host, port)
        try:
            found = list(dict.fromkeys(looked.result(seconds)))
        except (TooLate, OSError, UnicodeError) as error:
            looked.cancel()
            raise unreachable(host, port) from error
        if not found:
            raise unreachable(host, port)
        return found

    @staticmethod
    def refused(host: str, port: int) -> Refused:
        return Refused(
            "printer-address-refused",
            N_("This node may not print to {host}:{port}."),
            N_(
                "The node's operator names the networks of printers (PRINTER_NETWORKS); no other ports are used."
            ),
            host=host[:100],
            port=port,
            field="address",
        )


def unreachable(host: str, port: int) -> PeerFailed:
    return PeerFailed(
        "printer-unreachable",
        N_("Nobody answers at {host}:{port}. Nothing was printed."),
        N_("See that the printer is switched on and in the network, and that its address is right."),
        host=host[:100],
        port=port,
    )


def _look(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
