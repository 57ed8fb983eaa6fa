"""Printing on pages: a batch or names in any spelling become sheets that a decoder reads; the rest is refused in words."""

import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium
import pytest
from flask import Flask
from PIL import Image
from pyzbar import pyzbar
from sqlalchemy import func, select

from app import jobrunner
from app.domain import identifiers
from app.services import designing, masterdata, minting, printers
from app.services.authenticating import sign_out_everywhere
from app.store.database import reading, writing
from app.store.tables import Job, PrintRun, Thing
from tests.support.floor import Floor, assert_sentence
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
LANGUAGES = ("en", "zh")
QR = [pyzbar.ZBarSymbol.QRCODE]
SHEET = {"start": "1", "dpi": "300", "output": "pdf", "language": "en"}


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ana(visit: Visit, floor: Floor) -> Visitor:
    return visit("ana")


def read(picture: Image.Image) -> list[str]:
    return [identifiers.parse(symbol.data.decode()).epc for symbol in pyzbar.decode(picture, symbols=QR)]


def cells(pdf: bytes) -> list[str]:
    """What stands at each place of the first sheet, '' at an empty one."""
    columns, rows = 3, 8
    with pdfium.PdfDocument(pdf) as document:
        page = document[0].render(scale=300 / 72, grayscale=True).to_pil()
    width, height = page.width // columns, page.height // rows
    corners = [(column * width, row * height) for row in range(rows) for column in range(columns)]
    found = [read(page.crop((left, top, left + width, top + height))) for left, top in corners]
    return [texts[0] if texts else "" for texts in found]


def run_job(app: Flask, answer: Any) -> str:
    """Does the job of the run that the answer leads to, as the worker would; the run's path."""
    node, path = app.extensions["suyuan"], str(answer.headers["Location"])
    with reading(node.engine) as session:
        job_id = session.get_one(PrintRun, int(path.rpartition("/")[2])).job_id
    jobrunner.run(node.settings, node.engine, job_id)
    return path


def job_count(floor: Floor) -> int:
    with reading(floor.engine) as session:
        return int(session.execute(select(func.count()).select_from(Job)).scalar_one())


