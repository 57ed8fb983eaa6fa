"""The raw path in front of Flask answers byte for byte as Flask does, and leaves to Flask what it cannot."""

import dataclasses
import json
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.handles import Value, text_value
from app.services import registering
from app.settings import Settings
from app.store import database, held
from app.store.database import writing
from tests.support import handle_desk, tenants
from tests.support.both_paths import Both, both_of
from tests.support.floor import Floor
from tests.support.handle_desk import PREFIX, basic, exchanges
from tests.support.vectors import FOLDER

READS = FOLDER / "handle"


@pytest.fixture
def both(make_app: Callable[[Settings], Flask], settings: Settings, now: Any) -> Both:
    app = make_app(dataclasses.replace(settings, base_url="https://id.example.cn"))
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        people = tenants.found(session, now)
        dee = handle_desk.furnish(session, people.ana, node.keys, now)
        items = [(f"{PREFIX}/{name}", values) for name, values in RECORDS.items()]
        registering.put_many(session, dee.organisation_id, items, now)
    return both_of(app)


RECORDS: dict[str, list[Value]] = {
    "零件/甲:1": [text_value(1, "URL", "https://a.cn"), text_value(2, "名称", "电池")],
    "with space": [text_value(1, "URL", "https://b.cn")],
    'quote"\\back': [text_value(1, "URL", 'say "hi"\\'), text_value(3, "URL.2", "x")],
    "PRIVATE": [text_value(1, "URL", "https://c.cn"), Value(2, "NOTE", {"format": "string", "value": "s"}, permissions="1100")],
    "ALL-PRIVATE": [Value(2, "NOTE", {"format": "string", "value": "s"}, permissions="1100")],
    "L" * 200: [text_value(1, "URL", "https://long.cn")],
    "many": [text_value(n, "T", "v" * 300) for n in range(1, 400)],
}  # fmt: skip
NAMES = [
    *(f"{PREFIX}/{name}" for name in (*RECORDS, "P0000001", "p0000001", "ADMIN", "MISSING", "零件", "N1")),
    *("88.999.1/X", "nohandle", "0.NA/88.118.8", "0.na/88.118.8", f"hdl:{PREFIX}/N1", "88.118.8", "ä/ö"),
    *("L" * 255, f"{PREFIX}/" + "字" * 255, "01/09506000134352", ".", "..", f"{PREFIX}/..", "%", "a b"),
]
QUERIES = [
    *("", "index=1", "index=1&index=2", "type=URL", "type=URL&index=2", "type=URL.", "type=NOPE", "index=9"),
    *("pretty", "pretty=true", "pretty=false", "pretty=NO&index=1", "callback=cb", "callback=cb&pretty=1"),
    *(
        "callback=",
        "type=",
        "type=%E5%90%8D%E7%A7%B0",
        "auth=true",
        "publicOnly=true",
        "index=-1",
        "index=01",
    ),
    *("callback=a&callback=b", "pretty=0&pretty=1", "callback=a.b%24", "index=0000000001"),
]
ODD_QUERIES = [
    *("callback=alert(1)", "index=x", "index=", "index=99999999999999", "type=%FF", "type=%00", "other=1"),
    *("index=%31%20", "index=%EF%BC%91", "lang=zh", "index=1;index=2", "type=a%00b"),
]


@pytest.mark.parametrize("query", QUERIES)
def test_handles_are_answered_as_flask_answers_them(both: Both, query: str) -> None:
    for name in NAMES:
        both.fast_and_same(f"/api/handles/{quote(name)}?{query}".rstrip("?"))
        both.fast_and_same(f"/api/handles/{quote(name)}?{query}".rstrip("?"), method="HEAD")


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_queries_that_are_odd_are_left_to_flask(both: Both, query: str) -> None:
    both.left_to_flask(f"/api/handles/{PREFIX}/N1?{query}")


ODD_PATHS = ["", "/", f"{PREFIX}//N1", f"{PREFIX}/N1/", f"{PREFIX}/%FF", f"{PREFIX}/a%00", f"{PREFIX}/a%0A", "%2F", "%2fa/b"]  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
def test_paths_that_are_odd_are_answered_the_same(both: Both, path: str) -> None:
    both.same(f"/api/handles/{path}")


