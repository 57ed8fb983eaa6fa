"""The figures that a node files, a row a day: requests and identifiers of its zone and of each prefix, its own times.

Days are those of UTC, as look-ups are counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from app.domain import zones
from app.domain.filings import Filer, Rows
from app.services import counting, measuring
from app.store import filing_facts as facts
from app.store import measures

MOST_SOURCES = 50  # addresses told of a prefix and day, those that asked most
SUCCESSES = frozenset({counting.FOUND, counting.EMPTY})


def figures_of_node(session: Session, me: Filer, days: Iterable[date]) -> Rows:
    """T3: of the node's whole zone, a row a day."""
    below = facts.delegations(session)
    found: Rows = {}
    for day in days:
        asked = lookups(session, day)
        new = sum(row.record_time.date() == day for row in below)
        found[day.isoformat()] = {
            "prefix": me.zone, "new": new, "total": sum(row.state == "active" for row in below),
            "requests": sum(each["requests"] for each in asked.values()),
            "successes": sum(each["successes"] for each in asked.values()),
            "sources": _joined_sources(measures.sources_of(session, day.isoformat(), MOST_SOURCES)),
        }  # fmt: skip
    return found


def figures_by_prefix(session: Session, me: Filer, days: Iterable[date]) -> Rows:
    """T8: a row a day and prefix. `total` is what there is now, also for days that are over."""
    totals = facts.identifiers_by_prefix(session)
    found: Rows = {}
    for day in days:
        start = datetime.combine(day, time(), UTC)
        new = facts.minted_by_prefix(session, start, start + timedelta(days=1))
        asked = lookups(session, day)
        sources = measures.sources_of(session, day.isoformat(), MOST_SOURCES)
        for prefix in facts.allotments(session):
            if not zones.covers(me.zone, prefix):
                continue
            found[f"{day.isoformat()} {prefix}"] = {
                "prefix": prefix, "new": new.get(prefix, 0), "total": totals.get(prefix, 0),
                "requests": asked[prefix]["requests"], "successes": asked[prefix]["successes"],
                "sources": dict(sources.get(prefix, [])),
            }  # fmt: skip
    return found


def lookups(session: Session, day: date) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"requests": 0, "successes": 0})
    for row in facts.lookups(session, day.isoformat(), day.isoformat()):
        found[row.prefix]["requests"] += row.count
        found[row.prefix]["successes"] += row.count if row.outcome in SUCCESSES else 0
    return found


def _joined_sources(by_prefix: Mapping[str, list[tuple[str, int]]]) -> dict[str, int]:
    joined: dict[str, int] = defaultdict(int)
    for sources in by_prefix.values():
        for address, count in sources:
            joined[address] += count
    most = sorted(joined.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SOURCES]
    return dict(most)


def measurements(session: Session, _me: Filer, days: Iterable[date]) -> Rows:
    """The second annex: milliseconds of resolving and registering, the busiest second, the minutes at work."""
    known = {row.day: row for row in measures.days_since(session, min(days, default=date.min).isoformat())}
    found: Rows = {}
    for day in days:
        name = day.isoformat()
        times: dict[str, measures.Times] = {}
        for row in measures.times_of(session, name):
            each = measures.Times(row.count, row.total, row.least, row.least_at, row.most, row.most_at)
            if row.kind in times:
                times[row.kind].join(each)
            else:
                times[row.kind] = each
        busiest = known.get(name)
        found[name] = {
            "resolve": told_times(times.get(measuring.RESOLVE)),
            "register": told_times(times.get(measuring.REGISTER)),
            "peak": busiest.peak if busiest else 0,
            "peak_time": _moment(busiest.peak_at) if busiest and busiest.peak else "",
            "minutes": busiest.minutes if busiest else 0,
        }
    return found


def told_times(times: measures.Times | None) -> dict[str, Any]:
    """In milliseconds; empty where nothing was measured."""
    if times is None:
        return {}
    return {
        "count": times.count, "mean": round(times.total / times.count / 1_000, 3),
        "min": round(times.least / 1_000, 3), "min_time": _moment(times.least_at),
        "max": round(times.most / 1_000, 3), "max_time": _moment(times.most_at),
    }  # fmt: skip


def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
