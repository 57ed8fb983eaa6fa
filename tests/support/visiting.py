"""A reader of our pages in Chromium: signed in without the sign-in page, and what axe says of a page."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.support.sources import ROOT
from tests.support.tenants import CSRF, PASSWORD

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
# Only what is wrong is told in full; nothing is asked of frames, since our content policy lets nobody frame our pages.
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], selectors: false, iframes: false });
  return found.violations.map(({ id, help, impact, nodes }) => [id, help, impact, nodes.slice(0, 3).map((node) => node.html)]);
}"""


def sign_in(page: Page, address: str, login: str, password: str = PASSWORD) -> None:
    """By the form of the sign-in page, which nobody need see drawn; `test_journey` and `test_frame` fill it in by hand."""
    ask = page.context.request
    # The server remembers it from here.
    language = {"Accept-Language": page.evaluate("navigator.language")}
    sought = CSRF.search(ask.get(f"{address}/sign-in", headers=language).text())
    assert sought is not None
    form = {"csrf_token": sought[1], "login": login, "password": password}
    answer = ask.post(f"{address}/sign-in", form=form, headers=language, max_redirects=0)
    assert answer.status == 303, answer.text()


@contextmanager
def axe_on_every_page(page: Page) -> Iterator[None]:
    """For tests that look at many: Chromium keeps axe and puts it into each page itself, before the page's own scripts."""
    chromium = page.context.new_cdp_session(page)
    chromium.send("Page.enable")
    chromium.send("Page.addScriptToEvaluateOnNewDocument", {"source": AXE})
    try:
        yield
    finally:
        chromium.detach()


@contextmanager
def listening(what: Page | BrowserContext, event: str, heard: Callable[[Any], object]) -> Iterator[None]:
    """The page goes on to other tests, which it should tell nothing."""
    what.on(event, heard)
    try:
        yield
    finally:
        what.remove_listener(event, heard)


def violations(page: Page, impacts: Collection[str] = ()) -> list[str]:
    """What axe finds wrong, a line each; only of those impacts if any are named.

    It is put in by the debugger, which the page's content policy does not bind.
    """
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)
    return [
        f"{rule}: {meaning}: {json.dumps(nodes, ensure_ascii=False)}"
        for rule, meaning, impact, nodes in page.evaluate(RUN)
        if not impacts or impact in impacts
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
