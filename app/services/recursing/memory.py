"""Memory of a recursive node: bounded in bytes, whatever strangers ask for."""

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

V = TypeVar("V")
OVERHEAD = 300  # bytes that an entry costs beside its own: key, tuple, place in a dict


class Bounded(Generic[V]):
    """A map for all threads that forgets what was not asked for lately.

    Two dicts: when the young one has half of what is allowed it becomes the old one, and what is asked for again moves
    back. So being asked for costs no order to be kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._half = most_bytes // 2
        self._guard = threading.Lock()
        self._young: dict[str, tuple[V, int]] = {}
        self._old: dict[str, tuple[V, int]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def __iter__(self) -> Iterator[V]:
        with self._guard:
            return iter([value for value, _ in (self._old | self._young).values()])

    def get(self, key: str) -> V | None:
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, *found)
        return found[0] if found else None

    def put(self, key: str, value: V, size: int) -> None:
        """`size` in bytes; what alone would take more than half is not kept."""
        whole = size + len(key) + OVERHEAD
        with self._guard:
            if whole > self._half:
                self._drop(key)
                return
            if (before := self._young.pop(key, None)) is not None:
                self._bytes -= before[1] + len(key) + OVERHEAD
            if self._bytes + whole > self._half:
                self._old, self._young, self._bytes = self._young, {}, 0
            self._young[key] = (value, size)
            self._bytes += whole

    def drop(self, key: str) -> None:
        with self._guard:
            self._drop(key)

    def _drop(self, key: str) -> None:
        self._old.pop(key, None)
        if (before := self._young.pop(key, None)) is not None:
            self._bytes -= before[1] + len(key) + OVERHEAD
