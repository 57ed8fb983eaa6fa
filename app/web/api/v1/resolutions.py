"""How often identifiers were looked up, and with what outcome."""

from datetime import date
from typing import Annotated

from flask import Response
from pydantic import Field

from app.errors import N_
from app.services import counting
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import answer
from app.web.api.v1.models import Asked, Told

blueprint = blueprint_of("resolutions", "Registry")


class AskedDays(Asked):
    days: Annotated[int, Field(ge=1, le=counting.MOST_DAYS)] = Field(
        30, description=N_("How many days, today included; days are those of UTC.")
    )


class ResolutionCount(Told):
    __doc__ = N_("Look-ups of a day with one outcome, of one prefix.")

    day: date
    prefix: str = Field(description=N_("Empty for names that belong to nobody on this node."))
    outcome: str = Field(
        examples=["found"],
        description=N_("found, empty (none of the values asked for), missing, elsewhere, refused or failed."),
    )
    count: int


class Resolutions(Told):
    __doc__ = N_("Look-ups through the Handle API and printed URLs; counted within a few seconds.")

    counts: list[ResolutionCount]


@blueprint.get("/resolutions")
@edge.require("browse")
@blueprint.doc(summary=N_("How often identifiers were looked up, the newest day first"))
@blueprint.input(AskedDays, location="query", arg_name="asked")
@blueprint.output(Resolutions)
def index(asked: AskedDays) -> Response:
    with edge.reading() as session:
        rows = counting.counts(session, edge.actor(), asked.days, edge.now())
        return answer(Resolutions(counts=[ResolutionCount.model_validate(row) for row in rows]))
