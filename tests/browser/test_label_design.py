"""Labels designed in a real browser, with the mouse, the keyboard and a finger: saved, printed, and read by a decoder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect
from sqlmodel import select

from app import jobrunner
from app.services import designing, label_templates
from app.settings import Settings
from app.store.database import reading as reading_rows
from app.store.database import writing
from app.store.tables import LabelTemplateVersion, PrintRun
from labels import reading
from tests.browser.test_accessibility import MISSED, faults_of
from tests.support import visiting
from tests.support.floor import Floor
from tests.support.server import Server

IN_CHINESE = pytest.mark.parametrize("locale", ["zh-CN"])


@pytest.fixture
def ana(page: Page, server: Server, floor: Floor) -> Page:
    return entered(page, server)


def entered(page: Page, server: Server) -> Page:
    visiting.sign_in(page, server.base_url, "ana")
    return page


def ready(page: Page) -> Page:
    page.locator("[data-paper][data-pictures]").wait_for()
    return page


def drawn(page: Page, act: Callable[[], Any]) -> None:
    """Does it, and waits for the server's picture of it."""
    with page.expect_response(lambda answer: "/preview" in answer.url):
        act()


def begun(page: Page, server: Server, name: str = "Cell") -> Page:
    """A new, empty label of 70 × 37 mm in the designer."""
    page.goto(f"{server.base_url}/labels/templates/new")
    page.fill("#name", name)
    page.fill("#width", "70")
    page.fill("#height", "37")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/design")
    return ready(page)


def copied(page: Page, server: Server, name: str = "product-70x37") -> Page:
    page.goto(f"{server.base_url}/labels/templates")
    ref = page.locator(f"input[name=ref][value='ready:{name}']")
    page.locator("form", has=ref).locator("button").click()
    page.wait_for_url("**/design")
    return ready(page)


def piece(page: Page, kind: str) -> Locator:
    return page.locator(f".design-piece[data-kind={kind}]")


def side(page: Page, name: str) -> Locator:
    return page.locator(f"[data-property={name}] input")


def dragged(page: Page, what: Locator, right: float, down: float) -> None:
    """By so many millimetres, with the left button."""
    box = what.bounding_box()
    paper = page.locator("[data-paper]").bounding_box()
    assert box is not None
    assert paper is not None
    scale = paper["width"] / 70
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right * scale / 2, y + down * scale / 2)
    page.mouse.move(x + right * scale, y + down * scale)
    page.mouse.up()


def saved(page: Page, version: int, act: Callable[[], Any]) -> None:
    with page.expect_response(lambda answer: answer.request.method == "PUT") as caught:
        act()
    assert caught.value.status == 200, caught.value.text()
    expect(page.locator("[data-state]")).to_contain_text(str(version))


def document(floor: Floor, version: int = 0) -> dict[str, Any]:
    """As it is kept: of the version, the newest else."""
    with reading_rows(floor.engine) as session:
        rows = session.execute(select(LabelTemplateVersion)).scalars().all()
    row = max(rows, key=lambda each: (each.template_id, each.version == version, each.version))
    return row.document


def printed(page: Page, server: Server, floor: Floor, piece: str, folder: Path) -> list[str]:
    """What a decoder reads of the PDF, printed with the template through the print page."""
    template = page.url.rpartition("/templates/")[2].partition("/")[0]
    page.goto(f"{server.base_url}/labels?template=own:{template}&id={piece}")
    page.locator("form.print-form button.btn-primary").click()
    page.wait_for_url("**/labels/runs/*")
    with reading_rows(floor.engine) as session:
        (run,) = session.execute(select(PrintRun)).scalars().all()
    assert (run.template, run.version) == (f"own:{template}", document_version(floor))
    jobrunner.run(Settings(data_dir=server.folder), floor.engine, run.job_id)
    page.reload()
    with page.expect_download() as caught:
        page.locator(f"a[href$='/runs/{run.id}/file']").first.click()
    caught.value.save_as(folder / "labels.pdf")
    return [each.text for each in reading.read((folder / "labels.pdf").read_bytes(), allowed=20)]


