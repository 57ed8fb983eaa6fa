"""The network as this level sees it: nodes, enterprises, identifiers and look-ups below it, how filing goes, faults."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import jobqueue, jobs
from app.domain import charts, filings, industries, regions
from app.errors import N_, Malformed
from app.services import incidents, surveying
from app.services.surveying import Survey
from app.web import edge, i18n, numbers

blueprint = Blueprint("network", __name__, url_prefix="/network")

PERIODS = (7, 30, 90)  # days
LEVELS = (N_("Root node"), N_("National node"), N_("Second-level node"), N_("Enterprise node"))
ROUND_NAMES = {
    "checkpoint": N_("Log signed"),
    "settle": N_("Measurements settled"),
    "file": N_("Filing gathered and pushed"),
    "mesh-pull": N_("Nodes of our zone read"),
    "probe": N_("Nodes below probed"),
    "escrow": N_("Copy in escrow"),
}
MOST_ROWS = 12  # industries or regions


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    asked = numbers.asked("days")
    days = asked if asked in PERIODS else PERIODS[1]
    node = edge.node()
    with edge.reading() as session:
        survey = surveying.survey(
            session, edge.actor(), node.settings.zone, node.capabilities, edge.now(), days
        )
    return render_template(
        "network/index.html",
        survey=survey,
        level=LEVELS[min(surveying.level_of(survey.zone), len(LEVELS) - 1)] if _is_level() else "",
        days=days,
        periods=PERIODS,
        lookups=charts.columns([(day, sums["requests"], sums["successes"]) for day, sums in survey.days]),
        own_lookups=charts.columns(
            [(day, each["requests"], each["successes"]) for day, each in survey.here.items()]
        ),
        identifiers=charts.columns([(day, sums["identifiers"], 0) for day, sums in _known(survey)]),
        by_industry=_rows(survey.today["by_industry"], _industry),
        by_region=_rows(survey.today["by_region"], _region),
        industry=_industry,
        data_sets=filings.DATA_SETS,
        periods_of=filings.PERIODS,
        round_names=ROUND_NAMES,
        fault_classes=incidents.CLASSES,
        fault_kinds=incidents.KINDS,
        over={each.related for each in survey.faults if each.related},
    )


@blueprint.get("/filed")
@edge.require("browse")
def filed() -> ResponseReturnValue:
    """One data set as it is here, row by row."""
    name = request.args.get("set", "T6")
    after = tuple(request.args.get(part, "")[:300] for part in ("key", "zone", "line"))
    if not all(part.isprintable() for part in after):
        after = ("", "", "")
    with edge.reading() as session:
        found, following = surveying.filed(session, edge.actor(), name, (after[0], after[1], after[2]))
    pages: dict[str, Any] = dict(zip(("key", "zone", "line"), following, strict=True)) if following else {}
    return render_template(
        "network/filed.html",
        rows=[(row, json.loads(row.body)) for row in found],
        name=name,
        data_sets=filings.DATA_SETS,
        next_url=url_for(".filed", set=name, **pages) if pages else "",
        first_url=url_for(".filed", set=name) if any(after) else "",
    )


def _is_level() -> bool:
    node = edge.node()
    return bool(node.settings.zone) or "delegate" in node.capabilities


def _known(survey: Survey) -> list[tuple[str, Mapping[str, Any]]]:
    """What there is now is known of today alone; the chart shows the days of which something was filed."""
    return [(day, sums) for day, sums in survey.days if sums["identifiers"]]


def _rows(table: Mapping[str, Mapping[str, int]], named: Any) -> list[dict[str, Any]]:
    """The largest first, each with the length of its bar; the others together."""
    ordered = sorted(table.items(), key=lambda pair: (-pair[1]["enterprises"], -pair[1]["requests"], pair[0]))
    rows = [{"name": named(code), "code": code, **figures} for code, figures in ordered[:MOST_ROWS]]
    if rest := [figures for _, figures in ordered[MOST_ROWS:]]:
        names = ("enterprises", "identifiers", "requests")
        rows.append(
            {
                "name": gettext("Others"),
                "code": "",
                **{name: sum(each[name] for each in rest) for name in names},
            }
        )
    lengths = charts.shares([row["enterprises"] for row in rows])
    return [row | {"share": share} for row, share in zip(rows, lengths, strict=True)]


def _industry(code: str) -> str:
    """By name; a code that is none, as another node may have told it, as it is."""
    try:
        zh, en = industries.names_of(industries.industry(code))
    except (KeyError, Malformed):
        return code or gettext("Not named")
    return zh if i18n.language() == "zh" else en


def _region(code: str) -> str:
    zh, en = regions.names_of(code)
    return (zh if i18n.language() == "zh" else en) or gettext("Not named")


@blueprint.post("/monthly")
@edge.require("report")
def monthly() -> ResponseReturnValue:
    """Asks for the report of the last month that is over, or of the one named."""
    asked = request.form.get("month", "") or (edge.now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    node = edge.node()
    with edge.writing() as session:
        surveying.require_node(edge.actor())
        parameters = {"month": asked, "zone": i18n.zone()}
        job_id = jobs.request(
            session, edge.actor(), "monthly-report", parameters, i18n.language(), edge.now()
        )
    jobqueue.enqueue(node.settings, job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@blueprint.post("/faults")
@edge.require("audit")
def report_fault() -> ResponseReturnValue:
    form = request.form
    with edge.writing() as session:
        incidents.report(
            session,
            edge.actor(),
            zone=edge.node().settings.zone,
            cause=form.get("cause", ""),
            fault_class=form.get("fault_class", ""),
            planned="planned" in form,
            event_time=_moment(form.get("event_time", "")),
            now=edge.now(),
        )
    flash(gettext("The fault is written down and will be told to the node above."), "success")
    return redirect(url_for(".index", _anchor="faults"), 303)


@blueprint.post("/faults/over")
@edge.require("audit")
def fault_over() -> ResponseReturnValue:
    with edge.writing() as session:
        incidents.recover(session, edge.actor(), request.form.get("number", ""), edge.now())
    flash(gettext("It is written down that the fault is over."), "success")
    return redirect(url_for(".index", _anchor="faults"), 303)


def _moment(text: str) -> datetime:
    """A browser's own input, in the reader's time zone; now where nothing was typed."""
    if not text.strip():
        return edge.now()
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Malformed(
            "bad-time", N_("'{value}' is not a moment."), N_("Write it like 2026-05-20T08:30."), value=text[:40],
            field="event_time",
        ) from None  # fmt: skip
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(i18n.zone()))).astimezone(UTC)
