"""The rules of the watch on a simulated year: how many alarms are false, and how much of seeded trouble is found.

Each rule stands beside its bare form, without allowance for clocks, wide sites, hands that scan twice or type wrong.
The year has 100,000 pieces (--full: a million); `bench/_year.py` says what honest people do in it.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from app.domain import trouble
from app.domain.trouble import RULES, Sighting, Signal
from bench._year import Life, Year, simulate

PIECES = 100_000
Alarms = dict[str, bool]  # key -> whether the trouble was seeded


class Tally:
    """Alarms of one rule; many about the same are one."""

    def __init__(self) -> None:
        self.alarms: Alarms = {}

    def add(self, signal: Signal | None, *, true: bool) -> None:
        if signal is not None:
            self.alarms[signal.key] = self.alarms.get(signal.key, False) or true

    @property
    def false(self) -> int:
        return sum(not true for true in self.alarms.values())

    def found(self) -> int:
        """Of different pieces, names or networks."""
        return len({key.partition("|")[0] for key, true in self.alarms.items() if true})


def figures() -> Iterator[dict[str, Any]]:
    pieces = PIECES * (10 if os.environ.get("BENCH_FULL") else 1)
    year = simulate(pieces)
    scale = pieces / 100_000
    began = time.perf_counter()
    looked = 0
    for rule, (look, seeded) in RULE_BY_RULE.items():
        ours, bare = Tally(), Tally()
        looked += look(year, ours, RULES[rule].threshold, plain=False)
        look(year, bare, RULES[rule].threshold, plain=True)
        name, there = RULES[rule].title, seeded(year)
        yield _figure(f"{name}: false alarms", ours.false / scale, "a year", bare.false / scale)
        shares = (100 * tally.false / max(len(tally.alarms), 1) for tally in (ours, bare))
        yield _figure(f"{name}: alarms that are false", next(shares), "%", next(shares))
        for tally, which in ((ours, ""), (bare, ", bare")):
            yield _figure(f"{name}: trouble found{which}", 100 * tally.found() / there, "%", None)
    took = time.perf_counter() - began
    yield {
        "figure": "looked at by both forms",
        "value": 2 * looked / took,
        "unit": "sightings/s",
        "baseline": None,
    }


def _figure(name: str, value: float, unit: str, baseline: float | None) -> dict[str, Any]:
    return {"figure": name, "value": value, "unit": unit, "baseline": baseline}


# --- each rule as the watch asks it, and in its bare form ---


def _two_places(year: Year, tally: Tally, fastest: float, *, plain: bool) -> int:
    count = 0
    for life in year.lives:
        ordered = sorted([*life.seen, *life.refused], key=lambda each: each.time)
        count += len(ordered)
        for one, other in pairwise(ordered):
            signal = _bare_speed(one, other, fastest) if plain else trouble.two_places(one, other, fastest)
            tally.add(signal, true=bool(life.bad & {id(one), id(other)}))
    return count


def _bare_speed(one: Sighting, other: Sighting, fastest: float) -> Signal | None:
    if one.point is None or other.point is None or one.place == other.place:
        return None
    hours = max((other.time - one.time) / timedelta(hours=1), 1e-6)
    fast = trouble.distance(one.point, other.point) / hours > fastest
    return Signal("", f"{one.thing}|{one.place}|{other.place}", "", other.time, {}) if fast else None


def _after_end(year: Year, tally: Tally, grace: float, *, plain: bool) -> int:
    count = 0
    for life in year.lives:
        if life.ended is None:
            continue
        for seen in (*life.seen, *life.refused):
            count += 1
            tally.add(trouble.after_end(seen, life.ended, 0 if plain else grace), true=id(seen) in life.bad)
    return count


def _first_again(year: Year, tally: Tally, grace: float, *, plain: bool) -> int:
    count = 0
    for life in year.lives:
        for again in life.firsts:
            count += 1
            before = [each for each in life.seen if each.time <= again.time][-1:] or life.seen[:1]
            has_it = before[0].told["company"] == again.told["company"]
            if plain:
                signal: Signal | None = Signal("", f"{life.name}|{again.place}", "", again.time, {})
            else:
                signal = None if has_it else trouble.first_again(life.seen[0], again, grace)
            tally.add(signal, true=id(again) in life.bad)
    return count


def _unknown(year: Year, tally: Tally, points: float, *, plain: bool) -> int:
    for readings, seeded in year.unknown:
        tally.add(trouble.unknown_serial(readings, 1 if plain else points), true=seeded)
    return len(year.unknown)


def _country(year: Year, tally: Tally, share: float, *, plain: bool) -> int:
    """In the order of time, the counts growing as they do for the watch."""
    everything: list[tuple[Sighting, Life]] = [
        (each, life) for life in year.lives for each in (*life.seen, *life.looked)
    ]
    everything.sort(key=lambda pair: pair[0].time)
    counts: dict[int, dict[str, int]] = {}
    for seen, life in everything:
        usual = counts.setdefault(life.product, {})
        if plain and seen.country not in ("CN", "DE"):  # the two home markets
            tally.add(Signal("", f"{life.name}|{seen.country}", "", seen.time, {}), true=id(seen) in life.bad)
        elif not plain:
            times = sum(each.country == seen.country and each.time <= seen.time for each in life.looked)
            sure = trouble.SURE if seen.point else times
            tally.add(trouble.unusual_country(seen, usual, share, sure), true=id(seen) in life.bad)
        usual[seen.country] = usual.get(seen.country, 0) + 1
    return len(everything)


def _guessing(year: Year, tally: Tally, names: float, *, plain: bool) -> int:
    for network, missed, seeded in year.missed:
        signal = trouble.guessing(network, network, missed, 3 if plain else names)
        tally.add(signal, true=seeded)
    return sum(len(missed) for _, missed, _ in year.missed)


Look = Callable[..., int]
RULE_BY_RULE: dict[str, tuple[Look, Callable[[Year], int]]] = {
    trouble.TWO_PLACES: (_two_places, lambda year: sum(life.cloned for life in year.lives)),
    trouble.AFTER_END: (
        _after_end,
        lambda year: sum(bool(life.ended and life.bad and not life.cloned) for life in year.lives),
    ),
    trouble.FIRST_AGAIN: (
        _first_again,
        lambda year: sum(any(id(each) in life.bad for each in life.firsts) for life in year.lives),
    ),
    trouble.UNKNOWN: (_unknown, lambda year: sum(seeded for _, seeded in year.unknown)),
    trouble.COUNTRY: (
        _country,
        lambda year: sum(any(id(each) in life.bad for each in life.looked) for life in year.lives),
    ),
    trouble.ENUMERATION: (_guessing, lambda year: sum(seeded for _, _, seeded in year.missed)),
}
