"""Events: all that a query finds, one by its id, and one captured at once."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Response, request

from app.domain.epcis import documents
from app.errors import N_, Conflict
from app.services import preparing, querying
from app.services.capturing_events import Outcome
from app.web import edge, group_commit
from app.web.api.epcis import addresses, answers, bodies, limits, media, problems
from app.web.api.epcis.asking import events_asked
from app.web.api.epcis.endpoint import Endpoint, at, require
from app.web.api.epcis.told import Told

NI = "ni:///"


@at("/events", "events")
class Events(Endpoint):
    offered = media.BOTH
    taken = media.BOTH
    takes_events = True
    most_bytes = limits.EVENT_BYTES
    told: ClassVar = {
        "GET": Told(
            N_("Events, as a query finds them"), gives="EpcisQueryDocument", query="events", right="trace"
        ),
        "POST": Told(
            N_("Capture one event, now"),
            201,
            gives="EpcisEvent",
            takes="EpcisEvent",
            also=(400, 409, 413, 415),
            right="scan",
        ),
    }

    def get(self) -> Response:
        require("trace")
        return events_asked(self.wish(), {})

    def post(self) -> Response:
        """What is there already, under its id or with the same content where it has none, is 409 with its address."""
        require("scan")
        wish = self.wish()
        body, kind = bodies.raw(self.taken)
        outcome, event = _captured(body, kind)
        if outcome.existed or (outcome.problem and outcome.problem.code in problems.EXISTS):
            return _there(outcome)
        if outcome.problem is not None:  # of the event, whatever it is of elsewhere
            return problems.answer(outcome.problem, 400)
        response = answers.one_event(event, outcome.event_id, wish, 201)
        response.headers["Location"] = addresses.of("events", outcome.event_id)
        return response


@at("/events/<name:event_id>", "event")
class Event(Endpoint):
    """One event with what declares it an error."""

    offered = media.BOTH
    told: ClassVar = {
        "GET": Told(N_("One event and what declares it an error"), gives="EpcisQueryDocument", right="trace")
    }

    def get(self, event_id: str) -> Response:
        require("trace")
        wish = self.wish()
        with edge.reading() as session:
            found = querying.event_of(session, edge.actor(), _whole(event_id))
        return answers.events(found, wish)

    def must_exist(self, **taken: str) -> None:
        require("trace")
        with edge.reading() as session:
            querying.event_of(session, edge.actor(), _whole(taken["event_id"]))


def _captured(body: bytes, kind: str) -> tuple[Outcome, Mapping[str, Any]]:
    event = documents.read_event(body, kind)
    prepared = preparing.prepare_single(event, edge.now(), bare=True)
    if prepared.faults:
        raise problems.invalid(prepared.faults)
    if prepared.problem:
        return Outcome(0, prepared.event_id, problem=prepared.problem), event
    return group_commit.captured(prepared), event


def _there(outcome: Outcome) -> Response:
    response = problems.answer(
        outcome.problem
        or Conflict(
            "event-exists",
            N_("The event {event_id} is recorded already; nothing was added."),
            N_("Its address is in Location."),
            event_id=outcome.event_id,
        )
    )
    response.headers["Location"] = addresses.of("events", outcome.event_id)
    return response


def _whole(event_id: str) -> str:
    """The question mark of an event hash, which some clients send as it is, begins a query only by its looks."""
    query = request.query_string.decode("latin-1")
    return f"{event_id}?{query}" if event_id.startswith(NI) and query.startswith("ver=") else event_id