@pytest.mark.skipif(not READS.exists(), reason="the shared vectors are not on this machine")
def test_the_reads_of_the_transcripts_are_answered_the_same(both: Both) -> None:
    reads = list(exchanges((READS / "read.txt").read_text(encoding="utf-8")))
    for each in reads:
        both.same(each.path)
    assert len(reads) == 13


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "OPTIONS", "PATCH"])
def test_other_methods_are_left_to_flask(both: Both, method: str) -> None:
    environ = {"method": method, "path": f"/api/handles/{PREFIX}/N1"}
    before = both.fell_through
    both.ask(both.fast, environ.pop("path"), **environ)
    assert both.fell_through == before + 1


@pytest.mark.parametrize(
    "headers", [basic(), {"Authorization": ""}, {"Authorization": "Bearer x"}, {"Cookie": "a=b"}]
)
def test_whoever_shows_credentials_is_left_to_flask(both: Both, headers: dict[str, str]) -> None:
    for name in ("ADMIN", "PRIVATE"):
        before = both.fell_through
        both.ask(both.fast, f"/api/handles/{PREFIX}/{name}", headers=headers)
        assert both.fell_through == before + 1


def test_a_private_value_goes_to_nobody_without_credentials(both: Both) -> None:
    status, body = both.fast_and_same(f"/api/handles/{PREFIX}/PRIVATE")
    assert status == "200 OK"
    assert b"NOTE" not in body
    assert both.fast_and_same(f"/api/handles/{PREFIX}/ALL-PRIVATE")[1].startswith(b'{"responseCode":200')


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.lists(
        st.tuples(st.sampled_from(["index", "type", "pretty", "callback", "auth", "x"]), st.text(max_size=5)),
        max_size=3,
    ),
)
def test_whatever_is_asked_is_answered_the_same(both: Both, name: str, query: list[tuple[str, str]]) -> None:
    asked = "&".join(f"{key}={quote(value, safe='')}" for key, value in query)
    both.same(f"/api/handles/{PREFIX}/{quote(name)}?{asked}")
    both.same(f"/api/handles/{quote(name)}?{asked}")


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=20), st.binary(max_size=12))
def test_whatever_bytes_are_asked_for_are_answered_the_same(both: Both, name: bytes, query: bytes) -> None:
    escaped = "".join(f"%{byte:02X}" for byte in name)
    both.same(f"/api/handles/{PREFIX}/{escaped}?type={''.join(f'%{byte:02x}' for byte in query)}")


def test_a_database_in_trouble_is_told_as_flask_tells_it(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    def away(*_: Any) -> Any:
        raise database.unavailable("database-away")

    path = f"/api/handles/{PREFIX}/N1"
    both.fast_and_same(path)
    with monkeypatch.context() as patched:
        patched.setattr(held.SqliteHeld, "public_of", broken)
        patched.setattr(held.SqliteHeld, "stamp", broken)
        both.left_to_flask(path)  # which has connections of its own
        patched.setattr(database, "reading", away)
        both.left_to_flask(path)
        status, body = both.same(path)
        assert status.startswith("503")
        assert json.loads(body)["responseCode"] == 3
        assert both.same(f"/{PREFIX}/N1", headers={"Accept": "application/json"})[0].startswith("503")
    both.fast_and_same(path)


def test_a_thing_that_was_minted_is_told_anew_when_it_is_voided(
    make_app: Callable[[Settings], Flask], settings: Settings, now: Any
) -> None:
    app = make_app(settings)
    engine = app.extensions["suyuan"].engine
    with writing(engine) as session:
        people = tenants.found(session, now)
    (code,) = Floor(engine, people, now).pieces()
    path = f"/api/handles/{code.removeprefix('hdl:')}"
    both = both_of(app)
    told = [both.fast_and_same(path) for _ in range(3)]
    assert told[0] == told[2]
    assert b'"active"' in told[0][1] or b'"reserved"' in told[0][1]
    for change in ("lifecycle = 'void'", "last_seq = 1"):
        with writing(engine) as session:
            session.connection().execute(text(f"UPDATE thing SET {change} WHERE level = 'serial'"))
        both.fast_and_same(path)
    assert b'"void"' in both.fast_and_same(path)[1]
    with writing(engine) as session:
        items = [(code.removeprefix("hdl:"), [text_value(1, "URL", "https://own.cn")])]
        registering.put_many(session, people.ana.organisation_id, items, now, overwrite=True)
    assert b"https://own.cn" in both.fast_and_same(path)[1]
