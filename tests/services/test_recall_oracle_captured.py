"""The same histories as EPCIS events of things that nobody here minted, in any order of arrival, some to be corrected
before they are there: what recalls reach is what a brute-force replay says, every time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.services.capturing_events import PROCEED, capture_events
from app.services.verifying import verify_log
from app.store.database import reading, writing
from app.store.tables import Thing
from tests.services.test_recall_oracle import reached
from tests.support import histories, oracle
from tests.support.oracle import IN_LOT, Op
from tests.support.world import World

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
GENEALOGY = {"make", "produce", "consume", "assemble", "pack", "unpack", "correct", *IN_LOT}
STEPS = {"split": "repackaging", "repack": "repackaging", "merge": "repackaging", "rework": "repairing"}


def sscc(number: int) -> str:
    digits = f"39506000{number:09d}"
    check = -sum(int(d) * (3, 1)[place % 2] for place, d in enumerate(digits)) % 10
    return f"https://id.gs1.org/00/{digits}{check}"


@dataclass
class Sender:
    """An ERP that tells one history by EPCIS."""

    session: Session
    world: World
    mark: int
    epcs: dict[str, str] = field(default_factory=dict)
    accepted: dict[int, Op] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def name(self, thing: str) -> str:
        if thing not in self.epcs:
            key = f"H{self.mark}-{thing}"
            kind = "10" if thing.startswith("lot") else "21"
            gtin = f"https://id.gs1.org/01/09506000134352/{kind}/{key}"
            self.epcs[thing] = sscc(self.mark * 100 + int(thing[3:])) if thing.startswith("box") else gtin
        return self.epcs[thing]

    def send(self, ops: Iterable[Op], chance: Random) -> None:
        waiting = list(ops)
        for _ in range(4):
            chance.shuffle(waiting)
            again: list[Op] = []
            while waiting:
                some = [waiting.pop() for _ in range(min(len(waiting), chance.randint(1, 6)))]
                now = START + timedelta(days=2)
                told = capture_events(
                    self.session, self.world.ana, [self.event(op) for op in some], now, PROCEED
                )
                for op, outcome in zip(some, told, strict=True):
                    if outcome.problem:
                        self.refused.append(outcome.problem.code)
                        again.append(op)
                    else:
                        self.accepted[op.key] = op
            waiting = again

    def event(self, op: Op) -> dict[str, Any]:
        if op.kind == "correct":
            wrong = next(each for each in self.known if each.key == op.of)
            declared = {"declarationTime": (START + timedelta(days=1)).isoformat(), "reason": "did_not_occur"}
            return self.event(wrong) | {"errorDeclaration": declared}
        return self._body(op) | {
            "eventID": f"urn:uuid:{self.mark:08d}-0000-4000-8000-{op.key:012d}",
            "eventTime": (START + timedelta(minutes=op.time)).isoformat(),
            "eventTimeZoneOffset": "+00:00",
            "readPoint": {"id": self.world.at["plant"]},
        }

    def _body(self, op: Op) -> dict[str, Any]:
        item = self._list(op.item, op.amount)
        if op.kind == "make":
            return {"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", **_named("", item)}
        if op.kind in IN_LOT:
            sides = _named("input", item) | _named("output", self._list(op.other, op.more))
            return {"type": "TransformationEvent", "bizStep": STEPS[op.kind], **sides}
        if op.kind in {"consume", "produce"}:
            side = _named("input" if op.kind == "consume" else "output", item)
            run = f"urn:uuid:{self.mark:08d}-0000-4000-8000-{op.run}"
            return {
                "type": "TransformationEvent",
                "bizStep": "commissioning",
                "transformationID": run,
                **side,
            }
        kind, step = (
            ("AssociationEvent", "assembling")
            if op.kind == "assemble"
            else ("AggregationEvent", f"{op.kind}ing")
        )
        action = "DELETE" if op.kind == "unpack" else "ADD"
        return {
            "type": kind,
            "action": action,
            "bizStep": step,
            "parentID": self.name(op.box),
            **_named("child", item),
        }

    def _list(self, thing: str, amount: Any) -> dict[str, Any] | str:
        if not amount:
            return self.name(thing)
        return {"epcClass": self.name(thing), "quantity": float(amount), "uom": "KGM"}

    known: list[Op] = field(default_factory=list)


def _named(side: str, item: dict[str, Any] | str) -> dict[str, Any]:
    plain = {"": "epcList", "child": "childEPCs"}.get(side, f"{side}EPCList")
    counted = f"{side}QuantityList" if side else "quantityList"
    return {plain: [item]} if isinstance(item, str) else {counted: [item]}


def run(world: World, seeds: Iterable[int]) -> dict[str, int]:
    sums = {"events": 0, "missing": 0, "loops": 0, "sets": 0}
    for seed in seeds:
        ops = [op for op in histories.history(seed) if op.kind in GENEALOGY]
        keys = {op.key for op in ops}
        ops = [op for op in ops if op.kind != "correct" or op.of in keys]
        with writing(world.engine) as session:
            sender = Sender(session, world, seed, known=ops)
            sender.send(ops, Random(seed))
            names = {epc: name for name, epc in sender.epcs.items()}
            rows = session.exec(select(Thing).where(col(Thing.epc).in_(list(names)))).all()
            ids = {row.id or 0: names[row.epc] for row in rows}
            told = list(sender.accepted.values())
            truth = {name: oracle.forward(told, name) for name in ids.values()}
            for key, name in ids.items():
                assert reached(session, ids, key, "down") == truth[name], f"{seed}: forward from {name}"
                origins = {other for other, found in truth.items() if name in found}
                assert reached(session, ids, key, "up") == origins, f"{seed}: backward from {name}"
            sums["sets"] += 2 * len(ids)
        sums["events"] += len(told)
        sums["missing"] += len(ops) - len(told)
        sums["loops"] += sender.refused.count("genealogy-loop")
    return sums


def test_recall_reaches_the_same_in_whatever_order_partners_events_arrive(sqlite_world: World) -> None:
    sums = run(sqlite_world, [*range(20), 580])  # in 580 a refused box's number in the database goes to a lot
    assert sums["events"] > 300
    assert sums["loops"] > 0
    assert sums["missing"] < sums["events"] / 5
    with reading(sqlite_world.engine) as session:
        assert not verify_log(session, []).faults


@pytest.mark.long
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("first", range(0, 2_000, 250))
def test_recall_reaches_the_same_on_two_thousand_histories_of_partners(
    sqlite_world: World, first: int
) -> None:
    assert run(sqlite_world, range(first, first + 250))["loops"] > 250
