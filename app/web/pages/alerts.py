"""Alerts: signals of clones, diversion and guessing with their evidence, judged by people; the rules behind them."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain import trouble
from app.domain.steps import STEPS
from app.domain.trouble import RULES
from app.errors import N_, Malformed, TraceError
from app.services import alerting
from app.services.alerting import ENDINGS, STATES, Setting
from app.web import alert_words, edge, numbers, telling
from app.web.errors import translate_error

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    rule, closed = request.args.get("rule", ""), request.args.get("closed") == "1"
    rule = rule if rule in RULES else ""
    before = numbers.asked("before")
    with edge.reading() as session:
        rows, following = alerting.alerts(session, edge.actor(), rule=rule, closed=closed, before=before)
    asked: dict[str, Any] = {"rule": rule or None, "closed": "1" if closed else None}
    return render_template(
        "alerts/index.html",
        rows=[(row, alert_words.found(row.rule, orjson.loads(row.evidence))) for row in rows],
        rules=RULES,
        rule=rule,
        closed=closed,
        states=STATES,
        endings=ENDINGS,
        words=alert_words,
        tell=telling.Teller(),
        next_url=url_for(".index", before=following, **asked) if following else "",
        first_url=url_for(".index", **asked) if before else "",
    )


@blueprint.get("/<int:alert_id>")
@edge.require("browse")
def show(alert_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        row = alerting.alert_of(session, edge.actor(), alert_id)
        places = alerting.names_of(session, [row])
    return _shown(row, places)


@blueprint.post("/<int:alert_id>")
@edge.require("hold")
def judge(alert_id: int) -> ResponseReturnValue:
    ending = request.form.get("ending", "")
    state = alerting.CLOSED if ending else alerting.SEEN
    with edge.writing() as session:
        alerting.judge(
            session, edge.actor(), alert_id, state, ending, request.form.get("note", ""), edge.now()
        )
    flash(_("The alert is closed.") if ending else _("Others see that you are looking into it."), "success")
    return redirect(url_for(".show", alert_id=alert_id), 303)


def _shown(row: alerting.Alert, places: dict[str, alerting.Site]) -> str:
    evidence = orjson.loads(row.evidence)
    return render_template(
        "alerts/show.html",
        row=row,
        found=alert_words.found(row.rule, evidence),
        evidence=evidence,
        sightings=list(_sightings(evidence)),
        places=places,
        rules=RULES,
        states=STATES,
        endings=ENDINGS,
        words=alert_words,
        step_names={name: step.title for name, step in STEPS.items()},
        tell=telling.Teller(),
    )


def _sightings(evidence: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for each in evidence.get("sightings", ()):
        yield {**each, "moment": datetime.fromisoformat(each["time"])}


# --- rules, places, who is told ---


@blueprint.get("/rules")
@edge.require("browse")
def rules() -> ResponseReturnValue:
    return _settings()


@blueprint.post("/rules")
@edge.require("people")
def set_rules() -> ResponseReturnValue:
    try:
        wanted = {rule: _setting(rule) for rule in RULES}
        with edge.writing() as session:
            alerting.set_rules(session, edge.actor(), wanted, edge.now())
    except TraceError as error:
        return _settings(translate_error(error)), error.http_status
    flash(_("The rules are changed. They hold for what is looked at from now on."), "success")
    return redirect(url_for(".rules"), 303)


@blueprint.post("/target")
@edge.require("people")
def set_target() -> ResponseReturnValue:
    url, token = request.form.get("url", "").strip(), request.form.get("token", "").strip()
    try:
        with edge.writing() as session:
            alerting.set_target(session, edge.actor(), url, token, edge.node().keys, edge.now())
    except TraceError as error:
        return _settings(translate_error(error)), error.http_status
    flash(
        _("New alerts are sent to {url}.").format(url=url) if url else _("Alerts are sent nowhere."),
        "success",
    )
    return redirect(url_for(".rules"), 303)


@blueprint.post("/places")
@edge.require("master")
def set_place() -> ResponseReturnValue:
    form = request.form
    try:
        where = _position(form.get("position", "").strip())
        with edge.writing() as session:
            alerting.set_place(
                session, edge.actor(), form.get("site", ""), where, form.get("country", ""), edge.now()
            )
    except TraceError as error:
        return _settings(translate_error(error)), error.http_status
    flash(_("The place is changed."), "success")
    return redirect(url_for(".rules") + "#places", 303)


def _setting(rule: str) -> Setting:
    text = request.form.get(rule, "").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return Setting(request.form.get(f"{rule}-on") == "1", trouble.threshold(rule, value))


def _position(text: str) -> trouble.Point | None:
    """`31.23, 121.47`, as maps give it; None for nothing. Malformed `bad-position`."""
    if not text:
        return None
    north, _comma, east = text.replace("，", ",").partition(",")
    found = trouble.point(north.strip(), east.strip())
    if found is None:
        raise Malformed(
            "bad-position",
            N_("“{position}” is no position on earth."),
            N_("Write latitude and longitude in degrees, for example 31.23, 121.47."),
            position=text[:60],
        )
    return found


def _settings(trouble_told: tuple[str, str] = ("", "")) -> str:
    actor = edge.actor()
    with edge.reading() as session:
        return render_template(
            "alerts/rules.html",
            rules=RULES,
            settings=alerting.settings_of(session, actor.organisation_id),
            tallies=alerting.tallies(session, actor),
            places=alerting.places(session, actor),
            target=alerting.target_of(session, actor) if actor.may("people") else None,
            trouble=trouble_told,
            typed=request.form,
        )
