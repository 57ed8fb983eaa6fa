"""Lists of the API, page after page: nothing twice and nothing left out, whatever is added meanwhile."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.floor import Floor
from tests.support.tenants import Tenants
from tests.web.conftest import Clock

numbers = count(1)


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


def add_product(ana: Api, floor: Floor) -> None:
    """Before and behind whatever page is being read."""
    for start in ("A", "Z"):
        assert (
            ana.post(
                "/products", {"part_number": f"{start}-{next(numbers):04d}", "name_en": "New"}
            ).status_code
            == 201
        )


def add_piece(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces(lot=f"L-{next(numbers)}", order="PO-1")
    floor.hold(code, "Scratched")


def add_job(ana: Api, floor: Floor) -> None:
    (code,) = floor.pieces()
    assert ana.post("/labels", {"identifiers": [code]}).status_code == 202


def add_organisation(ana: Api, floor: Floor) -> None:
    for start in ("88.100", "88.900"):
        assert (
            ana.post("/organisations", {"prefix": f"{start}.{next(numbers)}", "name_en": "New"}).status_code
            == 201
        )


Add = Callable[[Api, Floor], None]


@pytest.mark.parametrize(
    ("path", "key", "add", "newest_first"),
    [
        ("/products", "part_number", add_product, None),
        ("/organisations", "prefix", add_organisation, None),
        ("/items", "identifier", add_piece, True),
        ("/search?q=MOD-1", "identifier", add_piece, False),
        ("/holds", "item", add_piece, True),
        ("/audit", "id", add_product, True),
        ("/jobs", "id", add_job, True),
        ("/events", "seq", add_piece, False),
    ],
)
def test_a_list_that_grows_while_it_is_read_shows_each_old_entry_once(
    ana: Api, floor: Floor, clock: Clock, path: str, key: str, add: Add, newest_first: bool | None
) -> None:
    bare, _, query = path.partition("?")
    asked: dict[str, Any] = dict(part.split("=") for part in query.split("&") if part)
    for _each in range(7):
        add(ana, floor)
        clock.pass_by(seconds=1)
    before = [str(each[key]) for each in ana.items(bare, limit=200, **asked)]
    assert len(before) >= 7
    seen: list[str] = []
    while True:
        answer = ana.get(bare, limit=2, **asked).get_json()
        seen += [str(each[key]) for each in answer["items"]]
        assert len(answer["items"]) <= 2
        if answer["next"] is None or len(seen) > 60:
            break
        asked["after"] = answer["next"]
        if len(seen) < 8:
            add(ana, floor)
            clock.pass_by(seconds=1)
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in set(before)] == before
    if newest_first:
        assert seen == before
    elif newest_first is None:
        assert seen == sorted(seen)


def test_the_last_page_has_no_next_even_when_it_is_full(ana: Api, floor: Floor) -> None:
    floor.pieces(4)
    answer = ana.get("/items", limit=4)
    assert (len(answer.get_json()["items"]), answer.get_json()["next"]) == (4, None)
    assert "Link" not in answer.headers


def test_the_link_header_leads_to_the_next_page_with_the_same_filter(ana: Api, floor: Floor) -> None:
    floor.pieces(3)
    floor.lot("L-1", "5")
    answer = ana.get("/items", level="serial", limit=2, lang="zh")
    address = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert answer.headers["Link"].endswith('; rel="next"')
    following = ana.client.get(address, headers=ana.headers).get_json()
    assert [each["level"] for each in following["items"]] == ["serial"]
    assert following["next"] is None


def test_items_are_chosen_by_level_product_lifecycle_and_batch(ana: Api, floor: Floor) -> None:
    product = next(each for each in ana.items("/products") if each["part_number"] == "MOD-1")
    lot = floor.lot("L-1", "5.25")
    minted = ana.post(
        "/items", {"level": "serial", "count": 2, "product": product["epc"], "serial_start": "SN-09"}
    ).get_json()
    (pallet,) = floor.units()

    def chosen(**query: Any) -> set[str]:
        return {each["identifier"] for each in ana.items("/items", **query)}

    pieces = {each["identifier"] for each in minted["items"]}
    assert [each["serial"] for each in minted["items"]] == ["SN-09", "SN-10"]
    assert chosen() == pieces | {lot, pallet}
    assert chosen(level="lot") == {lot}
    assert chosen(level="logistic") == {pallet}
    assert chosen(product=product["id"]) == chosen(batch=minted["batch"]) == pieces
    assert chosen(lifecycle="active") == {lot}
    assert chosen(lifecycle="void") == set()
    (batch,) = [each for each in ana.items("/batches") if each["batch"] == minted["batch"]]
    assert (batch["count"], batch["level"], batch["part_number"]) == (2, "serial", "MOD-1")


def test_events_follow_on_from_the_last_one_that_was_read(ana: Api, floor: Floor) -> None:
    floor.pieces()
    seen = ana.items("/events")
    assert [each["seq"] for each in seen] == sorted(each["seq"] for each in seen)
    assert ana.items("/events", after=seen[-1]["seq"]) == []
    (code,) = floor.pieces()
    fresh = ana.items("/events", after=seen[-1]["seq"])
    assert [each["step"] for each in fresh] == ["mint", "commission"]
    assert code in str(fresh[0]["event"])
    first = ana.get("/events", limit=1).get_json()
    assert (first["items"][0]["seq"], first["next"]) == (seen[0]["seq"], str(seen[0]["seq"]))