def test_what_was_minted_together_is_printed_together_from_the_place_one_chooses(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    pieces = floor.pieces(5, serial_start="SN-0001")
    index = Document.of(ana.get("/labels").text)
    (choose,) = [link for link in sorted(index.links("/labels")) if "batch=" in link]
    page = ana.get(choose)
    assert "5 labels" in page.text
    answer = ana.post(
        "/labels", {"batch": choose.partition("batch=")[2], "start": "4", "dpi": "203", "output": "pdf"}
    )
    path = run_job(app, answer)
    result = ana.get(f"{path}/file")
    assert result.mimetype == "application/pdf"
    assert re.fullmatch("attachment; filename=labels-[0-9]+.pdf", result.headers["Content-Disposition"])
    places = cells(result.data)
    assert places[:3] == ["", "", ""]
    assert places[3:8] == [f"hdl:{piece}" for piece in pieces]
    assert not any(places[8:])


def test_what_was_minted_at_once_is_one_batch_however_much_it_is(
    ana: Visitor, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minting, "PER_EVENT", 10)
    floor.reserved(1203)  # of 121 entries; the page looks at the newest hundred
    monkeypatch.setattr(minting, "PER_EVENT", 1000)
    floor.units(7)
    page = Document.of(ana.get("/labels").text)
    rows = [cell.text.strip() for cell in page.all("td") if "text-end" in cell.attributes.get("class", "")]
    counts = [cell.text.strip() for cell in page.all("td") if cell.text.strip() in {"1,203", "7"}]
    assert counts == ["7", "1,203"], rows
    (units, pieces) = [link for link in page.all("a") if "batch=" in link.attributes.get("href", "")]
    assert "1203 labels" in ana.get(pieces.attributes["href"]).text
    assert "7 labels" in ana.get(units.attributes["href"]).text


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_single_label_can_be_seen_and_kept(ana: Visitor, floor: Floor, form: str) -> None:
    (piece,) = floor.pieces()
    seen = ana.get(f"/labels/{piece}.{form}")
    assert "Content-Disposition" not in seen.headers
    kept = ana.get(f"/labels/{piece}.{form}?download=1&dpi=600")
    assert f"{piece.replace('/', '_')}.{form}" in kept.headers["Content-Disposition"]
    if form == "png":
        with Image.open(io.BytesIO(seen.data)) as picture:
            assert read(picture) == [f"hdl:{piece}"]
    else:
        assert seen.data.startswith(b"<svg") or b"<svg" in seen.data[:200]
        assert piece in seen.text


@pytest.mark.parametrize(
    "spelling", ["dock-1", "%EF%BC%A4OCK-1", "DOCK-1%E2%80%8B", "DOCK-1%09", "%20DOCK-1"]
)
def test_the_file_of_a_label_has_the_name_that_was_minted(
    app: Flask, ana: Visitor, world: Tenants, clock: Callable[[], Any], spelling: str
) -> None:
    """A header holds only some letters: another spelling in it would break the whole answer on a real server."""
    with writing(app.extensions["suyuan"].engine) as session:
        masterdata.create_site(session, world.ana, "", "Dock", "", clock(), suffix="DOCK-1")
    answer = ana.get(f"/labels/88.118.1001/{spelling}.png?download=1")
    assert answer.headers["Content-Disposition"] == "attachment; filename=88.118.1001_DOCK-1.png"


def test_names_may_be_typed_in_any_spelling(app: Flask, ana: Visitor, floor: Floor) -> None:
    first, second, third = floor.pieces(3)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in second)
    typed = f"  {first.lower()}\n{wide}\r\nhttp://127.0.0.1:8000/{third}\n"
    page = ana.client.get("/labels", query_string={"ids": typed})
    assert "3 labels" in page.text
    chosen = [
        field.attributes["value"]
        for field in Document.of(page.text).all("input")
        if field.attributes.get("name") == "id"
    ]
    assert chosen == [first, second, third]
    places = cells(ana.get(f"{run_job(app, ana.post('/labels', SHEET | {'id': chosen}))}/file").data)
    assert places[:3] == [f"hdl:{each}" for each in chosen]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"ids": "hello"}, 400),
        ({"ids": "88.118.1001/NOBODY"}, 404),
        ({"ids": "(00)395011020000000019"}, 400),
        ({"batch": "900-901"}, 404),
        ({"batch": "2-1"}, 404),
        ({"id": ["88.118.1001/X"] * 1001}, 400),
    ],
    ids=str,
)
def test_what_cannot_be_printed_is_refused_in_words(
    ana: Visitor, floor: Floor, query: dict[str, Any], code: int, language: str
) -> None:
    for answer in (
        ana.client.get("/labels", query_string=query | {"lang": language}),
        ana.post(f"/labels?lang={language}", SHEET | query),
    ):
        assert answer.status_code == code
        assert_says(answer.text, language)
    assert job_count(floor) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "sheet",
    [
        {"start": "0"}, {"start": "-1"}, {"start": "10000000"}, {"start": "x"}, {"start": ""},
        {"start": "9" * 5000}, {"dpi": "301"}, {"dpi": "-300"}, {"dpi": ""}, {"dpi": "1" * 5000},
    ],
    ids=lambda sheet: str(sheet)[:30],
)  # fmt: skip
def test_a_sheet_that_does_not_exist_is_refused_in_words(
    ana: Visitor, floor: Floor, sheet: dict[str, str], language: str
) -> None:
    (piece,) = floor.pieces()
    answer = ana.post(f"/labels?lang={language}", SHEET | {"id": piece} | sheet)
    assert answer.status_code == 400
    assert_says(answer.text, language)
    assert job_count(floor) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "25"},
        {"used": "0"},
        {"used": "25"},
        {"used": "x"},
        {"used": "9-3"},
        {"stock": "avery-l7160"},
    ],
    ids=str,
)
def test_what_does_not_fit_the_sheet_is_said_on_the_form(
    ana: Visitor, floor: Floor, wrong: dict[str, str], language: str
) -> None:
    (piece,) = floor.pieces()
    answer = ana.post(f"/labels?lang={language}", SHEET | {"id": piece} | wrong)
    assert answer.status_code in (400, 422)
    assert any(
        "alert-danger" in each.attributes.get("class", "") for each in Document.of(answer.text).all("div")
    )
    assert job_count(floor) == 0


def assert_says(page: str, language: str) -> None:
    """An error page: its sentence and its hint, whole and in the reader's language."""
    document = Document.of(page)
    assert document.faults == []
    said = [
        element.text for element in document.all("p") if "main" in element.inside and element.text != "400"
    ]
    sentences = [text.strip() for text in said if text.strip() and not text.strip().isdecimal()]
    assert len(sentences) == 2
    for sentence in sentences:
        assert_sentence(sentence, language)