def document_version(floor: Floor) -> int:
    with reading_rows(floor.engine) as session:
        return max(session.execute(select(LabelTemplateVersion.version)).scalars())


def test_a_label_is_designed_with_the_mouse_printed_and_read(
    ana: Page, server: Server, floor: Floor, tmp_path: Path
) -> None:
    page = begun(ana, server)
    drawn(page, lambda: page.locator("[data-add=qr]").click())
    qr = piece(page, "qr")
    before = (side(page, "x").input_value(), side(page, "y").input_value())
    drawn(page, lambda: dragged(page, qr, 6.1, 4.2))
    assert (side(page, "x").input_value(), side(page, "y").input_value()) != before
    assert float(side(page, "x").input_value()) % 0.5 == 0  # it snaps
    drawn(page, lambda: dragged(page, page.locator("[data-grip=se]"), 6, 6))
    assert side(page, "width").input_value() == "26"
    drawn(page, lambda: page.locator("[data-add=text]").click())
    page.keyboard.type("Lot {lot} · {serial}")  # the text is chosen, ready to be written over
    drawn(page, lambda: page.locator("[data-add=line]").click())
    drawn(page, lambda: page.locator("[data-act=remove]").click())
    drawn(page, lambda: page.locator("[data-act=undo]").click())
    expect(piece(page, "line")).to_have_count(1)
    expect(page.locator("[data-status]")).not_to_have_class("is-wrong")
    saved(page, 2, lambda: page.locator("[data-act=save]").click())
    kept = document(floor)
    assert [one["kind"] for one in kept["elements"]] == ["qr", "text", "line"]
    assert kept["elements"][1]["text"] == "Lot {lot} · {serial}"
    (code,) = floor.pieces()
    (read,) = printed(page, server, floor, code, tmp_path)
    assert read.endswith(code)


