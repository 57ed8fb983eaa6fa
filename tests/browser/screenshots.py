"""Takes the pictures of `docs/screenshots` from the running application: `python -m tests.browser.screenshots --help`.

They are taken in both languages, on a telephone and on a desk, of a copy of the worked chain, so nothing of it changes.
What is in a picture is decided in `scenes.py` and `papers.py` beside it.
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from app.demo.companies import PASSWORD
from tests.browser.papers import PAPERS
from tests.browser.scenes import SCENES, Scene, Stage
from tests.support import chromium
from tests.support.server import ROOT, Server

WIDTHS = {
    1280: (800, 1.0, 1500),
    360: (740, 2.0, 1100),
}  # height of the window, pixels per px, tallest picture
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
COLOURS = 96
ALL = SCENES | PAPERS
ADDRESS = "http://suyuan.example"  # in labels and links, as a real one would be


def main() -> None:
    """Parses the command line and takes the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a data folder that ./dev demo has filled (default: fill one)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("names", nargs="*", help=f"which pictures; all when none of: {', '.join(ALL)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - ALL.keys():
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    scenes = [ALL[name] for name in arguments.names or ALL]
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="suyuan-pictures-") as folder:
        data = _copy_of(arguments.data, Path(folder))
        with _served(data) as server, _browser() as browser:
            doors = Doors()
            for language in LOCALES:
                for width in WIDTHS:
                    stage = Stage(server.base_url, data, language, width)
                    _take(browser, doors, stage, scenes, arguments.out)


def _copy_of(data: Path | None, folder: Path) -> Path:
    if data is None:
        environment = {**os.environ, "FAST_HASH": "1"}
        command = [sys.executable, "-m", "app.demo", "--no-serve", "--out", str(folder / "out")]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return folder / "out" / "demo-data"
    shutil.copytree(data, folder / "data")
    return folder / "data"


@contextmanager
def _served(data: Path) -> Iterator[Server]:
    """The application and the worker that makes its files."""
    settings = {"BASE_URL": ADDRESS}
    server = Server(data, settings, workers=1).start()
    environment = {**os.environ, **settings, "DATA_DIR": str(data)}
    worker = subprocess.Popen([sys.executable, "-m", "app.worker"], cwd=ROOT, env=environment)
    try:
        yield server
    finally:
        worker.terminate()
        worker.wait(30)
        server.stop()


@contextmanager
def _browser() -> Iterator[Browser]:
    executable = chromium.find()
    if executable is None:
        sys.exit("Chromium is not installed; ./dev setup installs it.")
    with sync_playwright() as playwright, chromium.launched(playwright.chromium, executable) as browser:
        yield browser


class Doors:
    """Everybody signs in once for each language, or the audit trail would show nothing else."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], StorageState] = {}

    def opened(self, browser: Browser, stage: Stage, login: str) -> BrowserContext:
        who = (login, stage.language)
        context = _context(browser, stage, self.keys.get(who))
        if login and who not in self.keys:
            _sign_in(context, stage, login)
            self.keys[who] = context.storage_state()
        return context


def _take(browser: Browser, doors: Doors, stage: Stage, scenes: list[Scene], out: Path) -> None:
    contexts: dict[str, BrowserContext] = {}
    for scene in scenes:
        if scene.login not in contexts:
            contexts[scene.login] = doors.opened(browser, stage, scene.login)
        picture = _picture(contexts[scene.login], stage, scene)
        path = out / f"{scene.name}-{stage.language}-{stage.width}.png"
        path.write_bytes(picture)
        sys.stdout.write(f"{len(picture) / 1000:6.0f} kB  {path.name}\n")
    for context in contexts.values():
        context.close()


def _context(browser: Browser, stage: Stage, key: StorageState | None) -> BrowserContext:
    height, scale, _ = WIDTHS[stage.width]
    return browser.new_context(
        storage_state=key,
        viewport={"width": stage.width, "height": height},
        device_scale_factor=scale,
        locale=LOCALES[stage.language],
        timezone_id="Asia/Shanghai",
        color_scheme="light",
        reduced_motion="reduce",
        service_workers="block",
    )


def _sign_in(context: BrowserContext, stage: Stage, login: str) -> None:
    page = context.new_page()
    page.goto(f"{stage.address}/sign-in")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()


def _picture(context: BrowserContext, stage: Stage, scene: Scene) -> bytes:
    """As a PNG of few colours, cut off where a picture would be too tall to be looked at."""
    page = context.new_page()
    try:
        drawn = scene.play(page, stage)
        if drawn is None:
            _, scale, tallest = WIDTHS[stage.width]
            taken = page.screenshot(full_page=scene.whole, animations="disabled", caret="hide")
            drawn = Image.open(io.BytesIO(taken))
            drawn = drawn.crop((0, 0, drawn.width, min(drawn.height, int(tallest * scale))))
    finally:
        page.close()
    kept = io.BytesIO()
    few = drawn.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(kept, "PNG", optimize=True)
    return kept.getvalue()


if __name__ == "__main__":
    main()
