"""Label stock on pages: what is measured becomes stock once, what is wrong is said at its measure, what is another's is absent."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
SHEET = {
    "kind": "sheet", "name": "Our sheets", "page_width": "210", "page_height": "297", "columns": "3", "rows": "8",
    "width": "64", "height": "33,9", "pitch_x": "66.5 mm",
}  # fmt: skip


@pytest.fixture
def ana(visit: Visit) -> Visitor:
    return visit("ana")


def made(visitor: Visitor, **more: Any) -> str:
    """The address of a new stock."""
    form = Document.of(visitor.get("/labels/stock/new").text)
    (nonce,) = [
        each.attributes["value"] for each in form.all("input") if each.attributes.get("name") == "nonce"
    ]
    answer = visitor.post("/labels/stock/new", SHEET | {"nonce": nonce} | more)
    assert answer.status_code == 303, answer.text
    again = visitor.post("/labels/stock/new", SHEET | {"nonce": nonce} | more)
    assert again.headers["Location"] == answer.headers["Location"]  # a double click
    return str(answer.headers["Location"])


def test_own_stock_is_made_once_shown_changed_and_withdrawn(ana: Visitor) -> None:
    path = made(ana)
    page = ana.get(path).text
    assert page.count("data-place=") == 24
    assert ana.get("/labels/stock").text.count("Our sheets") == 1
    assert 'value="33.9"' in ana.get(f"{path}/edit").text
    assert ana.post(f"{path}/edit", SHEET | {"rows": "7"}).status_code == 303
    assert ana.get(path).text.count("data-place=") == 21
    assert ana.post(f"{path}/withdraw", {}).status_code == 303
    assert "Our sheets" not in ana.get("/labels/stock").text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"width": "wide"}, "width"),
        ({"rows": "0"}, "rows"),
        ({"top": "26"}, "top"),
        ({"height": ""}, "height"),
    ],
    ids=str,
)
def test_a_wrong_measure_is_told_where_it_stands(
    ana: Visitor, wrong: dict[str, str], at: str, language: str
) -> None:
    answer = ana.post(f"/labels/stock/new?lang={language}", SHEET | wrong)
    assert answer.status_code == 400
    page = Document.of(answer.text)
    assert page.faults == []
    (told,) = [
        each.attributes["id"]
        for each in page.all("div")
        if "invalid-feedback" in each.attributes.get("class", "")
    ]
    assert told == f"{at}-error"
    assert 'value="Our sheets"' in answer.text  # what was typed stays


def test_stock_like_one_of_the_catalogue_says_what_its_maker_says(ana: Visitor) -> None:
    given = {"height": "33.8", "pitch_y": "33.8", "left": "6.3", "top": "13", "name": "Measured"}
    page = ana.get(made(ana, **given)).text
    assert "Avery L7159" in page
    assert "33.87 mm, you have 33.8 mm" in page
    assert 'value="63.5"' in ana.get("/labels/stock/new?from=avery-l7160").text


def test_a_correction_is_the_companys_and_bounded(ana: Visitor, visit: Visit) -> None:
    assert ana.post("/labels/stock/avery-l7160/offset", {"x": "0,5", "y": "-1"}).status_code == 303
    assert "+0.5 / -1 mm" in ana.get("/labels/stock?q=l7160").text
    for wrong in ({"x": "11", "y": "0"}, {"x": "1", "y": "nan"}, {"x": "right", "y": "0"}):
        answer = ana.post("/labels/stock/avery-l7160/offset", wrong)
        assert answer.status_code == 400
        assert "invalid-feedback" in answer.text
    cy = visit("cy")
    assert 'value="0.5"' not in cy.get("/labels/stock/avery-l7160").text


def test_the_calibration_page_is_a_pdf_of_the_stock(ana: Visitor) -> None:
    answer = ana.get("/labels/stock/avery-l7160/calibration.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "calibration-avery-l7160.pdf" in answer.headers["Content-Disposition"]


def test_another_companys_stock_looks_like_none(ana: Visitor, visit: Visit) -> None:
    path, cy = made(ana), visit("cy")
    assert "Our sheets" not in cy.get("/labels/stock").text
    for asked in (
        path,
        f"{path}/edit",
        f"{path}/calibration.pdf",
        f"/labels/stock/new?from={path.rpartition('/')[2]}",
    ):
        assert cy.get(asked).status_code == 404, asked
    cy.get("/labels/stock")
    for asked, form in (
        (f"{path}/edit", SHEET),
        (f"{path}/withdraw", {}),
        (f"{path}/offset", {"x": "1", "y": "1"}),
    ):
        assert cy.post(asked, form).status_code == 404, asked
    assert "Our sheets" in ana.get("/labels/stock").text


@pytest.mark.parametrize(("role", "status"), [("operator", 403), ("auditor", 403), ("supplier", 200)])
def test_stock_is_for_those_who_print(visit: Visit, role: str, status: int) -> None:
    visitor = visit(role)
    for path in ("/labels/stock", "/labels/stock/new", "/labels/stock/a4-3x8"):
        assert visitor.get(path).status_code == status


def test_programs_find_add_and_correct_stock(app: Flask, world: Tenants) -> None:
    api = Api(app, world.ana)
    (found,) = api.get("/labels/stock", q="L7160").get_json()["items"]
    assert (found["code"], found["columns"], found["own"]) == ("avery-l7160", 3, False)
    made = api.post("/labels/stock", {"name": "Ours", "kind": "roll", "width": 70, "height": 37.5})
    assert made.status_code == 201
    code = made.get_json()["code"]
    moved = api.call("PUT", f"/labels/stock/{code}/correction", {"x": 0.5, "y": -1})
    assert (moved.get_json()["x"], moved.get_json()["y"]) == (0.5, -1)
    assert api.get(f"/labels/stock/{code}").get_json()["y"] == -1
    assert api.post("/labels/stock", {"name": "Ours", "width": 70}).status_code == 400
    assert api.call("PUT", f"/labels/stock/{code}/correction", {"x": 11, "y": 0}).status_code == 422
    assert Api(app, world.cy).get(f"/labels/stock/{code}").status_code == 404
