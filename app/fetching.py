"""The node's way to other nodes over HTTP: what leaves this process goes through here. Believes nobody.

One request has one deadline for all of it, name look-up and slow dripping included; an answer has a largest size;
redirects are not followed; and no address of a stranger's choosing leads behind our own firewall: the name is looked up
once, every address it has is checked, and the connection goes to the address that was checked.
"""

import ipaddress
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from app.domain.messages import Ask, Told
from app.errors import N_, PeerFailed, Refused
from app.looking_up import Look, Names

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_POOLS = 256  # of connections held open, the longest unused closed first
HELD_OPEN = 4  # connections to one address
PIECE = 65_536
DEFAULT_PORTS = {"http": 80, "https": 443}
Headers = tuple[tuple[str, str], ...]
AGENT = "Suyuan"
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
# An operator's own translation to IPv4 (RFC 8215), where nobody else can tell which address is wrapped; then networks
# that are of no public use and that Python takes for public (RFC 9637, RFC 9602).
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_NOT_PUBLIC = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("5f00::/16"))


class Fetcher:
    """A `Fetch`. For all threads of a process; nothing is opened before the first request."""

    def __init__(self, *, allow_private: bool = False, look: Look | None = None) -> None:
        self._allow_private = allow_private
        self._names = Names(look or _look)
        self._guard = threading.Lock()
        self._pools: dict[
            tuple[str, str, str, int], HTTPConnectionPool
        ] = {}  # by scheme, host, address, port
        self._tls: ssl.SSLContext | None = None

    def __call__(self, ask: Ask) -> Told:
        """Raises PeerFailed `peer-unreachable`, `peer-too-slow`, `peer-too-large`, and Refused `address-refused`."""
        began = time.monotonic()
        until = began + ask.seconds
        parts = _parts(ask.url)
        addresses = self._addresses(parts, ask, until)
        status, body, headers, address = self._told(parts, addresses, ask, until)
        return Told(status, body, headers, address, time.monotonic() - began)

    def close(self) -> None:
        with self._guard:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()
        self._names.close()

    # --- where to ---

    def _addresses(self, parts: SplitResult, ask: Ask, until: float) -> list[str]:
        """Checked addresses of the host. One that may not be asked is enough to refuse them all."""
        host = parts.hostname or ""
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        try:
            found = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = self._looked_up(host, port, ask, until)
        if not all(
            may_be_asked(ipaddress.ip_address(each), allow_private=self._allow_private) for each in found
        ):
            raise _refused(ask.url)
        return found

    def _looked_up(self, host: str, port: int, ask: Ask, until: float) -> list[str]:
        try:
            found = self._names.addresses(host, port, until - time.monotonic())
        except TimeoutError as error:
            raise _failed("peer-too-slow", ask) from error
        except (OSError, UnicodeError) as error:
            raise _failed("peer-unreachable", ask) from error
        if not found:
            raise _failed("peer-unreachable", ask)
        return list(dict.fromkeys(found))

    # --- the request ---

    def _told(
        self, parts: SplitResult, addresses: list[str], ask: Ask, until: float
    ) -> tuple[int, bytes, Headers, str]:
        """From the first address that can be reached. A connection that was held open may have been closed by the
        other side at this very moment, so what changes nothing is asked a second time."""
        from urllib3.exceptions import HTTPError, ProtocolError

        from app.timed_connections import TooMuch

        failure: Exception | None = None
        for address in addresses:
            for again in (False, True):
                try:
                    return *self._asked(parts, address, ask, until), address
                except TooMuch as error:
                    raise _failed("peer-too-large", ask) from error
                except (HTTPError, OSError, ValueError) as error:
                    if time.monotonic() >= until:
                        raise _failed("peer-too-slow", ask) from error
                    failure = error
                    if again or ask.method != "GET" or not isinstance(error, ProtocolError):
                        break
        raise _failed("peer-unreachable", ask) from failure

    def _asked(self, parts: SplitResult, address: str, ask: Ask, until: float) -> tuple[int, bytes, Headers]:
        from urllib3 import Timeout

        from app.timed_connections import turn_until

        pool = self._pool(parts, address)
        with turn_until(until, ask.most_bytes):
            response = pool.urlopen(
                ask.method,
                f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
                ask.body or None,
                {
                    "Host": parts.netloc,
                    "Accept-Encoding": "identity",
                    "User-Agent": AGENT,
                    **dict(ask.headers),
                },
                retries=False,
                redirect=False,
                timeout=Timeout(total=max(until - time.monotonic(), 0.001)),
                preload_content=False,
                decode_content=False,
            )
            try:
                body = _body(response, ask)
            except BaseException:
                response.close()  # what more there is to come is of no interest
                raise
            response.release_conn()
        return response.status, body, tuple(response.headers.items())

    def _pool(self, parts: SplitResult, address: str) -> "HTTPConnectionPool":
        """Connections to one checked address in the name of one host, the host's certificate checked against it."""
        from app import timed_connections

        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        key = parts.scheme, host, address, port
        with self._guard:
            pool = self._pools.pop(key, None)
            if pool is None:
                if parts.scheme == "https" and self._tls is None:
                    self._tls = timed_connections.tls()
                pool = timed_connections.pool(
                    address, port, host, self._tls if parts.scheme == "https" else None
                )
            self._pools[key] = pool  # the longest unused is the first
            unused = self._pools.pop(next(iter(self._pools))) if len(self._pools) > MOST_POOLS else None
        if unused is not None:
            unused.close()
        return pool


