"""Signals of clones, diversion and guessing, each with its evidence. Pure: what was seen comes loaded.

A label can be photocopied and a signature copies with it; what a copy cannot do is stay out of two places at once. Each
rule may be switched off, and has one threshold that trades what it misses against false alarms.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.domain.epcis import time_text
from app.errors import N_, Malformed

TWO_PLACES, AFTER_END, UNKNOWN = "two-places", "after-end", "unknown-serial"
FIRST_AGAIN, COUNTRY, ENUMERATION = "first-again", "country", "enumeration"
EARTH_KM = 6371.0
SLACK_KM = 50.0  # places are points, and trucks leave from the other end of the site
SLACK = timedelta(minutes=10)  # clocks of devices
ENOUGH = 30  # sightings before anything of a product is unusual
SURE = 2  # look-ups of a piece from one country: one alone is a traveller, or a network that has its exit elsewhere
MOST_EXAMPLES = 5
_GEO = re.compile(r"geo:(-?[0-9]{1,3}(?:\.[0-9]{1,12})?),(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)(?:[,;].{0,100})?")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Rule:
    """What it looks for, and its threshold: what that counts, and from where to where it makes sense."""

    title: str
    what: str
    unit: str
    threshold: float
    least: float
    most: float


RULES: dict[str, Rule] = {
    TWO_PLACES: Rule(
        N_("In two places at once"),
        N_("The same piece was seen in two places, and nothing travels that fast from one to the other."),
        N_("km/h that nothing exceeds"),
        1000, 50, 10_000,
    ),
    AFTER_END: Rule(
        N_("Seen after its end"),
        N_("A piece that was scrapped, used up, sampled, lost or declared void was seen again."),
        N_("minutes after the end that do not count"),
        60, 0, 10_080,
    ),
    UNKNOWN: Rule(
        N_("Unknown serial"),
        N_("An identifier under your prefix was read that nobody ever minted."),
        N_("points; a scanner's reading counts 2, a typed one or a look-up 1"),
        2, 1, 100,
    ),
    FIRST_AGAIN: Rule(
        N_("First scan again"),
        N_("A piece was taken into use or received for the first time, once more and somewhere else."),
        N_("minutes after the first that do not count"),
        30, 0, 10_080,
    ),
    COUNTRY: Rule(
        N_("Unusual country"),
        N_("A piece was seen in a country where its product hardly ever is."),
        N_("per cent of a product's sightings that make a country usual"),
        1, 0.01, 50,
    ),
    ENUMERATION: Rule(
        N_("Guessing of serials"),
        N_("From one network, many identifiers under your prefix were asked for that do not exist."),
        N_("different identifiers within an hour"),
        20, 3, 100_000,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """On earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing somewhere at a moment. `told` says to its owner how it is known; of another company's sighting it names
    no place, and `point` is never told."""

    thing: str
    time: datetime
    place: str = ""
    point: Point | None = None
    country: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """An identifier that was read and is not there; `by_machine` when it was not typed."""

    name: str
    time: datetime
    source: str
    by_machine: bool
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """Of one `rule`; equal `key`s under it are one signal. `evidence` is JSON: numbers, texts, ISO times."""

    rule: str
    key: str
    subject: str
    time: datetime
    evidence: Mapping[str, Any]


def point_of(uri: str) -> Point | None:
    """Of a `geo:` URI (RFC 5870), which a read point may be; None for anything else."""
    match = _GEO.fullmatch(uri)
    return point(match[1], match[2]) if match else None


def point(latitude: str | float, longitude: str | float) -> Point | None:
    """None for what is not on earth."""
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return None
    return Point(north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def country_of(text: str) -> str:
    """A country code as it is kept; Malformed `bad-country` for anything but two letters or nothing."""
    found = text.strip().upper()
    if found and not _COUNTRY.fullmatch(found):
        raise Malformed(
            "bad-country",
            N_("“{country}” is no code of a country."),
            N_("Two letters as in ISO 3166, for example CN or DE."),
            country=text[:20],
            field="country",
        )
    return found


def distance(one: Point, other: Point) -> float:
    """Kilometres along the surface (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    arc = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(arc, 1.0)))


# --- rules ---


def two_places(one: Sighting, other: Sighting, fastest: float) -> Signal | None:
    """`fastest` in km/h. What a clock and the width of a site may account for is on the thing's side."""
    if one.point is None or other.point is None:
        return None
    first, then = sorted((one, other), key=lambda each: each.time)
    apart = distance(one.point, other.point)
    hours = (then.time - first.time + SLACK) / timedelta(hours=1)
    if apart <= SLACK_KM or (apart - SLACK_KM) / hours <= fastest:
        return None
    evidence = {
        "kilometres": round(apart, -2) if apart > 200 else round(apart, -1),
        "hours": round((then.time - first.time) / timedelta(hours=1), 2),
        "speed": round((apart - SLACK_KM) / hours, -1),
        "sightings": [told(first), told(then)],
    }
    return Signal(TWO_PLACES, _key(first, then), then.thing, then.time, evidence)


