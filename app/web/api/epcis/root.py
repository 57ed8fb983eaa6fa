"""The beginning: the names of the nine top-level resources; and tokens of pages, given back."""

from typing import ClassVar

from flask import Response

from app.errors import N_
from app.web.api.epcis import answers, media
from app.web.api.epcis.endpoint import Endpoint, at
from app.web.api.epcis.told import Told

LISTS = ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions")
TOP_LEVEL = ("events", *LISTS, "queries", "capture")


@at("", "root")
class Root(Endpoint):
    """Events are taken further down, so it announces the oldest version that is taken anywhere."""

    offered = media.BOTH
    takes_events = True
    told: ClassVar = {"GET": Told(N_("The names of what there is"), gives="EpcisCollection")}

    def get(self) -> Response:
        return answers.collection(TOP_LEVEL, self.wish())


@at("/nextPageToken/<name:page_token>", "token")
class Token(Endpoint):
    """Nothing is kept for a token, which names the last row that was seen: there is nothing to let go of."""

    told: ClassVar = {"DELETE": Told(N_("Give the token of a page back"), 204)}

    def delete(self, **_address: str) -> Response:
        return Response(status=204)
