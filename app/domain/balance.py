"""The mass balance of one lot for one company as a value: received + produced = shipped + on hand + consumed + scrap
+ rework + samples + loss, in one unit, every difference listed with what it comes from. `ledger` works it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.places import NOTHING
from app.domain.shares import share
from app.errors import N_

IN = ("received", "produced")
OUT = ("shipped", "consumed", "scrap", "rework", "samples", "loss")
KIND_NAMES = {
    "received": N_("Received"),
    "produced": N_("Produced"),
    "shipped": N_("Shipped"),
    "consumed": N_("Used up"),
    "scrap": N_("Scrap"),
    "rework": N_("Into rework"),
    "samples": N_("Samples"),
    "loss": N_("Loss"),
}
KIND_OF_STEP = {
    "commission": "produced",
    "produce": "produced",
    "receive": "received",
    "ship": "shipped",
    "return": "shipped",
    "consume": "consumed",
    "assemble": "consumed",
    "scrap": "scrap",
    "rework": "rework",
    "sample": "samples",
    "loss": "loss",
}
DIFFERENCES = {
    "more-than-there-was": N_("{quantity} {unit} more were booked out ({step}, {time}) than there were."),
    "less-than-booked": N_("{quantity} {unit} less arrived than were booked in ({step}, {time})."),
    "found": N_("{quantity} {unit} turned up ({step}, {time}) without a record of how they came."),
    "gone": N_("{quantity} {unit} went ({step}, {time}) without a record of where."),
    "received-more": N_("{quantity} {unit} more were received at {time} than were on their way."),
    "not-received": N_("{quantity} {unit} shipped to {party} are not recorded as received."),
    "other-unit": N_(
        "{quantity} {unit} ({step}, {time}) cannot be counted: nothing says how to convert them."
    ),
    "run-short": N_("{quantity} {unit} less came out of {run} than went in."),
    "run-over": N_("{quantity} {unit} more came out of {run} than went in."),
    "index-differs": N_("The stock on file differs by {quantity} {unit} from what the log tells."),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One event that made the company's stock of the lot larger (kinds of IN) or smaller (kinds of OUT).

    `party` is the prefix of the other side, `documents` (type, number) pairs, `epcs` the other things of a run.
    """

    kind: str
    step: str
    quantity: Decimal
    event_id: str
    event_time: datetime
    site: str = ""
    party: str = ""
    documents: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    epcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """`quantity` above zero is missing, below zero more than there can be. `message` is a msgid template of `values`.

    `waiting`: only somebody else's record is still to come. `outside`: it explains nothing of the equation, which
    holds all the same: of a run, or between two companies."""

    code: str
    quantity: Decimal
    values: Mapping[str, Any]
    event_id: str = ""
    waiting: bool = False
    outside: bool = False

    @property
    def message(self) -> str:
        return DIFFERENCES[self.code]


@dataclass(frozen=True, slots=True)
class Stock:
    """How much of it the company has where."""

    site: str
    container: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Run:
    """What went into and came out of one split, merge, repack or rework, in one `unit`. `things` says of each lot how
    much, negative for what went in."""

    run: str
    step: str
    unit: str
    put_in: Decimal
    came_out: Decimal
    things: tuple[tuple[str, Decimal], ...] = ()

    @property
    def missing(self) -> Decimal:
        return self.put_in - self.came_out


@dataclass(frozen=True, slots=True)
class MassBalance:
    """The balance of `epc` for `organisation` (a prefix); all quantities in `unit`.

    `in_transit` is the part of `shipped` that nobody has received yet, `coming` what is on its way to the company."""

    epc: str
    organisation: str
    unit: str
    totals: Mapping[str, Decimal]
    on_hand: Decimal
    in_transit: Decimal = NOTHING
    coming: Decimal = NOTHING
    stock: tuple[Stock, ...] = ()
    movements: tuple[Movement, ...] = ()
    differences: tuple[Difference, ...] = ()
    runs: tuple[Run, ...] = ()
    gap: Decimal | None = None  # the difference, where rounding to another unit would show one that is none

    def of(self, kind: str) -> Decimal:
        return self.totals.get(kind, NOTHING)

    @property
    def taken_in(self) -> Decimal:
        return sum((self.of(kind) for kind in IN), NOTHING)

    @property
    def given_out(self) -> Decimal:
        return sum((self.of(kind) for kind in OUT), NOTHING)

    @property
    def difference(self) -> Decimal:
        """What the equation lacks: above zero is missing, below zero is more than there can be."""
        return self.taken_in - self.given_out - self.on_hand if self.gap is None else self.gap

    @property
    def percentage(self) -> Decimal | None:
        """How much of what came in is accounted for, to the hundredth; None when nothing came in."""
        if not self.taken_in:
            return None
        return share(self.taken_in - self.difference, self.taken_in)

    @property
    def balanced(self) -> bool:
        """Nothing is missing and nothing too much; what only waits for a partner's record does not count."""
        return self.difference == 0 and all(each.waiting for each in self.differences)

    def in_unit(self, unit: str, factor: Decimal) -> "MassBalance":
        """The same in another unit, of which one of the present unit is `factor`. The runs keep their own units."""
        return replace(
            self,
            unit=unit,
            totals={kind: quantity * factor for kind, quantity in self.totals.items()},
            on_hand=self.on_hand * factor,
            in_transit=self.in_transit * factor,
            coming=self.coming * factor,
            stock=tuple(replace(each, quantity=each.quantity * factor) for each in self.stock),
            movements=tuple(replace(each, quantity=each.quantity * factor) for each in self.movements),
            differences=tuple(_scaled(each, unit, factor) for each in self.differences),
            gap=self.difference * factor,
        )


def summed(balances: Iterable[MassBalance], unit: str) -> MassBalance:
    """Several lots as one, all in `unit` already: the last line of a sheet. Movements and stock stay with the lots."""
    rows = list(balances)
    if wrong := [row.unit for row in rows if row.unit != unit]:
        raise ValueError(f"not in {unit}: {wrong[0]}")
    totals = {kind: sum((row.of(kind) for row in rows), NOTHING) for kind in (*IN, *OUT)}
    return MassBalance(
        epc="",
        organisation=rows[0].organisation if rows else "",
        unit=unit,
        totals=totals,
        on_hand=sum((row.on_hand for row in rows), NOTHING),
        in_transit=sum((row.in_transit for row in rows), NOTHING),
        coming=sum((row.coming for row in rows), NOTHING),
        differences=tuple(each for row in rows for each in row.differences),
        gap=sum((row.difference for row in rows), NOTHING),
    )


def _scaled(difference: Difference, unit: str, factor: Decimal) -> Difference:
    if difference.code.startswith("run-"):
        return difference
    values = dict(difference.values) | {"quantity": difference.values["quantity"] * factor, "unit": unit}
    return replace(difference, quantity=difference.quantity * factor, values=values)
