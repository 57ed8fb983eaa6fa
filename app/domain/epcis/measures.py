"""Units that measure the same: a query in degrees Celsius means what a sensor reported in Fahrenheit, too.

Codes of UN/ECE Recommendation 20, exact fractions. A unit that is not here compares with itself only.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple


class _Unit(NamedTuple):
    """`value * factor + offset` is in the first unit of its dimension."""

    dimension: str
    factor: Fraction
    offset: Fraction


def _units(dimension: str, factors: str) -> Iterable[tuple[str, _Unit]]:
    for pair in factors.split():
        code, _, factor = pair.partition("=")
        yield code, _Unit(dimension, Fraction(factor), Fraction(0))


UNITS: dict[str, _Unit] = {
    **dict(_units("mass", "KGM=1 GRM=0.001 MGM=0.000001 TNE=1000 LBR=0.45359237 ONZ=0.028349523125")),
    **dict(_units("length", "MTR=1 CMT=0.01 MMT=0.001 KMT=1000 INH=0.0254 FOT=0.3048")),
    **dict(_units("volume", "LTR=1 MLT=0.001 DMQ=1 HLT=100 MTQ=1000")),
    **dict(_units("pressure", "PAL=1 A97=100 KPA=1000 MBR=100 BAR=100000")),
    **dict(_units("time", "SEC=1 MIN=60 HUR=3600 DAY=86400")),
    **dict(_units("speed", "MTS=1 KMH=5/18")),
    **dict(_units("energy", "JOU=1 KJO=1000 WHR=3600 KWH=3600000")),
    **dict(_units("power", "WTT=1 KWT=1000 MAW=1000000")),
    **dict(_units("voltage", "VLT=1 2Z=0.001 KVT=1000")),
    **dict(_units("current", "AMP=1 4K=0.001")),
    **dict(_units("frequency", "HTZ=1 KHZ=1000 MHZ=1000000")),
    "KEL": _Unit("temperature", Fraction(1), Fraction(0)),
    "CEL": _Unit("temperature", Fraction(1), Fraction("273.15")),
    "FAH": _Unit("temperature", Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
}


def alike(unit: str) -> list[str]:
    """The units that can be said in this one, itself among them."""
    known = UNITS.get(unit)
    if known is None:
        return [unit]
    return [code for code, other in UNITS.items() if other.dimension == known.dimension]


def converted(value: Decimal, unit: str, wanted: str, *, difference: bool = False) -> Fraction | None:
    """The value in the unit `wanted`; None where that cannot be said. Of a `difference` (a deviation) only the size of
    the units counts, not where their zero is."""
    if unit == wanted:
        return Fraction(value)
    one, other = UNITS.get(unit), UNITS.get(wanted)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    if difference:
        return Fraction(value) * one.factor / other.factor
    return (Fraction(value) * one.factor + one.offset - other.offset) / other.factor
