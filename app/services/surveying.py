"""What a level of the network sees of itself and of what lies below: sums, look-ups by day, nodes, how filing goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import zones
from app.domain.filings import DATA_SETS, Filer
from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import filing_figures, filing_sums
from app.services.filing_sets import days_of
from app.store import filing as rows
from app.store import filing_facts as facts
from app.store.tables import FaultEvent, FilingRow, FilingTarget, RoundTurn

MOST_DAYS = 90
MOST_NODES = 500  # on one page
FAULT_DAYS = 30
LATE_DAYS = 31  # whoever filed no sums for so long is shown without
ROWS = 50


@dataclass(frozen=True, slots=True)
class Below:
    """A node below: who it is, when it filed last and what is still on its way, its newest sums (empty for none)."""

    zone: str
    name_zh: str
    name_en: str
    industry: str
    region: str
    state: str
    filed: datetime | None
    waiting: int
    sums: Mapping[str, Any]

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en


@dataclass(frozen=True, slots=True)
class Survey:
    """`days` are (day, sums of it), the oldest first; `here` the look-ups that this node itself answered, by day."""

    zone: str
    days: tuple[tuple[str, Mapping[str, Any]], ...]
    here: Mapping[str, Mapping[str, int]]
    below: tuple[Below, ...]
    measured: Mapping[str, Any]
    targets: Sequence[FilingTarget]
    newest: int
    turns: Sequence[RoundTurn]
    faults: Sequence[FaultEvent]
    filed_rows: Mapping[str, int]

    @property
    def today(self) -> Mapping[str, Any]:
        return self.days[-1][1]


def require_node(actor: Actor) -> None:
    """Figures of the node are for people of the company that runs it; to others there is nothing here."""
    actor.require_node("browse")


def survey(
    session: Session, actor: Actor, zone: str, capabilities: frozenset[str], now: datetime, days: int = 30
) -> Survey:
    require_node(actor)
    line = rows.peek_stream(session)
    me = Filer(zone, line.stream if line else "", "delegate" in capabilities, "mint" in capabilities)
    today = now.date()
    shown = days_of(today - timedelta(days=min(max(days, 1), MOST_DAYS) - 1), today)
    sums = filing_sums.sums(session, me, shown)
    measured = filing_figures.measurements(session, me, [today])
    return Survey(
        zone=zone,
        days=tuple((day.isoformat(), sums[day.isoformat()]) for day in shown),
        here={day.isoformat(): _here(session, day) for day in shown},
        below=_below(session, me, today - timedelta(days=LATE_DAYS)),
        measured=measured[today.isoformat()],
        targets=rows.targets(session),
        newest=line.seq if line else 0,
        turns=rows.turns(session),
        faults=rows.faults_since(session, now - timedelta(days=FAULT_DAYS), 50),
        filed_rows=rows.count_rows(session),
    )


def _here(session: Session, day: date) -> dict[str, int]:
    asked = filing_figures.lookups(session, day).values()
    return {name: sum(each[name] for each in asked) for name in ("requests", "successes")}


def _below(session: Session, me: Filer, since: date) -> tuple[Below, ...]:
    """Each zone handed out, and each line that is filed from one (several nodes may hold a zone)."""
    lines: dict[str, list[Any]] = {}
    for source in rows.sources(session):
        if source.newest >= 0:
            lines.setdefault(source.zone, []).append(source)
    newest = {
        (row.zone, row.stream): orjson.loads(row.body)
        for row in rows.rows_since(session, "SUM", since.isoformat())
        if row.stream != me.stream
    }
    found = []
    for row in facts.delegations(session)[:MOST_NODES] if me.delegates else ():
        for source in lines.get(row.zone, [None]):
            sums = newest.get((row.zone, source.stream), {}) if source else {}
            found.append(
                Below(
                    row.zone, row.name_zh, row.name_en, row.industry, row.region, row.state,
                    source.last_time if source else None, source.newest - source.seq if source else 0, sums,
                )
            )  # fmt: skip
    return tuple(found)


def filed(
    session: Session, actor: Actor, dataset: str, after: tuple[str, str, str]
) -> tuple[Sequence[FilingRow], tuple[str, str, str] | None]:
    """A page of one data set as it is here, own rows and others', and where the next begins. Unknown for no set."""
    require_node(actor)
    if dataset not in DATA_SETS:
        raise Unknown(
            "not-found", N_("There is nothing at this address."), N_("Check it, or go to the start page.")
        )
    found = rows.page_of(session, dataset, after, ROWS + 1)
    last = found[ROWS - 1] if len(found) > ROWS else None
    return found[:ROWS], (last.key, last.zone, last.stream) if last else None


def level_of(zone: str) -> int:
    """0 for the root, 1 for a national node, 2 below that, 3 for an enterprise."""
    return zones.depth(zone)