def after_end(seen: Sighting, ended: Sighting, minutes: float) -> Signal | None:
    if seen.time <= ended.time + timedelta(minutes=minutes):
        return None
    evidence = {
        "hours": round((seen.time - ended.time) / timedelta(hours=1), 2),
        "sightings": [told(ended), told(seen)],
    }
    return Signal(AFTER_END, f"{seen.thing}|{seen.place}", seen.thing, seen.time, evidence)


def first_again(first: Sighting, again: Sighting, minutes: float) -> Signal | None:
    """The same place is where somebody scanned twice."""
    if again.place == first.place or again.time <= first.time + timedelta(minutes=minutes):
        return None
    evidence = {
        "hours": round((again.time - first.time) / timedelta(hours=1), 2),
        "sightings": [told(first), told(again)],
    }
    return Signal(FIRST_AGAIN, f"{again.thing}|{again.place}", again.thing, again.time, evidence)


def unknown_serial(readings: Sequence[Reading], points: float) -> Signal | None:
    """All readings of one name that is not there; the same source counts once."""
    weights = {reading.source: 0 for reading in readings}
    for reading in readings:
        weights[reading.source] = max(weights[reading.source], 2 if reading.by_machine else 1)
    if not readings or sum(weights.values()) < points:
        return None
    last = max(readings, key=lambda reading: reading.time)
    evidence = {
        "readings": len(readings),
        "sources": len(weights),
        "sightings": [_reading(each) for each in readings[:MOST_EXAMPLES]],
    }
    return Signal(UNKNOWN, last.name, last.name, last.time, evidence)


def unusual_country(
    seen: Sighting, usual: Mapping[str, int], per_cent: float, times: int = SURE
) -> Signal | None:
    """`usual` counts the sightings of the product by country, this one not among them. `times` is how often the piece
    itself was looked up from there; a scan is sure the first time."""
    total = sum(usual.values())
    if not seen.country or total < ENOUGH or times < SURE:
        return None
    share = 100 * usual.get(seen.country, 0) / total
    if share >= per_cent:
        return None
    most = sorted(usual.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_EXAMPLES]
    evidence = {
        "country": seen.country,
        "share": round(share, 3),
        "of": total,
        "usual": [{"country": country, "count": count} for country, count in most],
        "sightings": [told(seen)],
    }
    return Signal(COUNTRY, f"{seen.thing}|{seen.country}", seen.thing, seen.time, evidence)


def guessing(
    prefix: str, network: str, missed: Iterable[tuple[str, datetime]], names: float
) -> Signal | None:
    """Look-ups from one network, within an hour, of identifiers under the prefix that do not exist."""
    found = sorted(missed, key=lambda pair: pair[1])
    different = dict.fromkeys(name for name, _ in found)
    if len(different) < names:
        return None
    evidence = {
        "names": len(different),
        "network": network,
        "from": time_text(found[0][1]),
        "to": time_text(found[-1][1]),
        "examples": list(different)[:MOST_EXAMPLES],
    }
    day = found[-1][1].date().isoformat()
    return Signal(ENUMERATION, f"{prefix}|{network}|{day}", prefix, found[-1][1], evidence)


def told(seen: Sighting) -> dict[str, Any]:
    return {"time": time_text(seen.time), "country": seen.country, **seen.told}


def _reading(reading: Reading) -> dict[str, Any]:
    return {"time": time_text(reading.time), "by_machine": reading.by_machine, **reading.told}


def _key(first: Sighting, then: Sighting) -> str:
    """One signal for a pair of places, however often the two copies are scanned there."""
    return "|".join((first.thing, *sorted((first.place, then.place))))[:300]


def threshold(rule: str, value: float) -> float:
    """Malformed `bad-threshold` for one that makes no sense, `unknown-rule` for no rule."""
    if rule not in RULES:
        raise Malformed(
            "unknown-rule",
            N_("There is no rule '{rule}'."),
            N_("Choose one of: {known}."),
            rule=rule[:40],
            known=", ".join(RULES),
        )
    known = RULES[rule]
    if not known.least <= value <= known.most:
        raise Malformed(
            "bad-threshold",
            N_("{value} is no threshold for this rule."),
            N_("Enter a number from {least} to {most}."),
            value=value,
            least=known.least,
            most=known.most,
            field=rule,
        )
    return value
