"""Label templates over HTTP: the gallery and the versions as people see them, and the same for programs."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app.services import label_previews
from tests.support.api import Api, problem
from tests.support.floor import Floor
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
PATH = "/labels/templates"
LABEL: dict[str, Any] = {
    "name": "Cell",
    "width": 40,
    "height": 20,
    "elements": [
        {"kind": "qr", "x": 0, "y": 0, "width": 20, "height": 20},
        {"kind": "text", "x": 20, "y": 1, "width": 19, "height": 8, "text": "{name}", "least": 4},
    ],
}


@pytest.fixture
def ana(app: Flask, world: Tenants) -> Api:
    return Api(app, world.ana)


def test_programs_make_change_restore_and_put_templates_aside(ana: Api) -> None:
    first = ana.post(PATH, {"document": LABEL}).get_json()
    own = f"{PATH}/{first['id']}"
    changed = {"document": {**LABEL, "height": 25}, "based_on": 1}
    assert ana.call("PUT", own, changed).get_json()["version"] == 2
    problem(ana.call("PUT", own, changed), 409, "label-template-changed")
    problem(ana.call("PUT", own, changed | {"based_on": 2}), 422, "nothing-changed")
    assert ana.post(f"{own}/restore", {"version": 1, "based_on": 2}).get_json()["version"] == 3
    assert [line["version"] for line in ana.items(f"{own}/versions")] == [3, 2, 1]
    assert ana.get(own, version=2).get_json()["document"]["height"] == 25
    copy = ana.post(PATH, {"copy_of": first["ref"]}).get_json()
    assert (copy["name"], copy["document"]["elements"]) == ("Cell (2)", first["document"]["elements"])
    assert ana.patch(own, {"active": False}).get_json()["active"] is False
    listed = {line["ref"] for line in ana.items(PATH, active=True)}
    assert first["ref"] not in listed
    assert {copy["ref"], "ready:product-70x37"} <= listed
    ready = ana.get(f"{PATH}/ready/product-70x37").get_json()["document"]
    assert ana.post(PATH, {"document": ready}).status_code == 201
    problem(ana.get(f"{PATH}/ready/nothing"), 404, "unknown-label-template")


def test_a_draft_is_drawn_with_the_values_of_a_thing(
    app: Flask, world: Tenants, ana: Api, clock: Clock
) -> None:
    (piece,) = Floor(app.extensions["suyuan"].engine, world, clock()).pieces()
    draft = {"document": LABEL, "dpi": 203, "identifier": piece}
    told = ana.post(f"{PATH}/preview", draft).get_json()
    assert told["problems"] == []
    assert told["symbols"][0]["text"].endswith(piece)
    with Image.open(io.BytesIO(base64.b64decode(told["png"]))) as picture:
        assert (picture.size, picture.mode) == ((320, 160), "1")
    wrong = {**LABEL, "elements": [{**LABEL["elements"][1], "width": 2}, {"kind": "egg"}]}
    told = ana.post(f"{PATH}/preview", {"document": wrong}).get_json()
    assert [(one["element"], one["property"]) for one in told["problems"]] == [(1, "text"), (2, "kind")]
    assert all("{" not in one["message"] for one in told["problems"])
    problem(ana.post(f"{PATH}/preview", {"document": LABEL, "identifier": "88.118.9/X"}), 404)
    problem(ana.post(f"{PATH}/preview", {"document": {}}), 422, "bad-template")
    assert [line["ref"] for line in ana.items(PATH) if line["id"]] == []


@pytest.mark.parametrize(
    "upload",
    [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"x" * 1_001],
    ids=["empty", "text", "broken", "large"],
)
def test_what_is_no_picture_is_refused(ana: Api, upload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_previews, "LARGEST_UPLOAD", 1_000)
    data = {"picture": (io.BytesIO(upload), "logo.png")}
    answer = ana.call("POST", f"{PATH}/pictures", data=data, content_type="multipart/form-data")
    assert answer.status_code in {400, 413, 422}, answer.text


def test_a_picture_comes_back_as_an_element_takes_it(ana: Api) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (3_000, 1_000), (0, 0, 120, 255)).save(file, "PNG")
    file.seek(0)
    answer = ana.call(
        "POST", f"{PATH}/pictures", data={"picture": (file, "l.png")}, content_type="multipart/form-data"
    )
    image = {"kind": "image", "x": 0, "y": 0, "width": 9, "height": 3, "data": answer.get_json()["data"]}
    assert ana.post(PATH, {"document": {**LABEL, "elements": [image]}}).status_code == 201


def test_the_gallery_shows_ones_own_and_the_ready_made(visit: Visit) -> None:
    ana = visit("ana")
    page = ana.get("/labels/templates").text
    assert "Product, 70 × 37 mm" in page
    made = ana.post("/labels/templates/copy", {"ref": "ready:product-70x37", "nonce": "abc1"})
    again = ana.post("/labels/templates/copy", {"ref": "ready:product-70x37", "nonce": "abc1"})
    assert made.headers["Location"] == again.headers["Location"]
    assert ana.follow(made).status_code == 200
    for path in ("1.png", "1.png?version=1&lang=zh", "ready/product-70x37.png"):
        answer = ana.get(f"/labels/templates/{path}")
        assert (answer.status_code, answer.mimetype) == (200, "image/png"), path
    supplier = visit("supplier").get("/labels/templates").text
    assert "/labels/templates/1" in supplier
    assert "/design" not in supplier
    assert visit("supplier").get("/labels/templates/1/design").status_code == 403
    assert visit("operator").get("/labels/templates").status_code == 403
    assert "/labels/templates/1" not in visit("cy").get("/labels/templates").text


def test_a_template_travels_as_a_file_and_an_earlier_version_comes_back(visit: Visit) -> None:
    ana = visit("ana")
    text = json.dumps(LABEL).encode()
    ana.get("/labels/templates")
    taken = ana.post("/labels/templates/import", {"file": (io.BytesIO(text), "cell.json")})
    assert "was taken in" in ana.follow(taken).text
    exported = ana.get("/labels/templates/1.json")
    assert json.loads(exported.data)["elements"][0]["kind"] == "qr"
    for bad in (b"", b"[1", b"[" * 100_000, b'"x"', b"{}"):
        sent = {"file": (io.BytesIO(bad), "cell.json")}
        assert ana.post("/labels/templates/import", sent).status_code in {400, 422}
    headers = {"X-CSRFToken": ana.token}
    changed = {"document": {**LABEL, "name": "Cell, new"}, "based_on": 1}
    assert ana.client.put("/api/v1/labels/templates/1", json=changed, headers=headers).status_code == 200
    back = ana.post("/labels/templates/1/restore", {"version": "1", "based_on": "2"})
    assert "Version 1 is back, as version 3" in ana.follow(back).text
    assert ana.post("/labels/templates/1/restore", {"version": "x", "based_on": "2"}).status_code == 400
    aside = ana.post("/labels/templates/1/active", {"active": "no"})
    assert "put aside" in ana.follow(aside).text


def test_a_new_label_has_a_size_that_labels_have(visit: Visit) -> None:
    ana = visit("ana")
    ana.get("/labels/templates/new")
    for width in ("2", "1000", "x", "NaN", ""):
        answer = ana.post("/labels/templates/new", {"name": "Cell", "width": width, "height": "20"})
        assert answer.status_code == 422, width
    made = ana.post("/labels/templates/new", {"name": "Cell <b>", "width": "40.5", "height": "20"})
    page = ana.follow(made)
    assert page.status_code == 200
    assert "Cell <b>" not in page.text
