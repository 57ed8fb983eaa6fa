"""The zones this node has handed out, for reviewers and their programs: the list, one of them, suspend, resume, end."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain import applications, zones
from app.errors import N_, Malformed
from app.services import delegating, reviewing
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.applications import Taken
from app.web.api.v1.calls import Made, answer, idempotent, page
from app.web.api.v1.models import AskedAfterText, Line, Page, Sent, Text, Told
from app.web.zone_issuer import issuer

blueprint = blueprint_of("zones", "Registry")


class Zone(Told):
    __doc__ = N_("A zone below ours, as the newest statement tells it.")

    zone: str = Field(examples=["88.118.1001"])
    state: str = Field(description=N_("active, suspended or left."))
    serial: int
    name_zh: str
    name_en: str
    industry: str
    region: str
    endpoints: list[dict[str, Any]]
    not_before: datetime
    not_after: datetime


class ZonePage(Page[Zone]):
    pass


class WholeZone(Zone):
    __doc__ = N_("A zone with its signed statement and what was done so far, the newest first.")

    statement: dict[str, Any]
    steps: list[Taken]


class AskedZones(AskedAfterText):
    state: Annotated[Line, Field(max_length=10)] = Field(
        "", description=N_("Only those in this state; empty for all.")
    )
    q: Annotated[Line, Field(max_length=100)] = Field(
        "", description=N_("Beginning of the prefix, or part of the name.")
    )


class ZoneStep(Sent):
    __doc__ = N_("What is done to a zone. All but to resume needs a reason.")

    step: Literal["suspend", "resume", "revoke"]
    reason: Annotated[Text, Field(max_length=applications.LONGEST_REASON)] = ""


@blueprint.get("/zones")
@edge.require("audit")
@blueprint.doc(
    summary=N_("Zones that this node has handed out"), description=N_("For the company that runs the node.")
)
@blueprint.input(AskedZones, location="query", arg_name="asked")
@blueprint.output(ZonePage)
def index(asked: AskedZones) -> Response:
    with edge.reading() as session:
        found, following = reviewing.zone_list(
            session, edge.actor(), after=asked.after, state=asked.state, text=asked.q, limit=asked.limit
        )
        return page(ZonePage, [_told(row) for row in found], following)


@blueprint.get("/zones/<zone>")
@edge.require("audit")
@blueprint.doc(summary=N_("One zone"))
@blueprint.output(WholeZone)
def show(zone: str) -> Response:
    with edge.reading() as session:
        return answer(_whole(session, _named(zone)))


@blueprint.post("/zones/<zone>/steps")
@edge.require("people")
@blueprint.doc(summary=N_("Suspend a zone, resume it, or take it back"))
@blueprint.input(ZoneStep, arg_name="sent")
@blueprint.output(WholeZone, 201)
@idempotent
def step(session: Session, zone: str, sent: ZoneStep) -> Made:
    name, actor, now = _named(zone), edge.actor(), edge.now()
    if sent.step == "suspend":
        reviewing.suspend(session, actor, issuer(), name, sent.reason, now)
    elif sent.step == "resume":
        reviewing.resume(session, actor, issuer(), name, now, sent.reason)
    else:
        reviewing.revoke(session, actor, issuer(), name, sent.reason, now)
    return Made(_whole(session, name))


def _told(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Zone.model_fields}


def _whole(session: Session, zone: str) -> WholeZone:
    row, _holders, log = reviewing.zone_of(session, edge.actor(), zone)
    steps = [Taken(step=each.step, by=each.by, reason=each.reason, time=each.record_time) for each in log]
    return WholeZone(**_told(row), statement=row.statement, steps=steps)


def _named(zone: str) -> str:
    try:
        return zones.zone(zone)
    except Malformed:
        raise delegating.unknown_zone(zone) from None
