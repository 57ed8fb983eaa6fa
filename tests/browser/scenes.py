"""What the pictures of `docs/screenshots` show: who looks, at which page, and what they have just done there."""

import io
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from playwright.sync_api import Page, expect

PAPER = {1280: 1000, 360: 720}  # width in pixels of a printed page
HOLDER = "88.118.5005"  # the vehicle maker, at whose gate the scans are made


@dataclass(frozen=True, slots=True)
class Stage:
    """One run: the application that is served from `data`, the reader's language, the width of the window."""

    address: str
    data: Path
    language: str
    width: int

    def identifier(self, condition: str) -> str:
        """`prefix/suffix` of the first thing that meets the SQL condition."""
        with sqlite3.connect(f"file:{self.data / 'suyuan.db'}?mode=ro", uri=True) as database:
            things = "thing t LEFT JOIN product p ON p.id = t.product_id"
            row = database.execute(
                f"SELECT t.epc FROM {things} WHERE {condition} ORDER BY t.serial"
            ).fetchone()
        return str(row[0]).removeprefix("hdl:")


@dataclass(frozen=True, slots=True)
class Scene:
    """`play` leaves the page as it is to be shown, or returns the picture itself (of a printed page).

    `whole`: the page to its end, not only what the window shows of it.
    """

    name: str
    login: str
    play: Callable[[Page, Stage], Image.Image | None]
    whole: bool = True


# --- things of the worked chain worth showing ---

PACK = "p.part_number = 'PACK-80'"
IN_VEHICLE = f"{PACK} AND t.bond = 'assembled'"
AT_GATE = f"p.part_number LIKE 'PACK-%' AND t.holder = '{HOLDER}' AND t.bond = '' AND t.container = '' AND t.lifecycle = 'active'"
GOOD = f"{AT_GATE} AND t.held = ''"
HELD = f"{AT_GATE} AND t.held <> ''"


def opened(path: str) -> Callable[[Page, Stage], None]:
    def play(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.address}{path}", wait_until="networkidle")

    return play


