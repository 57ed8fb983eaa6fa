"""A call sent twice with one Idempotency-Key has one effect; sent at once by two, too."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from app.services import idempotency
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import IdempotencyKey
from app.web.api.v1.calls import REPLAYED_HEADER
from tests.support import tenants
from tests.support.api import Api, problem
from tests.support.floor import Floor
from tests.support.tenants import Tenants
from tests.web.conftest import Clock

CELL = {"part_number": "CELL-1", "name_en": "Cell"}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


def kept(app: Flask) -> list[IdempotencyKey]:
    with reading(app.extensions["suyuan"].engine) as session:
        return list(session.exec(select(IdempotencyKey)).all())


def test_a_repeated_call_gets_the_first_answer_and_does_nothing(ana: Api) -> None:
    first = ana.post("/products", CELL, key="one")
    again = ana.post("/products", CELL, key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert REPLAYED_HEADER not in first.headers
    assert again.headers[REPLAYED_HEADER] == "true"
    assert len(ana.items("/products")) == 1


def test_the_same_call_with_its_json_written_otherwise_is_the_same_call(ana: Api) -> None:
    headers = ana.headers | {"Idempotency-Key": "one"}
    for text in (
        b'{"part_number": "CELL-1", "name_en": "Cell"}',
        b'{"name_en":"Cell",\n"part_number":"\\u0043ELL-1"}',
    ):
        answer = ana.client.post("/api/v1/products", data=text, headers=headers)
        assert answer.status_code == 201
    assert answer.headers[REPLAYED_HEADER] == "true"


def test_a_key_that_comes_with_another_call_is_refused(ana: Api) -> None:
    ana.post("/products", CELL, key="one")
    problem(ana.post("/products", CELL | {"part_number": "CELL-2"}, key="one"), 409, "idempotency-key-reused")
    problem(ana.post("/sites", {"name_en": "Cell"}, key="one"), 409, "idempotency-key-reused")
    assert (len(ana.items("/products")), ana.items("/sites")) == (1, [])


def test_without_a_key_each_call_counts(ana: Api) -> None:
    ana.post("/products", CELL)
    problem(ana.post("/products", CELL), 409, "part-number-taken")


def test_keys_are_each_person_s_own(app: Flask, world: Tenants, ana: Api) -> None:
    ana.post("/sites", {"name_en": "Plant"}, key="one")
    for other in (world.bo, world.cy):
        answer = Api(app, other).post("/sites", {"name_en": "Plant"}, key="one")
        assert (answer.status_code, answer.headers.get(REPLAYED_HEADER)) == (201, None)
    assert len(ana.items("/sites")) == 2


def test_a_call_that_was_refused_may_be_sent_again_with_its_key(app: Flask, ana: Api) -> None:
    ana.post("/products", CELL)
    problem(ana.post("/products", CELL, key="one"), 409)
    problem(ana.post("/products", {}, key="one"), 422)
    assert kept(app) == []
    assert ana.post("/products", CELL | {"part_number": "CELL-2"}, key="one").status_code == 201


def test_a_right_that_was_lost_is_asked_for_again(app: Flask, world: Tenants, ana: Api) -> None:
    bo = Api(app, world.bo)
    bo.post("/products", CELL, key="one")
    ana.patch(f"/people/{world.bo.operator_id}", {"role": "operator"})
    problem(bo.post("/products", CELL, key="one"), 403)


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_what_cannot_be_a_key_is_refused(ana: Api, key: str) -> None:
    headers = ana.headers | {"Idempotency-Key": key}
    problem(ana.client.post("/api/v1/products", json=CELL, headers=headers), 400, "bad-idempotency-key")


def test_a_mint_sent_twice_mints_once(ana: Api, floor: Floor) -> None:
    wanted = {"level": "serial", "count": 3, "product": floor.products["MOD-1"]}
    first, again = (ana.post("/items", wanted, key="mint").get_json() for _ in range(2))
    assert first == again
    assert len(ana.items("/items")) == 3


def test_a_job_asked_for_twice_is_one_job_even_when_it_could_not_be_asked_for_any_more(
    ana: Api, floor: Floor
) -> None:
    (code,) = floor.pieces()
    first = ana.post("/labels", {"identifiers": [code]}, key="print")
    ana.post("/items/void", {"identifier": code, "reason": "Spoiled"})
    again = ana.post("/labels", {"identifiers": [code]}, key="print")
    assert (first.status_code, again.data) == (202, first.data)
    problem(ana.post("/labels", {"identifiers": [code]}, key="other"), 422, "identifier-void")
    assert len(ana.items("/jobs")) == 1


def test_secrets_are_not_kept_for_repeated_calls(app: Flask, ana: Api) -> None:
    person = {"login": "li.wei", "name": "Li Wei", "role": "operator"}
    for path, body, secret in (("/api-keys", {"name": "MES"}, "key"), ("/people", person, "link")):
        first = ana.post(path, body, key=path).get_json()
        again = ana.post(path, body, key=path).get_json()
        assert first[secret]
        assert again == first | {secret: None}
        assert first[secret].rpartition("/")[2] not in "".join(row.answer for row in kept(app))
    assert not any("api-keys" in row.key or "people" in row.key for row in kept(app))


def test_after_a_week_a_key_is_new_again_and_old_ones_go(app: Flask, clock: Clock, ana: Api) -> None:
    for number in range(40):
        ana.post("/sites", {"name_en": f"Site {number}"}, key=str(number))
    clock.pass_by(days=7, minutes=1)
    answer = ana.post("/sites", {"name_en": "Site 0"}, key="0")
    assert (answer.status_code, answer.headers.get(REPLAYED_HEADER)) == (201, None)
    for number in range(40, 80):
        ana.post("/sites", {"name_en": f"Site {number}"}, key=str(number))
    assert len(kept(app)) == 41
    assert all(row.record_time > clock() - idempotency.KEPT for row in kept(app))


@pytest.fixture
def any_app(settings: Settings, database_url: str, make_app: Callable[[Settings], Flask]) -> Flask:
    return make_app(replace(settings, database_url=database_url))


def test_equal_calls_at_the_same_moment_have_one_effect_and_one_answer(any_app: Flask, clock: Clock) -> None:
    with writing(any_app.extensions["suyuan"].engine) as session:
        world = tenants.found(session, clock())
    callers = [Api(any_app, world.ana) for _ in range(6)]
    start = Barrier(len(callers))

    def call(api: Api) -> Any:
        start.wait()
        return api.post("/sites", {"name_en": "Plant"}, key="at once")

    with ThreadPoolExecutor(len(callers)) as pool:
        answers = list(pool.map(call, callers))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum(REPLAYED_HEADER in answer.headers for answer in answers) == len(callers) - 1
    assert len(callers[0].items("/sites")) == 1


def test_of_two_different_calls_with_one_key_at_the_same_moment_one_is_refused(
    any_app: Flask, clock: Clock
) -> None:
    with writing(any_app.extensions["suyuan"].engine) as session:
        world = tenants.found(session, clock())
    callers = [Api(any_app, world.ana) for _ in range(2)]
    start = Barrier(2)

    def call(number: int) -> int:
        start.wait()
        return callers[number].post("/sites", {"name_en": f"Plant {number}"}, key="same").status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(call, range(2))) == [201, 409]
    assert len(callers[0].items("/sites")) == 1