def test_nothing_chosen_is_told(ana: Visitor) -> None:
    assert "No label was chosen." in ana.post("/labels", SHEET).text


def test_what_is_void_gets_no_label_and_its_batch_is_printed_without_it(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    spoilt, good = floor.reserved(2)
    assert ana.post("/items/void", {"epc": spoilt, "reason": "spoilt"}).status_code == 303
    assert ana.get(f"/labels?id={spoilt}").status_code == 422
    assert ana.get(f"/labels/{spoilt}.png").status_code == 422
    with reading(floor.engine) as session:
        seq = session.execute(select(Thing).where(Thing.epc == f"hdl:{good}")).scalar_one().minted_seq
    path = run_job(app, ana.post("/labels", SHEET | {"batch": f"{seq}-{seq}"}))
    assert [text for text in cells(ana.get(f"{path}/file").data) if text] == [f"hdl:{good}"]


def test_a_place_and_a_product_and_a_pallet_have_labels_too(
    app: Flask, ana: Visitor, floor: Floor, world: Tenants
) -> None:
    (pallet,) = floor.units()
    epcs = [floor.places["plant"], floor.products["MOD-1"], f"hdl:{pallet}", f"hdl:{floor.lot('L-1', '5')}"]
    page = ana.client.get("/labels", query_string={"id": epcs[-1]}).text
    assert "L-1" not in page  # what stands on it is in the picture
    assert "Label 1 of 1" in page
    path = run_job(app, ana.post("/labels", SHEET | {"id": epcs}))
    assert cells(ana.get(f"{path}/file").data)[:4] == epcs


@pytest.mark.parametrize(
    ("role", "status"), [("operator", 403), ("auditor", 403), ("supplier", 200), ("manager", 200)]
)
def test_labels_are_for_those_who_may_print(visit: Visit, floor: Floor, role: str, status: int) -> None:
    (piece,) = floor.pieces()
    visitor = visit(role)
    for path in ("/labels", f"/labels?id={piece}", f"/labels/{piece}.png"):
        assert visitor.get(path).status_code == status
    assert visitor.post("/labels", SHEET | {"id": piece}).status_code == (303 if status == 200 else 403)


def test_a_session_that_ended_starts_no_run(ana: Visitor, floor: Floor, world: Tenants, clock: Any) -> None:
    (piece,) = floor.pieces()
    ana.get(f"/labels?id={piece}")
    with writing(floor.engine) as session:
        sign_out_everywhere(session, world.ana, clock())
    assert ana.post("/labels", SHEET | {"id": piece}).headers["Location"].startswith("/sign-in")
    assert job_count(floor) == 0


LONG_NAMES = "很长的名字" * 30, "A very long name " * 10, "一个地址 " * 20
NO_ROOM = {
    "kind": "text",
    "x": 1,
    "y": 1,
    "width": 20,
    "height": 3,
    "text": "{name_en}",
    "overflow": "refuse",
}


def test_a_name_that_does_not_fit_the_usual_label_is_shortened_there(
    app: Flask, ana: Visitor, floor: Floor, world: Tenants
) -> None:
    with writing(floor.engine) as session:
        site = masterdata.create_site(session, world.ana, *LONG_NAMES, floor.now)
    path = run_job(app, ana.post("/labels", SHEET | {"id": site.epc}))
    assert cells(ana.get(f"{path}/file").data)[0] == site.epc


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_that_may_not_be_shortened_is_said_before_anything_is_made(
    ana: Visitor, floor: Floor, world: Tenants, language: str
) -> None:
    template = {"name": "Small", "width": 40, "height": 20, "elements": [NO_ROOM | {"size": 8, "least": 8}]}
    with writing(floor.engine) as session:
        site = masterdata.create_site(session, world.ana, *LONG_NAMES, floor.now)
        ref = designing.create(session, world.ana, template, floor.now).ref
    chosen = {"template": ref, "stock": "avery-l7160"}
    page = Document.of(
        ana.client.get("/labels", query_string={"id": site.epc, "lang": language} | chosen).text
    )
    (button,) = [each for each in page.all("button") if each.attributes.get("name") == "csrf_token"]
    assert "disabled" in button.attributes
    answer = ana.post(f"/labels?lang={language}", SHEET | {"id": site.epc} | chosen)
    assert answer.status_code == 422
    assert "alert-danger" in answer.text
    assert job_count(floor) == 0


def test_a_form_sent_twice_is_one_run_and_what_was_printed_is_printed_again_only_with_a_reason(
    app: Flask, ana: Visitor, floor: Floor
) -> None:
    (piece,) = floor.pieces()
    form = SHEET | {"id": piece, "nonce": "1a2b3c"}
    path = run_job(app, ana.post("/labels", form))
    assert ana.post("/labels", form).headers["Location"] == path  # a double click
    refused = ana.post("/labels", form | {"nonce": "4d5e6f"})
    assert refused.status_code == 409
    assert 'name="reprint"' in refused.text
    again = run_job(app, ana.post("/labels", form | {"nonce": "4d5e6f", "reprint": "smudged"}))
    assert again != path
    assert "smudged" in ana.get(again).text
    assert cells(ana.get(f"{again}/file").data)[0] == f"hdl:{piece}"  # the same identifier


def test_what_was_chosen_last_is_chosen_next_time_by_the_same_person(
    ana: Visitor, visit: Visit, floor: Floor
) -> None:
    first, second = floor.pieces(2)
    chosen = {"template": "ready:serial-50x30", "stock": "avery-l7651", "dpi": "600", "copies": "2"}
    assert ana.post("/labels", SHEET | {"id": first} | chosen).status_code == 422  # 50 mm on 38 mm
    chosen["stock"] = "avery-l7160"
    assert ana.post("/labels", SHEET | {"id": first} | chosen).status_code == 303
    page = ana.get(f"/labels?id={second}").text
    for value in ("ready:serial-50x30", "avery-l7160", "600"):
        assert f'<option value="{value}" selected' in page
    assert 'value="ready:serial-50x30" selected' not in visit("bo").get(f"/labels?id={second}").text


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"template": 7}', '{"output": "x"}', '{"dpi": 301}', "x" * 3000]
)
def test_a_broken_memory_of_the_browser_does_no_harm(ana: Visitor, floor: Floor, kept: str) -> None:
    (piece,) = floor.pieces()
    ana.client.set_cookie("print-1", kept, path="/labels")
    assert 'value="a4-3x8" selected' in ana.get(f"/labels?id={piece}").text


