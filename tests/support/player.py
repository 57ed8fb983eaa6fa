"""Puts random histories into the log as scans: under names of their own, minted beforehand, of two companies."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlmodel import Session

from app.domain.epcis import Event, Quantity
from app.domain.steps import LOT_TO_LOT, STEPS
from app.errors import TraceError
from app.services import capturing, masterdata, minting
from app.services.minting import MintRequest
from app.store.database import writing
from tests.services.test_lot_steps import further_units
from tests.support import histories
from tests.support.oracle import Op
from tests.support.world import World

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
TRIES = 4  # a station sends again what was refused because something before it had not arrived yet
BAG = 25
LOTS, PIECES, BOXES = 5, 2, 2  # of a company in a history, as a rule
PRODUCTS = {
    ("lot", "ana"): "powder",
    ("lot", "dee"): "paint",
    ("serial", "ana"): "module",
    ("serial", "dee"): "car",
}


@dataclass
class Names:
    """Identifiers minted beforehand, by whose and what: minting one at a time takes as long as all that is then said of
    them. Where they run out, one more is minted."""

    free: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    lots: Iterator[int] = field(default_factory=count)

    def mint(self, session: Session, world: World, number: int) -> None:
        """Enough for so many histories."""
        for who in histories.COMPANIES:
            for _ in range(number * LOTS):
                self.free[who, "lot"] += self._minted(session, world, who, "lot", 1)
            self.free[who, "serial"] += self._minted(session, world, who, "serial", number * PIECES)
            self.free[who, "logistic"] += self._minted(session, world, who, "logistic", number * BOXES)

    def take(self, session: Session, world: World, who: str, level: str) -> str:
        names = self.free[who, level] or self._minted(session, world, who, level, 1)
        return names.pop()

    def _minted(self, session: Session, world: World, who: str, level: str, number: int) -> list[str]:
        more = {"lot": f"L{next(self.lots)}"} if level == "lot" else {}
        product = world.at[PRODUCTS[level, who]] if level != "logistic" else ""
        request = MintRequest(level, number, product_epc=product, **more)
        return minting.mint(session, world.who(who), request, START - timedelta(hours=1))

    def copy(self) -> "Names":
        """Of the same names, in a copy of the database."""
        free = defaultdict(list, {key: list(names) for key, names in self.free.items()})
        return Names(free, count(1_000_000))


@dataclass
class Player:
    """Puts one history into the log, under names of its own."""

    session: Session
    world: World
    names: Names
    mark: str
    epcs: dict[str, str] = field(default_factory=dict)
    accepted: dict[int, Op] = field(default_factory=dict)
    seqs: dict[int, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def name(self, ops: Iterable[Op]) -> None:
        for op in ops:
            if op.kind in {"make", "produce"}:
                self._name(op.who, op.item, "lot" if op.amount else "serial")
            if op.other:
                self._name(op.who, op.other, "lot")
            if op.box.startswith("box"):
                self._name(op.who, op.box, "logistic")

    def _name(self, who: str, name: str, level: str) -> None:
        if name not in self.epcs:
            self.epcs[name] = self.names.take(self.session, self.world, who, level)

    def play(self, arrivals: list[Op]) -> None:
        waiting = arrivals
        for _ in range(TRIES):
            again = []
            for op in waiting:
                try:
                    self._take(op)
                except TraceError as error:
                    self.refused[error.code] += 1
                    again.append(op)
            waiting = again

    def _take(self, op: Op) -> None:
        who, now = self.world.who(op.who), START + timedelta(days=2)
        if op.kind == "correct":
            if op.of not in self.seqs:
                raise TraceError("not-there", "")
            capturing.correct(self.session, self.seqs[op.of], who, now, "did_not_occur")
        else:
            self.seqs[op.key] = capturing.capture(self.session, self._event(op), who, now).seq
        self.accepted[op.key] = op

    def _event(self, op: Op) -> Event:
        step = STEPS[{"make": "commission"}.get(op.kind, op.kind)]
        company = self.world.who(op.who).prefix
        site = self.world.at["plant" if op.who == "ana" else "dock"]
        lists: dict[str, Any] = {}
        extensions: dict[str, Any] = {"suyuan:step": step.name}
        role = "input" if step.name in LOT_TO_LOT else step.role
        if op.item in self.epcs:
            plain, counted = _LISTS[role]
            amounts, factors = self._counted(op)
            lists = {counted: amounts} if op.amount else {plain: (self.epcs[op.item],)}
            if factors:
                extensions["suyuan:factors"] = factors
        if op.other:
            lists["output_quantity_list"] = (
                Quantity(self.epcs[op.other], Decimal(str(float(op.more))), "KGM"),
            )
        pair = "possessing_party"
        to = self.world.who(op.to).prefix if op.to else ""
        sent = op.kind == "ship"
        return Event(
            step.event_type,
            START + timedelta(minutes=op.time),
            action=step.action,
            biz_step=step.biz_step,
            read_point=site,
            biz_location=site,
            parent_id=self.epcs.get(op.box, ""),
            transformation_id=f"urn:uuid:00000000-0000-4000-8000-{op.run}" if op.run else "",
            source_list=((pair, f"hdl:{company}"),) if sent else (),
            destination_list=((pair, f"hdl:{to}"),) if sent else (),
            extensions=extensions,
            **lists,
        )

    def _counted(self, op: Op) -> tuple[tuple[Quantity, ...], dict[str, dict[str, str]]]:
        """Now and then in bags or grams."""
        epc = self.epcs[op.item]
        if op.amount and op.amount % BAG == 0 and op.key % 2:
            return (Quantity(epc, Decimal(int(op.amount / BAG)), "BG"),), {epc: {"BG": str(BAG)}}
        if op.key % 3 == 1:
            return (Quantity(epc, Decimal(int(op.amount * 1000)), "GRM"),), {epc: {"GRM": "0.001"}}
        return (Quantity(epc, Decimal(str(float(op.amount))), "KGM"),), {}


_LISTS = {
    "object": ("epc_list", "quantity_list"),
    "child": ("child_epcs", "child_quantity_list"),
    "input": ("input_epc_list", "input_quantity_list"),
    "output": ("output_epc_list", "output_quantity_list"),
}


def with_paint(world: World) -> World:
    """Dee makes paint by the kilogram, too."""
    with writing(world.engine) as session:
        product = masterdata.create_product(
            session, world.dee, part_number="PAINT", name_zh="漆", name_en="paint", unit="KGM",
            tracing="lot", now=world.now,
        )  # fmt: skip
    world.at["paint"] = product.epc
    further_units(world, "powder", f"BG = {BAG}")
    return world
