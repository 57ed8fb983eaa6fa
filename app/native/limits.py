"""How much one address may ask for, and how packets of one request are put together. No sockets, no clock."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from app.domain.handles import wire

REQUESTS_A_SECOND = 200.0  # of one address, in the long run
BURST = 400.0
PACKETS_A_SECOND = 400.0  # to one address, which a stranger may have put on the envelope
PACKET_BURST = 800.0
LARGE_A_SECOND = 1_000.0  # packets of long replies, to all addresses together: half a megabyte a second
LARGE_BURST = 2_000.0
MOST_ADDRESSES = 4_096  # that are remembered
MOST_PARTIAL = 64  # requests that wait for more packets
PARTIAL_SECONDS = 2.0

Address = tuple[str, int]


class Budget:
    """Tokens that come back with time, for each address; forgotten addresses begin with a full purse."""

    def __init__(self, a_second: float, most: float) -> None:
        self._a_second, self._most = a_second, most
        self._purses: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> tokens, when

    def take(self, host: str, now: float, tokens: float = 1.0) -> bool:
        host = network_of(host)
        left, when = self._purses.pop(host, (self._most, now))
        left = min(self._most, left + (now - when) * self._a_second)
        enough = left >= tokens
        self._purses[host] = (left - tokens if enough else left, now)
        if len(self._purses) > MOST_ADDRESSES:
            self._purses.popitem(last=False)
        return enough


def network_of(host: str) -> str:
    """Whose address it is: an IPv6 customer has 2**64, which count as one."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> 64)
    return host


class Partial:
    """Requests of which not all packets have come; the oldest makes room, and none waits for long."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[Address, int], tuple[float, int, dict[int, bytes]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, sender: Address, envelope: wire.Envelope, part: bytes, now: float) -> bytes | None:
        """The whole message when this was its last missing packet. A packet that cannot be one is passed over."""
        pieces = -(-envelope.length // wire.FILL)
        size = wire.FILL if envelope.sequence < pieces - 1 else envelope.length - wire.FILL * (pieces - 1)
        if envelope.sequence >= pieces or len(part) != size:
            return None
        self._forget(now)
        key = (sender, envelope.request)
        since, length, parts = self._waiting.pop(key, (now, envelope.length, {}))
        if length != envelope.length:  # another request under the same number
            since, parts = now, {}
        parts[envelope.sequence] = part
        if len(parts) == pieces:
            return b"".join(parts[number] for number in range(pieces))
        self._waiting[key] = (since, envelope.length, parts)
        if len(self._waiting) > MOST_PARTIAL:
            self._waiting.popitem(last=False)
        return None

    def _forget(self, now: float) -> None:
        late = [key for key, (since, _, _) in self._waiting.items() if now - since > PARTIAL_SECONDS]
        for key in late:
            del self._waiting[key]
