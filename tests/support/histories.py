"""Random lives of lots, pieces and boxes at two companies: splits, merges, rework, packing, shipping, returns, losses and
corrections, in an order in which each could have happened. Amounts are whole kilograms or quarters of one.
"""

import random
from dataclasses import dataclass, field
from fractions import Fraction

from tests.support.oracle import IN_LOT, Books, Op

COMPANIES = ("ana", "dee")
QUARTER = Fraction(1, 4)


@dataclass
class Teller:
    """Tells one random history; `losses` is what was lost on purpose, by lot: said so, or only missing."""

    chance: random.Random
    length: int
    books: Books = field(default_factory=Books)
    ops: list[Op] = field(default_factory=list)
    lots: dict[str, str] = field(default_factory=dict)  # and whose they are
    pieces: dict[str, str] = field(default_factory=dict)
    boxes: list[str] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)
    above: dict[str, set[str]] = field(
        default_factory=dict
    )  # what each thing was made of, to keep most lines straight

    def tell(self) -> list[Op]:
        for who in COMPANIES:
            for _ in range(2):
                self._new_lot(who, Fraction(self.chance.randint(40, 200)))
            self._new_piece(who)
        self.boxes = [f"box{n}" for n in range(3)]
        while len(self.ops) < self.length:
            getattr(self, f"_{self.chance.choice(_KINDS)}")(self.chance.choice(COMPANIES))
        return self.ops

    def _add(self, kind: str, who: str, item: str, **more: object) -> None:
        op = Op(len(self.ops), len(self.ops), kind, who, item, **more)  # type: ignore[arg-type]
        self.ops.append(op)
        if kind != "correct":
            self.books.apply(op)

    def _new_lot(self, who: str, amount: Fraction = Fraction(0)) -> str:
        name = f"lot{len(self.lots)}"
        self.lots[name] = who
        if amount:
            self._add("make", who, name, amount=amount)
        return name

    def _new_piece(self, who: str) -> None:
        name = f"piece{len(self.pieces)}"
        self.pieces[name] = who
        self._add("make", who, name)

    def _stock(self, who: str) -> tuple[str, Fraction] | None:
        own = [(lot, q) for (lot, holder), q in self.books.loose.items() if holder == who and q > 0]
        if not own:
            return None
        lot, there = self.chance.choice(sorted(own))
        amount = (
            there if self.chance.random() < 0.3 else QUARTER * self.chance.randint(1, max(1, int(there * 4)))
        )
        return lot, min(amount, there)

    def _free(self, who: str, names: list[str]) -> str:
        books = self.books
        found = [
            name
            for name in names
            if books.place.get(name) == who and name not in books.inside and name not in books.gone
        ]
        return self.chance.choice(found) if found else ""

    def _run(self, who: str) -> str:
        open_runs = [run for run, owner in self.runs if owner == who]
        if not open_runs or self.chance.random() < 0.5:
            self.runs.append((f"{self.chance.getrandbits(48):012x}", who))
            return self.runs[-1][0]
        return self.chance.choice(open_runs)

    def _feed(self, who: str) -> None:
        run = self._run(who)
        if self.chance.random() < 0.25 and (piece := self._free(who, list(self.pieces))):
            self._add("consume", who, piece, run=run)
        elif stock := self._stock(who):
            self._add("consume", who, stock[0], amount=stock[1], run=run)

    def _yield(self, who: str) -> None:
        run = self._run(who)
        if self.chance.random() < 0.3:
            name = f"piece{len(self.pieces)}"
            self.pieces[name] = who
            self._add("produce", who, name, run=run)
            return
        own = [lot for lot, owner in self.lots.items() if owner == who]
        name = self.chance.choice(own) if self.chance.random() < 0.2 else self._new_lot(who)
        self._add("produce", who, name, amount=Fraction(self.chance.randint(1, 80)), run=run)

    def _turn(self, who: str) -> None:
        stock = self._stock(who)
        if stock is None:
            return
        lot, amount = stock
        own = [name for name, owner in self.lots.items() if owner == who and name != lot]
        name = self.chance.choice(own) if own and self.chance.random() < 0.5 else self._new_lot(who)
        out = amount
        if amount > 1 and self.chance.random() < 0.2:
            out = amount - QUARTER * self.chance.randint(1, 4)
        self._add(self.chance.choice(IN_LOT), who, lot, amount=amount, other=name, more=out)

    def _build(self, who: str) -> None:
        target = self._free(who, list(self.pieces))
        if not target:
            return
        part = self._free(who, [name for name in self.pieces if name != target])
        if part and self.chance.random() < 0.5:
            self._add("assemble", who, part, box=target)
        elif stock := self._stock(who):
            self._add("assemble", who, stock[0], amount=stock[1], box=target)

    def _put(self, who: str) -> None:
        books = self.books
        free = [b for b in self.boxes if b not in books.inside and books.place.get(b, who) == who]
        if not free:
            return
        box = self.chance.choice(free)
        pick = self.chance.random()
        if pick < 0.3 and (piece := self._free(who, list(self.pieces))):
            self._add("pack", who, piece, box=box)
        elif pick < 0.45:
            others = [b for b in free if b != box and books.place.get(b) == who]
            if others:
                self._add("pack", who, self.chance.choice(others), box=box)
        elif stock := self._stock(who):
            self._add("pack", who, stock[0], amount=stock[1], box=box)

    def _take(self, who: str) -> None:
        books = self.books
        open_boxes = [b for b in self.boxes if books.place.get(b) == who and b not in books.inside]
        found: list[tuple[str, str, Fraction]] = [
            (lot, box, q) for (lot, box), q in books.boxed.items() if q and box in open_boxes
        ]
        found += [(child, box, Fraction(0)) for child, box in books.inside.items() if box in open_boxes]
        if found:
            item, box, there = self.chance.choice(sorted(found))
            amount = (
                there
                if self.chance.random() < 0.5
                else QUARTER * self.chance.randint(1, max(1, int(there * 4)))
            )
            self._add("unpack", who, item, amount=min(there, amount), box=box)

    def _send(self, who: str) -> None:
        to = COMPANIES[who == COMPANIES[0]]
        boxes = [b for b in self.boxes if self.books.place.get(b) == who]
        pick = self.chance.random()
        if pick < 0.4 and (box := self._free(who, boxes)):
            self._add("ship", who, box, to=to)
        elif pick < 0.6 and (piece := self._free(who, list(self.pieces))):
            self._add("ship", who, piece, to=to)
        elif stock := self._stock(who):
            self._add("ship", who, stock[0], amount=stock[1], to=to)

    def _get(self, who: str) -> None:
        sender = COMPANIES[who == COMPANIES[0]]
        books = self.books
        pieces = [
            n for n, place in books.place.items() if place == f"{sender}>{who}" and n not in books.inside
        ]
        lots = [(lot, q) for (lot, a, b), q in books.coming.items() if (a, b) == (sender, who) and q]
        if pieces and (not lots or self.chance.random() < 0.5):
            self._add("receive", who, self.chance.choice(sorted(pieces)), to=sender)
        elif lots:
            lot, there = self.chance.choice(sorted(lots))
            amount = (
                there
                if self.chance.random() < 0.6
                else QUARTER * self.chance.randint(1, max(1, int(there * 4)))
            )
            self._add("receive", who, lot, amount=min(there, amount), to=sender)

    def _lose(self, who: str) -> None:
        if stock := self._stock(who):
            kind = self.chance.choice(("scrap", "sample", "loss"))
            self._add(kind, who, stock[0], amount=stock[1])

    def _repent(self, _who: str) -> None:
        """The last thing that anybody did never was."""
        last = self.ops[-1]
        if last.kind in {"correct", "make"}:
            return
        self.ops.append(Op(len(self.ops), len(self.ops), "correct", last.who, of=last.key))
        again = Books()
        wrong = {op.of for op in self.ops if op.kind == "correct"}
        for op in self.ops:
            if op.kind != "correct" and op.key not in wrong:
                again.apply(op)
        self.books = again


_KINDS = (
    *("feed", "yield", "yield", "turn", "turn", "turn", "build", "put", "put", "take", "take"),
    *("send", "send", "get", "get", "get", "lose", "repent"),
)


def history(seed: int, length: int = 32) -> list[Op]:
    return Teller(random.Random(seed), length).tell()


def arrivals(ops: list[Op], seed: int) -> list[Op]:
    """The same as they reach the log: in order, some of them late, or in any order at all."""
    chance = random.Random(seed)
    how = chance.random()
    if how < 0.3:
        return list(ops)
    late = 6 if how < 0.7 else len(ops)
    return sorted(ops, key=lambda op: op.time + chance.random() * late)
