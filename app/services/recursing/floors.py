"""The newest serials seen of each zone, so that an older statement, which is as well signed, is not believed again:
neither by another process of this node nor after it was started anew.

Whoever signs for zones may sign for any number of them; that costs what is remembered of its own zones only. And what
was stated with a key counts as long as that key does: one that fell into wrong hands could name the highest serial
there is, and the zone would be lost for good.
"""

import logging
import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from multiprocessing.util import Finalize
from typing import NamedTuple, Protocol

from sqlmodel import Session

from app.domain import zones
from app.domain.delegations import Delegation
from app.errors import Unavailable
from app.store import floors as rows
from app.store.floors import Heard

MOST_OF_ONE = 50_000  # zones of one issuer; the one heard of longest ago goes first
MOST_ISSUERS = 10_000
MOST_OF_BRANCH = 200_000  # rows kept of a second-level zone and all below it
BRANCH = 2  # labels
SECONDS = 0.3  # in which serials are gathered before they are kept: so much a power cut may take away
AGAIN_SECONDS = 5.0  # after a database that could not take them
LAST = 1  # of what a process does at its end: granian's workers end as multiprocessing's do, without atexit

Opening = Callable[[], AbstractContextManager[Session]]
Place = tuple[str, str]  # issuer, zone

logger = logging.getLogger(__name__)


class Floor(NamedTuple):
    serial: int = 0
    key_id: str = ""


NONE = Floor()


class Kept(Protocol):
    """What outlives the process."""

    def of(self, place: Place) -> Floor: ...

    def lift(self, heard: Heard) -> None: ...

    def close(self) -> None: ...


class Floors:
    """For all threads of a process."""

    def __init__(self, most_of_one: int = MOST_OF_ONE, kept: Kept | None = None) -> None:
        self._most, self._kept = most_of_one, kept
        self._guard = threading.Lock()
        self._seen: dict[str, dict[str, Floor]] = {}  # issuer -> zone -> newest

    def of(self, delegation: Delegation, key_ids: Collection[str]) -> int:
        """The newest serial stated of the zone with one of these keys, which are the issuer's now. One look into the
        database where serials are kept: another process may have heard of a newer one."""
        place = delegation.issuer, delegation.zone
        found = [self._seen.get(delegation.issuer, {}).get(delegation.zone, NONE)]
        found += [self._kept.of(place)] if self._kept else []
        return max((each.serial for each in found if each.key_id in key_ids), default=0)

    def lift(self, delegation: Delegation, key_id: str, key_ids: Collection[str], floor: int = 0) -> None:
        """`key_id` is the one of the issuer's keys that it was signed with; `floor` what `of` has just said: with no
        more than that there is nothing new to keep."""
        issuer, zone, serial = delegation.issuer, delegation.zone, delegation.serial
        with self._guard:
            if issuer not in self._seen and len(self._seen) >= MOST_ISSUERS:
                del self._seen[max(self._seen, key=zones.depth)]  # a flood comes from below
            known = self._seen.setdefault(issuer, {})
            before = known.pop(zone, NONE)
            if len(known) >= self._most:
                del known[next(iter(known))]
            holds = before.serial > serial and before.key_id in key_ids
            known[zone] = before if holds else Floor(serial, key_id)
        if self._kept is not None and serial > max(floor, 1):  # below the first there is nothing older
            self._kept.lift(Heard(issuer, zone, branch_of(issuer), serial, key_id, tuple(sorted(key_ids))))

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
        self._waiting: dict[Place, Heard] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._keep = (self._waiting, self._guard, writing, now)
        self._at_the_end = Finalize(self, _keep, self._keep, exitpriority=LAST)

    def of(self, place: Place) -> Floor:
        with self._reading() as session:
            return Floor(*rows.newest(session, *place))

    def lift(self, heard: Heard) -> None:
        with self._guard:
            self._waiting[heard.issuer, heard.zone] = heard
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
    waiting: dict[Place, Heard], guard: threading.Lock, writing: Opening, now: Callable[[], datetime]
) -> bool:
    """Writes what waits; False where that cannot be now, and it goes on waiting."""
    with guard:
        taken = dict(waiting)
    if not taken:
        return True
    try:
        with writing() as session:
            rows.put(session, taken.values(), MOST_OF_BRANCH, now())
    except (Unavailable, OSError) as error:  # also where the whole folder is gone
        logger.warning("serials of zones wait: %s", error)
        return False
    with guard:
        for place, heard in taken.items():
            if waiting.get(place) is heard:
                del waiting[place]
    return True


def branch_of(issuer: str) -> str:
    """On whose account what an issuer states goes: it may name issuers without end, but all of them below itself."""
    return ".".join(zones.labels(issuer)[:BRANCH])
