"""What a node files upward (备案): the data sets of the docking guide with their periods, and the form of one change.

No way of sending and no rows. `T…` are the guide's tables; MON and EVT its second annex (measurements, fault events);
SUM is ours: what lies at and below a node, added up, so that every level shows the whole of it without asking again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeGuard

import orjson

from app.domain import zones
from app.domain.subjects import PUBLIC
from app.errors import N_, Malformed

REAL_TIME, HOURLY, DAILY, MONTHLY = "real-time", "hourly", "daily", "monthly"
PERIODS = {
    REAL_TIME: N_("in real time"),
    HOURLY: N_("every hour"),
    DAILY: N_("every day"),
    MONTHLY: N_("every month"),
}
ADDED, WITHDRAWN, CHANGED = 1, 2, 3  # the guide's own numbers
ALL = "*"  # as the key of what is withdrawn: every row of that author's line in the data set; no row has it
BEIJING = timedelta(hours=8)  # the guide's days and months begin there
LONGEST_KEY = 300
MOST_BODY = 64_000  # bytes of one row
MOST_ITEMS = 500  # of one push
MOST_BYTES = 600_000  # of the rows of one push
MOST_COUNT = 2**53
Body = Mapping[str, Any]
Rows = dict[str, Body]  # by key
_STREAM = re.compile(r"[0-9a-f]{32}")
_LEVEL_OF_COUNTRY, _LEVEL_OF_ROOT = 1, 0


@dataclass(frozen=True, slots=True)
class DataSet:
    """`top` is the number of labels of the highest zone that is told: 0 the root, 1 a national node. `totals` are the
    fields that have to be whole numbers; `one_hop` says that whoever takes it in does not pass it on. `at_root` are the
    fields that leave the country, all where there are none."""

    title: str
    period: str
    top: int
    totals: tuple[str, ...] = ()
    one_hop: bool = False
    at_root: tuple[str, ...] = ()


_OF_NODES = ("new", "total", "requests", "successes")
DATA_SETS = {
    "T1": DataSet(N_("Operators of nodes"), REAL_TIME, _LEVEL_OF_ROOT, at_root=("prefix", *PUBLIC)),
    "T2": DataSet(N_("Addresses of nodes"), REAL_TIME, _LEVEL_OF_ROOT),
    "T3": DataSet(N_("Figures of nodes"), DAILY, _LEVEL_OF_ROOT, _OF_NODES),
    "T4": DataSet(N_("Templates of nodes"), DAILY, _LEVEL_OF_COUNTRY),
    "T5": DataSet(N_("Applications on nodes"), MONTHLY, _LEVEL_OF_COUNTRY),
    "T6": DataSet(N_("Enterprises"), HOURLY, _LEVEL_OF_COUNTRY),
    "T7": DataSet(N_("Addresses of enterprises"), HOURLY, _LEVEL_OF_COUNTRY),
    "T8": DataSet(N_("Figures of enterprises"), DAILY, _LEVEL_OF_COUNTRY, _OF_NODES),
    "T9": DataSet(N_("Identified things"), DAILY, _LEVEL_OF_COUNTRY),
    "T10": DataSet(N_("Applications of enterprises"), MONTHLY, _LEVEL_OF_COUNTRY),
    "T11": DataSet(N_("Templates of enterprises"), REAL_TIME, _LEVEL_OF_COUNTRY),
    "MON": DataSet(N_("Measurements"), DAILY, _LEVEL_OF_ROOT),
    "EVT": DataSet(N_("Faults"), REAL_TIME, _LEVEL_OF_ROOT),
    "SUM": DataSet(
        N_("Sums"),
        HOURLY,
        _LEVEL_OF_ROOT,
        ("nodes", "enterprises", "identifiers", "requests", "successes"),
        True,
    ),
}


@dataclass(frozen=True, slots=True)
class Filer:
    """Whose filings: the zone, whether it hands out zones below or names things itself, and its own line's name."""

    zone: str
    stream: str
    delegates: bool
    mints: bool
    base_url: str = ""

    @property
    def above(self) -> int:
        """The level of the node that it files to; -1 for the root, which files to nobody."""
        return zones.depth(self.zone) - 1


