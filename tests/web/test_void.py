"""Declaring an identifier void from its trace page: an administrator's decision, for one's own identifiers, with a reason."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.floor import Floor
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Clock) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


def test_an_administrator_declares_a_spoilt_label_void_with_a_reason(floor: Floor, visit: Visit) -> None:
    (code,) = floor.reserved()
    ana = visit("ana")
    assert "Declare void" in ana.get(f"/trace/{code}").text
    form = {"epc": f"hdl:{code}", "reason": "smeared", "next": f"/trace/{code}"}
    page = ana.follow(ana.post("/items/void", form)).text
    assert f"{code} is void now." in page
    assert "smeared" in page
    assert "Declare void" not in page


def test_without_a_reason_nothing_is_void(floor: Floor, visit: Visit) -> None:
    (code,) = floor.reserved()
    ana = visit("ana")
    answer = ana.post("/items/void", {"epc": f"hdl:{code}", "reason": " "})
    assert answer.status_code == 400
    assert "Declare void" in ana.get(f"/trace/{code}").text


def test_a_manager_is_not_offered_it_and_is_refused(floor: Floor, visit: Visit) -> None:
    (code,) = floor.reserved()
    bo = visit("bo")
    assert "Declare void" not in bo.get(f"/trace/{code}").text
    assert bo.post("/items/void", {"epc": f"hdl:{code}", "reason": "x"}).status_code == 403


def test_another_company_s_identifier_looks_as_if_it_were_not_there(floor: Floor, visit: Visit) -> None:
    (code,) = floor.reserved()
    assert visit("cy").post("/items/void", {"epc": f"hdl:{code}", "reason": "x"}).status_code == 404
