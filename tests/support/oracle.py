"""What recalls and balances have to say, worked out in the simplest way there is: all that happened is told again from
the beginning, with dictionaries. Knows nothing of the application, not even its words for events.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

IN_LOT = ("split", "merge", "repack", "rework")


@dataclass(frozen=True)
class Op:
    """One thing somebody did. Amounts are in the base unit of the lots; `more` is what comes out where another amount
    goes in. `run` ties what is used to what is made; `box` is a container, or what a part is built into."""

    key: int
    time: int
    kind: str
    who: str
    item: str = ""
    amount: Fraction = Fraction(0)
    other: str = ""
    more: Fraction = Fraction(0)
    box: str = ""
    run: str = ""
    to: str = ""
    of: int = -1  # of a correction: the op that never was


@dataclass
class Books:
    """Where everything is, and how much of it came and went, after some ops in the order they happened."""

    loose: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    boxed: dict[tuple[str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    coming: dict[tuple[str, str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    inside: dict[str, str] = field(default_factory=dict)  # pieces and boxes: what they are in
    place: dict[str, str] = field(default_factory=dict)  # who has them, or "from>to"
    gone: set[str] = field(default_factory=set)
    sums: dict[tuple[str, str, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    short: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    known: set[str] = field(default_factory=set)

    def apply(self, op: Op) -> None:
        getattr(self, f"_{op.kind}")(op)

    def contents(self, box: str) -> set[str]:
        found: set[str] = set()
        layer = {box}
        while layer:
            layer = {child for child, outer in self.inside.items() if outer in layer} - found
            found |= layer
        return found

    def lots_in(self, box: str) -> list[tuple[str, str, Fraction]]:
        boxes = {box} | self.contents(box)
        return [(lot, each, q) for (lot, each), q in self.boxed.items() if each in boxes and q]

    def _book(self, lot: str, who: str, kind: str, amount: Fraction) -> None:
        self.sums[lot, who, kind] += amount

    def _make(self, op: Op) -> None:
        self.known.add(op.item)
        if op.amount:
            self.loose[op.item, op.who] += op.amount
            self._book(op.item, op.who, "produced", op.amount)
        else:
            self.place[op.item] = op.who

    _produce = _make

    def _draw(self, op: Op, kind: str) -> None:
        self.loose[op.item, op.who] -= op.amount
        self._book(op.item, op.who, kind, op.amount)

    def _consume(self, op: Op) -> None:
        if op.amount:
            self._draw(op, "consumed")
        else:
            self.gone.add(op.item)

    def _scrap(self, op: Op) -> None:
        self._draw(op, "scrap")

    def _sample(self, op: Op) -> None:
        self._draw(op, "samples")

    def _loss(self, op: Op) -> None:
        self._draw(op, "loss")

    def _turn(self, op: Op) -> None:
        """From one lot into another."""
        self.known.add(op.other)
        self.loose[op.item, op.who] -= op.amount
        self.loose[op.other, op.who] += op.more
        self._book(op.item, op.who, "rework" if op.kind == "rework" else "consumed", op.amount)
        self._book(op.other, op.who, "produced", op.more)
        if op.amount != op.more:
            self.short[op.item] += op.amount - op.more
            self.short[op.other] += op.amount - op.more

    _split = _merge = _repack = _rework = _turn

    def _assemble(self, op: Op) -> None:
        if op.amount:
            self._draw(op, "consumed")
        else:
            self.inside[op.item] = op.box
        self.place.setdefault(op.box, op.who)

    def _pack(self, op: Op) -> None:
        self.place.setdefault(op.box, op.who)
        if op.amount:
            self.loose[op.item, op.who] -= op.amount
            self.boxed[op.item, op.box] += op.amount
        else:
            self.inside[op.item] = op.box
            self.place[op.item] = op.who

    def _unpack(self, op: Op) -> None:
        if op.amount:
            self.boxed[op.item, op.box] -= op.amount
            self.loose[op.item, op.who] += op.amount
        else:
            del self.inside[op.item]
            self.place[op.item] = op.who

    def _ship(self, op: Op) -> None:
        if op.amount:
            self._draw(op, "shipped")
            self.coming[op.item, op.who, op.to] += op.amount
            return
        self.place[op.item] = f"{op.who}>{op.to}"
        for lot, _, amount in self.lots_in(op.item):
            self._book(lot, op.who, "shipped", amount)

    def _receive(self, op: Op) -> None:
        if op.amount:
            self.coming[op.item, op.to, op.who] -= op.amount
            self.loose[op.item, op.who] += op.amount
            self._book(op.item, op.who, "received", op.amount)
            return
        self.place[op.item] = op.who
        for lot, _, amount in self.lots_in(op.item):
            self._book(lot, op.who, "received", amount)

    def holder_of(self, box: str) -> str:
        while box in self.inside:
            box = self.inside[box]
        return self.place[box]

    def held(self, lot: str, who: str) -> Fraction:
        boxed = (
            q for (each, box), q in self.boxed.items() if each == lot and q and self.holder_of(box) == who
        )
        return self.loose[lot, who] + sum(boxed, Fraction(0))

    def awaited(self, lot: str, sender: str) -> Fraction:
        boxed = (
            q
            for (each, box), q in self.boxed.items()
            if each == lot and q and self.holder_of(box).startswith(f"{sender}>")
        )
        own = (q for (each, who, _), q in self.coming.items() if (each, who) == (lot, sender))
        return sum(boxed, Fraction(0)) + sum(own, Fraction(0))


def standing(ops: Iterable[Op]) -> list[Op]:
    """What really happened, in the order in which it did."""
    known = list(ops)
    wrong = {op.of for op in known if op.kind == "correct"}
    return sorted(
        (op for op in known if op.kind != "correct" and op.key not in wrong), key=lambda op: op.time
    )


def books_of(ops: Iterable[Op]) -> Books:
    books = Books()
    for op in standing(ops):
        books.apply(op)
    return books


def forward(ops: Iterable[Op], start: str) -> set[str]:
    """All that may hold something of `start`: it is poisoned from the beginning, and the poison goes where it goes.

    What comes out of a run is poisoned as a whole as soon as anything poisoned went in; a box only while the thing is in it.
    """
    happened = standing(ops)
    poisoned = {start}  # for good; runs are in it as "run …"
    while True:
        spread = Spread(set(poisoned))
        for op in happened:
            spread.see(op)
        if spread.poisoned == poisoned:
            return {name for name in spread.seen | poisoned if not name.startswith("run ")}
        poisoned = spread.poisoned


@dataclass
class Spread:
    """One telling of all that happened, with some things known to be poisoned."""

    poisoned: set[str]
    seen: set[str] = field(default_factory=set)
    inside: dict[str, dict[str, Fraction]] = field(default_factory=lambda: defaultdict(dict))

    def bad(self, thing: str) -> bool:
        return thing in self.poisoned or any(self.bad(child) for child in self.inside[thing])

    def see(self, op: Op) -> None:
        if op.kind == "consume" and self.bad(op.item):
            self.poisoned.add(f"run {op.run}")
        elif op.kind == "produce" and f"run {op.run}" in self.poisoned:
            self.poisoned.add(op.item)
        elif op.kind in IN_LOT and self.bad(op.item):
            self.poisoned.add(op.other)
        elif op.kind in {"assemble", "pack"}:
            held = self.inside[op.box]
            held[op.item] = held.get(op.item, Fraction(0)) + op.amount
        elif op.kind == "unpack":
            held = self.inside[op.box]
            held[op.item] -= op.amount
            if not held[op.item]:
                del held[op.item]
        self.seen |= {box for box in list(self.inside) if self.bad(box)}
