"""The scan page as a worker uses it: one object a page, with the words of the shop floor."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support import visiting
from tests.support.tenants import PASSWORD


class ScanDesk:
    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def sign_in(self, login: str = "operator") -> "ScanDesk":
        visiting.sign_in(self.page, self.address, login)
        return self.open()

    def enter(self, login: str) -> "ScanDesk":
        """On the sign-in page, which leads back here."""
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url("**/scan")
        return self.ready()

    def open(self) -> "ScanDesk":
        self.page.goto(f"{self.address}/scan")
        return self.ready()

    def ready(self) -> "ScanDesk":
        self.page.wait_for_selector("html[data-scan=ready]")
        # Chromium's remote control types no faster than a busy machine lets it; a scanner is not held up by that.
        self.page.locator("#code").evaluate("field => field.dataset.fastMs = 2000")
        return self

    def keep_offline(self) -> "ScanDesk":
        """Waits until the page could be opened without a connection."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return self

    def choose(self, step: str, place: str = "") -> "ScanDesk":
        """`place` is an epc; without it the place stays as it is."""
        if self.page.locator("#choose").is_hidden():
            self.page.click("#change-step")
        if place:
            self.page.click(f'[data-place="{place}"]')
        if self.page.locator("#choose").is_hidden():
            self.page.click("#change-step")
        self.page.click(f"#choose [data-step={step}]")
        return self

    def wedge(self, code: str) -> None:
        """As a hand scanner types: fast, wherever the focus is, with Enter at the end."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def scan(self, code: str, colour: str = "green") -> None:
        """One scan and its verdict."""
        before = self.lines.count()
        self.wedge(code)
        expect(self.lines).to_have_count(before + 1)
        self.expect_verdict(colour)

    def expect_verdict(self, colour: str, text: str = "") -> None:
        panel = self.page.locator("#verdict")
        expect(panel).to_have_attribute("data-colour", colour)
        if text:
            expect(panel).to_contain_text(text)

    def expect_waiting(self, count: int) -> None:
        expect(self.page.locator("#waiting")).to_have_attribute("data-count", str(count))

    def expect_count(self, count: int) -> None:
        expect(self.page.locator("#count")).to_have_text(str(count))

    @property
    def lines(self) -> Locator:
        return self.page.locator("#trail .scan-line")

    def line_of(self, text: str) -> Locator:
        return self.lines.filter(has_text=re.compile(re.escape(text)))
