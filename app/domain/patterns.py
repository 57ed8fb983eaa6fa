"""Suffix patterns: how the names of a product's pieces are formed, `{lot}-{serial:random16}-{check:mod37}`.

Pure: random bytes, the first counter number and the values of the parts are handed in. Uniqueness is the database's to
ensure; here it is said how likely names repeat and whether they can be guessed. Crockford's check symbols are not
offered: `*`, `~`, `$` and `=` cannot stand in a name that has to survive every URL and file name.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.domain import check_characters, serials
from app.domain.pattern_words import Token, repeats, tokens_of
from app.errors import N_, Malformed

LONGEST_SUFFIX = 200
GUESSABLE = 40  # random bits below which somebody can try names until one exists
_UNFIT = re.compile(r"[^A-Z0-9._]+")


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern. `text` is its canonical spelling, which parses to an equal pattern."""

    tokens: tuple[Token, ...]

    @cached_property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @cached_property
    def counter(self) -> Token | None:
        return next((token for token in self.tokens if token.kind == "counter"), None)

    @cached_property
    def needs(self) -> frozenset[str]:
        """The values it is made of: 'lot', 'part', 'date'."""
        kinds = {"date" if token.kind in {"date", "year"} else token.kind for token in self.tokens}
        return frozenset(kinds & {"lot", "part", "date"})

    @cached_property
    def random_bits(self) -> float:
        return sum(token.bits for token in self.tokens)

    @cached_property
    def check(self) -> str:
        """The system of its check character; '' without one."""
        return next((token.option for token in self.tokens if token.kind == "check"), "")

    @property
    def guessable(self) -> bool:
        return self.random_bits < GUESSABLE

    @property
    def most(self) -> int | None:
        """How many names its counter can tell apart within one scope; None without a counter."""
        return 10**self.counter.size if self.counter else None


def parse(text: str, *, tracing: str = "serial") -> Pattern:
    """Raises Malformed with `position` (from 1) for what is no pattern, or whose names would repeat by design.

    A pattern for what is traced by 'lot' may rest on {lot} alone; pieces need a counter or a random part.
    """
    pattern = Pattern(tuple(tokens_of(text)))
    repeats(pattern.tokens, text, tracing)
    return pattern


def scope_of(pattern: Pattern, values: Mapping[str, str]) -> str:
    """What the counter starts anew for, e.g. 'lot=L-7'; '' for one that never does."""
    scope = pattern.counter.scope if pattern.counter else ""
    if not scope:
        return ""
    if scope == "lot":
        return f"lot={fitted(values['lot'])}"
    length = {"year": 4, "month": 7, "day": 10}[scope]
    return f"{scope}={values['date'][:length]}"


def bytes_needed(pattern: Pattern, count: int) -> int:
    """How many random bytes `generate` takes for `count` names."""
    return sum(token.bytes_for(count) for token in pattern.tokens)


def generate(
    pattern: Pattern, count: int, random_bytes: bytes, first_counter: int, values: Mapping[str, str]
) -> list[str]:
    """`count` suffixes in capitals. `values` has 'lot', 'part' and 'date' (ISO) as far as the pattern needs them.

    Raises Malformed for a value that leaves nothing to write, ValueError for another number of bytes than
    `bytes_needed`. About 1.5 s per million of {serial:random16}, 2 s more with a check character.
    """
    if len(random_bytes) != bytes_needed(pattern, count):
        raise ValueError(f"{count} names of {pattern.text} take {bytes_needed(pattern, count)} random bytes")
    columns: list[str | Sequence[str]] = []
    used, system = 0, ""
    for token in pattern.tokens:
        take = token.bytes_for(count)
        if token.kind == "check":
            system = token.option
        elif token.kind == "counter":
            columns.append(_numbers(token, first_counter, count))
        elif take:
            columns.append(_random(token, random_bytes[used : used + take], count))
        else:
            columns.append(_fixed(token, values))
        used += take
    names = _joined(columns, count)
    if system:
        names = list(map(str.__add__, names, check_characters.checks_of(system, names)))
    return names


