"""Octets of the native protocol taken apart and put together: numbers in network order, strings after their length.

Every read is bounded by what was sent; what claims to be longer is refused before anything is made of it.
"""

import struct


class Garbled(ValueError):
    """No message of the protocol (RFC 3652). What it says goes to programs only, in the protocol's English."""


class Octets:
    """A place in octets that moves on with every read; each read raises Garbled where they end too early."""

    def __init__(self, octets: bytes, place: int = 0) -> None:
        self._octets = octets
        self._place = place

    @property
    def left(self) -> int:
        return len(self._octets) - self._place

    def take(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise Garbled("it ends amid a field")
        self._place += size
        return self._octets[self._place - size : self._place]

    def number(self, size: int = 4) -> int:
        """Unsigned."""
        return int.from_bytes(self.take(size), "big")

    def count(self, most: int, least_each: int) -> int:
        """How many follow; refused where there is no room for so many, each of at least `least_each` octets."""
        found = self.number()
        if found > most or found * least_each > self.left:
            raise Garbled("a list has more entries than there is room for")
        return found

    def string(self, most: int) -> bytes:
        size = self.number()
        if size > most:
            raise Garbled("a text is too long")
        return self.take(size)


def number(value: int, size: int = 4) -> bytes:
    """Unsigned; what needs more octets is cut to the largest number there is."""
    return min(max(value, 0), (1 << 8 * size) - 1).to_bytes(size, "big")


def string(octets: bytes | str) -> bytes:
    """After its length; text as UTF-8."""
    if isinstance(octets, str):
        octets = octets.encode("utf-8", "replace")
    return struct.pack(">I", len(octets)) + octets
