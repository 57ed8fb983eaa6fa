"""Look-ups are counted whoever answers them, and kept without a write for each."""

import http.client
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.services import sampling
from app.web import tallying
from app.web.tallying import Counting
from tests.support.api import Api
from tests.support.floor import Floor
from tests.support.processes import until
from tests.support.server import Server
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

PREFIX = "88.118.1001"


@pytest.fixture
def piece(app: Flask, world: Tenants, clock: Clock) -> str:
    (code,) = Floor(app.extensions["suyuan"].engine, world, clock()).pieces()
    return code.removeprefix("hdl:")


def counted(api: Api, **asked: Any) -> dict[tuple[str, str], int]:
    answer = api.get("/resolutions", **asked)
    assert answer.status_code == 200, answer.text
    return {(each["prefix"], each["outcome"]): each["count"] for each in answer.get_json()["counts"]}


def test_look_ups_are_counted_whoever_answers_them(app: Flask, world: Tenants, piece: str) -> None:
    client = app.test_client()
    cookie = {"Cookie": "a=b"}  # leaves it to Flask
    for headers in ({}, cookie):
        for path in (
            f"/api/handles/{piece}",
            f"/api/handles/{piece}?index=999",
            f"/api/handles/{PREFIX}/NOTHING",
            "/api/handles/88.999.1/X",
            f"/{piece}",
        ):
            client.get(path, headers=headers)
        client.get(f"/{piece}", headers=headers | {"Accept": "application/json"})
    fast = app.extensions["suyuan-fast"]
    assert fast._counting.flush()
    counts = counted(Api(app, world.ana))
    assert counts[PREFIX, "found"] + counts[PREFIX, "empty"] == 8
    assert counts[PREFIX, "empty"] >= 1
    assert counts[PREFIX, "missing"] == 2
    assert counts["", "elsewhere"] == 2


def test_other_requests_are_not_counted(app: Flask, world: Tenants, piece: str) -> None:
    client = app.test_client()
    for path in ("/", "/sign-in", "/api/handles", "/api/v1/me", "/static/none", "/88"):
        client.get(path)
    client.put(f"/api/handles/{piece}")
    client.options(f"/{piece}")
    assert not app.extensions["suyuan-fast"]._counting.flush()


def test_a_look_up_writes_nothing(app: Flask, piece: str) -> None:
    engine = app.extensions["suyuan"].engine
    written: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("SELECT", "PRAGMA")):
            written.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    for _ in range(20):
        app.test_client().get(f"/api/handles/{piece}")
    assert not written
    event.remove(engine, "before_cursor_execute", note)


def test_counts_are_kept_within_seconds_by_a_thread_that_ends_when_idle(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallying, "SECONDS", 0.05)
    engine = app.extensions["suyuan"].engine
    counting = Counting(engine, clock)

    def kept() -> int:
        with engine.connect() as connection:
            return int(
                connection.execute(text("SELECT coalesce(sum(count), 0) FROM resolve_count")).scalar_one()
            )

    for expected in (1, 2):
        counting.note("", "elsewhere", "", "", time.perf_counter())
        until(lambda wanted=expected: kept() == wanted)  # type: ignore[misc]
        until(lambda: counting._thread is None)
    counting.close()


def test_counts_wait_while_the_database_is_busy(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.errors import Unavailable
    from app.store import database

    engine = app.extensions["suyuan"].engine
    counting = Counting(engine, clock)
    counting.note("", "elsewhere", "", "", time.perf_counter())

    def busy(*_: Any) -> Any:
        raise database.unavailable("busy")

    with monkeypatch.context() as patched:
        patched.setattr(tallying.counting, "keep", busy)
        assert counting.flush()
    assert counting.flush()
    assert not counting.flush()
    counting.close()
    assert Unavailable


def test_what_a_process_has_counted_is_kept_when_it_ends(
    start_server: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    server = start_server(DATABASE_URL=sqlite_url, workers=2)
    for _ in range(7):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/api/handles/88.999.1/X")
        assert connection.getresponse().status == 400
        connection.close()
    server.stop()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        assert database.execute("SELECT prefix, outcome, sum(count) FROM resolve_count").fetchall() == [
            ("", "elsewhere", 7)
        ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Look-ups", "Found", "Not found")), ("zh", ("解析次数", "已找到", "未找到"))],
)
def test_the_page_shows_them_in_both_languages(
    app: Flask, visit: Callable[[str], Visitor], piece: str, language: str, words: tuple[str, ...]
) -> None:
    page = visit("ana").get(f"/resolutions?lang={language}")
    assert page.status_code == 200
    assert {"en": "No look-ups yet", "zh": "尚无解析记录"}[language] in page.text
    client = app.test_client()
    for path in (piece, f"{PREFIX}/NOTHING", "88.999.1/X"):
        client.get(f"/api/handles/{path}")
    app.extensions["suyuan-fast"]._counting.flush()
    page = visit("ana").get(f"/resolutions?days=30&lang={language}")
    assert all(word in page.text for word in words)
    assert PREFIX in page.text
    own = visit("cy").get(f"/resolutions?lang={language}")
    assert PREFIX not in own.text.replace("88.118.1002", "")
    assert visit("operator").get("/resolutions").status_code == 403
    for odd in ("x", "-1", "99999999999999999999", ""):
        assert visit("ana").get(f"/resolutions?days={odd}").status_code == 200


def test_a_sample_of_names_is_kept_for_the_watch_and_no_more(
    app: Flask, world: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST", 3)
    client = app.test_client()
    for suffix in ("A", "A", "B", "C", "D"):
        assert client.get(f"/api/handles/88.118.1001/NOTHING{suffix}").status_code == 404
    client.get("/api/handles/88.118.9999/ELSEWHERE")
    app.extensions["suyuan-fast"]._counting.flush()
    with app.extensions["suyuan"].engine.connect() as connection:
        rows = connection.execute(text("SELECT name, address, found, count FROM looked_up ORDER BY id")).all()
    names = [
        ("hdl:88.118.1001/NOTHINGA", 2),
        ("hdl:88.118.1001/NOTHINGB", 1),
        ("hdl:88.118.1001/NOTHINGC", 1),
    ]
    assert [(name, count) for name, _, _, count in rows] == names
    assert {(address, bool(found)) for _, address, found, _ in rows} == {("127.0.0.1", False)}
