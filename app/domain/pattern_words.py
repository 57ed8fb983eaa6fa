"""The words a suffix pattern is written in: its tokens, read one after the other, with the place of what is wrong."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from app.domain import check_characters, serials
from app.errors import N_, Malformed

LONGEST = 200
WORDS = {
    "lot": N_("{lot}: the lot number"),
    "part": N_("{part}: the part number"),
    "year": N_("{year}: the year, four digits"),
    "date": N_("{date:%y%m%d}: the production date, or today; %Y %y %m %d, %j day of the year, %G %V week"),
    "serial": N_("{serial:random16}: 16 random characters; {serial:digits8}: 8 random digits"),
    "counter": N_(
        "{counter:6}: counts on with 6 digits; {counter:4/lot} anew for each lot; /day /month /year"
    ),
    "check": N_("{check:mod37}: a check character, at the end; also mod1271, luhn36"),
}
_DATE = re.compile(r"(?:%[YGymdjV]|[A-Za-z0-9._-])+")
_SERIAL = re.compile(r"(random|digits)([1-9]\d?)")
_COUNTER = re.compile(r"([1-9]\d?)(?:/(\w*))?")
SCOPES = ("lot", "day", "month", "year")
_MOST_RANDOM, _MOST_DIGITS = 40, 18


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: kind 'text' with the text as `option`, or a word of WORDS. `size` counts characters.

    `option` is 'random' or 'digits' of a serial, the system of a check, the format of a date; `scope` of a counter.
    """

    kind: str
    option: str = ""
    size: int = 0
    scope: str = ""
    at: int = field(default=0, compare=False)  # position in what was typed, from 1

    @property
    def text(self) -> str:
        if self.kind == "text":
            return self.option
        detail = {
            "serial": f":{self.option}{self.size}",
            "counter": f":{self.size}" + (f"/{self.scope}" if self.scope else ""),
            "date": f":{self.option}",
            "check": f":{self.option}",
        }
        return f"{{{self.kind}{detail.get(self.kind, '')}}}"

    @property
    def choices(self) -> int:
        """Of how many equally likely texts it takes one at random; 1 where nothing is random."""
        if self.kind != "serial":
            return 1
        return int((10 if self.option == "digits" else len(serials.ALPHABET)) ** self.size)

    @property
    def bits(self) -> float:
        return math.log2(self.choices)

    def bytes_for(self, count: int) -> int:
        """Digits take 8 bytes more than they need, so that no digit is likelier by more than 1 in 2^64."""
        if self.kind != "serial" or not count:
            return 0
        if self.option == "digits":
            return count * (math.ceil(self.bits / 8) + 8)
        return math.ceil(count * self.size / 16) * serials.RANDOM_BYTES

    def dated(self, day: date) -> str:
        return day.strftime("%Y" if self.kind == "year" else self.option).upper()


def tokens_of(text: str) -> Iterator[Token]:
    """Raises Malformed `bad-pattern` with the position of the first character that is wrong."""
    if not text or len(text) > LONGEST:
        _bad(text, min(len(text), LONGEST) + 1, N_("A pattern has 1 to 200 characters."))
    place = 0
    while place < len(text):
        if text[place] == "{":
            end = text.find("}", place)
            if end < 0:
                _bad(text, place + 1, N_("The brace at position {position} is not closed."))
            yield _token(text, place, end)
            place = end + 1
        else:
            fixed = re.match(r"[A-Za-z0-9._-]+", text[place:])
            if not fixed:
                _bad(text, place + 1, N_("“{character}” at position {position} cannot stand in a name."))
            yield Token("text", fixed[0].upper(), at=place + 1)
            place += len(fixed[0])


