"""Contexts of Chromium that are emptied after a test and taken by the next one of that language and size.

A new one takes two processes of Chromium and compiles every script anew: more work than most tests of a page are.
"""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Route
from playwright.sync_api import Error as PlaywrightError

from tests.support.chromium import Watch

MOST = 3  # kept at a time; each is a process with 60 MB of its own
PATIENCE = 10_000  # milliseconds; a room that takes longer to be emptied is given up
# As our own pages say it: without that header Chromium would change to another process and back.
EMPTY = {"Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html"}

Kind = tuple[str, int, int]  # locale, width, height


def new_context(browser: Browser, kind: Kind, **options: Any) -> BrowserContext:
    locale, width, height = kind
    context = browser.new_context(
        locale=locale, viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai", **options
    )
    context.set_default_timeout(15_000)
    return context


@dataclass
class Room:
    """A context with a page open, the first of its `pages`; what goes wrong on any of its pages is noted."""

    context: BrowserContext
    kind: Kind
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("page", self._watch)
        self.context.new_page()

    def _watch(self, page: Page) -> None:
        Watch(page, self.complaints)

    def empty(self) -> bool:
        """As if new; False when that does not work."""
        with suppress(PlaywrightError):
            if self.context.pages:
                self._empty()
                self.complaints.clear()
                return True
        return False

    def _empty(self) -> None:
        page, *others = self.context.pages
        origins = {_origin(each.url) for each in (page, *others)}
        for each in others:
            each.close()
        page.unroute_all()
        self.context.unroute_all()
        self.context.set_offline(False)
        self.context.clear_cookies()
        self.context.clear_permissions()
        if page.viewport_size != {"width": self.kind[1], "height": self.kind[2]}:
            page.set_viewport_size({"width": self.kind[1], "height": self.kind[2]})
        if not (here := _origin(page.url)).startswith("http"):
            return
        page.route(f"{here}/nothing", _nothing)
        page.goto(
            f"{here}/nothing", timeout=PATIENCE
        )  # first: scripts would miss what is taken from under them
        page.unroute(f"{here}/nothing")
        page.evaluate("sessionStorage.clear(); window.name = ''")
        chromium = self.context.new_cdp_session(page)
        chromium.send("Network.clearBrowserCache")
        for origin in origins:
            chromium.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        chromium.detach()


class Rooms:
    """Of one browser: `take` one, and `give_back`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: OrderedDict[Kind, Room] = OrderedDict()

    def take(self, kind: Kind) -> Room:
        return self._idle.pop(kind, None) or Room(new_context(self._browser, kind), kind)

    def give_back(self, room: Room) -> None:
        if not room.empty():
            room.context.close()
            return
        self._idle[room.kind] = room
        while len(self._idle) > MOST:
            self._idle.popitem(last=False)[1].context.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _nothing(route: Route) -> None:
    route.fulfill(status=200, headers=EMPTY, body="<!doctype html><title>nothing</title>")
