"""Turns random bytes into the suffixes of new identifiers. Makes no randomness, ensures no uniqueness."""

import math

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
