"""Many records in one call: each answered for itself, once for a call sent twice, nobody else's touched."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import col

from app.services import resolving
from app.store.database import reading, writing
from app.store.tables import Allotment, Record, RecordVersion
from app.web.api.v1.calls import REPLAYED_HEADER
from tests.support.api import Api
from tests.support.tenants import Tenants

PREFIX = "88.118.1001"


def url(text: str, index: int = 1) -> dict[str, Any]:
    return {"index": index, "type": "URL", "data": {"format": "string", "value": text}}


def create(name: str, *values: dict[str, Any], prefix: str = PREFIX, **more: Any) -> dict[str, Any]:
    values = values or (url(f"https://www.example.com/{name}"),)
    return {"handle": f"{prefix}/{name}", "values": list(values)} | more


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


def sent(api: Api, *items: dict[str, Any], key: str = "") -> dict[str, Any]:
    answer = api.post("/records/batch", {"items": list(items)}, key=key)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def statuses(told: dict[str, Any]) -> list[str]:
    return [item["code"] or item["status"] for item in told["items"]]


def kept(app: Flask) -> int:
    with reading(app.extensions["suyuan"].engine) as session:
        return session.execute(select(func.count()).select_from(Record)).scalar_one()


def test_each_record_of_a_batch_is_done_or_refused_for_itself(app: Flask, ana: Api) -> None:
    assert statuses(sent(ana, create("a"), create("b"))) == ["created", "created"]
    told = sent(
        ana,
        create("c"),
        create("A"),
        create("b", url("https://www.example.com/new"), action="replace"),
        create("d", action="replace"),
        create("", prefix=PREFIX),
        create("x", prefix="20.500"),
        create("y", {"index": 0, "type": "URL", "data": {"format": "string", "value": ""}}),
        {"action": "delete", "handle": f"{PREFIX}/a"},
        {"action": "delete", "handle": f"{PREFIX}/nobody"},
        create("a"),
    )
    assert statuses(told) == [
        "created", "handle-exists", "replaced", "created", "invalid-handle", "prefix-elsewhere", "invalid-value",
        "deleted", "handle-not-found", "created",
    ]  # fmt: skip
    assert [told[name] for name in ("created", "replaced", "deleted", "refused")] == [3, 1, 1, 5]
    assert kept(app) == 4
    with reading(app.extensions["suyuan"].engine) as session:
        answer = resolving.answer_of(session, f"{PREFIX}/B", base_url="http://x.test")
        before = session.execute(select(func.count()).select_from(RecordVersion)).scalar_one()
    assert b"example.com/new" in repr(answer).encode()
    assert before == 2


def test_a_batch_sent_again_after_a_lost_answer_gets_the_first_one(app: Flask, ana: Api) -> None:
    items = [create("a"), create("b"), create("a")]
    first = ana.post("/records/batch", {"items": items}, key="one")
    again = ana.post("/records/batch", {"items": items}, key="one")
    assert first.data == again.data
    assert again.headers[REPLAYED_HEADER] == "true"
    assert statuses(again.get_json()) == ["created", "created", "handle-exists"]
    other = ana.post("/records/batch", {"items": items[:1]}, key="one")
    assert other.get_json()["code"] == "idempotency-key-reused"
    assert kept(app) == 2


def test_two_thousand_are_taken_and_no_more(app: Flask, ana: Api) -> None:
    many = [create(f"n{number}", *(url("x" * 60, index) for index in range(1, 9))) for number in range(2_001)]
    assert sent(ana, *many[:2_000])["created"] == 2_000
    answer = ana.post("/records/batch", {"items": many})
    assert answer.status_code == 422
    assert kept(app) == 2_000
    assert ana.post("/records/batch", {"items": []}).status_code == 422


def test_a_batch_larger_than_it_may_be_is_refused_before_it_is_read(app: Flask, ana: Api) -> None:
    answer = ana.post("/records/batch", {"items": [create("a", url("x" * 9_000_000))]})
    assert answer.get_json()["code"] == "too-large"
    assert "8 MB" in answer.get_json()["detail"]


def test_nobody_changes_the_records_of_others(app: Flask, world: Tenants, ana: Api) -> None:
    sent(ana, create("a"))
    cy = Api(app, world.cy)
    told = sent(
        cy,
        create("a", url("https://evil.example"), action="replace"),
        {"action": "delete", "handle": f"{PREFIX}/a"},
    )
    assert told["refused"] == 2
    told = sent(cy, create("new"))
    assert [item["code"] for item in told["items"]] == ["prefix-not-yours"]
    assert kept(app) == 1


def test_a_quota_refuses_the_whole_batch(app: Flask, ana: Api) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        allotment = session.execute(select(Allotment).where(col(Allotment.prefix) == PREFIX)).scalar_one()
        allotment.quota, allotment.used = 3, 0
    sent(ana, create("a"), create("b"))
    answer = ana.post("/records/batch", {"items": [create("c"), create("d")]}, key="k")
    assert answer.get_json()["code"] == "quota-used-up"
    assert kept(app) == 2
    assert sent(ana, create("c"), key="k2")["created"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": {}},
        {"items": [1]},
        {"items": [{"handle": "a"}], "more": 1},
        {"items": [{"handle": "88.118.1001/a", "values": [], "action": "burn"}]},
        {"items": [{"handle": "88.118.1001/a\u0000", "values": []}]},
    ],
)
def test_what_is_no_batch_is_told_so(app: Flask, ana: Api, body: dict[str, Any]) -> None:
    assert ana.post("/records/batch", body).get_json()["code"] == "invalid-input"
    assert kept(app) == 0
