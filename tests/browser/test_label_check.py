"""A label judged on a telephone: photographed, graded, and the advice in view without scrolling sideways."""

import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labels import degrading
from tests.browser.test_accessibility import faults_of
from tests.support import visiting
from tests.support.floor import Floor
from tests.support.server import Server


def photograph(folder: Path) -> Path:
    chance = np.random.default_rng(7)
    scene = degrading.drawn(chance, "QRCode", 8.0)
    path = folder / "label.jpg"
    degrading.streaked(scene.image, 2, 5, np.random.default_rng(7)).save(path, quality=90)
    return path


@pytest.mark.parametrize("viewport", [(360, 740)])
@pytest.mark.parametrize(
    ("locale", "grade", "advice"), [("en-GB", "Grade C", "print head"), ("zh-CN", "C 级", "打印头")]
)
def test_a_label_is_photographed_and_judged_on_a_phone(
    page: Page, server: Server, floor: Floor, tmp_path: Path, grade: str, advice: str
) -> None:
    visiting.sign_in(page, server.base_url, "bo")
    page.goto(f"{server.base_url}/labels/check")
    page.set_input_files("#photo", photograph(tmp_path))
    page.fill("#width", "12,5")
    page.locator("main form .btn-primary").click()
    expect(page.locator("#grade")).to_have_text(grade)
    expect(page.locator(".check-advice")).to_contain_text(advice)
    expect(page.locator(".check-picture svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults_of(page) == []
    if folder := os.environ.get("LABEL_CHECK_PICTURES"):
        page.screenshot(path=f"{folder}/check-{grade[:2].strip()}.png", full_page=True)
