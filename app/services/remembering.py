"""What identifiers resolve to, read over held connections and remembered for as long as nothing has changed."""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from app.store.database import unavailable
from app.store.held import Connections, Held

LATELY = 4096  # records that were asked for once
OVERHEAD = 300  # bytes that a remembered answer costs beside its own: keys, tuples, places in a dict


class Kept(NamedTuple):
    """An answer, whatever its kind, and its bytes. Where it was made from a minted thing whose state is in it: which
    thing, and the entry that it was the state after."""

    answer: Any
    size: int
    thing_id: int = 0
    last_seq: int = 0


class Memory:
    """A bounded map which forgets everything when the stamp grows. For all threads of the process.

    Two dicts: when the young one is half of what is allowed it becomes the old one, and what is asked for again moves
    back; so the seldom asked for goes first, and being asked for costs no order to be kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._half = most_bytes // 2
        self._guard = threading.Lock()
        self._stamp = -1
        self.young: dict[str, Kept] = {}
        self.old: dict[str, Kept] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def __contains__(self, key: str) -> bool:
        """Whether `get` is worth a stamp."""
        return key in self.young or key in self.old

    def get(self, key: str, stamp: int) -> Kept | None:
        """`stamp` was taken in this request; an older one than another thread has seen since does no harm."""
        if stamp > self._stamp:
            self._forget(stamp)
            return None
        kept = self.young.get(key)
        if kept is None and (kept := self.old.get(key)) is not None:
            self.put(key, stamp, kept)
        return kept

    def put(self, key: str, stamp: int, kept: Kept) -> None:
        """`stamp` was taken before `kept` was read: what may have changed since is not remembered."""
        size = len(key) + kept.size + OVERHEAD
        if size > self._half:
            return
        with self._guard:
            if stamp != self._stamp:
                return
            if (before := self.young.pop(key, None)) is not None:
                self._bytes -= len(key) + before.size + OVERHEAD
            if self._bytes + size > self._half:
                self.old, self.young, self._bytes = self.young, {}, 0
            self.young[key] = kept
            self._bytes += size

    def _forget(self, stamp: int) -> None:
        with self._guard:
            if stamp > self._stamp:
                self._stamp = stamp
                self.young, self.old, self._bytes = {}, {}, 0


class Answers:
    """What is remembered and the held connections, for one process over one database."""

    def __init__(self, engine: Any, most_bytes: int) -> None:
        self.memory = Memory(most_bytes)
        self._connections = Connections(engine)
        self._cheap, self._idle = self._connections.cheap, self._connections.idle
        self._asked_once: set[str] = set()

    def array_of(self, key: str, derive: Callable[[], Kept | None]) -> bytes | None:
        """The JSON array of values that anyone is sent; `derive` makes it where there is no record.

        As new as the moment of the call, whoever wrote it. Raises Unavailable.
        """
        found, stamp = self._looked_up(key)
        return found if found is not None else self._remembered(key, stamp, derive())

    def record_of(self, key: str) -> bytes | None:
        """The same where there is a record, or what is remembered of something else; None for all others."""
        # Most that is asked for was not asked for lately. Written out, since it is what a node does most:
        # each call left out here is a hundredth of what a look-up takes.
        memory, asked, idle = self.memory, self._asked_once, self._idle
        if (
            key in asked
            or key in memory.young
            or key in memory.old
            or len(asked) >= LATELY
            or not self._cheap
        ):
            return self._looked_up(key)[0]
        try:
            held = idle.pop()
        except IndexError:
            return self._looked_up(key)[0]
        asked.add(key)
        try:
            found = held.public_of(key)
        except self._connections.troubles as error:
            held.close()
            raise unavailable("database-away") from error
        idle.append(held)
        return found

    def _looked_up(self, key: str) -> tuple[Any, int | None]:
        """What is remembered or read, and the stamp under which something made instead may be remembered."""
        held = None
        try:
            held = self._connections.take()
            stamp = None
            if key in self.memory or not self._connections.cheap or self._asked_before(key):
                stamp = held.stamp()
                kept = self._kept(held, key, stamp)
                found = kept.answer if kept is not None else held.public_of(key)
                if found is not None and kept is None and stamp is not None:
                    self.memory.put(key, stamp, Kept(found, len(found)))
            else:
                found = held.public_of(key)
            if found is None:
                stamp = held.stamp()
        except self._connections.troubles as error:
            if held is not None:
                held.close()
            raise unavailable("database-away") from error
        self._connections.give_back(held)
        return found, stamp

    def answer_of(self, key: str, derive: Callable[[], Kept | None]) -> Any:
        """Anything else that was kept under this key, or what `derive` makes: None is never remembered."""
        held = None
        try:
            held = self._connections.take()
            stamp = held.stamp()
            kept = self._kept(held, key, stamp)
        except self._connections.troubles as error:
            if held is not None:
                held.close()
            raise unavailable("database-away") from error
        self._connections.give_back(held)
        return kept.answer if kept is not None else self._remembered(key, stamp, derive())

    def _asked_before(self, key: str) -> bool:
        """Lately. A record that is asked for once costs less to read than to remember."""
        if key in self._asked_once:
            return True
        if len(self._asked_once) >= LATELY:
            self._asked_once = set()
        self._asked_once.add(key)
        return False

    def _kept(self, held: Held, key: str, stamp: int | None) -> Kept | None:
        kept = None if stamp is None else self.memory.get(key, stamp)
        if kept is not None and kept.thing_id and held.last_seq_of(kept.thing_id) != kept.last_seq:
            return None  # scans change a thing's state and no stamp
        return kept

    def _remembered(self, key: str, stamp: int | None, kept: Kept | None) -> Any:
        if kept is None:
            return None
        if stamp is not None:
            self.memory.put(key, stamp, kept)
        return kept.answer

    def close(self) -> None:
        """Nobody may be asking any more."""
        self._connections.close()
