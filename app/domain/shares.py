"""Parts of a whole in percent, as an auditor reads them: 100 % is all of it, and 0 % none."""

from decimal import ROUND_HALF_UP, Decimal

WHOLE, NONE, STEP = Decimal(100), Decimal(0), Decimal("0.01")


def share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """To two decimals; nothing of nothing is all of it. Never rounded to 100 when it is a little less or more, nor to 0
    when it is something: who reads 100 % looks for nothing any more."""
    if not whole:
        return WHOLE if not part else NONE
    exact = Decimal(part) * 100 / Decimal(whole)
    rounded = exact.quantize(STEP, ROUND_HALF_UP)
    for edge in (WHOLE, NONE):
        if rounded == edge and exact != edge:
            return edge + (STEP if exact > edge else -STEP)
    return rounded
