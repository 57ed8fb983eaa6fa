"""The whole journey in a real browser, at a desk and on a phone: sign in, mint, print, scan, trace, and take the report."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from pyzbar import pyzbar

from app.domain import identifiers
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from labels import reading
from tests.support import tenants
from tests.support.demo import Pages
from tests.support.desk import ScanDesk
from tests.support.floor import Floor
from tests.support.serving import Serving, serving
from tests.support.tenants import PASSWORD

QR = [pyzbar.ZBarSymbol.QRCODE]
SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@dataclass(frozen=True)
class Node:
    served: Serving
    floor: Floor


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """`./dev serve` on a folder with Ana's company, one of its plants and two of its products."""
    data = tmp_path_factory.mktemp("journey") / "data"
    data.mkdir()
    now = datetime.now(UTC) - timedelta(hours=1)
    migrate(f"sqlite:///{data / 'suyuan.db'}")
    engine = engine_for(f"sqlite:///{data / 'suyuan.db'}")
    with writing(engine) as session:
        people = tenants.found(session, now)
    floor = Floor(engine, people, now)
    with serving(data) as served:
        yield Node(served, floor)
    engine.dispose()


def sign_in(page: Page, node: Node, login: str) -> None:
    page.goto(f"{node.served.base_url}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def go(page: Page, name: str) -> None:
    """By the navigation, which is behind a button on a phone."""
    menu = page.get_by_role("button", name="Navigation")
    if menu.is_visible():
        menu.click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()


def download(page: Page, link: Locator, folder: Path) -> Path:
    with page.expect_download() as caught:
        link.click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def finished(page: Page) -> Locator:
    """The download button of a job's page, once the job is done; the page follows it by itself."""
    link = page.locator(".card-footer").get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=60_000)
    return link


def printed(page: Page) -> Locator:
    """The same of a print run's page."""
    link = page.get_by_role("link", name="Download PDF")
    expect(link).to_be_visible(timeout=60_000)
    return link


def labels_on(pdf: Path, folder: Path) -> list[str]:
    """What a decoder reads on the printed pages, as poppler shows them."""
    found = []
    for path in Pages(pdf, folder).pictures():
        with Image.open(path) as picture:
            found += [each.text for each in reading.read_image(picture)]
    return found


def mint_three(page: Page, node: Node, serial: str) -> None:
    go(page, "Items and lots")
    page.get_by_role("link", name="Mint identifiers").first.click()
    page.get_by_label("What to mint").select_option("serial")
    page.get_by_label("Product", exact=True).select_option(node.floor.products["MOD-1"])
    page.get_by_label("How many").fill("3")
    page.get_by_label("First serial number").fill(f"{serial}1")
    page.get_by_role("button", name="Mint", exact=True).click()
    expect(page.get_by_text("3 identifiers minted.")).to_be_visible()
    expect(page.get_by_text(f"{serial}3")).to_be_visible()


@pytest.mark.parametrize("viewport", SIZES.values(), ids=SIZES)
def test_from_a_new_identifier_to_its_report(
    page: Page, node: Node, tmp_path: Path, viewport: tuple[int, int]
) -> None:
    sign_in(page, node, "ana")
    mint_three(page, node, f"J{viewport[0]}-00")

    # print
    page.get_by_role("link", name="Print labels of all").click()
    expect(page.get_by_role("img", name=re.compile("Label of"))).to_be_visible()
    page.get_by_role("button", name="Make the PDF").click()
    page.wait_for_url("**/labels/runs/*")
    sheet = download(page, printed(page), tmp_path)
    texts = labels_on(sheet, tmp_path)
    assert len(texts) == 3
    assert all(text.startswith(f"HTTP://127.0.0.1:{node.served.port}/88.118.1001/") for text in texts)

    # scan, as a hand scanner types what it reads on the printed sheet
    first = str(identifiers.parse(texts[0]))
    desk = ScanDesk(page, node.served.base_url).open()
    desk.choose("commission", node.floor.places["plant"])
    for text in texts:
        desk.scan(text)
    desk.choose("assemble")
    desk.wedge(texts[0])
    desk.scan(texts[1])
    desk.choose("inspect")
    desk.scan(texts[0])

    # trace
    page.goto(f"{node.served.base_url}/search")
    page.get_by_role("main").get_by_role("searchbox").fill(f"j{viewport[0]}-00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile(f"J{viewport[0]}-00"))).to_have_count(3)
    page.goto(f"{node.served.base_url}/trace/{first}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"J{viewport[0]}-00")
    for step in ("Commission", "Assemble", "Inspect"):
        expect(page.locator(".trace-event").get_by_text(step, exact=True).first).to_be_visible()
    drawn = page.get_by_role("region", name="Where it came from and where it went").locator("svg")
    expect(drawn).to_be_visible()
    expect(drawn).to_contain_text(f"J{viewport[0]}-00")

    # report
    page.get_by_role("button", name="Report as PDF").click()
    page.wait_for_url("**/jobs/*")
    report = download(page, finished(page), tmp_path)
    pages = Pages(report, tmp_path / "report")
    pages.folder.mkdir()
    assert first in pages.text
    assert "Ana Batteries" in pages.text
    assert "Inspect" in pages.text
    with Image.open(pages.pictures(200)[0]) as cover:
        (symbol,) = pyzbar.decode(cover, symbols=QR)
    assert identifiers.parse(symbol.data.decode()) == identifiers.parse(first)

    # both are still there to be taken again
    go(page, "Jobs")
    expect(page.get_by_role("main").get_by_role("link", name="Download")).not_to_have_count(0)
    expect(page.get_by_text("Provenance report").first).to_be_visible()


@pytest.mark.parametrize("viewport", [SIZES["desk"]])
def test_without_a_mouse(page: Page, node: Node, tmp_path: Path, viewport: tuple[int, int]) -> None:
    """The same to the printed label with the keyboard alone: every stop of the way can be reached and is seen."""
    page.goto(f"{node.served.base_url}/sign-in")
    reach(page, "#login")
    page.keyboard.type("supplier")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{node.served.base_url}/items/mint")
    page.keyboard.press("Tab")
    assert "skip" in focused(page, "className")
    page.keyboard.press("Enter")
    reach(page, "[name=product]")
    page.keyboard.type("MOD-1")
    reach(page, "main [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items?batch=*")
    reach(page, "main a[href*='/labels']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/labels?batch=*")
    reach(page, ".sheet-place")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#start")).to_have_value("2")
    reach(page, "main form[method=post] .card-footer button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/labels/runs/*")
    printed(page)
    reach(page, "main a[href$='/file']")
    with page.expect_download() as caught:
        page.keyboard.press("Enter")
    caught.value.save_as(tmp_path / "labels.pdf")
    assert len(labels_on(tmp_path / "labels.pdf", tmp_path)) == 1


def reach(page: Page, selector: str) -> None:
    """Presses Tab until that has the focus, and sees that it shows."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            assert page.evaluate(SHOWS_FOCUS), f"nobody sees that {selector} has the focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


SHOWS_FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  const seen = (element) => {
    const style = getComputedStyle(element);
    return style.boxShadow !== "none" || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
  };
  const next = document.activeElement.nextElementSibling;
  const edge = (element) => element && getComputedStyle(element).strokeWidth;  // of a place in the picture of a sheet
  const [own, others] = [document.activeElement, next].map((element) => edge(element?.querySelector("svg g > rect")));
  return seen(document.activeElement) || (parseFloat(style.opacity) === 0 && next && seen(next)) || (others && own !== others);
}"""


def focused(page: Page, what: str) -> str:
    return str(page.evaluate("what => document.activeElement[what]", what))
