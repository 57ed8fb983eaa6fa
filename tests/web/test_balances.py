"""The pages and the API of mass balances, as people of different companies see them."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.floor import Floor, scan_of, send
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def lot(floor: Floor, world: Tenants, visitor_of_ana: Visitor) -> str:
    """A hundred kilograms, of which some are gone in every way there is."""
    code = floor.lot("LOT-9", "100")
    steps = (
        {"step": "scrap", "quantity": "10"},
        {"step": "sample", "quantity": "0.5"},
        {"step": "loss", "quantity": "2000", "unit": "GRM", "reason": "Spilt"},
        {"step": "ship", "quantity": "40", "destination": world.cy.prefix, "order": "PO-1"},
    )
    for more in steps:
        answer = send(visitor_of_ana, scan_of(floor, code, **more)).get_json()
        assert answer["verdict"] == "green", answer
    return code


@pytest.fixture
def visitor_of_ana(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("ana")


def test_the_balance_of_a_lot_adds_up_and_says_where_it_went(visitor_of_ana: Visitor, lot: str) -> None:
    page = visitor_of_ana.get(f"/balances/{lot}").get_data(as_text=True)
    for words in (
        "Everything is accounted for",
        "Spilt",
        "PO-1",
        "LOT-9",
        "47.5",
        "not recorded as received",
    ):
        assert words in page
    listed = visitor_of_ana.get("/balances?q=LOT").get_data(as_text=True)
    assert f"/balances/{lot}" in listed
    assert "LOT-9" not in visitor_of_ana.get("/balances?q=OTHER").get_data(as_text=True)


def test_programs_get_the_same_in_any_unit(app: Flask, world: Tenants, lot: str) -> None:
    ana = Api(app, world.ana)
    told = ana.get(f"/balances/{lot}").get_json()
    assert (told["produced"], told["shipped"], told["scrap"], told["loss"], told["on_hand"]) == (
        "100", "40", "10", "2", "47.5",
    )  # fmt: skip
    assert (told["difference"], told["percentage"], told["balanced"], told["in_transit"]) == (
        "0",
        "100",
        True,
        "40",
    )
    assert [each["kind"] for each in told["movements"]] == ["produced", "scrap", "samples", "loss", "shipped"]
    assert [each["code"] for each in told["differences"]] == ["not-received"]
    (row,) = ana.items("/balances")
    assert {**row, "movements": told["movements"]} == told
    assert ana.get(f"/balances/{lot}", unit="TNE").get_json()["shipped"] == "0.04"
    assert ana.get(f"/balances/{lot}", unit="MTR").get_json()["code"] == "no-conversion"
    assert ana.get(f"/balances/{lot}", unit="kilo").status_code == 422


def test_nobody_else_learns_of_it(app: Flask, world: Tenants, floor: Floor) -> None:
    code = floor.lot("LOT-8", "5")
    cy = Api(app, world.cy)
    unknown, hidden = cy.get("/balances/88.118.1001/NOTHERE"), cy.get(f"/balances/{code}")
    assert (hidden.status_code, hidden.get_json()["code"]) == (404, unknown.get_json()["code"])
    assert cy.items("/balances") == []
