"""What the node's monthly report says, read from what it counted, measured and wrote down of faults."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.domain import monthly, zones
from app.domain.monthly import Month, Report, Spell, Times
from app.domain.people import Actor
from app.services import incidents, measuring, surveying
from app.services.filing_figures import SUCCESSES
from app.services.filing_sets import days_of
from app.store import filing as rows
from app.store import filing_facts as facts
from app.store import measures


def report(session: Session, actor: Actor, zone: str, base_url: str, month: str, now: datetime) -> Report:
    """Of one month, with the five before it. Malformed `bad-month`."""
    surveying.require_node(actor)
    begin = monthly.begin_of(month)
    begins = [monthly.after(begin, -back) for back in reversed(range(monthly.MONTHS))]
    spells = _spells(session, zone, begins[0], now)
    stated = facts.own_statement(session, zone).get("subject", {})
    below = facts.delegations(session)
    return Report(
        zone=zone,
        name_zh=str(stated.get("name_zh", "")),
        name_en=str(stated.get("name_en", "")),
        base_url=base_url,
        total=facts.identifiers(session),
        enterprises=sum(row.state == "active" for row in below) or facts.companies(session),
        days=_days(session, begin, min(monthly.after(begin), now)),
        months=tuple(_month(session, zone, each, spells, now) for each in begins),
    )


def _month(session: Session, zone: str, begin: datetime, spells: list[Spell], now: datetime) -> Month:
    end = min(monthly.after(begin), max(now, begin))
    first, last = begin.date().isoformat(), (monthly.after(begin) - timedelta(days=1)).date().isoformat()
    asked = facts.lookups(session, first, last)
    timed = [row for row in measures.times_since(session, first) if row.day <= last]
    days = [row for row in measures.days_since(session, first) if row.day <= last]
    busiest = max(days, key=lambda row: row.peak, default=None)
    mine = tuple(spell for spell in spells if spell.begin < end and (spell.end is None or spell.end > begin))
    minted = facts.minted_by_prefix(session, begin, end)
    return Month(
        name=begin.strftime("%Y-%m"),
        requests=sum(row.count for row in asked),
        successes=sum(row.count for row in asked if row.outcome in SUCCESSES),
        new=sum(count for prefix, count in minted.items() if zones.covers(zone, prefix)),
        resolve=_times(row for row in timed if row.kind == measuring.RESOLVE),
        register=_times(row for row in timed if row.kind == measuring.REGISTER),
        peak=busiest.peak if busiest else 0,
        peak_at=_moment(busiest.peak_at) if busiest and busiest.peak else None,
        minutes=int((end - begin).total_seconds() // 60),
        at_work=sum(row.minutes for row in days),
        spells=mine,
        down=monthly.covered(mine, begin, end, planned=False),
        maintenance=monthly.covered(mine, begin, end, planned=True),
    )


def _times(found: Iterable[Any]) -> Times:
    joined: measures.Times | None = None
    for row in found:
        each = measures.Times(row.count, row.total, row.least, row.least_at, row.most, row.most_at)
        if joined is None:
            joined = each
        else:
            joined.join(each)
    if joined is None:
        return Times()
    mean = joined.total / joined.count / 1_000
    return Times(joined.count, mean, joined.least / 1_000, joined.most / 1_000, _moment(joined.most_at))


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, monthly.UTC)


def _spells(session: Session, zone: str, since: datetime, now: datetime) -> list[Spell]:
    """Faults of the node itself, each to the event that ended it. One may have begun long before."""
    events = rows.faults_since(session, since - timedelta(days=366))
    ends = {each.related: each.event_time for each in events if each.kind == incidents.RECOVERED}
    return [
        Spell(each.cause, each.fault_class, each.planned, each.event_time, ends.get(each.number))
        for each in reversed(events)
        if each.kind == incidents.FAULT and each.zone == zone and each.event_time <= now
    ]


def _days(session: Session, begin: datetime, end: datetime) -> tuple[tuple[str, int, int], ...]:
    found = {day.isoformat(): [0, 0] for day in days_of(begin.date(), (end - timedelta(seconds=1)).date())}
    for row in facts.lookups(session, min(found, default=""), max(found, default="")):
        if row.day in found:
            found[row.day][0] += row.count
            found[row.day][1] += row.count if row.outcome in SUCCESSES else 0
    return tuple((day, asked, well) for day, (asked, well) in found.items())
