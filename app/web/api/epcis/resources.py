"""What there is: the names of the nine top-level resources, and the six lists of what events mention."""

from typing import ClassVar

from flask import Response

from app.errors import N_
from app.web.api.epcis import answers, media
from app.web.api.epcis.endpoint import Endpoint, at

TOP_LEVEL = (
    "events",
    "eventTypes",
    "epcs",
    "bizSteps",
    "bizLocations",
    "readPoints",
    "dispositions",
    "queries",
    "capture",
)


@at("", "root")
class Root(Endpoint):
    """Takes events further down, so it announces the oldest version that is taken anywhere."""

    offered = media.BOTH
    takes_events = True
    sums: ClassVar = {"GET": N_("The names of what there is")}

    def get(self) -> Response:
        return answers.collection(TOP_LEVEL, self.wish())
