"""Labels from a table on pages: brought, its columns explained, looked at and printed; another's table is not there."""

import io
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium
import pytest
from flask import Flask

from app import jobrunner
from app.store.database import reading
from app.store.tables import PrintRun
from tests.support.floor import Floor
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


def brought(visitor: Visitor, text: str) -> str:
    """Its page."""
    visitor.get("/labels/list")
    answer = visitor.post("/labels/list", {"file": (io.BytesIO(text.encode()), "erp.csv")})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_table_of_the_erp_becomes_labels_with_its_own_columns(
    app: Flask, visit: Visit, floor: Floor
) -> None:
    ana, pieces = visit("ana"), floor.pieces(2)
    page = brought(
        ana, "identifier,note1,Cost\n" + "".join(f"{each},Order {n},7\n" for n, each in enumerate(pieces))
    )
    shown = ana.get(page).text
    assert '<option value="identifier" selected' in shown
    to_form = ana.get(f"{page}/print?column0=identifier&column1=note1&column2=")
    form = to_form.headers["Location"]
    looked = ana.get(form)
    assert looked.status_code == 200
    assert "One label for each row" in looked.text
    sent = {
        "upload": page.rpartition("/")[2],
        "map": ["identifier", "note1", ""],
        "output": "pdf",
        "language": "en",
    }
    path = str(ana.post("/labels", sent).headers["Location"])
    node = app.extensions["suyuan"]
    with reading(node.engine) as session:
        job_id = session.get_one(PrintRun, int(path.rpartition("/")[2])).job_id
    jobrunner.run(node.settings, node.engine, job_id)
    with pdfium.PdfDocument(ana.get(f"{path}/file").data) as document:
        text = document[0].get_textpage().get_text_range()
    assert all(each.partition("/")[2] in text for each in pieces)


def test_columns_that_name_nothing_or_the_same_twice_are_said_on_the_page(visit: Visit, floor: Floor) -> None:
    ana = visit("ana")
    page = brought(ana, "a,b\n1,2\n")
    for query in ("column0=lot&column1=lot", "column0=lot&column1=", "column0=price&column1=identifier"):
        answer = ana.get(f"{page}/print?{query}")
        assert answer.headers["Location"] == page
        assert "alert-danger" in ana.get(page).text


@pytest.mark.parametrize(("name", "content"), [("x.png", b"\x89PNG\r\n"), ("x.csv", b""), ("", b"")])
def test_what_is_no_table_is_refused_in_words(visit: Visit, floor: Floor, name: str, content: bytes) -> None:
    ana = visit("ana")
    ana.get("/labels/list")
    answer = ana.post("/labels/list", {"file": (io.BytesIO(content), name)} if name else {})
    assert answer.status_code in (400, 422)
    assert "alert-danger" in answer.text


def test_another_companys_table_is_not_there(visit: Visit, floor: Floor) -> None:
    page = brought(visit("ana"), "a,b\n1,2\n")
    cy = visit("cy")
    assert cy.get(page).status_code == 404
    assert cy.get(f"{page}/print?column0=identifier").status_code == 404
    assert cy.get(f"/labels?upload={page.rpartition('/')[2]}&map=identifier&map=").status_code == 404
