"""The newest serials seen of each zone, so that an older statement, which is as well signed, is not believed again.

Whoever signs for zones may sign for any number of them; that costs what is remembered of its own zones only.
"""

import threading

from app.domain import zones
from app.domain.delegations import Delegation

MOST_OF_ONE = 50_000  # zones of one issuer; the one heard of longest ago goes first
MOST_ISSUERS = 10_000


class Floors:
    """For all threads of a process."""

    def __init__(self, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most_of_one
        self._guard = threading.Lock()
        self._seen: dict[str, dict[str, int]] = {}  # issuer -> zone -> serial

    def of(self, delegation: Delegation) -> int:
        return self._seen.get(delegation.issuer, {}).get(delegation.zone, 0)

    def lift(self, delegation: Delegation) -> None:
        with self._guard:
            if delegation.issuer not in self._seen and len(self._seen) >= MOST_ISSUERS:
                del self._seen[max(self._seen, key=zones.depth)]  # a flood comes from below
            known = self._seen.setdefault(delegation.issuer, {})
            serial = max(delegation.serial, known.pop(delegation.zone, 0))
            if len(known) >= self._most:
                del known[next(iter(known))]
            known[delegation.zone] = serial
