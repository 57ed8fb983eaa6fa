"""Which application identifiers must and must not stand beside each other (General Specifications 4.13, 4.14)."""

from collections.abc import Iterable, Sequence

from app.domain.gs1.ais import AIS
from app.domain.gs1.elements import bracketed
from app.domain.gs1.keys import given_twice
from app.domain.gs1.showing import shown
from app.errors import N_, Malformed

_SERIALISED_AFTER = {"253": 13, "255": 13, "8003": 14}  # a digital signature signs one thing, not its kind


def check(elements: Sequence[tuple[str, str]]) -> None:
    """Malformed `bad-gs1-key` for one code with two values, `bad-gs1-data` for what misses or excludes another."""
    found: dict[str, str] = {}
    for code, value in elements:
        if found.setdefault(code, value) != value:
            given_twice(code, found[code], value)
    for code in found:
        _check_excluded(code, found, elements)
        _check_required(code, found, elements)
    if "8030" in found and any(
        len(found.get(code, "")) == length for code, length in _SERIALISED_AFTER.items()
    ):
        _refuse(
            elements, "8030", N_("({ai}) needs ({others}) beside it, with a serial number; this holds “{value}”."),
            "253, 255, 8003",
        )  # fmt: skip


def _check_excluded(code: str, found: Iterable[str], elements: Sequence[tuple[str, str]]) -> None:
    for pattern in AIS[code].excludes if code in AIS else ():
        other = next((o for o in found if o != code and _matches(o, pattern)), "")
        if other:
            _refuse(
                elements,
                code,
                N_("({ai}) and ({others}) cannot be in one code; this holds “{value}”."),
                other,
            )


def _check_required(code: str, found: Iterable[str], elements: Sequence[tuple[str, str]]) -> None:
    for rule in AIS[code].requires if code in AIS else ():
        if not any(
            all(any(o != code and _matches(o, one) for o in found) for one in together) for together in rule
        ):
            others = ", ".join("+".join(together) for together in rule)
            _refuse(elements, code, N_("({ai}) needs ({others}) beside it; this holds “{value}”."), others)


def _matches(code: str, pattern: str) -> bool:
    digits = pattern.rstrip("n")
    return len(code) == len(pattern) and code.startswith(digits)


def _refuse(elements: Sequence[tuple[str, str]], code: str, message: str, others: str) -> None:
    raise Malformed(
        "bad-gs1-data",
        message,
        N_("All codes on the thing count together: scan the other one too, or print the label anew."),
        ai=code, others=others, value=shown(bracketed(elements)), position=1,
    )  # fmt: skip
