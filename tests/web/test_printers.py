"""Printers on pages and in the API: administrators enter them, all who print use them, nobody else sees them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.domain.printers import Chunk, Sent, Status, Target
from app.errors import PeerFailed
from app.settings import Settings
from app.store.database import writing
from tests.support import tenants
from tests.support.tenants import Visitor

NEW = {
    "name": "Packing line 2", "connection": "raw", "address": "192.168.10.50", "language": "zpl", "dpi": "300",
    "drawing": "exact", "stock": "", "media": "gap", "gap": "2,5", "cutter": "tear", "darkness": "60", "speed": "",
    "offset_x": "0", "offset_y": "-1.5",
}  # fmt: skip


class FakePrinting:
    """What the printers say in this test."""

    def __init__(self) -> None:
        self.says: Status = Status("ready", (), "ZD421", 0)
        self.does: Sent | PeerFailed = Sent(0, 1, 1, 0)
        self.got: list[tuple[Target, Chunk]] = []

    def status(self, _target: Target) -> Status:
        return self.says

    def send(
        self, target: Target, chunks: Iterable[Chunk], _cancelled: Callable[[], bool], **_: float
    ) -> Iterator[Sent]:
        if isinstance(self.does, PeerFailed):
            raise self.does
        self.got += [(target, chunk) for chunk in chunks]
        yield self.does


@pytest.fixture
def printing() -> FakePrinting:
    return FakePrinting()


@pytest.fixture
def app(settings: Settings, clock: Any, printing: FakePrinting) -> Iterator[Flask]:
    app = create_app(settings, now=clock, printing=printing)
    app.config["TESTING"] = True
    yield app
    app.extensions["suyuan-fast"].close()
    app.extensions["suyuan"].engine.dispose()


@pytest.fixture
def ana(app: Flask, clock: Any) -> Visitor:
    with writing(app.extensions["suyuan"].engine) as session:
        tenants.found(session, clock())
    return signed_in(app, "ana")


def signed_in(app: Flask, login: str) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in(login).status_code == 303
    return visitor


def test_an_administrator_enters_a_printer_asks_it_and_tries_it(ana: Visitor, printing: FakePrinting) -> None:
    made = ana.post("/labels/printers/new", NEW)
    assert made.status_code == 303
    page = ana.get(made.location).text
    assert "192.168.10.50:9100" in page
    assert "It has not been asked yet." in page
    printing.says = Status("waiting", ("out-of-paper",), "ZD421-300dpi", 0)
    assert ana.post(f"{made.location}/status", {}).status_code == 303
    page = ana.get(made.location).text
    assert "There is no paper or label stock in it." in page
    assert "ZD421-300dpi" in page
    ana.post(f"{made.location}/test", {})
    assert "The test label is printed." in ana.get(made.location).text
    ((target, chunk),) = printing.got
    assert target == Target("raw", "192.168.10.50:9100", "zpl")
    assert chunk.data.startswith(b"^XA^CI28^MNW")
    assert b"~SD18" in chunk.data


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (Sent(0, 1, 0, 1), "does not say whether it has printed it"),
        (Sent(0, 1, 0, 0, "head-open"), "Its head or lid is open."),
        (
            PeerFailed("printer-unreachable", "Nobody answers at {host}.", "", host="x"),
            "Nobody answers at x.",
        ),
    ],
)
def test_a_test_label_that_did_not_come_out_is_not_called_printed(
    ana: Visitor, printing: FakePrinting, does: Any, told: str
) -> None:
    made = ana.post("/labels/printers/new", NEW)
    printing.does = does
    ana.post(f"{made.location}/test", {})
    page = ana.get(made.location).text
    assert told in page
    assert "The test label is printed." not in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "file:///etc/passwd"}, "address"),
        ({"connection": "ipp", "address": "http://192.168.10.50/"}, "address"),
        ({"gap": "wide"}, "gap"),
        ({"gap": "nan"}, "gap"),
        ({"darkness": "101"}, "darkness"),
        ({"speed": "1.5"}, "speed"),
        ({"offset_x": "inf"}, "offset_x"),
        ({"dpi": "72"}, "dpi"),
        ({"name": "\u202e\n"}, "name"),
    ],
)
def test_what_no_printer_can_have_is_told_at_its_field(
    ana: Visitor, wrong: dict[str, str], field: str
) -> None:
    answer = ana.post("/labels/printers/new", NEW | wrong)
    assert answer.status_code in (400, 422)
    assert f'id="{field}-error"' in answer.text
    assert "No printers yet" in ana.get("/labels/printers").text


def test_a_name_is_taken_once_and_a_printer_can_be_put_aside(ana: Visitor, printing: FakePrinting) -> None:
    made = ana.post("/labels/printers/new", NEW)
    assert ana.post("/labels/printers/new", NEW | {"address": "192.168.10.51"}).status_code == 409
    assert ana.post(f"{made.location}/edit", NEW | {"language": "tspl"}).status_code == 303
    assert "Not in use" in ana.get("/labels/printers").text  # the box was not ticked
    assert "The printer Packing line 2 is not in use any more." in ana.post(f"{made.location}/test", {}).text
    assert not printing.got


def test_people_who_print_use_printers_and_do_not_make_them(app: Flask, ana: Visitor) -> None:
    made = ana.post("/labels/printers/new", NEW)
    bo = signed_in(app, "bo")
    assert bo.get(made.location).status_code == 200
    assert "test-1.zpl" in bo.get(f"{made.location}/test-label").headers["Content-Disposition"]
    assert bo.post("/labels/printers/new", NEW).status_code == 403
    assert bo.post(f"{made.location}/edit", NEW).status_code == 403
    cy = signed_in(app, "cy")
    assert cy.get(made.location).status_code == 404
    assert "Packing line 2" not in cy.get("/labels/printers").text


def test_the_api_does_what_the_pages_do(ana: Visitor, printing: FakePrinting) -> None:
    sent = {"name": "Door", "connection": "ipp", "address": "ipp://10.0.0.9/printers/door", "language": "pdf"}
    headers = {"X-CSRFToken": ana.token}
    made = ana.client.post("/api/v1/labels/printers", json=sent, headers=headers)
    assert made.status_code == 201, made.text
    where = f"/api/v1/labels/printers/{made.json['id']}"
    assert made.json["address"] == "ipp://10.0.0.9:631/printers/door"
    changed = ana.client.patch(where, json={"dpi": 600, "offset_x": 1.5}, headers=headers).json
    assert (changed["dpi"], changed["offset_x"], changed["name"]) == (600, 1.5, "Door")
    assert ana.client.patch(where, json={"dpi": 601}, headers=headers).json["code"] == "bad-printer"
    printing.says = Status("off", ("unreachable",))
    assert ana.client.post(f"{where}/status", headers=headers).json["troubles"] == ["unreachable"]
    told = ana.client.post(f"{where}/test", headers=headers).json
    assert told == {"certain": True, "uncertain": False, "trouble": ""}
    assert printing.got[0][1].data.startswith(b"%PDF-1.4")
    assert [each["name"] for each in ana.client.get("/api/v1/labels/printers").json["items"]] == ["Door"]
