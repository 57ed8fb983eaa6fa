"""How many names one client may have looked up at other nodes: a bucket a client, in bounded memory."""

import threading
from ipaddress import IPv6Address, ip_address

SAVED_SECONDS = 4  # worth of look-ups that a quiet client has saved up
MOST_CLIENTS = 20_000


class Limits:
    """`rate` look-ups a second for each client; 0 for no limit. For all threads."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(rate * SAVED_SECONDS, 1.0)
        self._guard = threading.Lock()
        self._young: dict[str, tuple[float, float]] = {}  # client -> what it has saved, when that was counted
        self._old: dict[str, tuple[float, float]] = {}

    def take(self, client: str, now: float) -> bool:
        """Whether this client may have one more; `now` in seconds."""
        if not self._rate:
            return True
        name = _network(client)
        with self._guard:
            saved, since = self._young.get(name) or self._old.get(name) or (self._most, now)
            saved = min(saved + max(now - since, 0.0) * self._rate, self._most)
            may = saved >= 1.0
            if len(self._young) >= MOST_CLIENTS:
                self._old, self._young = self._young, {}
            self._young[name] = (saved - 1.0 if may else saved, now)
        return may


def _network(client: str) -> str:
    """An IPv6 customer has 2**64 addresses: they count as one."""
    try:
        address = ip_address(client)
    except ValueError:
        return client[:64]
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> 64)
    return client
