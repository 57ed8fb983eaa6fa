"""The page behind a label: for whoever scans it, in any spelling, and never more than its owner made public."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import identifiers
from app.services import masterdata
from app.store.database import reading, writing
from app.store.tables import Alias, Organisation, Product
from tests.support.floor import Floor, assert_sentence
from tests.support.pages import Document
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def piece(floor: Floor) -> str:
    return floor.pieces(serial_start="SN-0001")[0]


def set_public(floor: Floor, public: bool) -> None:
    with writing(floor.engine) as session:
        for product in session.execute(select(Product)).scalars():
            product.public = public


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def test_the_url_on_the_label_opens_it(stranger: Visitor, piece: str) -> None:
    printed = identifiers.short_url("http://127.0.0.1:8000", identifiers.parse(piece))
    assert printed == f"HTTP://127.0.0.1:8000/{piece}"
    page = stranger.get(printed[len("http://127.0.0.1:8000") :])
    assert page.status_code == 200
    assert f'<code translate="no">{piece}</code>' in page.text
    assert "This identifier was really issued by its owner." in page.text
    assert "Ana Batteries" in page.text


@pytest.mark.parametrize(
    "spelling", [str.lower, str.upper, wide, lambda text: f"{text}/", lambda text: f"{text}?a=1"]
)
def test_however_it_is_spelled(stranger: Visitor, piece: str, spelling: Callable[[str], str]) -> None:
    prefix, _, suffix = piece.partition("/")
    answer = stranger.get(f"/{prefix}/{quote(spelling(suffix), safe='/?=')}")
    assert answer.status_code == 200
    assert f">{piece}<" in answer.text


def test_a_pallet_answers_to_its_sscc_too(stranger: Visitor, floor: Floor) -> None:
    with writing(floor.engine) as session:
        session.get_one(Organisation, floor.people.ana.organisation_id).gs1_prefix = "6901234"
    (pallet,) = floor.units()
    with reading(floor.engine) as session:
        name = session.execute(select(Alias.name)).scalar_one()
    sscc = name.rpartition("/")[2]
    assert f">{pallet}<" in stranger.get(f"/{pallet}").text
    assert f">{pallet}<" in stranger.follow(stranger.get(f"/00/{sscc}")).text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "88.118.1001/NOBODY",
        "88.118.9999/X",
        "88.118.1001/%00",
        "99.1/X",
        "00/395011020000000019",
        "00/1",
        "01/xyz",
    ],
)
def test_what_was_never_issued_is_told_in_the_same_words(
    stranger: Visitor, world: Tenants, path: str, language: str
) -> None:
    answer = stranger.get(f"/{path}?lang={language}")
    assert answer.status_code in {400, 404}
    document = Document.of(answer.text)
    assert document.faults == []
    said = [element.text.strip() for element in document.all("p") if "main" in element.inside]
    sentences = [text for text in said if not text.isdecimal()]
    assert len(sentences) == 2
    for sentence in sentences:
        assert_sentence(sentence, language)


def test_nobody_else_learns_what_it_is_until_its_owner_says_so(
    stranger: Visitor, visit: Visit, floor: Floor, piece: str
) -> None:
    cy, bo = visit("cy"), visit("bo")
    set_public(floor, False)
    secrets = ("SN-0001", "Module", "MOD-1")
    for visitor in (stranger, cy):
        page = visitor.get(f"/{piece}").text
        assert not [secret for secret in secrets if secret in page]
        assert "/trace/" not in page
    assert all(secret in bo.get(f"/{piece}").text for secret in secrets)
    assert f"/trace/{piece}" in Document.of(bo.get(f"/{piece}").text).links("/")
    set_public(floor, True)
    for visitor in (stranger, cy):
        page = visitor.get(f"/{piece}").text
        assert all(secret in page for secret in secrets)
        assert "/trace/" not in page


def test_a_place_is_named_only_to_its_own_people(stranger: Visitor, visit: Visit, floor: Floor) -> None:
    path = f"/{floor.places['plant'].removeprefix('hdl:')}"
    for visitor, named in ((stranger, False), (visit("cy"), False), (visit("operator"), True)):
        assert ("Plant" in visitor.get(path).text) == named


def test_programs_get_the_same_as_json(stranger: Visitor, floor: Floor, piece: str) -> None:
    def asked() -> Any:
        return stranger.get(f"/{piece}", headers={"Accept": "application/json"}).json

    closed = {
        "identifier": piece,
        "level": "serial",
        "lifecycle": "active",
        "owner_zh": "安娜电池",
        "owner_en": "Ana Batteries",
    }
    set_public(floor, False)
    assert asked() == closed
    set_public(floor, True)
    assert asked() == closed | {
        "title_zh": "模组",
        "title_en": "Module",
        "part_number": "MOD-1",
        "serial": "SN-0001",
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_withdrawn_says_so(stranger: Visitor, visit: Visit, floor: Floor, language: str) -> None:
    (spoilt,) = floor.reserved()
    assert visit("ana").post("/items/void", {"epc": spoilt, "reason": "spoilt"}).status_code == 303
    page = stranger.get(f"/{spoilt}?lang={language}")
    assert page.status_code == 200
    assert "is-out" in page.text
    proof = next(
        element.text.strip()
        for element in Document.of(page.text).all("p")
        if "public-proof-said" in element.attributes.get("class", "")
    )
    assert_sentence(proof, language)
    if language == "en":
        assert proof == "This identifier was withdrawn."


def test_a_product_that_is_public_has_its_page(stranger: Visitor, floor: Floor, world: Tenants) -> None:
    with writing(floor.engine) as session:
        epc = masterdata.create_product(
            session, world.ana, part_number="PUB-1", name_zh="公开产品", name_en="Public thing", now=floor.now, public=True
        ).epc  # fmt: skip
    page = stranger.get(f"/{epc.removeprefix('hdl:')}", headers={"Accept-Language": "zh-CN"}).text
    assert "公开产品" in page
    assert "PUB-1" in page


def test_a_name_with_markup_is_text(stranger: Visitor, floor: Floor, world: Tenants) -> None:
    with writing(floor.engine) as session:
        epc = masterdata.create_product(
            session, world.ana, part_number="<b>1</b>", name_zh="<script>x</script>", name_en="<i>name</i>", now=floor.now, public=True
        ).epc  # fmt: skip
    page = stranger.get(f"/{epc.removeprefix('hdl:')}").text
    assert Document.of(page).faults == []
    assert "<i>name</i>" not in page
    assert "&lt;i&gt;name&lt;/i&gt;" in page


@pytest.mark.parametrize(
    "spelling", [str.lower, wide, lambda text: f" {text}\u3000", lambda text: f"hdl:{text}"]
)
def test_search_finds_it_however_it_is_typed(
    visit: Visit, piece: str, spelling: Callable[[str], str]
) -> None:
    answer = visit("ana").get("/search", query_string={"q": spelling(piece)})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/trace/{piece}"
