"""What one node asks another over the network, and what it is told. No way of sending: that is handed in as `Fetch`."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `seconds` is all the time it may take, first byte to last; more than `most_bytes` is refused."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 2.0
    most_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """The answer, whatever its status. `address` is the network address that gave it, `seconds` what it took."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = field(default=())
    address: str = ""
    seconds: float = 0.0

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


# Raises PeerFailed for a node that cannot be reached, is too slow or says too much, and Refused for an address that
# may not be asked. Follows no redirects. May be called from several threads at once.
Fetch = Callable[[Ask], Told]