def test_another_companys_things_templates_and_stock_cannot_be_printed(visit: Visit, floor: Floor) -> None:
    (piece,) = floor.pieces()
    cy = visit("cy")
    assert cy.get(f"/labels?id={piece}").status_code == 404
    assert cy.post("/labels", SHEET | {"id": piece}).status_code == 404
    assert cy.get(f"/labels/{piece}.png").status_code == 404


def test_a_printer_of_the_company_is_chosen_on_the_form_and_told_what_its_run_is(
    app: Flask, ana: Visitor, visit: Visit, floor: Floor, world: Tenants
) -> None:
    first, second = floor.pieces(2)
    with writing(floor.engine) as session:
        draft = printers.Draft("Line 2", "raw", "192.0.2.9:9100", "zpl", 203, stock="roll-70x50")
        number = printers.create(session, world.ana, draft, floor.now).id
        draft = printers.Draft("Line 3", "raw", "192.0.2.10:9100", "zpl", 203, stock="roll-50x30")
        narrow = printers.create(session, world.ana, draft, floor.now).id
    output = f"printer-{number}"
    page = ana.get(f"/labels?id={first}&output={output}").text
    assert f'value="{output}" selected' in page
    assert 'id="stock"' not in page  # a label printer cuts its own
    path = ana.post("/labels", {"id": first, "output": output, "language": "en"}).headers["Location"]
    assert "Line 2, 203 dpi" in ana.get(path).text
    assert f'value="{output}" selected' in ana.get(f"/labels?id={second}").text  # remembered
    cy = visit("cy")
    assert output not in cy.get("/labels/stock").text
    assert cy.post("/labels", {"id": first, "output": output}).status_code == 404
    assert ana.post("/labels", {"id": second, "output": "printer-999"}).status_code == 404
    refused = ana.post("/labels", {"id": second, "output": f"printer-{narrow}", "language": "en"})
    assert refused.status_code == 422
    assert "The template is 70 mm wide and the label 50 mm." in refused.text
