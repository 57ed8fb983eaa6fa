"""DNS as the OID resolution system needs it: pointers of a name, within a deadline."""

import ipaddress
from typing import TYPE_CHECKING

from app.domain.ors import MOST_POINTERS, Pointer, Pointers
from app.errors import N_, PeerFailed

if TYPE_CHECKING:
    from dns.resolver import Resolver

PORT = 53


class NameServers:
    """A `LookUp`. `servers` are addresses with an optional port (`192.0.2.1`, `[2001:db8::1]:5353`); without any, those
    of the system. For all threads of a process. ValueError for one that is no address."""

    def __init__(self, servers: tuple[str, ...] = ()) -> None:
        self._servers = tuple(_split(each) for each in servers)
        self._resolver: Resolver | None = None

    def __call__(self, name: str, seconds: float) -> Pointers:
        # here: a node that resolves nothing of OIDs does without these megabytes
        from dns import exception, resolver

        try:
            answer = self._own().resolve(
                name, "NAPTR", lifetime=seconds, search=False, raise_on_no_answer=False
            )
        except resolver.NXDOMAIN:
            return Pointers(None)
        except exception.Timeout as error:
            raise PeerFailed(
                "peer-too-slow",
                N_("The node {host} took too long to answer."),
                N_("Try again in a moment."),
                host=name,
            ) from error
        except (exception.DNSException, OSError) as error:
            raise PeerFailed(
                "peer-unreachable",
                N_("The node {host} cannot be reached."),
                N_("Try again in a moment."),
                host=name,
            ) from error
        found = tuple(_pointer(each) for each in list(answer.rrset or ())[:MOST_POINTERS])
        return Pointers(found, answer.rrset.ttl if answer.rrset else 0, answer.nameserver or "")

    def _own(self) -> "Resolver":
        """Never changed once made, so that threads may share it."""
        if self._resolver is None:
            from dns.nameserver import Do53Nameserver
            from dns.resolver import Resolver

            made = Resolver(configure=not self._servers)
            if self._servers:
                made.nameservers = [Do53Nameserver(address, port) for address, port in self._servers]
            self._resolver = made
        return self._resolver


def _pointer(record: object) -> Pointer:
    def text(name: str) -> str:
        found = getattr(record, name)
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)

    order, preference = int(text("order")), int(text("preference"))
    return Pointer(order, preference, text("flags"), text("service"), text("regexp"), text("replacement"))


def _split(server: str) -> tuple[str, int]:
    """ValueError, in a sentence for whoever set it."""
    address, port = server, ""
    if server.startswith("["):
        address, _, port = server[1:].partition("]")
        port = port.removeprefix(":")
    elif server.count(":") == 1:
        address, _, port = server.partition(":")
    try:
        return str(ipaddress.ip_address(address)), int(port or PORT)
    except ValueError:
        raise ValueError(
            f"OID_SERVERS names '{server}'; it must be an address, with a port after a colon if need be."
        ) from None
