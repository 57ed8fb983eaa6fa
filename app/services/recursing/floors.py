"""The newest serials seen of each zone, so that an older statement, which is as well signed, is not believed again:
neither by another process of this node nor after it was started anew.

Whoever signs for zones may sign for any number of them; that costs what is remembered of its own zones only.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from multiprocessing.util import Finalize
from typing import Protocol

from sqlmodel import Session

from app.domain import zones
from app.domain.delegations import Delegation
from app.errors import Unavailable
from app.store import floors as rows

MOST_OF_ONE = 50_000  # zones of one issuer; the one heard of longest ago goes first
MOST_ISSUERS = 10_000
MOST_OF_BRANCH = 200_000  # rows kept of a second-level zone and all below it
BRANCH = 2  # labels
SECONDS = 0.3  # in which serials are gathered before they are kept: so much a power cut may take away
AGAIN_SECONDS = 5.0  # after a database that could not take them
LAST = (
    1  # among what a process does at its end; granian's workers end as multiprocessing's do, without atexit
)

Opening = Callable[[], AbstractContextManager[Session]]
Place = tuple[str, str]  # issuer, zone

logger = logging.getLogger(__name__)


class Kept(Protocol):
    """What outlives the process."""

    def of(self, place: Place) -> int: ...

    def lift(self, place: Place, serial: int) -> None: ...

    def close(self) -> None: ...


class Floors:
    """For all threads of a process."""

    def __init__(self, most_of_one: int = MOST_OF_ONE, kept: Kept | None = None) -> None:
        self._most, self._kept = most_of_one, kept
        self._guard = threading.Lock()
        self._seen: dict[str, dict[str, int]] = {}  # issuer -> zone -> serial

    def of(self, delegation: Delegation) -> int:
        """One look into the database where serials are kept: another process may have heard of a newer one."""
        known = self._seen.get(delegation.issuer, {}).get(delegation.zone, 0)
        return max(known, self._kept.of((delegation.issuer, delegation.zone))) if self._kept else known

    def lift(self, delegation: Delegation, floor: int = 0) -> None:
        """`floor` is what `of` has just said; with no more than that there is nothing new to keep."""
        with self._guard:
            if delegation.issuer not in self._seen and len(self._seen) >= MOST_ISSUERS:
                del self._seen[max(self._seen, key=zones.depth)]  # a flood comes from below
            known = self._seen.setdefault(delegation.issuer, {})
            serial = max(delegation.serial, known.pop(delegation.zone, 0))
            if len(known) >= self._most:
                del known[next(iter(known))]
            known[delegation.zone] = serial
        if self._kept is not None and serial > max(floor, 1):  # below the first there is nothing older
            self._kept.lift((delegation.issuer, delegation.zone), serial)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()


def kept(reading: Opening, writing: Opening, now: Callable[[], datetime]) -> Floors:
    """Those of a node: what one process has heard, all know, and after the next start as well."""
    return Floors(kept=KeptFloors(reading, writing, now))


class KeptFloors:
    """`Kept` in the node's database. Written in a thread of its own: whoever resolves does not wait for it."""

    def __init__(self, reading: Opening, writing: Opening, now: Callable[[], datetime]) -> None:
        self._reading, self._guard = reading, threading.Lock()
        self._waiting: dict[Place, int] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._keep = (self._waiting, self._guard, writing, now)
        self._at_the_end = Finalize(self, _keep, self._keep, exitpriority=LAST)

    def of(self, place: Place) -> int:
        with self._reading() as session:
            found = rows.serial_of(session, *place)
        return max(found, self._waiting.get(place, 0))

    def lift(self, place: Place, serial: int) -> None:
        with self._guard:
            self._waiting[place] = max(serial, self._waiting.get(place, 0))
            if self._thread is None and not self._ending.is_set():
                self._thread = threading.Thread(target=self._run, name="suyuan-floors", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if (thread := self._thread) is not None:
            thread.join()
        self._at_the_end()

    def _run(self) -> None:
        seconds = SECONDS
        while True:
            self._ending.wait(seconds)
            seconds = SECONDS if _keep(*self._keep) else AGAIN_SECONDS
            with self._guard:
                if self._ending.is_set() or not self._waiting:
                    self._thread = None
                    return


def _keep(
    waiting: dict[Place, int], guard: threading.Lock, writing: Opening, now: Callable[[], datetime]
) -> bool:
    """Writes what waits; False where that cannot be now, and it goes on waiting."""
    with guard:
        taken = dict(waiting)
    if not taken:
        return True
    try:
        with writing() as session:
            told = ((*place, branch_of(place[0]), serial) for place, serial in taken.items())
            rows.put(session, told, MOST_OF_BRANCH, now())
    except Unavailable as error:
        logger.warning("serials of zones wait: %s", error)
        return False
    with guard:
        for place, serial in taken.items():
            if waiting.get(place) == serial:
                del waiting[place]
    return True


def branch_of(issuer: str) -> str:
    """On whose account what an issuer states goes: it may name issuers without end, but all of them below itself."""
    return ".".join(zones.labels(issuer)[:BRANCH])
