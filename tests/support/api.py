"""A program that calls the API with somebody's key, and holds each answer against the OpenAPI document."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from app.domain.people import Actor
from app.services import authenticating
from app.store.database import writing
from app.web.api import openapi

PREFIX = "/api/v1"
DOCUMENT = "urn:document"
PROBLEM_FIELDS = {"type", "title", "status", "detail", "hint", "code"}
Document = dict[str, Any]


documents: dict[frozenset[str], Document] = {}  # by the routes they describe


def _document(app: Flask) -> Document:
    """Made once a test process: it takes longer than most of the calls that are held against it."""
    routes = frozenset(f"{rule.rule} {rule.methods}" for rule in app.url_map.iter_rules())
    if routes not in documents:
        with app.test_request_context(f"{PREFIX}/openapi.json"):
            documents[routes] = openapi.document(app)
    return documents[routes]


_validators: dict[int, dict[int, Draft202012Validator]] = {}  # of each of the documents above
_registries: dict[int, Registry[Any]] = {}


def _registry(document: Document) -> Registry[Any]:
    if id(document) not in _registries:
        resource = Resource(_moved(document), DRAFT202012)
        _registries[id(document)] = Registry().with_resource(DOCUMENT, resource)
    return _registries[id(document)]


class Description:
    """The OpenAPI document as it is served, and answers held against it."""

    def __init__(self, app: Flask) -> None:
        self.document = _document(app)
        self.validators = _validators.setdefault(id(self.document), {})
        self.registry = _registry(self.document)

    def operations(self) -> list[tuple[str, str, Document]]:
        """(METHOD, path after /api/v1, operation) of all there."""
        return [
            (method.upper(), path.removeprefix(PREFIX), operation)
            for path, methods in self.document["paths"].items()
            if path.startswith(f"{PREFIX}/")
            for method, operation in methods.items()
        ]

    def operation(self, method: str, path: str) -> Document:
        """Of the described path that fits, one with fewer variables before others."""
        for described in sorted(self.document["paths"], key=lambda each: each.count("{")):
            found = self.document["paths"][described].get(method.lower())
            if found and re.fullmatch(_pattern(described), f"{PREFIX}{path}"):
                operation: Document = found
                return operation
        raise AssertionError(f"{method} {path} is not described")

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """The answer's status, type and body are as described."""
        responses = self.operation(method, path)["responses"]
        response = responses.get(str(answer.status_code)) or responses["default"]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        content = response.get("content", {})
        if not content:
            assert answer.data == b""
            return
        assert answer.mimetype in content, f"{method} {path}: {answer.mimetype} is not described"
        if schema := content[answer.mimetype].get("schema"):
            validator = self._validator(schema)
            errors = [error.message for error in validator.iter_errors(answer.get_json())]
            assert not errors, f"{method} {path} {answer.status_code}: {errors}"

    def _validator(self, schema: Document) -> Draft202012Validator:
        """Kept with the document that `schema` is a part of, and lives as long as."""
        if id(schema) not in self.validators:
            self.validators[id(schema)] = Draft202012Validator(
                _moved(schema), registry=self.registry, format_checker=FormatChecker()
            )
        return self.validators[id(schema)]


@cache
def _pattern(described: str) -> str:
    parts = re.split(r"\{(\w+)\}", described)
    return "".join(
        re.escape(part) if number % 2 == 0 else "(.+)" if part == "suffix" else "([^/]+)"
        for number, part in enumerate(parts)
    )


def problem(answer: TestResponse, status: int, code: str = "") -> dict[str, Any]:
    """The body of an answer that must be a problem document of this status, and of this code where one is given."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.get_json()
    assert body.keys() - {"errors"} == PROBLEM_FIELDS
    assert body["status"] == status
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", body["code"])
    assert body["type"] == f"urn:suyuan:problem:{body['code']}"
    assert body["title"]
    assert body["detail"]
    assert "{" not in body["detail"] + body["hint"]
    assert all(each.keys() == {"field", "message"} for each in body.get("errors", []))
    assert answer.headers["Cache-Control"] == "no-store"
    if code:
        assert body["code"] == code, body["detail"]
    return body


_described: WeakKeyDictionary[Flask, Description] = WeakKeyDictionary()


class Api:
    """`get`, `post`, … take the path after /api/v1; `body` is sent as JSON, `key` as Idempotency-Key."""

    def __init__(self, app: Flask, actor: Actor | None) -> None:
        self.client = app.test_client()
        self.headers: dict[str, str] = {}
        if actor is not None:
            node = app.extensions["suyuan"]
            with writing(node.engine) as session:
                secret = authenticating.create_key(session, actor, "tests", node.now())
            self.headers["Authorization"] = f"Bearer {secret}"
        self.description = _described.get(app) or _described.setdefault(app, Description(app))

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, *, key: str = "") -> TestResponse:
        return self.call("POST", path, body, headers={"Idempotency-Key": key} if key else {})

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def items(self, path: str, **query: Any) -> list[Any]:
        """All of a list, page after page."""
        found: list[Any] = []
        while True:
            answer = self.get(path, **query).get_json()
            found += answer["items"]
            if answer["next"] is None:
                return found
            query["after"] = answer["next"]

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] = {}, **more: Any
    ) -> TestResponse:
        """Fails when the answer is not one that the document promises."""
        if body is not None:
            more["json"] = body
        sent = {**self.headers, **headers}
        answer = self.client.open(f"{PREFIX}{path}", method=method, headers=sent, buffered=True, **more)
        assert answer.status_code < 500, answer.text
        self.description.check(method, path, answer)
        return answer


def _moved(part: Any) -> Any:
    """References made absolute, so that a part of the document can be used alone."""
    if isinstance(part, dict):
        return {
            key: f"{DOCUMENT}{value}"
            if key == "$ref" and isinstance(value, str) and value.startswith("#")
            else _moved(value)
            for key, value in part.items()
        }
    return [_moved(each) for each in part] if isinstance(part, list) else part
