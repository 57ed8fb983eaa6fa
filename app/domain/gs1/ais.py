"""Application identifiers by their code, and by the beginning of a string. What they hold is checked in `elements`."""

import re
from dataclasses import dataclass
from functools import cached_property

from app.domain.gs1.ai_table import TABLE

_COMPONENT = re.compile(r"(\??)([NXYZ])([0-9]+)(?:-([0-9]+))?(?::(.*))?")
CHARACTERS = {
    "N": re.compile(r"[0-9]*"),
    "X": re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*"""),
    "Y": re.compile(r"[#\-/0-9A-Z]*"),
    "Z": re.compile(r"[\-0-9A-Z_a-z]*={0,2}"),
}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a value: a row of `least` to `most` characters, with the rules of `lints` their content obeys."""

    charset: str
    least: int
    most: int
    lints: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Ai:
    """One application identifier. `requires` holds, for every rule, the sets of codes of which one must be beside it;
    `excludes` what must not. A code in them may end in `n` for any digit. `attribute`: a Digital Link may hold it.
    """

    code: str
    title: str
    components: tuple[Component, ...]
    predefined: bool
    attribute: bool
    requires: tuple[tuple[tuple[str, ...], ...], ...] = ()
    excludes: tuple[str, ...] = ()

    @cached_property
    def least(self) -> int:
        return sum(part.least for part in self.components if not part.optional)

    @cached_property
    def free(self) -> re.Pattern[str] | None:
        """What every value matches, where there is one component and no rule about its content; else None."""
        part = self.components[0]
        if len(self.components) > 1 or part.lints or part.charset == "Z":
            return None
        one = CHARACTERS[part.charset].pattern.removesuffix("*")
        return re.compile(f"{one}{{{part.least},{part.most}}}")

    @cached_property
    def most(self) -> int:
        return sum(part.most for part in self.components)


def _component(text: str) -> Component:
    match = _COMPONENT.fullmatch(text)
    assert match is not None, text
    optional, charset, least, most, lints = match.groups()
    names = tuple(lints.split(",")) if lints else ()
    return Component(charset, int(least), int(most or least), names, bool(optional))


def _rows() -> dict[str, Ai]:
    found: dict[str, Ai] = {}
    for line in TABLE.strip().splitlines():
        codes, form, rules, title = (field.strip() for field in line.split("|"))
        marks = codes[len(codes.rstrip("=/")) :]
        first, _, last = codes.rstrip("=/").partition("-")
        requires = tuple(
            tuple(tuple(one.split("&")) for one in rule[1:].split(","))
            for rule in rules.split()
            if rule[0] == "+"
        )
        excludes = tuple(code for rule in rules.split() if rule[0] == "-" for code in rule[1:].split(","))
        components = tuple(_component(part) for part in form.split())
        for number in range(int(first), int(last or first) + 1):
            code = f"{number:0{len(first)}d}"
            found[code] = Ai(code, title, components, "=" in marks, "/" not in marks, requires, excludes)
    return found


AIS = _rows()
_CODE_LENGTH = {code[:2]: len(code) for code in AIS}
# General Specifications 7.8.5: length of the value by the first two digits, also of codes not yet given out
PREDEFINED = {"00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "20": 2, "41": 13}
PREDEFINED |= {str(n): 6 for n in (*range(11, 20), *range(31, 37))}


def code_at(text: str, place: int = 0) -> str:
    """The code that stands at `place`, or "" where none that is given out does. The first two digits say its length."""
    start = text[place : place + 2]
    code = text[place : place + _CODE_LENGTH.get(start, 0)]
    return code if code in AIS else ""


def code_length(start: str) -> int:
    """How long the codes are that begin with these two digits; 0 where there are none."""
    return _CODE_LENGTH.get(start, 0)
