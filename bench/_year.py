"""A simulated year of pieces, with what honest people do that looks like trouble, and with trouble seeded into it.

Every sighting carries whether it belongs to seeded trouble, so that each alarm can be told true or false.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.domain.trouble import Point, Reading, Sighting, distance

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SITES = {  # name: (latitude, longitude, country, company)
    "Ningde": (26.66, 119.55, "CN", "cells"), "Shanghai": (31.23, 121.47, "CN", "packs"),
    "Wuhan": (30.59, 114.31, "CN", "packs"), "Shenzhen": (22.54, 114.06, "CN", "cars"),
    "Guangzhou": (23.13, 113.26, "CN", "cars"), "Chengdu": (30.57, 104.07, "CN", "service"),
    "Zwickau": (50.72, 12.49, "DE", "motors"), "Hamburg": (53.55, 9.99, "DE", "motors"),
    "Győr": (47.69, 17.65, "HU", "motors"), "Barcelona": (41.39, 2.17, "ES", "motors"),
    "Nagoya": (35.18, 136.91, "JP", "trade"), "Detroit": (42.33, -83.05, "US", "trade"),
}  # fmt: skip
PLANTS, MARKETS = ("Ningde", "Shanghai", "Wuhan"), ("CN", "DE", "HU", "ES", "JP", "US")
STRANGE = ("BR", "NG", "RU", "AE", "VN", "TR", "ZA", "MX")
SELDOM = 1e-4
Hour = tuple[str, list[tuple[str, datetime]], bool]  # network, names with times, seeded or not


@dataclass
class Life:
    """One piece: sightings in the log, refused scans, look-ups; `bad` holds the ids of seeded ones."""

    name: str
    product: int
    seen: list[Sighting] = field(default_factory=list)
    refused: list[Sighting] = field(default_factory=list)
    looked: list[Sighting] = field(default_factory=list)
    ended: Sighting | None = None
    firsts: list[Sighting] = field(default_factory=list)  # refused first scans
    bad: set[int] = field(default_factory=set)
    cloned: bool = False


@dataclass
class Year:
    lives: list[Life]
    unknown: list[tuple[list[Reading], bool]]  # readings of one name, seeded or not
    missed: list[Hour]


def simulate(pieces: int, seed: int = 7) -> Year:
    chance = random.Random(seed)
    lives = [_life(chance, number) for number in range(pieces)]
    scale = pieces / 100_000
    for life in chance.sample(lives, round(200 * scale)):
        _clone(chance, life)
    for life in chance.sample([life for life in lives if life.ended], round(60 * scale)):
        _resold(chance, life)
    for life in chance.sample(lives, round(100 * scale)):
        _diverted(chance, life)
    return Year(lives, list(_unknown(chance, scale)), list(_missed(chance, scale)))


def _life(chance: random.Random, number: int) -> Life:
    """Made, checked, shipped on through one to three places, looked up by who bought it, sometimes scrapped."""
    life = Life(f"hdl:88.118.1001/S{number:08d}", number % 12)
    place = chance.choice(PLANTS)
    moment = BEGIN + timedelta(days=chance.uniform(0, 300))
    for step in range(chance.randint(2, 4)):
        for _ in range(chance.randint(1, 3)):
            moment += timedelta(hours=chance.expovariate(1 / 6))
            _scan(chance, life, place, moment)
        if chance.random() < 0.03:  # the same label twice
            _scan(chance, life, place, moment + timedelta(seconds=chance.uniform(1, 40)))
        if step and chance.random() < 0.01:  # received once more by who has it
            life.firsts.append(_at(life, place, moment + timedelta(hours=chance.uniform(0, 1.5))))
        there = chance.choice([name for name in SITES if name != place])
        moment += _journey(chance, place, there)
        place = there
    _scan(chance, life, place, moment)
    _shoppers(chance, life, place, moment)
    if chance.random() < 0.02:
        _scrap(chance, life, place, moment + timedelta(days=chance.uniform(5, 60)))
    return life


def _journey(chance: random.Random, one: str, other: str) -> timedelta:
    """Door to door: road by 60 km/h, or air freight by 700 km/h after twelve hours on the ground."""
    apart = distance(*(Point(*SITES[name][:2]) for name in (one, other)))
    by_road = timedelta(hours=2 + apart / chance.uniform(45, 70))
    by_air = timedelta(hours=12 + apart / chance.uniform(600, 800))
    return by_road if apart < 800 or chance.random() < 0.1 else by_air


def _scan(chance: random.Random, life: Life, place: str, moment: datetime) -> None:
    """A clock two minutes off, seldom an hour or a whole time zone; seldom signed in at the wrong site."""
    off = timedelta(minutes=chance.gauss(0, 2))
    if chance.random() < 2 * SELDOM:
        off += timedelta(hours=chance.choice((-8, -1, 1, 7, 8)))
    company = SITES[place][3]
    if chance.random() < SELDOM:
        place = chance.choice([name for name, site in SITES.items() if site[3] == company])
    life.seen.append(_at(life, place, moment + off))


def _scrap(chance: random.Random, life: Life, place: str, moment: datetime) -> None:
    life.ended = _at(life, place, moment)
    if chance.random() < 0.05:  # once more while it lies in the bin
        life.refused.append(_at(life, place, moment + timedelta(minutes=chance.uniform(1, 45))))
    if chance.random() < 0.02:  # counted days later by who empties the bin
        life.refused.append(_at(life, place, moment + timedelta(days=chance.uniform(1, 5))))


def _shoppers(chance: random.Random, life: Life, place: str, moment: datetime) -> None:
    for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
        country = SITES[place][2]
        if chance.random() < 0.003:  # abroad, or behind a network elsewhere
            country = chance.choice(STRANGE)
        when = moment + timedelta(days=chance.uniform(0, 40))
        life.looked.append(Sighting(life.name, when, country=country))


def _at(life: Life, place: str, moment: datetime) -> Sighting:
    north, east, country, company = SITES[place]
    return Sighting(life.name, moment, place, Point(north, east), country, {"company": company})


# --- trouble ---


def _clone(chance: random.Random, life: Life) -> None:
    """A copy is scanned one to five times at a far place, beside the true piece; half are received there as new."""
    life.cloned = True
    first, last = life.seen[0].time, life.seen[-1].time
    place = chance.choice(("Nagoya", "Detroit", "Chengdu"))
    for _ in range(chance.randint(1, 5)):
        moment = first + (last - first) * chance.random() + timedelta(minutes=chance.uniform(0, 60))
        copy = _at(life, place, moment)
        life.bad.add(id(copy))
        life.refused.append(copy)
        if chance.random() < 0.5:
            life.firsts.append(copy)


def _resold(chance: random.Random, life: Life) -> None:
    assert life.ended
    copy = _at(life, chance.choice(list(SITES)), life.ended.time + timedelta(days=chance.uniform(1, 60)))
    life.bad.add(id(copy))
    life.refused.append(copy)


def _diverted(chance: random.Random, life: Life) -> None:
    country = chance.choice(STRANGE)  # where it is sold, and looked up by the dealer and by who buys it
    for _ in range(chance.randint(1, 4)):
        when = life.seen[-1].time + timedelta(days=chance.uniform(1, 40))
        sold = Sighting(life.name, when, country=country)
        life.bad.add(id(sold))
        life.looked.append(sold)


def _unknown(chance: random.Random, scale: float) -> Iterator[tuple[list[Reading], bool]]:
    """Typing errors and a trainer's test labels; invented numbers, some scanned, some looked up by shoppers."""
    for number in range(round(1_500 * scale)):
        moment = BEGIN + timedelta(days=chance.uniform(0, 365))
        times = 2 if chance.random() < 0.1 else 1  # typed wrong twice in a row, at the same station
        yield [Reading(f"typed {number}", moment, "station", by_machine=False)] * times, False
    for number in range(max(1, round(6 * scale))):
        moment = BEGIN + timedelta(days=chance.uniform(0, 365))
        yield [Reading(f"training {number}", moment, "station", by_machine=True)], False
    for number in range(round(150 * scale)):
        moment = BEGIN + timedelta(days=chance.uniform(0, 365))
        scanned = chance.random() < 0.5
        sources = chance.randint(1, 6)
        yield (
            [
                Reading(
                    f"invented {number}", moment + timedelta(hours=each), f"source {each}", by_machine=scanned
                )
                for each in range(sources)
            ],
            True,
        )


def _missed(chance: random.Random, scale: float) -> Iterator[Hour]:
    """Hours of one network: crawlers with old links, a tester of an integration; and who guesses, fast or slowly."""
    for number in range(round(4_000 * scale)):
        yield _hour(chance, f"crawler {number % 40}", chance.randint(1, 8), seeded=False)
    for number in range(max(1, round(5 * scale))):
        yield _hour(chance, f"tester {number}", chance.randint(15, 40), seeded=False)
    for number in range(round(40 * scale)):
        names = chance.choice((15, 60, 300, 3_000))
        yield _hour(chance, f"guesser {number}", names, seeded=True)


def _hour(chance: random.Random, network: str, names: int, *, seeded: bool) -> Hour:
    begin = BEGIN + timedelta(hours=chance.randint(0, 8_700))
    asked = [
        (f"{network} {each}", begin + timedelta(seconds=chance.uniform(0, 3_599))) for each in range(names)
    ]
    return network, asked, seeded
