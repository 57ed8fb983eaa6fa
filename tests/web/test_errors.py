"""Errors as readers meet them: pages for people, problem+json for programs, in their language, without innards."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from app.errors import Conflict, Forbidden, Malformed, PeerFailed, Refused, TraceError, Unknown
from app.web.errors import translate_error
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
KINDS = (Malformed, Refused, Forbidden, Unknown, Conflict, PeerFailed)


def fail_at(app: Flask, path: str, error: Exception) -> None:
    def view() -> str:
        raise error

    view.public = True  # type: ignore[attr-defined]
    app.add_url_rule(path, path, view)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_ours_is_a_page_for_people_and_a_problem_for_programs(
    app: Flask, kind: type[TraceError]
) -> None:
    error = kind("some-code", "The lot {lot} is gone.", "Look for {lot}.", lot="<b>L&1</b>{x}")
    fail_at(app, "/fails", error)
    fail_at(app, "/api/fails", error)
    page = Visitor(app).get("/fails")
    assert page.status_code == kind.http_status
    assert "The lot &lt;b&gt;L&amp;1&lt;/b&gt;{x} is gone." in page.text
    answer = Visitor(app).get("/api/fails")
    assert (answer.status_code, answer.mimetype) == (kind.http_status, "application/problem+json")
    problem = answer.json
    assert problem is not None
    assert problem["type"] == "urn:suyuan:problem:some-code"
    assert problem["code"] == "some-code"
    assert problem["detail"] == "The lot <b>L&1</b>{x} is gone."
    assert problem["hint"] == "Look for <b>L&1</b>{x}."
    assert problem["status"] == kind.http_status
    assert problem["title"]


def test_a_program_that_is_not_signed_in_gets_a_problem_and_no_redirect(app: Flask) -> None:
    @app.get("/api/v1/mine")
    def mine() -> str:
        raise AssertionError

    answer = Visitor(app).get("/api/v1/mine")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "method", "status", "words"),
    [
        ("/nothing/here", "GET", 404, "There is nothing at /nothing/here"),
        ("/account/password", "GET", 405, "GET does not work at /account/password."),
    ],
)
def test_pages_that_are_not_there_say_what_was_asked_for(
    visit: Visit, path: str, method: str, status: int, words: str
) -> None:
    answer = visit("ana").client.open(path, method=method)
    assert answer.status_code == status
    assert words in answer.text


def test_a_mistake_of_ours_is_one_sentence_and_no_stack_trace(app: Flask, world: Tenants) -> None:
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    fail_at(app, "/fails", ZeroDivisionError("secret innards"))
    fail_at(app, "/api/fails", ZeroDivisionError("secret innards"))
    for path in ("/fails", "/api/fails"):
        answer = Visitor(app).get(path)
        assert answer.status_code == 500
        assert "The mistake is ours" in answer.text
        for innards in ("secret innards", "ZeroDivision", "Traceback", "app.web"):
            assert innards not in answer.text


def test_the_sentence_is_translated_before_its_values_are_filled_in(app: Flask) -> None:
    error = Forbidden(
        "not-your-right",
        "{name} is signed in as {role} and may not do this ({right}).",
        name="Li {role} %(name)s",
        role="operator",
        right="hold",
    )
    with app.test_request_context("/?lang=zh"):
        assert translate_error(error) == ("Li {role} %(name)s 的角色是操作员，没有此操作的权限（冻结）。", "")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (Decimal("1234567.5"), "1,234,567.5", "1,234,567.5"),
        (date(2026, 5, 20), "20 May 2026", "2026年5月20日"),
        (datetime(2026, 5, 20, 8, 30, tzinfo=UTC), "20 May 2026, 16:30:00", "2026年5月20日 16:30:00"),
        (True, "True", "True"),
        (None, "None", "None"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(
    app: Flask, value: object, english: str, chinese: str
) -> None:
    error = Malformed("x", "{value}", value=value)
    for language, expected in (("en", english), ("zh", chinese)):
        with app.test_request_context(f"/?lang={language}"):
            assert translate_error(error)[0] == expected
