"""The worked chain: large enough, every kind of step in it, and its printed labels open what they stand on."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pyzbar import pyzbar
from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from app import create_app
from app.demo.companies import COMPANIES, PASSWORD
from app.domain import identifiers
from app.domain.steps import STEPS
from app.store.database import engine_for, reading
from app.store.tables import Entry, Operator, Organisation, Product, Site, Thing
from tests.support.demo import BASE_URL, Demo, Pages

COLUMNS, ROWS = 3, 8  # of a sheet of labels
QR = [pyzbar.ZBarSymbol.QRCODE]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def engine(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = engine_for(demo.copy(tmp_path_factory.mktemp("demo")).sqlalchemy_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with reading(engine) as session:
        yield session


@pytest.fixture(scope="module")
def client(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The application over the demo's data, as `./dev demo` serves it."""
    app = create_app(demo.copy(tmp_path_factory.mktemp("served")))
    yield app.test_client()
    app.extensions["suyuan-fast"].close()
    app.extensions["suyuan"].engine.dispose()


@pytest.fixture(scope="module")
def scanned(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What an independent decoder (zbar) reads on each page as an independent renderer (poppler) shows it.

    Zbar mixes up the finder patterns of neighbours now and then, so it looks at one label at a time.
    """
    return [_labels_on(path) for path in Pages(demo.labels, tmp_path_factory.mktemp("pages")).pictures()]


def _labels_on(path: Path) -> list[str]:
    with Image.open(path) as page:
        width, height = page.width // COLUMNS, page.height // ROWS
        cells = [
            page.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))
            for row in range(ROWS)
            for column in range(COLUMNS)
        ]
    return [symbol.data.decode() for cell in cells for symbol in pyzbar.decode(cell, symbols=QR)]


def test_it_tells_each_step_with_its_time_and_how_to_sign_in(demo: Demo) -> None:
    steps = re.findall(r"^ *\d+\.\d\d s  (.+)$", demo.told, re.MULTILINE)
    assert len(steps) == 11
    assert re.search(r"^all of it: \d+\.\d s$", demo.told, re.MULTILINE)
    assert f"Open {BASE_URL} and sign in; every password is {PASSWORD}" in demo.told
    for person in (person for company in COMPANIES for person in company.people):
        assert f"{person.login} ({person.role})" in demo.told


def test_it_is_as_large_as_promised(session: Session) -> None:
    companies = session.execute(select(Organisation)).scalars().all()
    sites = session.execute(select(Site)).scalars().all()
    assert len(companies) >= 5
    assert {site.organisation_id for site in sites} == {company.id for company in companies}
    assert len(session.execute(select(Product)).scalars().all()) >= 12
    count = Counter(session.execute(select(col(Thing.level))).scalars())
    assert count["lot"] >= 40
    assert count["serial"] >= 400
    assert count["logistic"] >= 6
    assert session.execute(select(func.count()).select_from(Entry)).scalar_one() >= 1500
    roles = set(session.execute(select(col(Operator.role))).scalars())
    assert roles == {"operator", "supplier", "manager", "administrator", "auditor"}


def test_every_kind_of_step_occurs_and_one_entry_was_withdrawn(session: Session) -> None:
    steps = Counter(session.execute(select(col(Entry.step))).scalars())
    # all companies are on one node here: tests/network has "adopt"; these it has no need of
    elsewhere = {
        "adopt",
        "observe",
        "sample",
        "loss",
        "repair",
        "split",
        "merge",
        "repack",
        "rework",
        "claim",
    }
    assert set(steps) == set(STEPS) - elsewhere
    bodies = session.execute(select(col(Entry.body))).scalars()
    assert sum('"errorDeclaration"' in body for body in bodies) == 1


def test_the_lot_that_failed_is_held(session: Session) -> None:
    held = session.execute(select(Thing).where(col(Thing.held) != "")).scalars().all()
    assert [thing.lot for thing in held if thing.level == "lot"] == [
        "C260007",
        "C260021",
    ]  # the second is recalled


def test_names_are_in_chinese_and_in_english(session: Session) -> None:
    for table in (Organisation, Site, Product):
        for row in session.execute(select(table)).scalars():
            assert CHINESE.search(row.name_zh), row
            assert row.name_en.isascii(), row
            assert row.name_en, row


def test_an_independent_decoder_reads_every_label_on_every_page(
    session: Session, scanned: list[list[str]]
) -> None:
    printed = [
        thing.epc
        for thing in session.execute(select(Thing)).scalars()
        if thing.level in {"lot", "serial", "logistic", "location"}
    ]
    full = [page for page in scanned if len(page) == COLUMNS * ROWS]
    assert len(full) >= len(scanned) - len(COMPANIES)  # each company begins with a fresh sheet
    texts = [text for page in scanned for text in page]
    assert sorted(identifiers.parse(text).epc for text in texts) == sorted(printed)


def test_each_label_opens_the_page_of_what_it_stands_on(
    client: FlaskClient, scanned: list[list[str]]
) -> None:
    for text in (text for page in scanned for text in page):
        assert text.upper().startswith(BASE_URL.upper())
        answer = client.get(text[len(BASE_URL) :], base_url=BASE_URL)
        assert answer.status_code == 200, text
        assert f">{identifiers.parse(text)}<" in answer.text


def test_the_report_is_a_chinese_document_of_its_pack_whose_code_opens_it(
    demo: Demo, client: FlaskClient, tmp_path: Path
) -> None:
    pages = Pages(demo.report, tmp_path)
    pictures = pages.pictures(200)
    with closing(Image.open(pictures[0])) as cover:
        (symbol,) = pyzbar.decode(cover, symbols=QR)
    text = symbol.data.decode()
    subject = str(identifiers.parse(text))
    assert subject in pages.text
    assert "P80-26-0001" in pages.text
    for company in COMPANIES[:4]:
        assert company.zh in pages.text.replace("\n", "")
    assert client.get(text[len(BASE_URL) :], base_url=BASE_URL).status_code == 200
