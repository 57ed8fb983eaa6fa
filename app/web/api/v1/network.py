"""The network as this level sees it, for programs: what lies at and below the node, how filing goes, faults."""

from datetime import date, datetime
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from app.errors import N_
from app.services import surveying
from app.services.surveying import Survey
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import answer
from app.web.api.v1.models import Asked, Told

blueprint = blueprint_of("network", "Registry")


class AskedFigures(Asked):
    days: Annotated[int, Field(ge=1, le=surveying.MOST_DAYS)] = Field(
        30, description=N_("How many days, today included; days are those of UTC.")
    )


class DayOfNetwork(Told):
    __doc__ = N_("A day: what there was, and the look-ups of things at and below the node.")

    day: date
    nodes: int
    enterprises: int
    identifiers: int
    requests: int
    successes: int
    by_industry: dict[str, dict[str, int]] = Field(
        description=N_("By division of GB/T 4754, '' where none is named.")
    )
    by_region: dict[str, dict[str, int]] = Field(
        description=N_("By province of GB/T 2260, '' where none is named.")
    )


class NodeBelow(Told):
    __doc__ = N_("A node whose zone this one gave out.")

    zone: str
    name_zh: str
    name_en: str
    state: str
    filed: datetime | None = Field(description=N_("When it filed last."))
    waiting: int = Field(description=N_("Changes that it has and did not get through with yet."))


class FiledAbove(Told):
    __doc__ = N_("A node that this one files to.")

    url: str
    seq: int = Field(description=N_("The newest change it has of ours."))
    well: datetime | None
    error_code: str


class FaultTold(Told):
    __doc__ = N_("A fault of a node, or that it is well again.")

    number: str
    kind: str
    related: str = Field(description=N_("The number of the fault that is over."))
    zone: str
    cause: str
    fault_class: int = Field(description=N_("1 network, 2 system, 3 attack, 4 other."))
    planned: bool
    event_time: datetime


class NetworkFigures(Told):
    __doc__ = N_("What this level of the network sees of itself and of what lies below it.")

    zone: str
    newest: int = Field(description=N_("The number of this node's newest change."))
    days: list[DayOfNetwork]
    below: list[NodeBelow]
    above: list[FiledAbove]
    measured: dict[str, Any] = Field(
        description=N_("Today's times in milliseconds, the busiest second, the minutes at work.")
    )
    faults: list[FaultTold]


@blueprint.get("/network")
@edge.require("browse")
@blueprint.doc(summary=N_("Figures of the network at this level, for the company that runs the node"))
@blueprint.input(AskedFigures, location="query", arg_name="asked")
@blueprint.output(NetworkFigures)
def figures(asked: AskedFigures) -> Response:
    node = edge.node()
    with edge.reading() as session:
        survey = surveying.survey(
            session, edge.actor(), node.settings.zone, node.capabilities, edge.now(), asked.days
        )
    return answer(_told(survey))


def _told(survey: Survey) -> NetworkFigures:
    return NetworkFigures(
        zone=survey.zone,
        newest=survey.newest,
        days=[DayOfNetwork(day=date.fromisoformat(day), **sums) for day, sums in survey.days],
        below=[NodeBelow.model_validate(each) for each in survey.below],
        above=[FiledAbove.model_validate(each) for each in survey.targets],
        measured=dict(survey.measured),
        faults=[FaultTold.model_validate(each) for each in survey.faults],
    )
