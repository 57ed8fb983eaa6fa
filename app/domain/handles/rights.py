"""Who is meant by `300:88.118.8/ADMIN`, and what the twelve letters of an HS_ADMIN value allow."""

from dataclasses import dataclass
from enum import IntEnum

from app.domain.handles.naming import key_of

LARGEST_INDEX = 2**31 - 1
EVERYTHING = "1" * 12


class Right(IntEnum):
    """Places in a permission string, the leftmost first (as the reference server's JSON writes it)."""

    LIST = 0
    READ = 1
    ADD_ADMIN = 2
    REMOVE_ADMIN = 3
    MODIFY_ADMIN = 4
    ADD_VALUE = 5
    REMOVE_VALUE = 6
    MODIFY_VALUE = 7
    DELETE_PREFIX = 8
    ADD_PREFIX = 9
    DELETE = 10
    ADD = 11


@dataclass(frozen=True, slots=True)
class Identity:
    """A key of a handle: `index:handle`. Index 0 means any of its keys. The same in any spelling of the handle."""

    handle: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.index}:{self.handle}"

    @property
    def key(self) -> str:
        return key_of(self.handle)

    def is_meant_by(self, handle: object, index: object) -> bool:
        """Whether a reference names this identity; index 0 there means any index."""
        return key_of(str(handle)) == self.key and index in (0, self.index)


def identity_of(text: str) -> Identity:
    """`300:88.118.8/ADMIN`; without an index in front, or with one that cannot be, the whole text is the handle."""
    index, colon, handle = text.partition(":")
    if colon and index.isascii() and index.isdigit() and int(index[:11]) <= LARGEST_INDEX:
        return Identity(handle, int(index))
    return Identity(text)


def rights_in(permissions: str) -> frozenset[Right]:
    return frozenset(right for right in Right if permissions[right : right + 1] == "1")
