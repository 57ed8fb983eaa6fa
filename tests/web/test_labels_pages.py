"""Printing on pages: a batch or names in any spelling become sheets that a decoder reads; the rest is refused in words."""

import io
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
from app.services import labelling, masterdata, minting
from app.services.authenticating import sign_out_everywhere
from app.store.database import reading, writing
from app.store.tables import Job, Thing
from tests.support.floor import Floor, assert_sentence
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
LANGUAGES = ("en", "zh")
QR = [pyzbar.ZBarSymbol.QRCODE]
SHEET = {"start": "1", "dpi": "300"}


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
    stock = labelling.STOCK
    with pdfium.PdfDocument(pdf) as document:
        page = document[0].render(scale=300 / 72, grayscale=True).to_pil()
    width, height = page.width // stock.columns, page.height // stock.rows
    corners = [(column * width, row * height) for row in range(stock.rows) for column in range(stock.columns)]
    found = [read(page.crop((left, top, left + width, top + height))) for left, top in corners]
    return [texts[0] if texts else "" for texts in found]


def run_job(app: Flask, answer: Any) -> str:
    """Does the job that the answer leads to, as the worker would; its path."""
    node, path = app.extensions["suyuan"], str(answer.headers["Location"])
    jobrunner.run(node.settings, node.engine, path.rpartition("/")[2])
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
    answer = ana.post("/labels", {"batch": choose.partition("batch=")[2], "start": "4", "dpi": "203"})
    path = run_job(app, answer)
    result = ana.get(f"{path}/result")
    assert result.mimetype == "application/pdf"
    assert result.headers["Content-Disposition"] == "attachment; filename=suyuan-labels.pdf"
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
    assert chosen == [f"hdl:{each}" for each in (first, second, third)]
    places = cells(ana.get(f"{run_job(app, ana.post('/labels', SHEET | {'id': chosen}))}/result").data)
    assert places[:3] == chosen


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
        {"start": "0"}, {"start": "-1"}, {"start": "25"}, {"start": "10000000"}, {"start": "x"}, {"start": ""},
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
    assert [text for text in cells(ana.get(f"{path}/result").data) if text] == [f"hdl:{good}"]


def test_a_place_and_a_product_and_a_pallet_have_labels_too(
    app: Flask, ana: Visitor, floor: Floor, world: Tenants
) -> None:
    (pallet,) = floor.units()
    epcs = [floor.places["plant"], floor.products["MOD-1"], f"hdl:{pallet}", f"hdl:{floor.lot('L-1', '5')}"]
    with reading(floor.engine) as session:
        labels = labelling.labels_of(session, world.ana, epcs, "https://trace.example.cn")
    assert [label.title for label in labels] == ["plant场地", "模组", "物流单元", "粉末"]
    assert ("批次 Lot", "L-1") in labels[3].details
    assert ("料号 Part", "MOD-1") in labels[1].details
    path = run_job(app, ana.post("/labels", SHEET | {"id": epcs}))
    assert cells(ana.get(f"{path}/result").data)[:4] == epcs


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


def test_a_name_that_does_not_fit_the_label_still_gives_one_that_reads(
    app: Flask, ana: Visitor, floor: Floor, world: Tenants
) -> None:
    with writing(floor.engine) as session:
        site = masterdata.create_site(
            session, world.ana, "很长的名字" * 30, "A very long name " * 10, "一个地址 " * 20, floor.now
        )
    path = run_job(app, ana.post("/labels", SHEET | {"id": site.epc}))
    assert cells(ana.get(f"{path}/result").data)[0] == site.epc
