"""Every operation of the standard's own description: its statuses, its headers, its media types, its problems."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.epcis_client import ITEM, PLACE, EpcisClient, bare, document, encoded, event
from tests.support.tenants import Tenants
from tests.support.vectors import vectors

CONTRACT = vectors("epcis/rest_contract.json")
# Headers that are there only when there is something to say, and one answer that this server does not give.
SOMETIMES = {"Link", "GS1-Next-Page-Token-Expires"}
NOT_GIVEN = {"101"}
OF_ANSWERS = {200, 201, 202, 204}

pytestmark = pytest.mark.skipif(not CONTRACT, reason="the shared vectors are not beside the project")


class Desk:
    """A node where everything that a path can name is there: an event, a capture, a query, a subscription."""

    def __init__(self, app: Flask, world: Tenants) -> None:
        self.ana = EpcisClient(app, world.ana)
        self.operator = EpcisClient(app, world.staff["operator"])
        self.stranger = EpcisClient(app, None)
        sent = self.ana.post("/capture", document(event(1, bizLocation={"id": PLACE}, disposition="active")))
        assert sent.status_code == 202, sent.text
        self.capture = sent.headers["Location"].rpartition("/")[2]
        assert (
            self.ana.post("/queries", {"name": "kept", "query": {"eventType": ["ObjectEvent"]}}).status_code
            == 201
        )
        made = self.ana.post(
            "/queries/kept/subscriptions",
            {"dest": "https://erp.example.com/in", "signatureToken": "a secret of theirs", "stream": True},
        )
        assert made.status_code == 201, made.text
        self.subscription = made.headers["Location"].rpartition("/")[2]
        self.number = 100

    def values(self) -> dict[str, str]:
        found = self.ana.events()[0]
        return {
            "eventID": found["eventID"],
            "captureID": self.capture,
            "eventType": "ObjectEvent",
            "epc": ITEM.format(1),
            "bizStep": "receiving",
            "bizLocation": PLACE,
            "readPoint": PLACE,
            "disposition": "active",
            "queryName": "kept",
            "subscriptionID": self.subscription,
            "token": "x",
        }

    def body(self, operation: dict[str, Any]) -> Any:
        """One that succeeds, each time."""
        self.number += 1
        return {
            "/capture": document(event(self.number)),
            "/events": bare(self.number),
            "/queries": {"name": f"q{self.number}", "query": {}},
            "/queries/{queryName}/subscriptions": {
                "dest": "https://erp.example.com/in",
                "signatureToken": "a secret of theirs",
                "schedule": {"hour": "1", "minute": "5"},
            },
        }.get(operation["path"])

    def path(self, operation: dict[str, Any], values: dict[str, str]) -> str:
        path: str = operation["path"]
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", encoded(value))
        return path

    def ask(self, who: EpcisClient, operation: dict[str, Any], path: str, **headers: str) -> TestResponse:
        body = self.body(operation) if operation["method"] == "POST" else None
        return who.call(operation["method"], path, body, headers=headers)


@pytest.fixture
def desk(app: Flask, world: Tenants) -> Desk:
    return Desk(app, world)


def operations() -> Iterator[dict[str, Any]]:
    """What removes something comes last."""
    yield from sorted(CONTRACT, key=lambda each: (each["method"] == "DELETE", -len(each["path"])))


def check_as_described(operation: dict[str, Any], answer: TestResponse) -> None:
    where = f"{operation['method']} {operation['path']} {answer.status_code}"
    described = operation["responses"].get(str(answer.status_code))
    assert described is not None, f"{where} is not described: {answer.text}"
    lacking = set(described["headers"]) - set(answer.headers.keys()) - SOMETIMES
    assert not lacking, f"{where} lacks {lacking}"
    if described["content_types"]:
        assert answer.mimetype in described["content_types"], where
    elif operation["method"] != "OPTIONS":
        assert answer.data == b"", where
    if answer.status_code >= 400:
        assert answer.get_json()["type"] in described["problem_types"], f"{where}: {answer.text}"


def test_every_operation_of_the_standard_is_answered_as_it_says(desk: Desk) -> None:
    values, done = desk.values(), 0
    for operation in operations():
        answer = desk.ask(desk.ana, operation, desk.path(operation, values))
        assert answer.status_code in OF_ANSWERS, f"{operation['method']} {operation['path']}: {answer.text}"
        check_as_described(operation, answer)
        done += 1
    assert done == 63


def test_every_operation_says_who_may_ask_it(desk: Desk) -> None:
    values = desk.values()
    for operation in operations():
        path = desk.path(operation, values)
        answer = desk.ask(desk.stranger, operation, path)
        assert answer.status_code == 401
        assert answer.get_json()["type"] == "epcisException:SecurityException"
        answer = desk.ask(desk.operator, operation, path)
        if answer.status_code == 403:
            check_as_described(operation, answer)


def test_every_operation_says_what_it_cannot_give(desk: Desk) -> None:
    values = desk.values()
    for operation in operations():
        if "406" in operation["responses"]:
            asked = {"GS1-EPCIS-Min": "3.0.0"}
            answer = desk.ask(desk.ana, operation, desk.path(operation, values), **asked)
            assert answer.status_code == 406, f"{operation['method']} {operation['path']}"
            check_as_described(operation, answer)


def test_every_operation_says_what_is_not_there(desk: Desk) -> None:
    values = dict.fromkeys(desk.values(), "urn:example:nobody")
    for operation in operations():
        if "404" in operation["responses"] and "{" in operation["path"]:
            answer = desk.ask(desk.ana, operation, desk.path(operation, values))
            assert answer.status_code == 404, f"{operation['method']} {operation['path']}: {answer.text}"
            check_as_described(operation, answer)


def test_every_operation_says_which_bodies_it_does_not_read(desk: Desk) -> None:
    values = desk.values()
    for operation in operations():
        if "415" in operation["responses"]:
            answer = desk.ana.call("POST", desk.path(operation, values), b"a,b\n", content_type="text/csv")
            assert answer.status_code == 415
            check_as_described(operation, answer)
            answer = desk.ana.call(
                "POST", desk.path(operation, values), b"{", content_type="application/json"
            )
            assert answer.status_code == 400
            assert answer.get_json()["type"].startswith("epcisException:")


def test_every_operation_with_a_query_says_when_its_address_is_too_long(desk: Desk) -> None:
    values = desk.values()
    for operation in operations():
        if "414" in operation["responses"]:
            path = desk.path(operation, values) + "?" + "x" * 9_000
            answer = desk.ask(desk.ana, operation, path)
            assert answer.status_code == 414
            check_as_described(operation, answer)


def test_what_is_larger_than_announced_is_refused_with_the_limits(desk: Desk) -> None:
    for operation in operations():
        if operation["method"] == "POST" and "413" in operation["responses"]:
            limits = desk.ana.call("OPTIONS", operation["path"]).headers
            most = int(limits.get("GS1-EPCIS-Capture-File-Size-Limit", 1 << 20))
            answer = desk.ana.post(operation["path"], b" " * (most + 1))
            assert answer.status_code == 413
            check_as_described(operation, answer)