def _trace(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/trace/{stage.identifier(IN_VEHICLE)}", wait_until="networkidle")


def recall(page: Page, stage: Stage, number: str = "R-") -> None:
    """That of the faulty cells, or the exercise."""
    page.goto(f"{stage.address}/recalls", wait_until="networkidle")
    page.locator("tr", has_text=number).get_by_role("link").click()
    page.wait_for_load_state("networkidle")


def _recall_exercise(page: Page, stage: Stage) -> None:
    recall(page, stage, "M-")


def _recall_customer(page: Page, stage: Stage) -> None:
    recall(page, stage)
    page.locator("a[href*='/customers/']").first.click()
    page.wait_for_load_state("networkidle")


def _recall_new(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/recalls/new", wait_until="networkidle")
    page.locator("input[name=title]").fill("电芯鼓胀" if stage.language == "zh" else "Swollen cells")
    page.locator("input[name=kind][value=place]").check(force=True)


def _alert(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/alerts?rule=two-places")
    page.locator("main table a").first.click()
    page.wait_for_url(re.compile(r"/alerts/[0-9]+$"))


def _verify(page: Page, stage: Stage) -> None:
    """The checkpoint that anybody may fetch, held against the log by a stranger."""
    page.goto(f"{stage.address}/verify?lang={stage.language}")
    page.locator("#text").fill(page.request.get(f"{stage.address}/api/v1/log/checkpoint").text())
    page.locator("main button[type=submit]").click()
    expect(page.locator(".verdict")).to_be_visible()


def _links(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/products", wait_until="networkidle")
    page.locator("tr", has_text="PACK-80").locator("a[href^='/links']").click()


def _handle_admins(page: Page, stage: Stage) -> None:
    """Two of them, made when the first picture is taken; without the secret that is shown once."""
    for name in ("ERP", "MES"):
        page.goto(f"{stage.address}/handle-admins", wait_until="networkidle")
        if page.get_by_text(f"/{name}", exact=False).count() == 0:
            page.goto(f"{stage.address}/handle-admins/new")
            page.locator("input[name=name]").fill(name)
            page.locator("main form .btn-primary").click()
    page.goto(f"{stage.address}/handle-admins", wait_until="networkidle")


def _identifier(page: Page, stage: Stage) -> None:
    """Of a pack with a customer's part number, declared when the first picture is taken."""
    pack = stage.identifier(IN_VEHICLE)
    page.goto(f"{stage.address}/registry/identifier?id={pack}", wait_until="networkidle")
    if page.get_by_text("E-4711").count() == 0:
        page.goto(f"{stage.address}/aliases/new?id={pack}")
        page.locator("#kind").select_option("part")
        page.locator("#alias").fill("E-4711")
        page.locator("main form .btn-primary").click()
        page.wait_for_url("**/identifier**")
        page.goto(f"{stage.address}/registry/identifier?id={pack}", wait_until="networkidle")


def _pattern(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/patterns", wait_until="networkidle")
    page.locator("tr", has_text="PACK-80").locator("a[href^='/patterns/']").click()
    page.locator("#pattern").fill("{part}-{date:%y%m%d}-{serial:random8}-{check:mod37}")
    page.locator("button[name=try]").click()
    page.wait_for_load_state("networkidle")


def _range(page: Page, stage: Stage) -> None:
    """One, reserved when the first picture is taken."""
    page.goto(f"{stage.address}/ranges", wait_until="networkidle")
    if page.locator("main a[href^='/ranges/']", has_text="CELL-").count() == 0:
        page.goto(f"{stage.address}/ranges/new")
        page.locator("#start").fill("CELL-")
        page.locator("#quota").fill("5000")
        page.locator("main form .btn-primary").click()
        page.wait_for_load_state("networkidle")
    page.goto(f"{stage.address}/ranges", wait_until="networkidle")


TABLE = """后缀 suffix,URL,LOT,COLOUR
TOOL-0101,https://www.example.com/tools/101,T-26-07,银色
TOOL-0102,https://www.example.com/tools/102,T-26-07,黑色
TOOL-0103,www.example.com/tools/103,T-26-07,银色
TOOL-0101,https://www.example.com/tools/101,T-26-07,银色
TOOL 0104,https://www.example.com/tools/104,T-26-08,银色
"""


def _imports(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/imports", wait_until="networkidle")


def _import(page: Page, stage: Stage) -> None:
    """A table with rows that do not fit, uploaded and checked."""
    _imports(page, stage)
    page.locator("#file").set_input_files(
        [{"name": "tools.csv", "mimeType": "text/csv", "buffer": TABLE.encode("utf-8-sig")}]
    )
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url("**/imports/*")
    table = page.url
    page.locator("button[value=check]").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator("a[href$='/result']").first).to_be_visible(timeout=60_000)
    page.goto(table, wait_until="networkidle")


def _template(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/templates", wait_until="networkidle")
    page.locator("tr", has_text="META_battery_pack").locator("a").first.click()
    page.wait_for_url("**/templates/*")


def _template_form(page: Page, stage: Stage) -> None:
    _template(page, stage)
    page.locator("a[href$='/edit']").click()
    page.wait_for_url("**/edit")


def _mint_values(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/items/mint", wait_until="networkidle")
    epc = page.locator("#product option", has_text="PACK-80").get_attribute("value")
    page.locator("#product").select_option(epc)
    page.locator("#v-energy").fill("80.5")
    page.evaluate("scrollTo(0, 0)")


def _public(page: Page, stage: Stage) -> None:
    page.goto(
        f"{stage.address}/{stage.identifier(IN_VEHICLE)}?lang={stage.language}", wait_until="networkidle"
    )


# --- scanning ---


def _begin(page: Page, stage: Stage, step: str) -> None:
    page.goto(f"{stage.address}/scan", wait_until="networkidle")
    if page.locator("#scan").get_attribute("data-view") == "work":
        page.locator("#finish").click()
    page.locator(f".scan-tile[data-step={step}]").click()
    if page.locator("#choose").is_visible():  # the place is remembered from one visit to the next
        page.locator("#places button", has_text=re.compile("Receiving|收货区")).click()


def _scan(page: Page, code: str, colour: str) -> None:
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    expect(page.locator("#verdict")).to_have_attribute("data-colour", colour)
    page.evaluate("scrollTo(0, 0)")


def _choosing(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/scan", wait_until="networkidle")


def _recorded(page: Page, stage: Stage) -> None:
    _begin(page, stage, "inspect")
    _scan(page, stage.identifier(GOOD), "green")


def _to_check(page: Page, stage: Stage) -> None:
    _begin(page, stage, "inspect")
    _scan(page, stage.identifier(HELD), "amber")


def _refused(page: Page, stage: Stage) -> None:
    _begin(page, stage, "inspect")
    _scan(page, stage.identifier(f"{IN_VEHICLE} AND t.holder = '{HOLDER}'"), "red")


def _stopped(page: Page, stage: Stage) -> None:
    _begin(page, stage, "return")
    page.locator("#code").fill(stage.identifier(HELD))
    page.locator("#code").press("Enter")
    expect(page.locator("#stop")).to_be_visible()


def _offline(page: Page, stage: Stage) -> None:
    _begin(page, stage, "inspect")
    page.context.set_offline(True)
    page.locator("#code").fill(stage.identifier(GOOD))
    page.locator("#code").press("Enter")
    expect(page.locator("#waiting")).to_be_visible()
    page.locator("#waiting-details summary").click()


# --- on paper ---


def _label_design(page: Page, stage: Stage) -> None:
    """A ready-made label, copied, with one of its texts chosen."""
    page.goto(f"{stage.address}/labels/templates", wait_until="networkidle")
    ref = page.locator("input[name=ref][value='ready:product-70x37']")
    page.locator("form", has=ref).locator("button").click()
    page.locator("[data-paper][data-pictures]").wait_for()
    page.locator(".design-piece[data-kind=text]").first.click()


def _print(page: Page, stage: Stage) -> None:
    """Labels of packs once more, on a sheet of which some are gone."""
    page.goto(f"{stage.address}/labels", wait_until="networkidle")
    page.locator("tr", has_text="PACK-60").locator("a[href*='batch=']").click()
    page.locator("[data-place='5']").click()
    page.locator("[data-place='7']").click(modifiers=["Shift"])
    page.locator("#reprint").fill("打印头脏了" if stage.language == "zh" else "The print head was dirty")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _sheet(page: Page, stage: Stage) -> Image.Image:
    _print(page, stage)
    page.locator("button[name=csrf_token]").click()
    return _paper(page, stage)


def _stock(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.address}/labels/stock?q=avery+l7160", wait_until="networkidle")
    page.locator("main table a").first.click()
    page.wait_for_url("**/labels/stock/avery-l7160")


def _report(page: Page, stage: Stage) -> Image.Image:
    _trace(page, stage)
    page.locator("form[action$='/trace/report'] button").click()
    return _paper(page, stage)


def _paper(page: Page, stage: Stage) -> Image.Image:
    link = page.locator("a[href*='/jobs/'][href$='/result'], a[href*='/runs/'][href$='/file']").first
    expect(link).to_be_visible(timeout=60_000)
    answer = page.request.get(f"{stage.address}{link.get_attribute('href')}")
    with pdfium.PdfDocument(io.BytesIO(answer.body())) as document:
        sheet = document[0]
        return sheet.render(scale=PAPER[stage.width] / sheet.get_width()).to_pil()


_ALL = (
    Scene("sign-in", "", opened("/sign-in")),
    Scene("public", "", _public),
    Scene("home", "vehicle-manager", opened("/")),
    Scene("items", "pack-manager", opened("/items")),
    Scene("mint", "pack-manager", opened("/items/mint")),
    Scene("labels", "pack-manager", opened("/labels")),
    Scene("print", "pack-manager", _print),
    Scene("sheet", "pack-manager", _sheet),
    Scene("label-runs", "pack-manager", opened("/labels/runs")),
    Scene("run", "pack-manager", opened("/labels/runs/3")),
    Scene("label-stock", "pack-manager", opened("/labels/stock?q=avery")),
    Scene("label-stock-show", "pack-manager", _stock),
    Scene("label-blank", "pack-manager", opened("/labels/blank")),
    Scene("label-templates", "pack-manager", opened("/labels/templates"), whole=False),
    Scene("label-design", "pack-manager", _label_design, whole=False),
    Scene("search", "pack-manager", opened("/search?q=PO-5005")),
    Scene("holds", "vehicle-manager", opened("/holds")),
    Scene("trace", "vehicle-manager", _trace),
    Scene("alerts", "pack-admin", opened("/alerts")),
    Scene("alert", "pack-admin", _alert),
    Scene("alert-rules", "pack-admin", opened("/alerts/rules")),
    Scene("deliveries", "pack-admin", opened("/deliveries")),
    Scene("verify", "", _verify),
    Scene("recalls", "pack-manager", opened("/recalls")),
    Scene("recall-new", "pack-manager", _recall_new),
    Scene("recall", "pack-manager", recall),
    Scene("recall-customer", "pack-manager", _recall_customer),
    Scene("recall-exercise", "pack-manager", _recall_exercise),
    Scene("report", "vehicle-manager", _report),
    Scene("jobs", "vehicle-manager", opened("/jobs")),
    Scene("products", "pack-admin", opened("/products")),
    Scene("templates", "pack-admin", opened("/templates")),
    Scene("template", "pack-admin", _template),
    Scene("template-form", "pack-admin", _template_form),
    Scene("mint-values", "pack-manager", _mint_values),
    Scene("links", "pack-admin", _links),
    Scene("registry", "pack-admin", opened("/registry?q=P80")),
    Scene("identifier", "pack-admin", _identifier),
    Scene("prefixes", "pack-admin", opened("/prefixes")),
    Scene("pattern", "pack-admin", _pattern),
    Scene("ranges", "pack-admin", _range),
    Scene("import", "pack-admin", _import),
    Scene("imports", "pack-admin", _imports),
    Scene("look-ups", "pack-admin", opened("/resolutions")),
    Scene("sites", "pack-admin", opened("/sites")),
    Scene("people", "pack-admin", opened("/people")),
    Scene("organisations", "pack-admin", opened("/organisations")),
    Scene("handle-admins", "pack-admin", _handle_admins),
    Scene("audit", "pack-admin", opened("/audit")),
    Scene("account", "pack-admin", opened("/account")),
    Scene("log", "pack-admin", opened("/log")),
    Scene("api", "pack-admin", opened("/api/docs")),
    Scene("scan", "vehicle-operator", _choosing, whole=False),
    Scene("scan-green", "vehicle-operator", _recorded, whole=False),
    Scene("scan-amber", "vehicle-operator", _to_check, whole=False),
    Scene("scan-red", "vehicle-operator", _refused, whole=False),
    Scene("scan-stop", "vehicle-operator", _stopped, whole=False),
    Scene("scan-offline", "vehicle-operator", _offline, whole=False),
)
SCENES = {scene.name: scene for scene in _ALL}