def _body(response: "BaseHTTPResponse", ask: Ask) -> bytes:
    told = response.headers.get("Content-Length", "")
    if told.isdigit() and int(told[:19]) > ask.most_bytes and ask.method != "HEAD":
        raise _failed("peer-too-large", ask)
    pieces: list[bytes] = []
    size = 0
    for piece in response.stream(PIECE, decode_content=False):
        size += len(piece)
        if size > ask.most_bytes:
            raise _failed("peer-too-large", ask)
        pieces.append(piece)
    return b"".join(pieces)


def _parts(url: str) -> SplitResult:
    """Refused for whatever is no plain address of a web server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(url) from error
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if (
        not plain
        or parts.scheme not in DEFAULT_PORTS
        or not parts.hostname
        or port == 0
        or "@" in parts.netloc
    ):
        raise _refused(url)
    return parts


def may_be_asked(address: Address, *, allow_private: bool = False) -> bool:
    """Whether it is an address of the public network, by itself and by what is wrapped in it (RFC 4291, 3056, 4380,
    6052). With `allow_private` also this machine and private networks; never link-local ones, where clouds keep
    secrets, nor groups."""
    if isinstance(address, ipaddress.IPv6Address):
        if (inside := _wrapped(address)) is not None:
            return may_be_asked(inside, allow_private=allow_private)
        if address in _LOCAL_NAT64:
            return False
        if address.is_site_local or any(address in network for network in _NOT_PUBLIC):
            return allow_private
    elif address in _THIS_NETWORK or address.is_reserved:
        return False
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    return address.is_global or allow_private


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.is_loopback or address.is_unspecified:
        return None
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _look(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


def _refused(url: str) -> Refused:
    return Refused(
        "address-refused",
        N_("The address {url} may not be asked."),
        N_("Other nodes are asked at public addresses, over http or https."),
        url=url[:200],
    )


_FAILURES = {
    "peer-unreachable": (
        N_("The node {host} cannot be reached."),
        N_("Try again later; its operator may know why."),
    ),
    "peer-too-slow": (N_("The node {host} took too long to answer."), N_("Try again in a moment.")),
    "peer-too-large": (
        N_("The node {host} says more than anybody asked for."),
        N_("Its answer was not read to the end; its operator may know why."),
    ),
}


def _failed(code: str, ask: Ask) -> PeerFailed:
    message, hint = _FAILURES[code]
    return PeerFailed(code, message, hint, host=urlsplit(ask.url).netloc[:200])
