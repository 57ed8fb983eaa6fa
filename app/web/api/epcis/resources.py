"""The six lists of what events mention, and the events that mention one of it."""

from typing import ClassVar

from flask import Response

from app.errors import N_
from app.services import querying
from app.web import edge
from app.web.api.epcis import answers, media, paging, problems
from app.web.api.epcis.asking import events_asked
from app.web.api.epcis.endpoint import Endpoint, at, require
from app.web.api.epcis.root import LISTS
from app.web.api.epcis.told import Told

SUB_RESOURCES = ("events",)
KIND = f"<any({', '.join(LISTS)}):kind>"


@at(f"/{KIND}", "list")
class List(Endpoint):
    """All values of one kind in events that the reader may see, in pages."""

    offered = media.BOTH
    told: ClassVar = {
        "GET": Told(N_("What events name: {kind}"), gives="EpcisCollection", query="paging", right="trace")
    }

    def get(self, kind: str) -> Response:
        require("trace")
        wish = self.wish()
        per_page, token = paging.asked()
        with edge.reading() as session:
            members, following = querying.collection_of(session, edge.actor(), kind, token, per_page)
        return paging.with_next(answers.names(kind, members, wish), following)


@at(f"/{KIND}/<name:value>", "value")
class Value(Endpoint):
    """What there is of one value: its events."""

    offered = media.BOTH
    told: ClassVar = {
        "GET": Told(N_("What there is of one of {kind}"), gives="EpcisCollection", right="trace")
    }

    def get(self, kind: str, value: str) -> Response:
        wish = self.wish()
        self.must_exist(kind=kind, value=value)
        return answers.collection(SUB_RESOURCES, wish)

    def must_exist(self, **taken: str) -> None:
        require("trace")
        with edge.reading() as session:
            if not querying.has(session, edge.actor(), taken["kind"], taken["value"]):
                raise problems.nothing_here()


@at(f"/{KIND}/<name:value>/events", "value_events")
class EventsOf(Value):
    """The events with one value, and whatever else the query says."""

    invalid = problems.QUERY_PARAMETER
    told: ClassVar = {
        "GET": Told(
            N_("Events with one of {kind}"), gives="EpcisQueryDocument", query="events", right="trace"
        )
    }

    def get(self, kind: str, value: str) -> Response:
        wish = self.wish()
        self.must_exist(kind=kind, value=value)
        return events_asked(wish, querying.within(kind, value))