def _token(text: str, start: int, end: int) -> Token:
    word, colon, option = text[start + 1 : end].partition(":")
    at, inside = start + 1, start + 2 + len(word) + len(colon)  # positions of the brace and of the option
    if word not in WORDS:
        _bad(text, at + 1, N_("“{word}” at position {position} is no word of patterns."), word=word[:40])
    if word in {"lot", "part", "year"}:
        if colon:
            _bad(text, inside - 1, N_("“{word}” takes nothing after it (position {position})."), word=word)
        return Token(word, at=at)
    token = _READERS[word](option, at)
    if token is None:
        wrong, used = inside + _good_length(word, option), f"{word}:{option}"[:60]
        _bad(text, wrong, N_("“{word}” cannot be used like that (position {position})."), word=used)
    return token


def _date(option: str, at: int) -> Token | None:
    return Token("date", option, at=at) if _DATE.fullmatch(option) and "%" in option else None


def _check(option: str, at: int) -> Token | None:
    length = check_characters.LENGTHS.get(option)
    return Token("check", option, length, at=at) if length else None


def _serial(option: str, at: int) -> Token | None:
    found = _SERIAL.fullmatch(option)
    fits = found and int(found[2]) <= (_MOST_RANDOM if found[1] == "random" else _MOST_DIGITS)
    return Token("serial", found[1], int(found[2]), at=at) if found and fits else None


def _counter(option: str, at: int) -> Token | None:
    found = _COUNTER.fullmatch(option)
    fits = found and int(found[1]) <= _MOST_DIGITS and found[2] in {None, *SCOPES}
    return Token("counter", "", int(found[1]), found[2] or "", at=at) if found and fits else None


_READERS: dict[str, Callable[[str, int], Token | None]] = {
    "date": _date,
    "check": _check,
    "serial": _serial,
    "counter": _counter,
}


def _good_length(word: str, option: str) -> int:
    """How far the option is right: what follows is the character to point at."""
    if word == "counter":
        return option.find("/") + 1
    starts = {"date": "(?:%[YGymdjV]|[A-Za-z0-9._-])*", "serial": "(?:random|digits)?", "check": ""}
    found = re.match(starts[word], option)
    return found.end() if found else 0


def repeats(tokens: Sequence[Token], text: str, tracing: str) -> None:
    """Raises Malformed for patterns whose names must repeat, or that cannot be read back."""
    kinds = [token.kind for token in tokens]
    for kind in ("counter", "check"):
        if kinds.count(kind) > 1:
            second = [token for token in tokens if token.kind == kind][1]
            _bad(text, second.at, N_("There can be only one {word} (position {position})."), word=kind)
    if "check" in kinds and kinds[-1] != "check":
        at = next(token.at for token in tokens if token.kind == "check")
        _bad(text, at, N_("A check character stands at the end (position {position})."))
    telling = {"serial", "counter"} | ({"lot"} if tracing == "lot" else set())
    if not telling & set(kinds):
        _bad(text, len(text) + 1, N_("All names would be the same: a counter or a random part is missing."))
    counter = next((token for token in tokens if token.kind == "counter"), None)
    if counter and counter.scope and not _tells(tokens, counter.scope):
        message = N_(
            "A counter that starts anew for each {word} needs it in the name as well (position {position})."
        )
        _bad(text, counter.at, message, word=counter.scope)


def _tells(tokens: Sequence[Token], scope: str) -> bool:
    """Whether the name says what the counter starts anew for."""
    if scope == "lot":
        return any(token.kind == "lot" for token in tokens)
    written = {
        piece for token in tokens for piece in re.findall("%.", token.option if token.kind == "date" else "")
    }
    year = bool({"%Y", "%y"} & written) or any(token.kind == "year" for token in tokens)
    month = "%m" in written
    day = "%j" in written or (month and "%d" in written)
    return {"year": year, "month": year and (month or "%j" in written), "day": year and day}[scope]


def _bad(text: str, position: int, message: str, **values: str) -> NoReturn:
    raise Malformed(
        "bad-pattern",
        message,
        N_(
            "Fixed text is letters, digits, dot, hyphen and underscore; the words in braces are listed below."
        ),
        position=position,
        character=text[position - 1 : position],
        pattern=text[:LONGEST],
        field="pattern",
        **values,
    )
