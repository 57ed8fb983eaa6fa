"""Alerts: signals of clones, diversion and guessing, with their evidence; judged, and the rules behind them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain.trouble import RULES
from app.errors import N_
from app.services import alerting
from app.services.alerting import Setting
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, page
from app.web.api.v1.models import AskedAfter, Flag, Page, Sent, Text, Told

blueprint = blueprint_of("alerts", "Alerts")
RuleName = Literal["two-places", "after-end", "unknown-serial", "first-again", "country", "enumeration"]


class Alert(Told):
    __doc__ = N_(
        "A sign of trouble. What stands in the evidence depends on the rule; times are ISO 8601 in UTC."
    )

    id: int
    rule: str
    subject: str = Field(description=N_("The epc of the piece, or the prefix that is guessed under."))
    count: int = Field(description=N_("How often the same sign was seen."))
    state: str = Field(description=N_("open, seen or closed."))
    ending: str = Field(description=N_("true or false (a false alarm) when it is closed."))
    note: str
    event_time: datetime
    record_time: datetime
    last_time: datetime
    evidence: dict[str, Any]


class AlertPage(Page[Alert]):
    pass


class AskedAlerts(AskedAfter):
    rule: RuleName | None = None
    closed: bool = Field(False, description=N_("Those that are closed, instead of those that are not."))


class Judgement(Sent):
    state: Literal["seen", "closed"]
    ending: Literal["", "true", "false"] = ""
    note: Annotated[Text, Field(max_length=alerting.LONGEST_NOTE)] = ""


class AlertRule(Told):
    __doc__ = N_("A rule as my organisation has set it.")

    rule: str
    active: bool
    threshold: float
    least: float
    most: float


class AlertRules(Told):
    __doc__ = N_("All rules.")

    items: list[AlertRule]


class RuleSet(Sent):
    rule: RuleName
    active: Flag
    threshold: float


@blueprint.get("/alerts")
@edge.require("browse")
@blueprint.doc(summary=N_("Signs of clones, diversion and guessing, newest first"))
@blueprint.input(AskedAlerts, location="query", arg_name="asked")
@blueprint.output(AlertPage)
def index(asked: AskedAlerts) -> Response:
    with edge.reading() as session:
        rows, following = alerting.alerts(
            session,
            edge.actor(),
            rule=asked.rule or "",
            closed=asked.closed,
            before=asked.after,
            limit=asked.limit,
        )
    return page(AlertPage, [alerting.told(row) for row in rows], following)


@blueprint.get(f"/alerts/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("An alert with its evidence"))
@blueprint.output(Alert)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(Alert.model_validate(alerting.told(alerting.alert_of(session, edge.actor(), id))))


@blueprint.post(f"/alerts/{ID}/judgement")
@edge.require("hold")
@blueprint.doc(summary=N_("Say that somebody looks into an alert, or what it was"))
@blueprint.input(Judgement, arg_name="sent")
@blueprint.output(Alert)
@idempotent
def judge(session: Session, id: int, sent: Judgement) -> Made:  # noqa: A002
    row = alerting.judge(session, edge.actor(), id, sent.state, sent.ending, sent.note, edge.now())
    return Made(Alert.model_validate(alerting.told(row)), 200)


@blueprint.get("/alert-rules")
@edge.require("browse")
@blueprint.doc(summary=N_("What the watch looks for"))
@blueprint.output(AlertRules)
def rules() -> Response:
    with edge.reading() as session:
        return answer(_rules(session))


@blueprint.put("/alert-rules")
@edge.require("people")
@blueprint.doc(summary=N_("Switch a rule on or off, or move its threshold"))
@blueprint.input(RuleSet, arg_name="sent")
@blueprint.output(AlertRules)
def set_rule(sent: RuleSet) -> Response:
    wanted: dict[str, Setting] = {sent.rule: Setting(sent.active, sent.threshold)}
    with edge.writing() as session:
        alerting.set_rules(session, edge.actor(), wanted, edge.now())
        return answer(_rules(session))


def _rules(session: Session) -> AlertRules:
    settings = alerting.settings_of(session, edge.actor().organisation_id)
    return AlertRules(
        items=[
            AlertRule(
                rule=rule,
                active=settings[rule].active,
                threshold=settings[rule].threshold,
                least=known.least,
                most=known.most,
            )
            for rule, known in RULES.items()
        ]
    )
