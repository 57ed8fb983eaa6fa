"""Scanning in a real browser: hand scanner, quantities, holds, undo, photos, and a page that fits gloves and phones."""

import pytest
from playwright.sync_api import Page, Route, expect

from app.store.database import writing
from tests.labels.samples import picture
from tests.support import visiting
from tests.support.desk import ScanDesk
from tests.support.floor import Floor
from tests.support.server import Server


@pytest.fixture
def desk(page: Page, server: Server, floor: Floor) -> ScanDesk:
    return ScanDesk(page, server.base_url).sign_in()


# --- the hand scanner ---


def test_what_a_hand_scanner_types_is_recorded_wherever_the_focus_is(desk: ScanDesk, floor: Floor) -> None:
    first, second, third = floor.pieces(3)
    desk.choose("inspect", floor.places["plant"])
    before = floor.events()
    desk.scan(f"HTTPS://ID.EXAMPLE.COM/{first}")
    desk.page.locator("#item").click()  # the focus is nowhere
    desk.scan(second)
    desk.page.locator("[data-result=pass]").focus()  # Enter would press this button
    desk.scan(third)
    desk.expect_count(3)
    assert floor.events() == before + 3
    expect(desk.page.locator("#item")).to_contain_text("Module")


def test_a_scan_leaves_nothing_behind_in_the_field_somebody_was_typing_in(
    desk: ScanDesk, floor: Floor
) -> None:
    (code,) = floor.pieces()
    desk.choose("ship", floor.places["plant"])
    desk.page.select_option("#destination", "88.118.1002")
    desk.page.fill("#order", "PO-7")
    desk.page.focus("#order")
    desk.scan(code)
    expect(desk.page.locator("#order")).to_have_value("PO-7")
    with writing(floor.engine) as session:
        sql = "SELECT value FROM reference"
        assert session.connection().exec_driver_sql(sql).scalars().all() == ["PO-7"]


def test_what_a_hand_types_into_another_field_is_no_scan(desk: ScanDesk, floor: Floor) -> None:
    (code,) = floor.pieces()
    desk.choose("ship", floor.places["plant"])
    desk.page.locator("#code").evaluate("field => delete field.dataset.fastMs")  # as workers have it
    desk.page.focus("#order")
    desk.page.keyboard.type(code, delay=100)
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#order")).to_have_value(code)
    expect(desk.lines).to_have_count(0)


def test_the_place_is_chosen_by_scanning_its_label(desk: ScanDesk, floor: Floor) -> None:
    (code,) = floor.pieces()
    desk.choose("move")
    desk.wedge(f"HTTPS://ID.EXAMPLE.COM/{floor.places['store'].removeprefix('hdl:')}")
    expect(desk.page.locator("#place-name")).to_have_text("Store")
    desk.scan(code)
    expect(desk.page.locator("#item")).to_contain_text("Store")


def test_without_a_step_a_scan_shows_what_it_is_and_the_step_tapped_then_is_done(
    desk: ScanDesk, floor: Floor
) -> None:
    (code,) = floor.pieces()
    desk.page.click(f'[data-place="{floor.places["store"]}"]')
    before = floor.events()
    desk.wedge(code)
    expect(desk.page.locator("#item")).to_contain_text(code)
    offered = {button.get_attribute("data-next") for button in desk.page.locator("#next button").all()}
    assert {"move", "ship", "scrap"} <= offered
    assert "receive" not in offered
    assert floor.events() == before
    desk.page.click("#next [data-next=move]")
    desk.expect_verdict("green")
    assert floor.events() == before + 1


def test_packing_asks_for_the_container_first(desk: ScanDesk, floor: Floor) -> None:
    first, second = floor.pieces(2)
    (pallet,) = floor.units()
    desk.choose("pack", floor.places["plant"])
    expect(desk.page.locator("#verdict")).to_contain_text("First scan the container")
    desk.wedge(pallet)
    expect(desk.page.locator("#parent-code")).to_have_text(pallet)
    desk.scan(first)
    desk.scan(second)
    desk.page.click("#new-parent")
    expect(desk.page.locator("#for-parent")).to_be_hidden()
    desk.choose("move", floor.places["store"])
    desk.scan(first, "red")
    expect(desk.page.locator("#verdict")).to_contain_text("packed in")


def test_what_is_scanned_while_the_container_is_looked_up_goes_into_it(desk: ScanDesk, floor: Floor) -> None:
    first, second = floor.pieces(2)
    (pallet,) = floor.units()
    desk.choose("pack", floor.places["plant"])
    asked: list[Route] = []

    def keep(route: Route) -> None:
        asked.append(route)

    desk.page.route("**/api/v1/look?**", keep)
    for code in (pallet, first, second):
        desk.wedge(code)
    expect(desk.lines).to_have_count(0)
    with desk.page.expect_response("**/api/v1/look?**"):
        asked[0].continue_()
    expect(desk.lines).to_have_count(2)
    expect(desk.page.locator("#parent-code")).to_have_text(pallet)
    assert len(asked) == 1
    desk.expect_verdict("green")


# --- quantities and runs ---


