"""The frame of every page in a real browser: reachable for everybody, usable at 360 px, and its small conveniences."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from app.services import masterdata
from app.store.database import engine_for, writing
from tests.support import tenants, visiting
from tests.support.server import Server
from tests.support.tenants import PASSWORD

PAGES = (
    "/",
    "/account",
    "/people",
    "/people/new",
    "/people/1",
    "/organisations",
    "/organisations/1",
    "/organisations/new",
    "/organisations/2/invite",
    "/products",
    "/products/new",
    "/products/1",
    "/sites",
    "/sites/new",
    "/sites/1",
    "/audit",
    "/nothing-here",
)


@pytest.fixture
def server(server: Server) -> Server:
    now = datetime.now(UTC)
    engine = engine_for(f"sqlite:///{server.folder / 'suyuan.db'}")
    with writing(engine) as session:
        ana = tenants.found(session, now).ana
        masterdata.create_site(
            session, ana, "苏州电芯一厂", "Suzhou cell plant 1", "苏州市工业园区星湖街 328 号", now
        )
        masterdata.create_product(
            session, ana, part_number="PACK-75", name_zh="电池包", name_en="Battery pack", now=now
        )
    engine.dispose()
    return server


def sign_in(page: Page, server: Server) -> None:
    """By hand, on the sign-in page."""
    page.fill("#login", "ana")
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def arrive(page: Page, server: Server, path: str = "/") -> None:
    visiting.sign_in(page, server.base_url, "ana")
    page.goto(f"{server.base_url}{path}")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_page_is_reachable_for_everybody_and_fits(server: Server, page: Page) -> None:
    """At a desk and, made narrow, on a phone."""
    with visiting.axe_on_every_page(page):
        page.goto(f"{server.base_url}/sign-in")
        wrong = {"/sign-in": in_both_sizes(page)}
        sign_in(page, server)
        for path in PAGES:
            page.goto(server.base_url + path)
            wrong[path] = in_both_sizes(page)
    assert not [f"{path}: {line}" for path, lines in wrong.items() for line in lines]


def in_both_sizes(page: Page) -> list[str]:
    wrong = []
    for width, height in ((360, 740), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        wrong += [f"at {width} px: {line}" for line in visiting.violations(page)]
        if (wide := visiting.overflow(page)) > 0:
            wrong.append(f"{wide} px too wide for {width}")
    return wrong


def test_dark_colours_keep_their_contrast(server: Server, page: Page) -> None:
    arrive(page, server)
    page.locator("summary.top-person").click()
    page.locator("button[name=theme]").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    wrong = {}
    with visiting.axe_on_every_page(page):
        for path in ("/", "/people", "/people/1", "/products/new", "/account"):
            page.goto(server.base_url + path)
            wrong[path] = visiting.violations(page)
    assert not [f"{path}: {line}" for path, lines in wrong.items() for line in lines]


@pytest.mark.parametrize("viewport", [(360, 740)])
def test_on_a_phone_the_navigation_opens_and_leads_on(server: Server, page: Page) -> None:
    arrive(page, server)
    sites = page.get_by_role("link", name="Sites", exact=True)
    expect(sites).not_to_be_visible()
    page.get_by_role("button", name="Navigation").click()
    page.get_by_text("Master data").click()
    sites.click()
    page.wait_for_url("**/sites")
    expect(sites).not_to_be_visible()


def test_what_cannot_be_undone_is_asked_first(server: Server, page: Page) -> None:
    arrive(page, server, "/people/2")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("dialog")).to_contain_text("Deactivate Bo?")
    page.get_by_role("button", name="Cancel").click()
    page.reload()
    expect(page.get_by_role("button", name="Deactivate")).to_be_visible()
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/people")
    expect(page.locator("tr", has_text="Bo")).to_contain_text("Deactivated")


def test_a_double_click_creates_one_product(server: Server, page: Page) -> None:
    arrive(page, server, "/products/new")
    page.fill("#part_number", "MOD-16")
    page.fill("#name_en", "Module")
    sent: list[str] = []
    with visiting.listening(
        page, "request", lambda request: sent.append(request.url) if request.method == "POST" else None
    ):
        page.get_by_role("button", name="Create").dblclick()
        page.wait_for_url("**/products")
    assert len(sent) == 1
    expect(page.locator("tbody tr")).to_have_count(2)


def test_menus_close_by_escape_and_by_a_click_beside_them(server: Server, page: Page) -> None:
    arrive(page, server)
    item = page.get_by_role("link", name="My account")
    page.locator("summary.top-person").click()
    expect(item).to_be_visible()
    page.keyboard.press("Escape")
    expect(item).not_to_be_visible()
    page.locator("summary.top-person").click()
    page.locator("main").click(position={"x": 5, "y": 5})
    expect(item).not_to_be_visible()


def test_times_are_shown_in_the_browsers_zone(server: Server, page: Page) -> None:
    arrive(page, server)
    page.goto(f"{server.base_url}/audit")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert cookies["timezone"] == "Asia%2FShanghai"
    assert "(Asia/Shanghai)" in (page.locator("time").first.get_attribute("title") or "")


def test_the_keyboard_reaches_the_content_first(server: Server, page: Page) -> None:
    arrive(page, server, "/people")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