@IN_CHINESE
def test_a_label_is_designed_with_the_keyboard_printed_and_read(
    ana: Page, server: Server, floor: Floor, tmp_path: Path
) -> None:
    page = begun(ana, server, "电芯")
    page.locator("[data-add=datamatrix]").focus()
    drawn(page, lambda: page.keyboard.press("Enter"))
    assert page.evaluate("document.activeElement.closest('[data-property]').dataset.property") == "source"
    piece(page, "datamatrix").focus()
    x, y = (float(side(page, name).input_value()) for name in ("x", "y"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert [float(side(page, name).input_value()) for name in ("x", "y")] == [x + 0.5, y + 5]
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Control+Shift+ArrowDown")
    page.keyboard.press("Control+d")
    expect(piece(page, "datamatrix")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(piece(page, "datamatrix")).to_have_count(1)
    page.keyboard.press("Control+y")
    page.keyboard.press("Delete")
    expect(piece(page, "datamatrix")).to_have_count(1)
    page.locator("[data-add=text]").press("Enter")
    page.keyboard.type("{name}，批次 {lot}")
    piece(page, "datamatrix").focus()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(piece(page, "datamatrix")).to_have_count(2)
    page.keyboard.press("Control+x")
    page.keyboard.press("Tab")
    saved(page, 2, lambda: page.keyboard.press("Control+s"))
    assert [one["kind"] for one in document(floor)["elements"]] == ["datamatrix", "text"]
    (code,) = floor.pieces()
    (read,) = printed(page, server, floor, code, tmp_path)
    assert read.endswith(code)


def test_what_is_wrong_is_told_at_the_element_that_has_it(ana: Page, server: Server, floor: Floor) -> None:
    page = copied(ana, server)
    name = page.locator(".design-piece[data-kind=text]").first
    name.click()
    page.locator("[data-property=overflow] select").select_option("refuse")
    side(page, "width").fill("4")
    drawn(page, lambda: page.locator("#design-sample").select_option("longest"))
    expect(name).to_have_class("design-piece is-chosen is-wrong")
    expect(page.locator("[data-property=text] .invalid-feedback")).to_contain_text("does not fit")
    expect(page.locator(".design-layer-mark.is-wrong")).to_have_count(1)
    assert not faults_of(page)
    piece(page, "qr").click()
    page.locator("[data-property=module] input").fill("2.5")
    expect(page.locator("[data-property=module] .invalid-feedback")).to_be_visible()
    page.locator("[data-property=when] select").select_option("sscc")
    page.locator("#design-sample").select_option("thing")
    (code,) = floor.pieces()
    drawn(page, lambda: page.fill("#design-identifier", code))
    expect(piece(page, "qr")).to_have_class("design-piece is-chosen is-hidden")


def test_unsaved_changes_are_announced_and_survive_a_reload(ana: Page, server: Server) -> None:
    page = copied(ana, server)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    with visiting.listening(page, "dialog", agree):
        piece(page, "qr").focus()
        page.keyboard.press("ArrowRight")
        moved = side(page, "x").input_value()
        page.reload()
        ready(page)
        assert asked == ["beforeunload"]
        expect(page.locator("[data-notice]")).to_be_visible()
        piece(page, "qr").click()
        assert side(page, "x").input_value() == moved
        page.locator("[data-notice] button").first.click()
        expect(page.locator("[data-act=save]")).to_have_attribute("aria-disabled", "true")
        page.reload()
        assert asked == ["beforeunload"]


def test_of_two_who_edit_the_second_is_asked_and_loses_nothing(
    ana: Page, server: Server, floor: Floor
) -> None:
    page = copied(ana, server)
    template = int(page.url.rpartition("/templates/")[2].partition("/")[0])
    with writing(floor.engine) as session:
        mine = label_templates.version_of(session, floor.people.bo, template)
        theirs = {**mine.document, "name": "Bo's"}
        designing.save(session, floor.people.bo, template, theirs, 1, floor.now)
    page.fill("#design-name", "Ana's")
    page.locator("[data-act=save]").click()
    expect(page.locator("[data-notice]")).to_contain_text("Bo saved version 2 meanwhile")
    saved(page, 3, lambda: page.get_by_role("button", name="on top of version 2").click())
    assert document(floor, 2)["name"] == "Bo's"
    assert document(floor, 3)["name"] == "Ana's"


@pytest.mark.parametrize("viewport", [(360, 740)])
@IN_CHINESE
def test_a_finger_chooses_and_drags_on_a_phone(
    browser: object, open_context: Callable[..., BrowserContext], server: Server, floor: Floor
) -> None:
    context = open_context(browser, has_touch=True)
    page = copied(entered(context.new_page(), server), server)
    design = page.url
    for path in ("/labels/templates", "/labels/templates/new", design.removesuffix("/design")):
        page.goto(path if path.startswith("http") else f"{server.base_url}{path}")
        assert not faults_of(page), path
    page.goto(design)
    qr = piece(ready(page), "qr")
    box = qr.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.touchscreen.tap(x, y)
    expect(qr).to_have_attribute("aria-pressed", "true")
    before = float(side(page, "y").input_value())
    touch = context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": y + 4}]),
        ("touchMove", [{"x": x, "y": y + 9}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert float(side(page, "y").input_value()) > before
    assert not faults_of(page)
    assert not page.evaluate(MISSED)


def test_a_picture_is_taken_in_and_a_bad_one_refused(ana: Page, server: Server, tmp_path: Path) -> None:
    from PIL import Image

    page = begun(ana, server)
    Image.new("RGB", (400, 200), "navy").save(tmp_path / "logo.png")
    (tmp_path / "bad.png").write_text(json.dumps({"not": "a picture"}))
    for name, count in (("logo.png", 1), ("bad.png", 1)):
        with page.expect_file_chooser() as caught:
            page.locator("[data-add=image]").click()
        caught.value.set_files(tmp_path / name)
        expect(piece(page, "image")).to_have_count(count)
    expect(page.locator("[data-notice]")).to_be_visible()
    piece(page, "image").click()
    width, height = (float(side(page, name).input_value()) for name in ("width", "height"))
    assert width == pytest.approx(2 * height, abs=0.1)