def collision_probability(pattern: Pattern, count: int) -> float:
    """The exact chance that `count` names of one lot and day, drawn at random, are not all different (birthday
    problem); 0 where a counter makes them so."""
    if pattern.counter or count < 2:
        return 0.0
    return birthday(math.prod(token.choices for token in pattern.tokens), count)


def birthday(choices: int, count: int) -> float:
    """1 - (1 - 1/choices)(1 - 2/choices)…(1 - (count - 1)/choices), to the last digit a float has."""
    if count > choices:
        return 1.0
    if count <= 10_000:
        return -math.expm1(math.fsum(math.log1p(-i / choices) for i in range(1, count)))
    if count > choices // 2:
        return 1.0
    # the logarithm as a series: sum over k of (1^k + 2^k + … + (count-1)^k) / (k choices^k), each inner sum by
    # Euler and Maclaurin to the precision of a float, which ten thousand addends allow
    ratio, total, k = count / choices, 0.0, 1
    while True:
        addend = _power_sum(count, ratio, k) / k
        total += addend
        if addend <= total * 1e-17:
            return -math.expm1(-total)
        k += 1


def _power_sum(count: int, ratio: float, k: int) -> float:
    """(1^k + … + (count-1)^k) / choices^k with ratio = count / choices."""
    correction = k / (12 * count) if k > 1 else 0.0
    return float(ratio**k) * (count / (k + 1) - 0.5 + correction)


def fitted(text: str) -> str:
    """A lot or part number as it stands in a name: in capitals, what cannot stand there as one hyphen."""
    tidy = unicodedata.normalize("NFKC", text).strip().upper()
    return _UNFIT.sub("-", tidy).strip("-")


def _fixed(token: Token, values: Mapping[str, str]) -> str:
    if token.kind == "text":
        return token.option
    if token.kind in {"date", "year"}:
        return token.dated(date.fromisoformat(values["date"]))
    text = fitted(values.get(token.kind, ""))
    if not text.strip("._"):
        raise Malformed(
            "pattern-value-missing",
            N_(
                "The names of this product are formed with the {part}; “{value}” has no letter or digit for it."
            ),
            N_("Type one with letters A to Z or digits, or change the pattern of the product."),
            part=token.text,
            value=values.get(token.kind, "")[:80],
            field=token.kind,
        )
    return text


def _numbers(token: Token, first: int, count: int) -> list[str]:
    if first + count > 10**token.size:
        raise Malformed(
            "counter-full",
            N_("The counter {counter} ends at {last}; {count} more do not fit."),
            N_("Give the pattern more digits; names that exist stay as they are."),
            counter=token.text,
            last=10**token.size - 1,
            count=count,
            field="count",
        )
    return [f"{number:0{token.size}d}" for number in range(first, first + count)]


def _random(token: Token, data: bytes, count: int) -> list[str]:
    size = token.size
    if token.option == "digits":
        step = len(data) // count
        modulus = 10**size
        return [
            f"{int.from_bytes(data[start : start + step], 'big') % modulus:0{size}d}"
            for start in range(0, len(data), step)
        ]
    blocks = serials.suffixes_from(data, len(data) // serials.RANDOM_BYTES)
    if size == 16:
        return blocks
    stream = "".join(blocks)
    return [stream[start : start + size] for start in range(0, count * size, size)]


def _joined(columns: list[str | Sequence[str]], count: int) -> list[str]:
    """Fixed columns are joined once, not for every name."""
    parts: list[str | Sequence[str]] = []
    for column in columns:
        if isinstance(column, str) and parts and isinstance(parts[-1], str):
            parts[-1] += column
        else:
            parts.append(column)
    repeated = [[part] * count if isinstance(part, str) else part for part in parts]
    return list(map("".join, zip(*repeated, strict=True)))
