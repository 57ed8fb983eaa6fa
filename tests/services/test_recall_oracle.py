"""Recall and mass balance beside a brute-force replay that shares no code with them, on random genealogies: splits,
merges, rework, packing, returns, corrections, circles refused, late arrivals in shuffled order.
"""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.domain import genealogy
from app.domain.balance import MassBalance
from app.services import balancing
from app.services.verifying import verify_log
from app.store import walks
from app.store.database import engine_for, reading, writing
from app.store.tables import Thing
from tests.support import histories, oracle
from tests.support.player import Names, Player, with_paint
from tests.support.world import World

KINDS = ("received", "produced", "shipped", "consumed", "scrap", "rework", "samples", "loss")
TOGETHER = 50  # histories in one database


def reached(session: Session, ids: dict[int, str], start: int, direction: genealogy.Direction) -> set[str]:
    ties = walks.closure(session, start, direction).edges
    windows = genealogy.reach(ties, start, direction).windows
    return {ids[key] for key, spans in windows.items() if spans and key in ids}


def check(session: Session, player: Player) -> dict[int, str]:
    """Everything the history says of what reaches what, both ways; the things' names by their ids."""
    ops = list(player.accepted.values())
    names = {epc: name for name, epc in player.epcs.items()}
    rows = session.exec(select(Thing).where(Thing.epc.in_(list(names)))).all()  # type: ignore[attr-defined]
    ids = {row.id or 0: names[row.epc] for row in rows}
    truth = {name: oracle.forward(ops, name) for name in ids.values()}
    for key, name in ids.items():
        assert reached(session, ids, key, "down") == truth[name], f"{player.mark}: forward from {name}"
        origins = {other for other, found in truth.items() if name in found}
        assert reached(session, ids, key, "up") == origins, f"{player.mark}: backward from {name}"
    return ids


def check_balances(session: Session, world: World, told: Sequence[tuple[Player, dict[int, str]]]) -> int:
    """Of all lots of these histories at once; how many losses were compared."""
    losses = 0
    for who in histories.COMPANIES:
        found = balancing.balances_of(session, world.who(who), [key for _, ids in told for key in ids])
        for player, ids in told:
            losses += check_books(player, who, {ids[key]: found[key] for key in ids if key in found})
    return losses


def check_books(player: Player, who: str, found: dict[str, MassBalance]) -> int:
    books = oracle.books_of(player.accepted.values())
    booked = {lot for (lot, company, _), amount in books.sums.items() if company == who and amount}
    assert booked <= found.keys(), f"{player.mark}: no balance at {who} of {booked - found.keys()}"
    losses = 0
    for lot, balance in found.items():
        told = {kind: Fraction(balance.of(kind)) for kind in KINDS if balance.of(kind)}
        truth = {kind: books.sums[lot, who, kind] for kind in KINDS if books.sums[lot, who, kind]}
        assert told == truth, f"{player.mark}: {lot} at {who}"
        assert Fraction(balance.on_hand) == books.held(lot, who), f"{player.mark}: {lot} at {who}"
        assert Fraction(balance.in_transit) == books.awaited(lot, who), f"{player.mark}: {lot} at {who}"
        assert balance.difference == 0, f"{player.mark}: {lot} at {who}"
        missing = [each for each in balance.differences if not each.waiting]
        # A loss in a split is told to the company that made it, which is the one that owns both lots or the source.
        if lot in books.short and any(
            op.who == who for op in player.accepted.values() if lot in (op.item, op.other)
        ):
            own = _short_at(player, lot, who)
            assert Fraction(sum((each.quantity for each in missing), Decimal(0))) == own, (
                f"{player.mark}: {lot}"
            )
            losses += len(missing)
        else:
            assert not missing, f"{player.mark}: invented {missing}"
    return losses


def _short_at(player: Player, lot: str, who: str) -> Fraction:
    turns = [
        op for op in oracle.standing(player.accepted.values()) if op.kind in oracle.IN_LOT and op.who == who
    ]
    return sum((op.amount - op.more for op in turns if lot in (op.item, op.other)), Fraction(0))


def run(world: World, seeds: Iterable[int], names: Names | None = None) -> dict[str, int]:
    """Each history in a transaction of its own, then all are looked at."""
    sums: dict[str, int] = defaultdict(int)
    names, players = names or Names(), []
    for seed in seeds:
        ops = histories.history(seed)
        with writing(world.engine) as session:
            player = Player(session, world, names, f"H{seed}")
            player.name(ops)
            player.play(histories.arrivals(ops, seed))
        players.append(player)
        sums["events"] += len(player.accepted)
        sums["missing"] += len(ops) - len(player.accepted)
        for code, number in player.refused.items():
            sums[code] += number
    with reading(world.engine) as session:
        told = [(player, check(session, player)) for player in players]
        sums["sets"] = sum(2 * len(ids) for _, ids in told)
        sums["losses"] = check_balances(session, world, told)
    return sums


@pytest.fixture
def ready(sqlite_world: World) -> World:
    return with_paint(sqlite_world)


def test_recall_and_balance_agree_with_a_brute_force_replay(ready: World) -> None:
    sums = run(ready, range(40))
    assert sums["events"] > 1_000
    assert sums["losses"] > 20
    assert sums["genealogy-loop"] > 0
    with reading(ready.engine) as session:  # and late events left in the index what a rebuild finds
        assert not verify_log(session, []).faults


@dataclass
class Begun:
    """A world in which names for histories are minted, to be copied for one part of the seeds after another: a database
    stays small, and what is in it was not minted one by one."""

    file: Path
    at: dict[str, str]
    names: Names

    @contextmanager
    def copied(self, folder: Path, now: datetime) -> Iterator[tuple[World, Names]]:
        file = Path(shutil.copyfile(self.file, folder / "copy.db"))
        engine = engine_for(f"sqlite:///{file}")
        try:
            yield World.opened(engine, now, self.at), self.names.copy()
        finally:
            engine.dispose()
            for each in folder.glob("copy.db*"):
                each.unlink()


@pytest.fixture(scope="module")
def begun(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    file = Path(shutil.copyfile(migrated_file, tmp_path_factory.mktemp("begun") / "world.db"))
    engine, names = engine_for(f"sqlite:///{file}"), Names()
    world = with_paint(World(engine, datetime(2026, 5, 20, 8, 30, tzinfo=UTC)))
    with writing(engine) as session:
        names.mint(session, world, TOGETHER)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Begun(file, world.at, names)


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("first", range(0, 10_000, 500))
def test_recall_and_balance_agree_on_ten_thousand_genealogies(
    begun: Begun, first: int, now: datetime, tmp_path: Path
) -> None:
    """All of it: `pytest -m long -n 2 FILE`; ten to twenty minutes on one core."""
    loops = 0
    for seed in range(first, first + 500, TOGETHER):
        with begun.copied(tmp_path, now) as (world, names):
            loops += run(world, range(seed, seed + TOGETHER), names)["genealogy-loop"]
            if seed == first:
                with reading(world.engine) as session:
                    assert not verify_log(session, []).faults
    assert loops > 500
