"""Queries that have names: made, listed, shown, removed, and asked for their events."""

from typing import Any, ClassVar

from flask import Response, request

from app.errors import N_, Malformed
from app.services import querying, subscribing
from app.web import edge
from app.web.api.epcis import addresses, answers, bodies, endpoint, media, paging, problems
from app.web.api.epcis.endpoint import Endpoint, at, require
from app.web.api.epcis.told import Told

LIVE = {
    "stream",
    "second",
    "minute",
    "hour",
    "dayOfMonth",
    "month",
    "dayOfWeek",
    "reportIfEmpty",
    "initialRecordTime",
}


class BadControls(Malformed):
    exception = problems.SUBSCRIPTION


@at("/queries", "queries")
class Queries(Endpoint):
    """The organisation's queries."""

    told: ClassVar = {
        "GET": Told(N_("Queries that have names"), gives="EpcisQueries", query="paging", right="trace"),
        "POST": Told(
            N_("Give a query a name"), 201, takes="EpcisNamedQuery", also=(400, 409, 413, 415), right="trace"
        ),
    }
    invalid = "QueryValidationException"

    def get(self) -> Response:
        require("trace")
        wish = self.wish()
        per_page, token = paging.asked()
        with edge.reading() as session:
            found, following = subscribing.queries_of(session, edge.actor(), token, per_page)
        return paging.with_next(answers.data([_told(each) for each in found], wish), following)

    def post(self) -> Response:
        require("trace")
        sent = bodies.json_object()
        name, query = bodies.text_of(sent, "name"), bodies.object_of(sent, "query")
        with edge.writing() as session:
            subscribing.create_query(session, edge.actor(), name, query, endpoint.namespaces(), edge.now())
        response = Response(status=201)
        response.headers["Location"] = addresses.of("queries", name)
        return response


@at("/queries/<name:query_name>", "query")
class Query(Endpoint):
    told: ClassVar = {
        "GET": Told(N_("One query"), gives="EpcisNamedQuery", right="trace"),
        "DELETE": Told(N_("Remove a query and end its subscriptions"), 204, right="trace"),
    }

    def get(self, query_name: str) -> Response:
        wish = self.wish()
        return answers.data(_told(_query_of(query_name)), wish)

    def delete(self, query_name: str) -> Response:
        require("trace")
        with edge.writing() as session:
            subscribing.remove_query(session, edge.actor(), query_name)
        return Response(status=204)

    def must_exist(self, **taken: str) -> None:
        _query_of(taken["query_name"])


@at("/queries/<name:query_name>/events", "query_events")
class QueryEvents(Endpoint):
    offered = media.BOTH
    asked_held = True
    told: ClassVar = {
        "GET": Told(
            N_("The events that a query finds now"),
            gives="EpcisQueryDocument",
            query="paging",
            also=(413, 501),
            right="trace",
        )
    }

    def get(self, query_name: str) -> Response:
        wish = self.wish()
        named = _query_of(query_name)
        _check_still(request.headers.get("Upgrade", ""), set(request.args))
        per_page, token = paging.asked()
        with edge.reading() as session:
            page = querying.page_of(session, edge.actor(), named.query, token, per_page)
        return paging.with_next(answers.events(page.events, wish, query_name=query_name), page.next_token)

    def must_exist(self, **taken: str) -> None:
        _query_of(taken["query_name"])


def _check_still(upgrade: str, names: set[str]) -> None:
    """Events as they come are sent to an address of the client's (subscriptions), not over a connection held open."""
    live = names & LIVE
    if "stream" in live and live - {"stream", "reportIfEmpty", "initialRecordTime"}:
        raise BadControls(
            "stream-and-schedule",
            N_("A subscription is told at once or by a schedule, not both."),
            N_("Leave out stream, or the schedule."),
        )
    if upgrade.lower() == "websocket":
        raise problems.NotOffered(
            "no-websocket",
            N_("No connections are held open here."),
            N_("Subscribe with an address of yours: POST /epcis/queries/…/subscriptions."),
        )
    if live:
        raise BadControls(
            "not-subscribed-here",
            N_("{parameter} is for subscriptions; here a query is asked once."),
            N_("Subscribe with an address of yours: POST /epcis/queries/…/subscriptions."),
            parameter=min(live),
        )
    if others := names - {paging.PER_PAGE, paging.TOKEN}:
        raise Malformed(
            "query-is-fixed",
            N_("The query has its parameters already; {parameter} cannot be added."),
            N_("Ask /epcis/events with parameters of its own, or name another query."),
            parameter=min(others)[:100],
        )


def _query_of(name: str) -> subscribing.NamedQuery:
    require("trace")
    with edge.reading() as session:
        return subscribing.query_of(session, edge.actor(), name)


def _told(named: subscribing.NamedQuery) -> dict[str, Any]:
    return {"name": named.name, "query": dict(named.query.parameters)}
