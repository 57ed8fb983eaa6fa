"""The pages of the journey, on the worked chain, as each role sees them: axe finds nothing serious, and nothing overflows.

The frame and the master data are in `test_frame`, the scan page at work in `test_scan`.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page

from app import jobrunner
from app.demo.companies import PASSWORD
from app.settings import Settings
from app.store.database import engine_for
from tests.support import visiting
from tests.support.demo import Demo
from tests.support.server import Server

PAGES = {  # who looks at what; {…} is filled in from the chain
    "": (
        "/sign-in",
        "/{pack}",
        "/things/{pack}",
        "/{pack}?linkType=linkset",
        "/{void}",
        "/88.118.3003/NOBODY",
        "/01/1/foo",
        "/verify",
    ),
    "pack-operator": ("/", "/scan", "/items"),
    "powder-supplier": ("/", "/labels", "/items", "/items/mint", "/labels?id={powder}", "/search?q=P26"),
    "pack-manager": (
        "/",
        "/search?q=P80",
        "/trace/{pack}",
        "/trace/{cells}",
        "/trace/{pallet}",
        "/holds",
        "/balances",
        "/balances/{cells}",
        "/recalls",
        "/recalls/new?suspect={pack}",
        "/recalls/{recall}",
        "/recalls/{recall}/customers/88.118.5005",
        "/recalls/{recall}/things?level=serial",
        "/recalls/{exercise}",
        "/jobs",
    ),
    "pack-admin": (
        "/",
        "/labels",
        "/labels?id={pack}",
        "/labels/runs/3",
        "/labels/stock/avery-l7160",
        "/labels/stock/new",
        "/log",
        "/audit",
        "/trace/{void}",
        "/items?lifecycle=void",
        "/links",
        "/links?id={pack}&try=1&type=gs1:pip",
        "/links/new?id={pack}",
        "/links/1",
        "/registry",
        "/registry?q=P80",
        "/registry/identifier?id={pack}",
        "/prefixes",
        "/prefixes/3",
        "/patterns",
        "/patterns/1",
        "/ranges",
        "/ranges/new",
        "/aliases",
        "/resolutions",
        "/aliases/new?id={pack}",
        "/records/new",
        "/records/edit?id={pack}",
        "/handle-admins",
        "/handle-admins/new",
        "/imports",
        "/alerts",
        "/alerts/1",
        "/alerts/rules",
        "/deliveries",
    ),
    "auditor": ("/", "/items?level=logistic", "/search", "/products", "/sites"),
}
VIEWS = {"a desk": ("en-GB", (1280, 800)), "a phone": ("zh-CN", (360, 740))}
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def server(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For the whole file: what some of its tests bring in, no other looks at."""
    folder = tmp_path_factory.mktemp("server") / "node"
    demo.copy(folder)
    server = Server(folder, {})
    yield server.start()
    server.stop()


@pytest.fixture
def things(demo: Demo) -> dict[str, str]:
    """Things of the chain worth a look, as prefix/suffix."""
    wanted = {
        "pack": "serial = 'P80-26-0001'",
        "cells": "lot = 'C260007'",
        "powder": "lot = 'P260001'",
        "pallet": "level = 'logistic'",
        "void": "lifecycle = 'void'",
        "cell_product": "level = 'product' AND epc LIKE 'hdl:88.118.2002/%'",
    }
    with closing(sqlite3.connect(demo.database)) as database:
        found = {
            name: database.execute(f"SELECT epc FROM thing WHERE {condition} ORDER BY id").fetchone()[0]
            for name, condition in wanted.items()
        }
        recalls = database.execute("SELECT id FROM recall ORDER BY mock, number").fetchall()
    found |= {name: row[0] for name, row in zip(("recall", "exercise"), recalls, strict=True)}
    return {name: epc.removeprefix("hdl:") for name, epc in found.items()}


def faults_of(page: Page) -> list[str]:
    wide = visiting.overflow(page)
    return visiting.violations(page, SERIOUS) + ([f"{wide} px too wide"] if wide > 0 else [])


def enter(page: Page, server: Server, login: str) -> None:
    visiting.sign_in(page, server.base_url, login, PASSWORD)


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize(("locale", "viewport"), VIEWS.values(), ids=VIEWS)
def test_nothing_serious_is_found_on_any_page_and_the_keyboard_gets_everywhere(
    server: Server, things: dict[str, str], page: Page, login: str, locale: str
) -> None:
    """Every link, button and field that is shown is a stop of the Tab key, in the order of the page."""
    faults = {}
    if login:
        enter(page, server, login)
    with visiting.axe_on_every_page(page):
        for path in (path.format_map(things) for path in PAGES[login]):
            page.goto(f"{server.base_url}{path}")
            if found := faults_of(page) + page.evaluate(MISSED):
                faults[path] = found
    assert str(page.locator("html").get_attribute("lang"))[:2] == locale[:2]
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(("locale", "viewport"), VIEWS.values(), ids=VIEWS)
def test_nothing_serious_is_found_while_a_table_is_imported(
    server: Server, page: Page, viewport: tuple[int, int]
) -> None:
    enter(page, server, "pack-admin")
    page.goto(f"{server.base_url}/imports")
    table = "后缀,URL\nAXE-1,https://a.example\nAXE-1,\n".encode("gb18030")
    page.set_input_files("#file", {"name": "table.csv", "mimeType": "text/csv", "buffer": table})
    page.click("form[enctype] button")
    page.wait_for_url("**/imports/*")
    where = page.url
    faults = {"columns": faults_of(page)}
    page.click("button[value=check]")
    page.wait_for_url("**/jobs/*")
    settings = Settings(data_dir=server.folder)
    engine = engine_for(settings.sqlalchemy_url)
    jobrunner.run(settings, engine, page.url.rpartition("/")[2])
    engine.dispose()
    page.wait_for_selector("a[href$='/result']")
    faults["job"] = faults_of(page)
    page.goto(where)
    page.wait_for_selector("td >> text=AXE-1")
    faults["bad rows"] = faults_of(page)
    assert not any(faults.values()), json.dumps(faults, indent=1, ensure_ascii=False)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport[0]


def test_an_administrator_gets_with_the_keyboard_what_others_do_too(
    server: Server, things: dict[str, str], page: Page
) -> None:
    enter(page, server, "pack-admin")
    for path in ("/items", "/items/mint", "/trace/{pack}", "/jobs", "/scan"):
        page.goto(f"{server.base_url}{path.format_map(things)}")
        if path == "/scan":
            page.wait_for_selector("html[data-scan=ready]")
        for size in ((1280, 800), (360, 740)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate(MISSED) == [], (path, size)


# What is shown and can be clicked, and takes no focus. A set of radio buttons is one stop, and so is the picture of a sheet,
# whose places the arrow keys lead through.
MISSED = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.disabled)
  .filter((element) => element.tabIndex < 0 || element.tabIndex > 0)
  .filter((element) => !(element.matches(".sheet-place") && element.parentElement.querySelector(".sheet-place[tabindex='0']")))
  .map((element) => element.outerHTML.slice(0, 120))"""
