"""Patterns that a field's text has to fit: a regular language only, matched in time that grows with the text alone.

Letters, digits, `.`, `\\d`, classes, groups, `|`, `?`, `*`, `+`, `{n,m}`; always of the whole text. No look-around,
back references or lazy repeats. Matched as an automaton, so that no pattern can make a match take long.
"""

from dataclasses import dataclass

from app.domain.templates.expression_reader import ANY, Letter, Part, Reader, refuse

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Expression:
    """`portable` is the pattern in the syntax that ECMAScript and Python read alike, anchored at both ends."""

    letters: list[Letter]
    follow: list[int]
    whole: Part
    portable: str

    def fits(self, text: str) -> bool:
        """Whether the whole text does. Takes at most len(text) × MOST_PLACES steps."""
        if not text:
            return self.whole.empty
        known: dict[str, int] = {}
        reach, here = self.whole.first, 0
        for letter in text:
            if letter not in known:
                code = ord(letter)
                known[letter] = sum(1 << n for n, each in enumerate(self.letters) if each.takes(code))
            here = reach & known[letter]
            if not here:
                return False
            reach, left = 0, here
            while left:
                lowest = left & -left
                reach |= self.follow[lowest.bit_length() - 1]
                left ^= lowest
        return bool(here & self.whole.last)


def compiled(source: str) -> Expression:
    """Raises Malformed `bad-field-pattern` with the character that cannot be used."""
    if len(source) > LONGEST:
        refuse(source, LONGEST)
    start = 1 if source.startswith("^") else 0
    end = len(source) - (source.endswith("$") and not source.endswith("\\$"))
    reader = Reader(source, start, end)
    whole = reader.alternatives()
    if reader.at < reader.end:
        reader.refuse()
    return Expression(reader.letters, reader.follow, whole, f"^(?:{_portable(source, start, end)})$")


def _portable(source: str, start: int, end: int) -> str:
    """Classes written out, since what `\\d`, `.` and odd signs in brackets mean differs from engine to engine."""
    reader = Reader(source, start, end)
    told = ""
    while letter := reader.peek():
        reader.take()
        if letter == "[":
            told += _class_text(reader.a_class())
        elif letter == ".":
            told += _class_text(ANY)
        elif letter == "\\":
            escaped = reader.take()
            told += {"d": "[0-9]", "-": "-"}.get(escaped, letter + escaped)
        else:
            told += letter
    return told


def _class_text(letter: Letter) -> str:
    ranges = "".join(f"{_sign(low)}-{_sign(high)}" for low, high in letter.ranges)
    return f"[{'^' if letter.other else ''}{ranges}]"


def _sign(code: int) -> str:
    return chr(code) if code > 0xFFFF or (chr(code).isascii() and chr(code).isalnum()) else f"\\u{code:04x}"
