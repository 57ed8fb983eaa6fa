"""What a thing is and where it is, as values: its state after the last event, and how much of a lot is where.

Prefixes (`holder`, `to`, `origin`) and EPCs (`site`, `container`) are str; "" means none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

NOTHING = Decimal(0)
_NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Balance:
    """How much of a lot is at a holder's site, in transit `to` someone, or inside a `container`."""

    holder: str = ""
    site: str = ""
    to: str = ""
    container: str = ""
    origin: str = ""
    quantity: Decimal = NOTHING

    @property
    def place(self) -> tuple[str, str, str, str]:
        return self.holder, self.site, self.to, self.container


@dataclass(frozen=True, slots=True)
class State:
    """A thing after its last event. In transit, `holder` is the sender, `site` empty, `to` the addressee.

    Of a lot, `holder` is who minted it; who has how much of it stands in `balances`.
    `bond` says what ties it to `container`: packed or assembled; that of a serial that was used up is consumed.
    """

    level: str
    lifecycle: str = "reserved"
    disposition: str = ""
    holder: str = ""
    site: str = ""
    to: str = ""
    origin: str = ""
    container: str = ""
    bond: str = ""
    held: str = ""
    unit: str = ""
    balances: tuple[Balance, ...] = ()
    last_time: datetime | None = None

    def is_later(self, moment: datetime) -> bool:
        """Whether something is on record of it that happened after that."""
        return self.last_time is not None and self.last_time > moment


def carried_along(states: Mapping[str, State]) -> list[str]:
    """Of the things that an event changed those that are somebody's by themselves: what is built into another goes with
    it, and is not for everybody who has that."""
    return [epc for epc, state in states.items() if state.bond != "assembled"]


def exact(quantity: Decimal | None) -> str:
    """A quantity as people write it, without zeros that say nothing."""
    return f"{quantity.normalize():f}" if quantity is not None else ""


def total(balances: Iterable[Balance]) -> Decimal:
    return sum((balance.quantity for balance in balances), NOTHING)


def put(balances: Iterable[Balance], added: Iterable[Balance]) -> tuple[Balance, ...]:
    """The balances with `added`, one for each place, ordered by place; the newest known origin stays."""
    found: dict[tuple[str, str, str, str], Balance] = {}
    for new in (*balances, *added):
        old = found.get(new.place, Balance())
        found[new.place] = replace(new, quantity=old.quantity + new.quantity, origin=new.origin or old.origin)
    return tuple(found[place] for place in sorted(found) if found[place].quantity)


def take(
    balances: Iterable[Balance], where: Callable[[Balance], bool], quantity: Decimal
) -> tuple[tuple[Balance, ...], tuple[Balance, ...]]:
    """(what stays, what was taken): up to `quantity` from the balances where `where` holds, in their order."""
    rest: list[Balance] = []
    taken: list[Balance] = []
    for balance in balances:
        part = min(balance.quantity, quantity) if where(balance) else NOTHING
        quantity -= part
        if part:
            taken.append(replace(balance, quantity=part))
        if part != balance.quantity:
            rest.append(replace(balance, quantity=balance.quantity - part))
    return tuple(rest), tuple(taken)


def containers(state: State) -> frozenset[str]:
    """Everything the thing, or a part of the lot, is directly in."""
    if not state.balances:
        return frozenset((state.container,)) if state.container else _NOWHERE
    found = {state.container, *(balance.container for balance in state.balances)}
    return frozenset(found - {""})
