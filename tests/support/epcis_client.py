"""A program that speaks EPCIS 2.0 with somebody's key, and events for it to send."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.test import TestResponse

from app.domain.people import Actor
from app.services import authenticating
from app.store.database import writing

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
ITEM = "https://id.gs1.org/01/09521321123458/21/{}"
ITEM_URN = "urn:epc:id:sgtin:9521321.012345.{}"
PLACE = "urn:epc:id:sgln:9521321.00001.0"


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    """An observation of one thing that no company of the node minted; fields set to None are left out."""
    made = {
        "type": "ObjectEvent",
        "eventTime": f"2026-05-19T08:{number % 60:02d}:00.000Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "epcList": [ITEM.format(number)],
        "readPoint": {"id": PLACE},
    } | more
    return {name: value for name, value in made.items() if value is not None}


def bare(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"@context": CONTEXT} | event(number, **more)


def document(*events: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT, {"ex": "https://ns.example.com/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-05-20T08:00:00Z",
        "epcisBody": {"eventList": list(events)},
    } | more


class EpcisClient:
    """Paths are those after /epcis; parts that are names are given encoded (`encoded`)."""

    def __init__(self, app: Flask, actor: Actor | None) -> None:
        self.client = app.test_client()
        self.headers: dict[str, str] = {}
        if actor is not None:
            node = app.extensions["suyuan"]
            with writing(node.engine) as session:
                key = authenticating.create_key(session, actor, "epcis", node.now())
            self.headers["Authorization"] = f"Bearer {key}"

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] = {}, **more: Any
    ) -> TestResponse:
        if body is not None:
            more["data"] = body if isinstance(body, bytes) else json.dumps(body)
            more.setdefault("content_type", "application/json")
        address = path if path.startswith("http") else f"/epcis{path}"
        return self.client.open(
            address, method=method, headers={**self.headers, **headers}, buffered=True, **more
        )

    def get(self, path: str, headers: Mapping[str, str] = {}, **query: str) -> TestResponse:
        return self.call("GET", path, headers=headers, **({"query_string": query} if query else {}))

    def post(self, path: str, body: Any, headers: Mapping[str, str] = {}, **more: Any) -> TestResponse:
        return self.call("POST", path, body, headers=headers, **more)

    def events(self, path: str = "/events", **query: str) -> list[dict[str, Any]]:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["epcisBody"]["queryResults"]["resultsBody"][
            "eventList"
        ]
        return found


def encoded(name: str) -> str:
    return quote(name, safe="")


def problem(answer: TestResponse, status: int, kind: str) -> dict[str, Any]:
    """The body of an answer that must be a problem of this status and of this exception of the standard."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.get_json()
    assert body["type"] == f"epcisException:{kind}", body
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert "{" not in body["detail"] + body.get("hint", "")
    return body