@dataclass(frozen=True, slots=True)
class Change:
    """One row added, changed or withdrawn. `zone` and `stream` say whose row it is; `body` is its canonical JSON."""

    seq: int
    zone: str
    stream: str
    dataset: str
    key: str
    op: int
    body: str
    time: str

    @property
    def wire(self) -> dict[str, Any]:
        return {
            "seq": self.seq, "zone": self.zone, "stream": self.stream, "set": self.dataset, "key": self.key,
            "op": self.op, "body": self.body, "time": self.time,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Push:
    """What one call carries: the sender's line `stream` (which continues `before`, '' for none) from behind number
    `after`; `newest` is the number of its newest change."""

    stream: str
    before: str
    after: int
    newest: int
    changes: tuple[Change, ...]


def is_due(period: str, last: datetime | None, now: datetime) -> bool:
    """Whether a data set is to be looked through again: days and months begin at midnight in Beijing."""
    if last is None or period == REAL_TIME:
        return True
    if period == HOURLY:
        return int(last.timestamp()) // 3600 != int(now.timestamp()) // 3600
    then, today = last + BEIJING, now + BEIJING
    return (
        (then.year, then.month) != (today.year, today.month)
        if period == MONTHLY
        else then.date() != today.date()
    )


def canonical(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def told_above(dataset: str, above: int, body: str) -> str:
    """What a node of that level is told of a row, as JSON: the root gets no papers and numbers of people."""
    at_root = DATA_SETS[dataset].at_root
    if above != _LEVEL_OF_ROOT or not at_root:
        return body
    return canonical({name: value for name, value in orjson.loads(body).items() if name in at_root})


def goes_up(dataset: str, receiver: str, own: bool) -> bool:
    """Whether rows of this set are told to the node of zone `receiver`; `own` says whether they are the sender's."""
    known = DATA_SETS[dataset]
    return zones.depth(receiver) >= known.top and (own or not known.one_hop)


def push_of(body: Mapping[str, Any], sender: str) -> Push:
    """A push as it was told; Malformed `bad-filing` for anything that is not one, Malformed `foreign-filing` for rows
    about a zone that the sender's does not cover."""
    stream, before = body.get("stream"), body.get("before")
    after, newest, items = body.get("after"), body.get("newest"), body.get("items")
    if (
        not _is_stream(stream)
        or not isinstance(before, str)
        or not (before == "" or _is_stream(before))
        or before == stream
    ):
        _bad("stream")
    if (
        not _is_count(after)
        or not _is_count(newest)
        or not isinstance(items, list)
        or len(items) > MOST_ITEMS
    ):
        _bad("items")
    changes = tuple(_change(item, after + 1 + at, sender) for at, item in enumerate(items))
    if after + len(changes) > newest:
        _bad("newest")
    return Push(stream, str(before), after, newest, changes)


def _change(item: object, seq: int, sender: str) -> Change:
    if not isinstance(item, dict) or not _is_count(item.get("seq")) or item["seq"] != seq:
        _bad("seq")
    texts: list[Any] = [item.get(name) for name in ("zone", "stream", "set", "key", "body", "time")]
    if not all(isinstance(text, str) for text in texts):
        _bad("item")
    zone, stream, dataset, key, body, time = texts
    if (
        dataset not in DATA_SETS
        or not _is_stream(stream)
        or item.get("op") not in {ADDED, WITHDRAWN, CHANGED}
    ):
        _bad("item")
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable() or (key == ALL and item["op"] != WITHDRAWN):
        _bad("key")
    if zones.zone(zone) != zone or not zones.covers(sender, zone):
        raise Malformed(
            "foreign-filing",
            N_("A node of {sender} cannot file for {zone}."),
            N_("Each node files what is in its own zone."),
            sender=sender or "0.NA",
            zone=zone[:64],
        )
    if not _is_count(item["op"]):
        _bad("item")
    _check_time(time)
    if key != ALL or body != "{}":
        _check_body(dataset, body)
    return Change(seq, zone, stream, dataset, key, item["op"], body, time)


def _check_body(dataset: str, text: str) -> None:
    if len(text.encode(errors="replace")) > MOST_BODY:
        _bad("body")
    try:
        body = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        _bad("body")
    if not isinstance(body, dict) or any(not _is_count(body.get(name)) for name in DATA_SETS[dataset].totals):
        _bad("body")
    if dataset == "SUM" and not all(_is_table(body.get(name)) for name in ("by_industry", "by_region")):
        _bad("body")


def _is_table(told: object) -> bool:
    """{code: {"enterprises", "identifiers", "requests"}}"""
    return (
        isinstance(told, dict)
        and len(told) <= 500
        and all(
            isinstance(code, str)
            and len(code) <= 8
            and code.isprintable()
            and isinstance(row, dict)
            and set(row) == {"enterprises", "identifiers", "requests"}
            and all(map(_is_count, row.values()))
            for code, row in told.items()
        )
    )


def _check_time(text: str) -> None:
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            _bad("time")
    except ValueError:
        _bad("time")


def _is_stream(told: object) -> TypeGuard[str]:
    return isinstance(told, str) and _STREAM.fullmatch(told) is not None


def _is_count(told: object) -> TypeGuard[int]:
    return isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= MOST_COUNT


def _bad(part: str) -> NoReturn:
    raise Malformed(
        "bad-filing",
        N_("This is no filing: its '{part}' is not as it should be."),
        N_("Nothing was taken in."),
        part=part,
    )
