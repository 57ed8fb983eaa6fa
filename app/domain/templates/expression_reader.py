"""Reads a pattern into the places of a Glushkov automaton: what each takes, and which can follow it."""

from dataclasses import dataclass, field
from typing import NoReturn

from app.errors import N_, Malformed

MOST_PLACES = 400  # repeats are written out
MOST_READ = 4_000
MOST_NESTED = 10
_SPECIAL = set("\\^$.[]|()?*+{}")
_DIGITS = ((0x30, 0x39),)
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What one place takes: characters in `ranges`, or with `other` those outside."""

    ranges: Ranges
    other: bool = False

    def takes(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges) != self.other


ANY = Letter(((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)), other=True)


@dataclass(slots=True)
class Part:
    """A piece of the automaton: may it be empty, and at which places (as bits) it begins and ends."""

    empty: bool
    first: int = 0
    last: int = 0


def refuse(source: str, position: int) -> NoReturn:
    raise Malformed(
        "bad-field-pattern",
        N_("The pattern '{pattern}' cannot be read at character {position}."),
        N_(
            "Use letters, digits, [a-z], \\d, groups, |, and ? * + or a count in curly brackets;"
            " anything else with a backslash before it."
        ),
        pattern=source[:60],
        position=str(position + 1),
    )


@dataclass(slots=True)
class Reader:
    """Recursive descent; what is read becomes places at once."""

    source: str
    at: int
    end: int
    depth: int = 0
    read: int = 0
    letters: list[Letter] = field(default_factory=list)
    follow: list[int] = field(default_factory=list)

    def refuse(self) -> NoReturn:
        refuse(self.source, self.at)

    def peek(self) -> str:
        return self.source[self.at] if self.at < self.end else ""

    def take(self, expected: str = "") -> str:
        letter = self.peek()
        if not letter or (expected and letter != expected):
            self.refuse()
        self.at += 1
        return letter

    def alternatives(self) -> Part:
        part = self.sequence()
        while self.peek() == "|":
            self.take()
            other = self.sequence()
            part = Part(part.empty or other.empty, part.first | other.first, part.last | other.last)
        return part

    def sequence(self) -> Part:
        part = Part(empty=True)
        while self.peek() not in {"", "|", ")"}:
            part = self.joined(part, self.repeated())
        return part

    def joined(self, one: Part, two: Part) -> Part:
        self.link(one.last, two.first)
        first = one.first | two.first if one.empty else one.first
        last = one.last | two.last if two.empty else two.last
        return Part(one.empty and two.empty, first, last)

    def link(self, ends: int, begins: int) -> None:
        for place in range(len(self.follow)):
            if ends >> place & 1:
                self.follow[place] |= begins

    def repeated(self) -> Part:
        start = self.at
        part = self.atom()
        low, high = self.times()
        if (low, high) == (1, 1):
            return part
        if high == 0:
            return Part(empty=True)
        return self._copies(start, self.at, part, low, high)

    def _copies(self, start: int, after: int, part: Part, low: int, high: int | None) -> Part:
        """`part` is the first copy; the others are read anew from the same text."""
        whole = Part(part.empty or low == 0, part.first, part.last)
        last = part
        for number in range(2, max(low, high or low) + 1):
            self.at = start
            last = self.atom()
            last.empty = last.empty or number > low
            whole = self.joined(whole, last)
        if high is None:
            self.link(last.last, last.first)
        self.at = after
        return whole

    def times(self) -> tuple[int, int | None]:
        sign = self.peek()
        simple: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        if sign in simple:
            self.take()
            found = simple[sign]
        elif sign == "{":
            found = self.counted()
        else:
            return 1, 1
        if self.peek() in {"?", "*", "+", "{"}:
            self.refuse()
        return found

    def counted(self) -> tuple[int, int | None]:
        self.take("{")
        low = self.number()
        high: int | None = low
        if self.peek() == ",":
            self.take()
            high = None if self.peek() == "}" else self.number()
        if high is not None and high < low:
            self.refuse()
        self.take("}")
        return low, high

    def number(self) -> int:
        digits = ""
        while self.peek() and self.peek() in "0123456789" and len(digits) < 4:
            digits += self.take()
        if not digits:
            self.refuse()
        return int(digits)

    def atom(self) -> Part:
        self.read += 1
        if self.read > MOST_READ:  # repeats of what is empty take no places
            self.refuse()
        letter = self.take()
        if letter == "(":
            return self.group()
        if letter == "[":
            return self.place(self.a_class())
        if letter == ".":
            return self.place(ANY)
        if letter == "\\":
            return self.place(Letter(self.escaped()))
        if letter in _SPECIAL:
            self.at -= 1
            self.refuse()
        return self.place(Letter(((ord(letter), ord(letter)),)))

    def group(self) -> Part:
        if self.source.startswith("?:", self.at):
            self.at += 2
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.refuse()
        part = self.alternatives()
        self.take(")")
        self.depth -= 1
        return part

    def a_class(self) -> Letter:
        other = self.peek() == "^"
        self.at += other
        ranges: list[tuple[int, int]] = []
        while self.peek() != "]" or not ranges:
            low = self.bound()
            high = low
            if self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in {"]", ""}:
                self.take()
                high = self.bound()
                if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] < low[0][0]:
                    self.refuse()
                low = ((low[0][0], high[0][1]),)
            ranges += low
        self.take("]")
        return Letter(tuple(ranges), other)

    def bound(self) -> Ranges:
        letter = self.take()
        if letter == "\\":
            return self.escaped()
        if letter in "[]":
            self.at -= 1
            self.refuse()
        return ((ord(letter), ord(letter)),)

    def escaped(self) -> Ranges:
        letter = self.take()
        if letter == "d":
            return _DIGITS
        if letter not in _SPECIAL | set("-/"):
            self.at -= 1
            self.refuse()
        return ((ord(letter), ord(letter)),)

    def place(self, letter: Letter) -> Part:
        if len(self.letters) >= MOST_PLACES:
            self.refuse()
        bit = 1 << len(self.letters)
        self.letters.append(letter)
        self.follow.append(0)
        return Part(empty=False, first=bit, last=bit)
