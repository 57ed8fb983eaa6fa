"""The phone's camera as a scanner: a video of a label that we rendered, played to Chromium as its camera."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.camera import video_of
from tests.support.chromium import fake_camera
from tests.support.desk import ScanDesk
from tests.support.floor import Floor
from tests.support.server import Server

Launch = Callable[[Sequence[str]], Browser]
Open = Callable[..., BrowserContext]


@pytest.mark.parametrize("viewport", [(360, 740)])
def test_a_label_held_before_the_camera_is_recorded_once(
    launch: Launch, open_context: Open, server: Server, floor: Floor, tmp_path: Path
) -> None:
    (code,) = floor.pieces()
    video = video_of(f"HTTPS://ID.EXAMPLE.COM/{code}", tmp_path / "label.y4m")
    context = open_context(launch(fake_camera(video)))
    desk = ScanDesk(context.new_page(), server.base_url).sign_in()
    desk.choose("inspect", floor.places["plant"])
    before = floor.events()
    desk.page.click("#camera-switch")
    desk.expect_verdict("green")
    expect(desk.page.locator("#camera-view")).to_have_attribute("data-decoder", "zxing")
    expect(desk.page.locator("#item")).to_contain_text(code)
    desk.page.wait_for_timeout(4000)  # it stays in view, longer than the camera remembers
    desk.expect_count(1)
    assert floor.events() == before + 1
    desk.page.click("#camera-switch")
    expect(desk.page.locator("#camera")).to_be_hidden()


def test_the_browsers_own_detector_is_used_where_it_reads_qr_codes(
    launch: Launch, open_context: Open, server: Server, floor: Floor, tmp_path: Path
) -> None:
    (code,) = floor.pieces()
    video = video_of("nothing of ours", tmp_path / "label.y4m")
    context = open_context(launch(fake_camera(video)))
    context.add_init_script(
        f"""globalThis.BarcodeDetector = class {{
            static getSupportedFormats() {{ return Promise.resolve(["qr_code"]); }}
            detect() {{ return Promise.resolve([{{ rawValue: "{code}" }}]); }}
        }}"""
    )
    desk = ScanDesk(context.new_page(), server.base_url).sign_in()
    desk.choose("inspect", floor.places["plant"])
    desk.page.click("#camera-switch")
    desk.expect_verdict("green")
    expect(desk.page.locator("#camera-view")).to_have_attribute("data-decoder", "native")


def test_a_camera_that_is_not_there_is_told_in_a_sentence(page: Page, server: Server, floor: Floor) -> None:
    desk = ScanDesk(page, server.base_url).sign_in()
    desk.page.click("#camera-switch")
    expect(desk.page.locator("#note")).to_contain_text("camera")
