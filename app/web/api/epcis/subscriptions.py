"""Subscriptions of a query: made, listed, shown, ended. What they send is services.subscribing's and the queue's."""

from typing import Any, ClassVar

from flask import Response, request

from app.domain.epcis import time_text
from app.errors import N_
from app.services import streams, subscribing
from app.web import edge
from app.web.api.epcis import addresses, answers, bodies, media, paging, problems
from app.web.api.epcis.endpoint import Endpoint, at, require
from app.web.api.epcis.told import Told

PATH = "/queries/<name:query_name>/subscriptions"


@at(PATH, "subscriptions")
class Subscriptions(Endpoint):
    """Their secrets go in and never come out."""

    invalid = problems.SUBSCRIPTION
    told: ClassVar = {
        "GET": Told(
            N_("Subscriptions of a query"), gives="EpcisSubscriptions", query="paging", right="trace"
        ),
        "POST": Told(
            N_("Have events sent to an address of yours"),
            201,
            gives="EpcisSubscription",
            takes="EpcisNewSubscription",
            also=(400, 404, 409, 415),
            right="master",
        ),
    }

    def get(self, query_name: str) -> Response:
        require("trace")
        wish = self.wish()
        per_page, token = paging.asked()
        with edge.reading() as session:
            found, following = subscribing.subscriptions_of(
                session, edge.actor(), query_name, token, per_page
            )
        return paging.with_next(answers.data([_told(each) for each in found], wish), following)

    def post(self, query_name: str) -> Response:
        require("master")
        wish = self.wish()
        sent = bodies.json_object()
        formats = media.formats_of(request.headers)
        with edge.writing() as session:
            made = subscribing.subscribe(
                session, edge.actor(), query_name, sent, formats, edge.node().keys, edge.now()
            )
        if made.stream:
            streams.ask(edge.node().settings.data_dir)
        response = answers.data(_told(made), wish, 201)
        response.headers["Location"] = addresses.of(
            "queries", query_name, "subscriptions", made.subscription_id
        )
        return response

    def must_exist(self, **taken: str) -> None:
        require("trace")
        with edge.reading() as session:
            subscribing.query_of(session, edge.actor(), taken["query_name"])


@at(f"{PATH}/<name:subscription_id>", "subscription")
class Subscription(Endpoint):
    told: ClassVar = {
        "GET": Told(N_("One subscription"), gives="EpcisSubscription", right="trace"),
        "DELETE": Told(N_("End a subscription"), 204, right="master"),
    }

    def get(self, query_name: str, subscription_id: str) -> Response:
        wish = self.wish()
        return answers.data(_told(_subscription_of(query_name, subscription_id)), wish)

    def delete(self, query_name: str, subscription_id: str) -> Response:
        require("master")
        with edge.writing() as session:
            subscribing.unsubscribe(session, edge.actor(), query_name, subscription_id)
        return Response(status=204)

    def more_options(self, **taken: str) -> dict[str, str]:
        found = _subscription_of(taken["query_name"], taken["subscription_id"])
        return {"GS1-Query-Min-Record-Time": time_text(found.min_record_time)}


def _subscription_of(query_name: str, subscription_id: str) -> subscribing.Subscription:
    require("trace")
    with edge.reading() as session:
        return subscribing.subscription_of(session, edge.actor(), query_name, subscription_id)


def _told(made: subscribing.Subscription) -> dict[str, Any]:
    """As the standard has it: who reads it may know where it leads, and never what it is signed with."""
    body: dict[str, Any] = {
        "subscriptionID": made.subscription_id,
        "queryName": made.query_name,
        "dest": made.dest,
        "createdAt": time_text(made.created),
        "minRecordTime": time_text(made.min_record_time),
        "reportIfEmpty": made.report_if_empty,
    }
    if made.initial_record_time:
        body["initialRecordTime"] = time_text(made.initial_record_time)
    return body | ({"stream": True} if made.stream else {"schedule": dict(made.schedule)})
