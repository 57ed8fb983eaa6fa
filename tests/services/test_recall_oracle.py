"""Recall and mass balance beside a brute-force replay that shares no code with them, on random genealogies: splits,
merges, rework, packing, returns, corrections, circles refused, late arrivals in shuffled order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import Session, select

from app.domain import genealogy
from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import LOT_TO_LOT, STEPS
from app.errors import TraceError
from app.services import balancing, capturing, minting
from app.services.minting import MintRequest
from app.services.verifying import verify_log
from app.store import walks
from app.store.database import reading, writing
from app.store.tables import Thing
from tests.services.test_lot_steps import further_units
from tests.support import histories, oracle
from tests.support.oracle import Op
from tests.support.world import World

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
TRIES = 4  # a station sends again what was refused because something before it had not arrived yet
KINDS = ("received", "produced", "shipped", "consumed", "scrap", "rework", "samples", "loss")
BAG = 25


@dataclass
class Player:
    """Puts one history into the log, under names of its own."""

    session: Session
    world: World
    mark: str
    epcs: dict[str, str] = field(default_factory=dict)
    accepted: dict[int, Op] = field(default_factory=dict)
    seqs: dict[int, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def mint(self, ops: Iterable[Op]) -> None:
        for op in ops:
            who = self.world.who(op.who)
            if op.kind in {"make", "produce"} and op.item not in self.epcs:
                self._mint(who, op.item, "lot" if op.amount else "serial")
            if op.other and op.other not in self.epcs:
                self._mint(who, op.other, "lot")
            if op.box.startswith("box") and op.box not in self.epcs:
                self._mint(who, op.box, "logistic")

    def _mint(self, who: Actor, name: str, level: str) -> None:
        product = {
            ("lot", "ana"): "powder",
            ("lot", "dee"): "paint",
            ("serial", "ana"): "module",
            ("serial", "dee"): "car",
        }
        owner = "ana" if who.prefix == self.world.ana.prefix else "dee"
        more: dict[str, Any] = {"lot": f"{self.mark}-{name}"} if level == "lot" else {}
        if level != "logistic":
            more["product_epc"] = self.world.at[product[level, owner]]
        request = MintRequest(level, 1, **more)
        (self.epcs[name],) = minting.mint(self.session, who, request, START - timedelta(hours=1))

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


def reached(session: Session, ids: dict[int, str], start: int, direction: genealogy.Direction) -> set[str]:
    ties = walks.closure(session, start, direction).edges
    windows = genealogy.reach(ties, start, direction).windows
    return {ids[key] for key, spans in windows.items() if spans and key in ids}


def check(player: Player) -> tuple[int, int]:
    """Everything the history says, both ways; how many sets and how many losses were compared."""
    session, ops = player.session, list(player.accepted.values())
    names = {epc: name for name, epc in player.epcs.items()}
    rows = session.exec(select(Thing).where(Thing.epc.in_(list(names)))).all()  # type: ignore[attr-defined]
    ids = {row.id or 0: names[row.epc] for row in rows}
    truth = {name: oracle.forward(ops, name) for name in ids.values()}
    for key, name in ids.items():
        assert reached(session, ids, key, "down") == truth[name], f"{player.mark}: forward from {name}"
        origins = {other for other, found in truth.items() if name in found}
        assert reached(session, ids, key, "up") == origins, f"{player.mark}: backward from {name}"
    return len(ids), check_balances(player, ids)


def check_balances(player: Player, ids: dict[int, str]) -> int:
    books = oracle.books_of(player.accepted.values())
    losses = 0
    for who in histories.COMPANIES:
        actor = player.world.who(who)
        found = balancing.balances_of(player.session, actor, list(ids))
        for key, balance in found.items():
            lot = ids[key]
            told = {kind: Fraction(balance.of(kind)) for kind in KINDS if balance.of(kind)}
            truth = {kind: books.sums[lot, who, kind] for kind in KINDS if books.sums[lot, who, kind]}
            assert told == truth, f"{player.mark}: {lot} at {who}"
            assert Fraction(balance.on_hand) == books.held(lot, who), f"{player.mark}: {lot} at {who}"
            assert Fraction(balance.in_transit) == books.awaited(lot, who)
            assert balance.difference == 0
            missing = [each for each in balance.differences if not each.waiting]
            # A loss in a split is told to the company that made it, which is the one that owns both lots or the source.
            if lot in books.short and any(
                op.who == who for op in player.accepted.values() if lot in (op.item, op.other)
            ):
                own = _short_at(player, lot, who)
                assert Fraction(sum((each.quantity for each in missing), Decimal(0))) == own
                losses += len(missing)
            else:
                assert not missing, f"{player.mark}: invented {missing}"
    return losses


def _short_at(player: Player, lot: str, who: str) -> Fraction:
    turns = [
        op for op in oracle.standing(player.accepted.values()) if op.kind in oracle.IN_LOT and op.who == who
    ]
    return sum((op.amount - op.more for op in turns if lot in (op.item, op.other)), Fraction(0))


def run(world: World, seeds: Iterable[int]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for seed in seeds:
        ops = histories.history(seed)
        with writing(world.engine) as session:
            player = Player(session, world, f"H{seed}")
            player.mint(ops)
            player.play(histories.arrivals(ops, seed))
            sets, losses = check(player)
            sums["sets"] += 2 * sets
            sums["losses"] += losses
            sums["events"] += len(player.accepted)
            sums["missing"] += len(ops) - len(player.accepted)
            for code, number in player.refused.items():
                sums[code] += number
    return sums


@pytest.fixture
def ready(sqlite_world: World) -> World:
    """Dee makes paint by the kilogram, too."""
    from app.services import masterdata

    with writing(sqlite_world.engine) as session:
        product = masterdata.create_product(
            session, sqlite_world.dee, part_number="PAINT", name_zh="漆", name_en="paint", unit="KGM",
            tracing="lot", now=sqlite_world.now,
        )  # fmt: skip
    sqlite_world.at["paint"] = product.epc
    further_units(sqlite_world, "powder", f"BG = {BAG}")
    return sqlite_world


def test_recall_and_balance_agree_with_a_brute_force_replay(ready: World) -> None:
    sums = run(ready, range(40))
    assert sums["events"] > 1_000
    assert sums["losses"] > 20
    assert sums["genealogy-loop"] > 0
    with reading(ready.engine) as session:  # and late events left in the index what a rebuild finds
        assert not verify_log(session, []).faults


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_recall_and_balance_agree_on_ten_thousand_genealogies(ready: World) -> None:
    sums = run(ready, range(10_000))
    assert sums["genealogy-loop"] > 1_000
