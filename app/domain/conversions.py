"""Amounts of one thing in another unit: what units themselves say (kilograms, grams), and what a product adds (a box of
it has 12 pieces). Pure; units are UN/ECE Recommendation 20 codes.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from app.errors import N_, Malformed

FINEST = Decimal("0.000001")  # what the store keeps of a quantity
MOST = 12
LONGEST = 300
_ROW = re.compile(r"(?:1\s*)?([A-Z0-9]{2,3})\s*=\s*([0-9]{1,9}(?:[.][0-9]{1,9})?)(?:\s*([A-Z0-9]{2,3}))?")

# mass, volume, length, area, energy, number: each unit with how much of the line's first one it is
_MEASURES = (
    "KGM 1 GRM 0.001 MGM 0.000001 TNE 1000 LBR 0.45359237 ONZ 0.028349523125",
    "LTR 1 MLT 0.001 CLT 0.01 HLT 100 DMQ 1 MTQ 1000 GLL 3.785411784",
    "MTR 1 CMT 0.01 MMT 0.001 KMT 1000 INH 0.0254 FOT 0.3048",
    "MTK 1 CMK 0.0001 MMK 0.000001",
    "KWH 1 WHR 0.001 MWH 1000",
    "H87 1 C62 1 EA 1 PR 2 DZN 12 GRO 144 MIL 1000",
)
_UNITS = {
    unit: (measure, Fraction(size))
    for measure, words in enumerate(line.split() for line in _MEASURES)
    for unit, size in zip(words[::2], words[1::2], strict=True)
}


def rate(
    given: str, wanted: str, base: str = "", own: Mapping[str, Decimal] | None = None
) -> Fraction | None:
    """How many `wanted` one `given` is, None where nothing says so. `own` holds how many `base`, the unit that a
    product is kept in, one of each further unit of it is."""
    if given == wanted:
        return Fraction(1)
    if direct := _plain(given, wanted):
        return direct
    if not base or not own:
        return None
    ours, theirs = _in_base(given, base, own), _in_base(wanted, base, own)
    return ours / theirs if ours and theirs else None


def converted(quantity: Decimal, rate_of: Fraction) -> Decimal:
    """To the millionth, which is what can be kept of a quantity."""
    exact = Fraction(quantity) * rate_of
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(FINEST).normalize() + 0


def text_of(rate_of: Fraction) -> str:
    """As events carry it: a decimal number, exact where there is one of 28 digits."""
    return f"{(Decimal(rate_of.numerator) / Decimal(rate_of.denominator)).normalize():f}"


def _plain(given: str, wanted: str) -> Fraction | None:
    one, other = _UNITS.get(given), _UNITS.get(wanted)
    return one[1] / other[1] if one and other and one[0] == other[0] else None


def _in_base(unit: str, base: str, own: Mapping[str, Decimal]) -> Fraction | None:
    if unit == base:
        return Fraction(1)
    if unit in own:
        return Fraction(own[unit])
    if direct := _plain(unit, base):
        return direct
    ways = (step * Fraction(factor) for known, factor in own.items() if (step := _plain(unit, known)))
    return next(ways, None)


def read(text: str, base: str) -> dict[str, Decimal]:
    """The further units of a product as people write them: "BX = 12, KGM = 0.5", each how many `base` one is.

    Raises Malformed for what cannot be read, stands twice, or contradicts the units themselves."""
    found: dict[str, Decimal] = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;\n]", text.upper()))):
        row = _ROW.fullmatch(part)
        if row is None or row[3] not in (None, base) or row[1] in found or not Decimal(row[2]):
            raise _bad(part, base)
        unit, factor = row[1], Decimal(row[2]).normalize() + 0
        if unit == base or (_plain(unit, base) or Fraction(factor)) != Fraction(factor):
            raise _bad(part, base)
        found[unit] = factor
    if len(found) > MOST or len(written(found)) > LONGEST:
        raise Malformed(
            "too-many-units",
            N_("A product has at most {most} further units."),
            N_("Leave out those that nobody counts in."),
            most=MOST,
            field="conversions",
        )
    return found


def written(own: Mapping[str, Decimal]) -> str:
    """The inverse of `read`."""
    return ", ".join(f"{unit} = {factor:f}" for unit, factor in own.items())


def _bad(part: str, base: str) -> Malformed:
    return Malformed(
        "bad-conversion",
        N_("'{text}' does not say how much {base} one of another unit is."),
        N_("Write the code of the unit and a number, like BX = 12."),
        text=part[:40],
        base=base,
        field="conversions",
    )
