"""What lies at a node and below it, added up day by day, so that every level shows the whole without asking again."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import zones
from app.domain.filings import Body, Filer, Rows
from app.services.filing_figures import lookups
from app.store import filing as rows
from app.store import filing_facts as facts
from app.store.tables import Delegation

OTHER = ""  # industry or region that nobody named
ENTERPRISE = 3  # labels in the prefix of one


def sums(session: Session, me: Filer, days: Iterable[date]) -> Rows:
    """What lies at this node and below it, a row a day. Nodes, enterprises and identifiers are told as they are now;
    look-ups are those of the day, counted where a thing's own record is answered."""
    days = list(days)
    told = _newest_sums(session, me, days)
    silent = _silent(session, {zone for zone, _ in told}) if me.delegates else []
    own = _own_company(session, me) if me.mints else None
    found: Rows = {}
    for day in days:
        total = _Sum(nodes=1 + len(silent))
        if own is not None:
            asked = lookups(session, day).values()
            flows = {name: sum(each[name] for each in asked) for name in ("requests", "successes")}
            total.add_company(**(own | flows))
        for each in told.values():
            total.add(each, flows=each["day"] == day.isoformat(), by_day=each["of"].get(day.isoformat()))
        for row in silent:
            if zones.depth(row.zone) >= ENTERPRISE:
                total.add_company(1, 0, 0, 0, row.industry, row.region)
        found[day.isoformat()] = total.body
    return found


def _silent(session: Session, filing_zones: set[str]) -> list[Delegation]:
    """Those who have a zone of ours and have filed nothing yet."""
    below = facts.delegations(session)
    return [row for row in below if row.state == "active" and row.zone not in filing_zones]


def _own_company(session: Session, me: Filer) -> dict[str, Any]:
    stated = facts.own_statement(session, me.zone).get("subject", {})
    return {
        "count": max(facts.companies(session), 1), "identifiers": facts.identifiers(session),
        "requests": 0, "successes": 0,
        "industry": str(stated.get("industry", OTHER)), "region": str(stated.get("region", OTHER)),
    }  # fmt: skip


def _newest_sums(session: Session, me: Filer, days: list[date]) -> dict[tuple[str, str], dict[str, Any]]:
    """Of each line below: its newest sum, and under "of" its sums of these days."""
    first = min(days) - timedelta(days=31) if days else date.min
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.rows_since(session, "SUM", first.isoformat()):
        if row.stream == me.stream:
            continue
        body = orjson.loads(row.body)
        place = found.setdefault((row.zone, row.stream), {"of": {}})
        of = place["of"] | {row.key: body}
        found[row.zone, row.stream] = body | {"day": row.key, "of": of}  # rows come by day: the newest stays
    return found


class _Sum:
    """Adds up; tables by industry and region have the same three figures."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self.enterprises = self.identifiers = self.requests = self.successes = 0
        self.by_industry: dict[str, dict[str, int]] = {}
        self.by_region: dict[str, dict[str, int]] = {}

    def add_company(
        self, count: int, identifiers: int, requests: int, successes: int, industry: str, region: str
    ) -> None:
        self.enterprises += count
        self.identifiers += identifiers
        self.requests += requests
        self.successes += successes
        figures = {"enterprises": count, "identifiers": identifiers, "requests": requests}
        _add(self.by_industry, industry[:3], figures)
        _add(self.by_region, f"{region[:2]}0000" if region else OTHER, figures)

    def add(self, newest: Body, *, flows: bool, by_day: Body | None) -> None:
        """A line's newest sum for what there is, and that of the day for what happened in it."""
        of_day = newest if flows else by_day
        self.nodes += newest["nodes"]
        self.enterprises += newest["enterprises"]
        self.identifiers += newest["identifiers"]
        self.requests += of_day["requests"] if of_day else 0
        self.successes += of_day["successes"] if of_day else 0
        for name, table in (("by_industry", self.by_industry), ("by_region", self.by_region)):
            for code, figures in newest[name].items():
                same = (of_day or {}).get(name, {}).get(code, {})
                _add(table, code, dict(figures) | {"requests": same.get("requests", 0)})

    @property
    def body(self) -> Body:
        return {
            "nodes": self.nodes, "enterprises": self.enterprises, "identifiers": self.identifiers,
            "requests": self.requests, "successes": self.successes,
            "by_industry": self.by_industry, "by_region": self.by_region,
        }  # fmt: skip


def _add(table: dict[str, dict[str, int]], code: str, figures: Mapping[str, int]) -> None:
    row = table.setdefault(code, {"enterprises": 0, "identifiers": 0, "requests": 0})
    for name in row:
        row[name] += figures[name]
