"""Templates in the browser: made without a script, given versions, filled in at a mint, shown to whoever scans."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlmodel import select

from app.store.database import reading
from app.store.tables import Product, Thing
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
CELL = {
    "key": "cell", "name_zh": "电芯", "name_en": "Cell", "industry": "c3841",
    "f0-name": "chemistry", "f0-title_zh": "化学体系", "f0-title_en": "Chemistry", "f0-type": "choice", "f0-required": "on",
    "f0-searchable": "on", "f0-choices": "NMC | 三元 | Nickel manganese cobalt\nLFP | 磷酸铁锂 | Lithium iron phosphate",
    "f1-title_en": "Rated capacity", "f1-title_zh": "额定容量", "f1-type": "decimal", "f1-unit": "Ah", "f1-minimum": "0.5",
    "f2-name": "cost", "f2-title_en": "Unit cost", "f2-type": "decimal", "f2-visibility": "private",
    "f3-name": "data_sheet", "f3-title_en": "Data sheet", "f3-type": "url",
    "f4-name": "tested", "f4-title_en": "Tested", "f4-type": "datetime", "f5-type": "text",
}  # fmt: skip
VALUES = {
    "v-chemistry": "LFP", "v-rated_capacity": "１05.5", "v-cost": "3.2", "v-data_sheet": "https://ana.example/数据",
    "v-tested": "2026-05-19T08:00",
}  # fmt: skip


def made(ana: Visitor, **more: str) -> str:
    """The path of the new template's page."""
    ana.get("/templates/new")
    answer = ana.post("/templates/new", CELL | more)
    assert answer.status_code == 303, Document.of(answer.text).complaints
    return answer.headers["Location"]


def product(ana: Visitor, template: str, number: str = "CELL-105", **more: str) -> str:
    """Its epc."""
    ana.get("/products/new")
    form = {
        "part_number": number, "name_zh": "电芯", "name_en": "Cell", "tracing": "serial", "unit": "H87", "public": "y",
        "template_id": template.rpartition("/")[2],
    }  # fmt: skip
    assert ana.post("/products/new", form | more).status_code == 303
    with reading(ana.client.application.extensions["suyuan"].engine) as session:
        return str(session.exec(select(Product).where(Product.part_number == number)).one().epc)


def minted(ana: Visitor, epc: str, **values: str) -> str:
    """The identifier of one new piece."""
    ana.get("/items/mint")
    answer = ana.post("/items/mint", {"level": "serial", "count": "1", "product": epc, **(VALUES | values)})
    assert answer.status_code == 303, Document.of(answer.text).complaints
    with reading(ana.client.application.extensions["suyuan"].engine) as session:
        thing = session.exec(select(Thing).where(Thing.level == "serial")).all()[-1]
        return str(thing.epc.removeprefix("hdl:"))


def test_a_template_is_made_without_a_script(visit: Visit) -> None:
    ana = visit("ana")
    assert "No templates yet" in ana.get("/templates").text
    page = ana.get(made(ana)).text
    for word in (
        "88.118.1001/META_cell",
        "C3841",
        "rated_capacity",
        "Lithium iron phosphate",
        "My organisation only",
        "Ah",
    ):
        assert word in page
    assert "88.118.1001/META_cell" in ana.get("/templates?lang=zh").text
    assert "电芯" in ana.get("/templates?lang=zh").text


def test_more_rows_are_asked_of_the_server(visit: Visit) -> None:
    ana = visit("ana")
    ana.get("/templates/new")
    answer = ana.post("/templates/new", CELL | {"more": "1", "key": ""})
    assert answer.status_code == 200
    names = {each.attributes.get("name", "") for each in Document.of(answer.text).all("input")}
    assert {"f4-name", "f6-name", "f7-name"} <= names
    assert 'value="Rated capacity"' in answer.text
    assert Document.of(answer.text).complaints == []