def test_a_lot_that_needs_a_quantity_gets_it_on_the_number_pad(desk: ScanDesk, floor: Floor) -> None:
    lot = floor.lot("P-2026-05", "500")
    desk.choose("consume", floor.places["plant"])
    desk.wedge(lot)
    pad = desk.page.locator("#keypad")
    expect(pad).to_be_visible()
    desk.wedge(lot)  # a scan in between is no quantity
    expect(desk.page.locator("#keypad-field")).to_have_value("")
    for key in "12.5":
        pad.get_by_role("button", name=key, exact=True).click()
    pad.locator("button[value=yes]").click()
    desk.expect_verdict("green")
    expect(desk.page.locator("#item")).to_contain_text("487.5 kg")
    expect(desk.lines).to_have_count(1)
    desk.expect_count(1)


def test_what_goes_in_and_what_comes_out_belong_to_one_run(desk: ScanDesk, floor: Floor) -> None:
    lot = floor.lot("P-1", "10")
    (cell,) = floor.reserved()
    desk.choose("consume", floor.places["plant"])
    desk.page.click("#set-quantity")
    desk.page.fill("#keypad-field", "2")
    desk.page.press("#keypad-field", "Enter")
    desk.scan(lot)
    desk.page.click("#for-run [data-step=produce]")
    desk.scan(cell)
    with writing(floor.engine) as session:
        runs = (
            session.connection()
            .exec_driver_sql("SELECT epc FROM thing WHERE level = 'process'")
            .scalars()
            .all()
        )
    assert len(runs) == 1


# --- a held item stops the work ---


def test_a_held_item_stops_the_work_until_somebody_has_seen_it(desk: ScanDesk, floor: Floor) -> None:
    held, good = floor.pieces(2)
    floor.hold(held, "crack")
    desk.choose("ship", floor.places["plant"])
    desk.page.select_option("#destination", "88.118.1002")
    before = floor.events()
    desk.wedge(held)
    stop = desk.page.locator("#stop")
    expect(stop).to_be_visible()
    expect(stop).to_contain_text("crack")
    desk.wedge(good)  # Enter at its end must not wave the stop away
    desk.page.keyboard.press("Escape")
    expect(stop).to_be_visible()
    assert floor.events() == before
    desk.page.click("#stop-seen")
    desk.scan(good)
    assert floor.events() == before + 1


# --- undo ---


def test_two_taps_on_undo_are_one_undo(desk: ScanDesk, floor: Floor) -> None:
    (code,) = floor.pieces()
    desk.choose("inspect", floor.places["plant"])
    desk.scan(code)
    before = floor.events()
    button = desk.lines.first.locator("[data-action=undo]")
    button.evaluate("button => { button.click(); button.click(); }")
    expect(desk.lines.first).to_have_class("scan-line is-undone")
    expect(desk.lines.first).to_contain_text("Undone")
    desk.expect_count(0)
    assert floor.events() == before + 1


# --- photos ---


def test_a_photo_of_a_label_is_a_scan(desk: ScanDesk, floor: Floor) -> None:
    (code,) = floor.pieces()
    desk.choose("inspect", floor.places["plant"])
    photo = picture(f"HTTPS://ID.EXAMPLE.COM/{code}", code)
    file = {"name": "label.png", "mimeType": "image/png", "buffer": photo}
    desk.page.set_input_files("#photo", file)
    desk.expect_verdict("green")
    desk.expect_count(1)


def test_a_file_that_is_no_photo_is_told_in_a_sentence(desk: ScanDesk, floor: Floor) -> None:
    file = {"name": "list.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    desk.choose("inspect", floor.places["plant"])
    desk.page.set_input_files("#photo", file)
    desk.expect_verdict("red", "not a picture")


# --- for everybody, on every screen ---


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_each_state_of_the_page_is_accessible_and_fits(desk: ScanDesk, floor: Floor) -> None:
    lot, (piece, held) = floor.lot("P-1", "10"), floor.pieces(2)
    floor.hold(held, "crack")
    assert_good(desk.page)
    desk.choose("inspect", floor.places["plant"])
    desk.scan(piece)
    assert_good(desk.page)
    desk.scan("88.118.1001/NOBODYKNOWSIT", "red")
    assert_good(desk.page)
    desk.choose("consume")
    desk.wedge(lot)
    expect(desk.page.locator("#keypad")).to_be_visible()
    assert_good(desk.page)
    desk.page.click("#keypad [data-key=cancel]")
    desk.choose("scrap")
    desk.wedge(held)
    desk.page.context.set_offline(True)
    desk.wedge(piece)
    desk.expect_verdict("wait")
    assert_good(desk.page)
    desk.page.context.set_offline(False)


def assert_good(page: Page) -> None:
    """On a phone and at a desk."""
    for width, height in ((360, 740), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(
            "Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => true)"
        )
        assert visiting.overflow(page) <= 0, width
        assert visiting.violations(page) == [], width
        assert page.evaluate(SMALL) == [], "too small for a glove"


SMALL = """() => [...document.querySelectorAll("main button, main select, main label.scan-big")]
  .filter((one) => one.checkVisibility() && !one.closest("dialog") && !one.matches(".scan-badge"))
  .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 44)
  .map((one) => one.outerHTML.slice(0, 120))"""
