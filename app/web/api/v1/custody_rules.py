"""The rules of custody as an organisation has set them."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.errors import N_
from app.services import custody_setting
from app.services.custody_setting import RIGHT, Setting
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import answer
from app.web.api.v1.models import Sent, Text, Told

blueprint = blueprint_of("custody_rules", "Scanning")


class CustodyRule(Told):
    __doc__ = N_("A rule of custody that can be judged otherwise, as my organisation has set it.")

    rule: str
    can_be: list[str] = Field(description=N_("Its own verdict first."))
    steps: list[str] = Field(description=N_("Where it ever speaks; at every step when empty."))
    set: dict[str, str] = Field(description=N_("By step; the empty name stands for every step."))


class CustodyRules(Told):
    rules: list[CustodyRule]


class RuleSetting(Sent):
    rule: Literal[
        "not-enough", "not-commissioned", "lot-in-stock", "elsewhere", "lot-code", "late", "still-held"
    ]
    step: Annotated[Text, Field(max_length=16, description=N_("Left empty: every step."))] = ""
    verdict: Literal["", "refuse", "warn", "off"] = Field(
        description=N_("Left empty: as the rule is by itself."), examples=["warn"]
    )


@blueprint.get("/custody-rules")
@edge.require(RIGHT)
@blueprint.doc(summary=N_("The rules of custody that can be set"))
@blueprint.output(CustodyRules)
def index() -> Response:
    with edge.reading() as session:
        return answer(_rules(session))


@blueprint.put("/custody-rules")
@edge.require(RIGHT)
@blueprint.doc(summary=N_("Set a rule of custody, at every step or at one"))
@blueprint.input(RuleSetting, arg_name="sent")
@blueprint.output(CustodyRules)
def save(sent: RuleSetting) -> Response:
    with edge.writing() as session:
        if sent.verdict:
            custody_setting.put(session, edge.actor(), sent.rule, sent.step, sent.verdict, edge.now())
        else:
            custody_setting.remove(session, edge.actor(), sent.rule, sent.step, edge.now())
        return answer(_rules(session))


def _rules(session: Session) -> CustodyRules:
    return CustodyRules(rules=[_told(each) for each in custody_setting.settings_of(session, edge.actor())])


def _told(setting: Setting) -> CustodyRule:
    rule = setting.rule
    return CustodyRule(
        rule=rule.code, can_be=list(rule.verdicts), steps=list(rule.steps), set=setting.verdicts
    )