@pytest.mark.parametrize(
    ("wrong", "place", "word"),
    [
        ({"f0-choices": ""}, "f0-choices-error", "no list to choose from"),
        ({"f1-minimum": "much"}, "f1-minimum-error", "much"),
        ({"f0-name": "Größe"}, "f0-name-error", "Größe"),
        ({"f2-name": "chemistry"}, "f2-name-error", "two fields"),
        ({"f3-type": "blob"}, "f3-type-error", "blob"),
        ({"f5-name": "code", "f5-title_en": "Code", "f5-pattern": "(a+"}, "f5-pattern-error", "(a+"),
        ({"key": "Zelle 1"}, "key-error", "zelle 1"),
        ({"industry": "Z99"}, "industry-error", "Z99"),
        ({"name_zh": "", "name_en": " "}, "name_zh-error", "name is needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_input(
    visit: Visit, wrong: dict[str, str], place: str, word: str
) -> None:
    ana = visit("ana")
    ana.get("/templates/new")
    answer = ana.post("/templates/new", CELL | wrong)
    assert answer.status_code in {400, 422}
    assert f'id="{place}"' in answer.text
    assert any(word in complaint for complaint in Document.of(answer.text).complaints)
    assert "Rated capacity" in answer.text


def test_a_row_marked_to_be_left_out_is(visit: Visit) -> None:
    ana = visit("ana")
    page = ana.get(made(ana, **{"f2-remove": "on"})).text
    assert "Unit cost" not in page


def test_a_new_version_tells_what_it_changes(visit: Visit) -> None:
    ana = visit("ana")
    path = made(ana)
    form = ana.get(f"{path}/edit").text
    values = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in Document.of(form).all("input")
        if each.attributes.get("type") != "checkbox" and "name" in each.attributes
    }
    assert values["f1-minimum"] == "0.5"
    sent = {name: value for name, value in CELL.items() if name != "key" and not name.startswith("f3")}
    answer = ana.post(f"{path}/edit", sent | {"based_on": "1", "f1-required": "on"})
    page = ana.follow(answer).text
    assert "Version 2 holds from now on." in page
    assert "may not fit any more" in page
    assert "gone" in page
    assert "needed now" in page
    assert "This is version 1; the latest is 2." in ana.get(f"{path}?version=1").text
    assert ana.get(f"{path}?version=7").status_code == 404
    late = ana.post(f"{path}/edit", sent | {"based_on": "1"})
    assert late.status_code == 409
    assert "Version 2 was made meanwhile" in late.text


def test_a_template_is_retired_and_brought_back(visit: Visit) -> None:
    ana = visit("ana")
    path = made(ana)
    assert "is retired" in ana.follow(ana.post(f"{path}/active", {"active": "no"})).text
    assert "META_cell" in ana.get("/templates").text
    assert "Cell · cell" not in ana.get("/products/new").text
    assert "can be chosen again" in ana.follow(ana.post(f"{path}/active", {"active": "yes"})).text
    assert "Cell · cell" in ana.get("/products/new").text


def test_the_schema_is_a_file_that_checks_values(visit: Visit) -> None:
    ana = visit("ana")
    answer = ana.get(f"{made(ana)}/schema")
    assert answer.mimetype == "application/schema+json"
    assert 'filename="cell-1.schema.json"' in answer.headers["Content-Disposition"]
    schema = json.loads(answer.data)
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["chemistry"]
    assert "cost" in schema["properties"]


def test_the_mint_form_asks_for_the_values_of_the_product(visit: Visit) -> None:
    ana = visit("ana")
    epc = product(ana, made(ana))
    page = ana.get(f"/items/mint?product={epc}")
    assert 'name="v-chemistry"' in page.text
    assert 'name="v-chemistry"' not in ana.get("/items/mint").text
    assert 'name="v-chemistry"' not in ana.get("/items/mint?product=hdl:88.118.1002/X").text
    shown = ana.post("/items/mint", {"level": "serial", "count": "", "product": epc, "fetch": "1"})
    assert shown.status_code == 200
    assert 'name="v-chemistry"' in shown.text
    assert Document.of(shown.text).complaints == []


def test_every_fault_stands_at_its_input_and_what_was_typed_stays(visit: Visit) -> None:
    ana = visit("ana")
    epc = product(ana, made(ana))
    ana.get("/items/mint")
    wrong = {"v-rated_capacity": "lots", "v-data_sheet": "javascript:alert(1)", "v-cost": "0.1"}
    answer = ana.post("/items/mint", {"level": "serial", "count": "1", "product": epc, **wrong})
    assert answer.status_code == 400
    for name in ("chemistry", "rated_capacity", "data_sheet"):
        assert f'id="v-{name}-error"' in answer.text
    assert 'value="lots"' in answer.text
    assert 'value="0.1"' in answer.text
    zh = ana.post("/items/mint?lang=zh", {"level": "serial", "count": "1", "product": epc, **wrong}).text
    assert not [
        text for text in Document.of(zh).complaints if "is needed" in text or "cannot be used" in text
    ]


def test_the_public_page_shows_what_is_public_in_the_readers_language(
    visit: Visit, stranger: Visitor
) -> None:
    ana = visit("ana")
    name = minted(ana, product(ana, made(ana)))
    english, chinese = (stranger.get(f"/{name}?lang={language}").text for language in ("en", "zh"))
    for word in (
        "Rated capacity",
        "105.5 Ah",
        "Lithium iron phosphate",
        'href="https://ana.example/%E6%95%B0%E6%8D%AE"',
    ):
        assert word in english
    for word in ("额定容量", "105.5 Ah", "磷酸铁锂"):
        assert word in chinese
    assert "2026" in english
    assert (
        "Unit cost"
        not in english + chinese + stranger.get(f"/{name}", headers={"Accept": "application/json"}).text
    )
    assert "Unit cost" not in ana.get(f"/{name}").text
    trace = ana.get(f"/trace/{name}").text
    assert "Unit cost" in trace
    assert "not public" in trace


def test_programs_get_the_values_by_their_names(visit: Visit, stranger: Visitor) -> None:
    ana = visit("ana")
    name = minted(ana, product(ana, made(ana)))
    told = stranger.get(f"/{name}", headers={"Accept": "application/json"}).get_json()
    assert told["template"] == "88.118.1001/META_cell"
    assert told["attributes"] == {
        "chemistry": "LFP", "rated_capacity": 105.5, "data_sheet": "https://ana.example/%E6%95%B0%E6%8D%AE",
        "tested": "2026-05-19T00:00:00Z",
    }  # fmt: skip
    values = stranger.get(f"/api/handles/{name}").get_json()["values"]
    found = {value["type"]: (value["index"], value["data"]["value"]) for value in values}
    assert found["chemistry"] == (2001, "LFP")
    assert "cost" not in found


def test_values_of_a_product_that_is_not_public_are_not_either(visit: Visit, stranger: Visitor) -> None:
    ana = visit("ana")
    name = minted(ana, product(ana, made(ana), public=""))
    assert "Lithium" not in stranger.get(f"/{name}").text
    assert "attributes" not in stranger.get(f"/{name}", headers={"Accept": "application/json"}).get_json()
    assert "chemistry" not in stranger.get(f"/api/handles/{name}").text


def test_a_templates_identifier_shows_its_public_fields(visit: Visit, stranger: Visitor) -> None:
    made(visit("ana"))
    page = stranger.get("/88.118.1001/META_cell").text
    assert "Rated capacity" in page
    assert "Ana Batteries" in page
    assert "Unit cost" not in page
    for media in ("application/json", "application/schema+json"):
        answer = stranger.get("/88.118.1001/meta_CELL?version=1", headers={"Accept": media})
        assert answer.mimetype == "application/schema+json"
        assert list(json.loads(answer.data)["properties"]) == [
            "chemistry",
            "rated_capacity",
            "data_sheet",
            "tested",
        ]
    handle = stranger.get("/api/handles/88.118.1001/META_cell").get_json()
    types = {value["type"]: value["data"]["value"] for value in handle["values"]}
    assert json.loads(types["JSON_SCHEMA"])["x-version"] == 1
    assert stranger.get("/88.118.1001/META_other").status_code == 404
    assert stranger.get("/88.118.1001/META_cell?version=9").status_code == 404


def test_hostile_values_do_not_reach_a_page(visit: Visit, stranger: Visitor) -> None:
    ana = visit("ana")
    path = made(ana, **{"f5-name": "note", "f5-title_en": "<b>Note</b>"})
    epc = product(ana, path)
    name = minted(ana, epc, **{"v-note": "<script>alert(1)</script>{{7*7}}"})
    for page in (stranger.get(f"/{name}").text, ana.get(f"/trace/{name}").text, ana.get(path).text):
        assert "<script>alert" not in page
        assert "<b>Note" not in page
    for value in (
        "x" * 300_000,
        "a\x00b",
        "\u202egpj.exe",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") * 600,
    ):
        answer = ana.post(
            "/items/mint", {"level": "serial", "count": "1", "product": epc, **VALUES, "v-note": value}
        )
        assert answer.status_code in {400, 413}


def test_who_may_not_keep_master_data_may_look_only(visit: Visit, world: Tenants) -> None:
    path = made(visit("ana"))
    supplier = visit("supplier")
    page = supplier.get(path).text
    assert "Rated capacity" in page
    assert "New version" not in page
    for target in ("/templates/new", f"{path}/edit"):
        assert supplier.get(target).status_code == 403
    assert supplier.post(f"{path}/active", {"active": "no"}).status_code == 403


def test_a_large_mint_keeps_its_values_for_the_job(app: Flask, visit: Visit) -> None:
    ana = visit("ana")
    epc = product(ana, made(ana))
    ana.get("/items/mint")
    form: dict[str, Any] = {"level": "serial", "count": "2001", "product": epc, **VALUES}
    answer = ana.post("/items/mint", form)
    assert answer.status_code == 303
    assert "/jobs/" in answer.headers["Location"]
    refused = ana.post("/items/mint", form | {"v-chemistry": "Pb"})
    assert refused.status_code == 400
