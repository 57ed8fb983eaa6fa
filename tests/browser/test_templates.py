"""Templates in a real browser: rows added and moved, rules shown by type, and the mint form that follows the product."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.services import masterdata, templating
from app.store.database import engine_for, writing
from tests.support import tenants, visiting
from tests.support.server import Server

FIELDS = [
    {
        "name": "chemistry",
        "type": "choice",
        "title_en": "Chemistry",
        "required": True,
        "choices": [{"value": "LFP"}],
    },
    {"name": "capacity", "type": "decimal", "title_en": "Capacity", "unit": "Ah"},
]


@pytest.fixture
def server(server: Server) -> Server:
    """With a cell that has a template, and a screw that has none."""
    now = datetime.now(UTC)
    engine = engine_for(f"sqlite:///{server.folder / 'suyuan.db'}")
    with writing(engine) as session:
        ana = tenants.found(session, now).ana
        made = templating.create(
            session, ana, key="cell", name_zh="电芯", name_en="Cell", fields=FIELDS, now=now
        )
        for number in ("CELL", "SCREW"):
            product = masterdata.create_product(
                session, ana, part_number=number, name_zh="", name_en=number.title(), now=now
            )
            if number == "CELL":
                templating.assign(session, ana, product, made.template_id, now)
    engine.dispose()
    return server


def sign_in(page: Page, server: Server) -> None:
    visiting.sign_in(page, server.base_url, "ana")


def choose(page: Page, number: str) -> None:
    epc = page.locator("#product option", has_text=number).get_attribute("value")
    page.locator("#product").select_option(epc)


def test_rows_are_added_moved_and_saved_in_their_order(page: Page, server: Server) -> None:
    sign_in(page, server)
    page.goto(f"{server.base_url}/templates/new")
    page.fill("#key", "pack")
    page.fill("#name_en", "Pack")
    rows = page.locator("[data-field]")
    before = rows.count()
    page.fill("#f0-title_en", "Rated energy")
    page.select_option("#f0-type", "decimal")
    expect(page.locator("#f0-pattern")).to_be_hidden()
    page.locator("[data-add]").click()
    expect(rows).to_have_count(before + 1)
    last = rows.last
    last.locator("input").first.press_sequentially("冷却")
    last.locator("select").first.select_option("choice")
    expect(last.locator("textarea")).to_be_visible()
    last.locator("textarea").fill("liquid | 液冷 | Liquid\nair")
    last.locator("input[name$='-name']").fill("cooling")
    for _ in range(before):
        page.locator("[data-field]", has=page.locator("textarea:visible")).locator("[data-up]").click()
    page.locator("[data-add]").click()
    inputs = [each.get_attribute("name") for each in page.locator("[data-field] input").all()]
    assert len(inputs) == len(set(inputs))
    page.locator("form[data-fields] .btn-primary").click()
    page.wait_for_url("**/templates/*")
    names = page.locator("table code").all_inner_texts()
    assert [name for name in names if name in {"cooling", "rated_energy"}] == ["cooling", "rated_energy"]


def test_the_fields_follow_the_product_and_what_is_wrong_stands_at_its_input(
    page: Page, server: Server
) -> None:
    sign_in(page, server)
    page.goto(f"{server.base_url}/items/mint")
    choose(page, "CELL")
    expect(page.locator("#v-chemistry")).to_be_visible()
    choose(page, "SCREW")
    expect(page.locator("#v-chemistry")).to_have_count(0)
    choose(page, "CELL")
    page.fill("#v-capacity", "lots")
    page.locator("form[data-mint] .btn-primary").click()
    expect(page.locator("#v-capacity-error")).to_be_visible()
    expect(page.locator("#v-capacity")).to_have_value("lots")
    page.fill("#v-capacity", "105.5")
    page.select_option("#v-chemistry", "LFP")
    page.locator("form[data-mint] .btn-primary").click()
    page.wait_for_url("**/items?batch=*")


def test_without_a_script_everything_is_there(
    browser: Browser, open_context: Callable[..., BrowserContext], server: Server
) -> None:
    page = open_context(browser, java_script_enabled=False).new_page()
    sign_in(page, server)
    page.goto(f"{server.base_url}/templates/new")
    expect(page.locator("#f0-choices")).to_be_visible()
    before = page.locator("[data-field]").count()
    for number in range(before):
        page.fill(f"#f{number}-title_en", f"Field {number}")
    page.locator("[data-add]").click()
    assert page.locator("[data-field]").count() > before
    page.goto(f"{server.base_url}/items/mint")
    choose(page, "CELL")
    page.locator("[data-fetch] button").click()
    expect(page.locator("#v-chemistry")).to_be_visible()
