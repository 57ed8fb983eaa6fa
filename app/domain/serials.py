"""Turns random bytes into the suffixes of new identifiers. Makes no randomness, ensures no uniqueness."""

import math
from functools import cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
RANDOM_BYTES = 10  # 80 bits: 16 characters of 5 bits

# ten bits at a time: eight look-ups per suffix, four out of each half of the bytes
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def suffix_from(random_bytes: bytes) -> str:
    """10 bytes to 16 characters, one to one. ValueError for any other length."""
    return suffixes_from(random_bytes, 1)[0]


def suffixes_from(random_bytes: bytes, count: int) -> list[str]:
    """`count` suffixes from 10 x `count` bytes, about 1 s per million. ValueError if the lengths disagree."""
    if count < 0 or len(random_bytes) != count * RANDOM_BYTES:
        raise ValueError(f"{count} suffixes take {RANDOM_BYTES} bytes each, not {len(random_bytes)} together")
    pairs, number_of = _PAIRS, int.from_bytes
    suffixes = []
    for start in range(0, len(random_bytes), RANDOM_BYTES):
        high = number_of(random_bytes[start : start + 5], "big")
        low = number_of(random_bytes[start + 5 : start + 10], "big")
        suffixes.append(
            pairs[high >> 30] + pairs[high >> 20 & 1023] + pairs[high >> 10 & 1023] + pairs[high & 1023]
            + pairs[low >> 30] + pairs[low >> 20 & 1023] + pairs[low >> 10 & 1023] + pairs[low & 1023]
        )  # fmt: skip
    return suffixes


def collision_probability(existing: int, new: int, bits: int = 80) -> float:
    """The chance that minting `new` more beside `existing` ones repeats at least one (the birthday bound)."""
    pairs = new * existing + new * (new - 1) / 2
    return -math.expm1(-pairs / 2**bits)


_HEADS = 32**3  # the names' own beginnings, three characters, are what slices are cut from
_LETTERS = bytes(
    ALPHABET[byte % 32].encode()[0] for byte in range(256)
)  # 8 of 256 values for each: all equally likely
SLICE_BYTES = 2 + 13  # of chance for each suffix of a slice


def slice_of(random_bytes: bytes, part: int, parts: int) -> list[str]:
    """Suffixes out of the `part`-th of `parts` equal slices of all there are, one for each 15 bytes; in no order.

    For mints of many: whole blocks of names then go into the index side by side, four times as fast as all over it.
    All slices together draw from the whole space; who knows that an identifier is from a certain slice has
    log2(parts) of its 80 bits. ValueError for a slice that does not exist, or bytes left over.
    """
    count, over = divmod(len(random_bytes), SLICE_BYTES)
    if over or not 0 <= part < parts <= _HEADS:
        raise ValueError(f"no slice {part} of {parts}, or {over} bytes too many")
    first, width = _HEADS * part // parts, _HEADS * (part + 1) // parts - _HEADS * part // parts
    heads = memoryview(random_bytes[: 2 * count]).cast("H")
    tails = random_bytes[2 * count :].translate(_LETTERS).decode("ascii")
    names = _heads()
    return [
        names[first + (drawn * width >> 16)] + tails[start : start + 13]
        for drawn, start in zip(heads, range(0, 13 * count, 13), strict=True)
    ]


@cache
def _heads() -> list[str]:
    """All beginnings in order; 2 MB, made when the first mint of many asks for them."""
    return [pair + letter for pair in _PAIRS for letter in ALPHABET]
