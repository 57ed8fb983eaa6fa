"""Grades of labels that were drawn and then spoilt: what is worse never grades better, and the advice fits."""

from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageOps

from labels import codes, degrading
from labels.advice import advice
from labels.degrading import BENCH, INK, PAPER, Scene, on_bench
from labels.errors import LabelError
from labels.grading import Grades, graded, places
from labels.symbols import matrices

URL = "HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3ABCDEF"
CODE = "88.118.1001/7Q2K9XW4M3ABCDEF"


def chance() -> np.random.Generator:
    return np.random.default_rng(7)


def scene(form: str = "QRCode") -> Scene:
    return degrading.drawn(chance(), form, 8.0)


def codes_of(grades: Grades, width_mm: float | None = None) -> list[str]:
    return [each.code for each in advice(grades, width_mm)]


@pytest.mark.parametrize("form", ["QRCode", "DataMatrix"])
def test_a_clean_label_is_an_a_and_there_is_nothing_to_do(form: str) -> None:
    found = graded(scene(form).image)
    assert (found.text, found.format, found.letter, codes_of(found)) == (scene(form).text, form, "A", [])
    assert {measure.grade for measure in found.measures} == {4}
    dark, weak = places(found)
    assert len(dark) > found.modules**2 / 3
    assert weak == []


Spoil = Callable[[Image.Image, float], Image.Image]
TROUBLES: dict[str, tuple[str, list[float], Spoil]] = {
    "blur": ("modulation", [0, 1, 1.6, 2, 2.5, 3, 4], degrading.blurred),
    "pale ink": ("contrast", [INK, 60, 90, 120, 150, 180], lambda image, ink: degrading.dimmed(image, ink, PAPER)),
    "grey paper": ("contrast", [200, 120, 90, 75, 60], lambda image, paper: degrading.dimmed(image, 40, paper)),
    "blots": ("unused-correction", [0, 2, 4, 6], lambda image, count: degrading.blotted(image, int(count), 9, chance())),
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_worse_the_label_the_lower_its_grade(trouble: str) -> None:
    name, strengths, spoil = TROUBLES[trouble]
    found = [graded(spoil(scene().image, strength)) for strength in strengths]
    overall = [grades.overall for grades in found]
    assert overall == sorted(overall, reverse=True)
    assert overall[0] == 4
    assert overall[-1] <= 2
    told = [grades.measure(name).value or 0 for grades in found if len(grades.measures) > 1]
    assert told[-1] < 0.8 * told[0]


def test_a_symbol_that_is_only_read_with_help_has_failed() -> None:
    found = graded(degrading.blurred(scene().image, 5))
    assert (found.text, found.letter, found.measure("decode").grade) == (scene().text, "F", 0)
    assert codes_of(found) == ["read-with-help"]
    assert places(found) == ([], [])


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda image: degrading.streaked(image, 2, 5, chance()), "white-lines"),
        (lambda image: degrading.dimmed(image, 180, PAPER), "too-light"),
        (lambda image: degrading.blurred(image, 2.4), "soft"),
        (lambda image: degrading.blotted(image, 6, 9, chance()), "damaged"),
        (lambda image: image.resize((round(image.width * 1.1), image.height)), "stretched"),
    ],
)
def test_the_advice_names_what_was_done_to_the_label(
    spoil: Callable[[Image.Image], Image.Image], code: str
) -> None:
    assert codes_of(graded(spoil(scene().image)))[0] == code


def test_ink_that_runs_is_seen_as_ink_and_not_as_blur() -> None:
    fat = np.kron(np.pad(matrices([URL])[0], 4), np.ones((8, 8), bool))
    for axis in (0, 1):
        fat = np.logical_or.reduce([np.roll(fat, shift, axis) for shift in (-2, -1, 0, 1, 2)])
    picture = Image.fromarray(np.where(np.pad(fat, 40), INK, PAPER).astype(np.uint8))
    assert "too-dark" in codes_of(graded(picture))


@pytest.mark.parametrize(("quiet", "letter"), [(4, "A"), (3, "B"), (2, "C"), (1, "D"), (0.4, "F")])
def test_every_module_that_the_white_margin_lacks_costs_a_grade(quiet: float, letter: str) -> None:
    found = graded(on_bench(matrices([URL])[0], 8, (), quiet))
    assert (found.letter, "quiet-zone-cut" in codes_of(found)) == (letter, letter != "A")
    small = graded(on_bench(codes.datamatrix(CODE), 8, (), quiet))
    assert small.letter == ("A" if quiet >= 1 else "F")


def test_shadow_noise_and_a_turned_camera_are_not_held_against_the_print() -> None:
    image = scene().image
    for picture in (
        degrading.shaded(image, 0.3, 30),
        degrading.noisy(image, 12, chance()),
        degrading.turned(image, 37),
        degrading.tilted(image, 0.2),
    ):
        assert graded(picture).letter == "A"


def test_what_is_not_in_the_picture_is_not_judged() -> None:
    whole = scene().image
    edge = 8 * 8 + 4 * 8  # bench and quiet zone
    found = graded(whole.crop((edge - 12, 0, *whole.size)))
    assert found.measure("quiet-zone").grade is None
    assert "cut-off" in codes_of(found)


def test_modules_are_judged_by_their_size_where_somebody_measured_the_code() -> None:
    found = graded(scene().image)
    assert codes_of(found, 29 * 0.2) == ["module-too-small"]
    assert codes_of(found, 29 * 0.3) == ["module-small"]
    assert codes_of(found, 29 * 0.5) == []


def test_a_code_that_is_light_on_dark_has_failed() -> None:
    found = graded(ImageOps.invert(on_bench(matrices([URL])[0], 8)))
    assert (found.letter, codes_of(found)) == ("F", ["inverted"])


def test_an_oblong_data_matrix_is_not_judged() -> None:
    drawn = zxingcpp.create_barcode(b"\xff\x00abc", zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=8)
    with pytest.raises(LabelError) as refused:
        graded(Image.fromarray(np.pad(np.asarray(drawn), 40, constant_values=255)))
    assert refused.value.code == "not-gradable"


def test_what_cannot_be_judged_is_said() -> None:
    small = scene().image
    with pytest.raises(LabelError) as refused:
        graded(small.resize((small.width // 4, small.height // 4), Image.Resampling.BOX))
    assert refused.value.code == "symbol-too-small-in-picture"
    bars = np.repeat(codes.code128(CODE), 40, axis=0)
    with pytest.raises(LabelError) as refused:
        graded(on_bench(bars, 4, (), 12), allowed=0.2)
    assert refused.value.code == "not-gradable"
    with pytest.raises(LabelError) as refused:
        graded(Image.new("L", (300, 200), BENCH), allowed=0.2)
    assert refused.value.code == "nothing-readable"
