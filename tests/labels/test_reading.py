"""Photographs of labels: drawn, damaged as cameras and shop floors do, and read."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageOps

from labels.errors import LabelError
from labels.reading import Reading, read, read_image
from tests.labels.samples import (
    blurred,
    dimmed,
    encoded,
    label,
    noisy,
    photograph,
    shaded,
    shaken,
    tilted,
    turned,
)

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"

DAMAGE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "turned by 90": lambda image: turned(image, 90),
    "turned by 23": lambda image: turned(image, 23),
    "upside down": lambda image: turned(image, 180),
    "out of focus": lambda image: blurred(image, 2.2),
    "badly out of focus": lambda image: noisy(blurred(image, 3.6), 1),
    "in the dark": lambda image: noisy(dimmed(image), 1.5),
    "weak contrast and noise": lambda image: noisy(dimmed(image, 110, 128), 3),
    "noise": lambda image: noisy(image, 60),
    "from the side": lambda image: tilted(image, 0.35),
    "half in the shade": lambda image: noisy(shaded(image, 0.1), 2),
    "shaken": lambda image: shaken(image, 6, 20),
    "far away": lambda image: blurred(image.resize((image.width // 3, image.height // 3)), 0.6),
    "all at once": lambda image: noisy(shaded(blurred(tilted(turned(image, 12), 0.2), 1.6), 0.35), 3),
    "inverted": ImageOps.invert,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_label_is_read_however_it_was_photographed(damage: str) -> None:
    picture = DAMAGE[damage](photograph())
    assert [reading.text for reading in read_image(picture, allowed=10)] == [label().payload]


def test_a_smudged_label_is_read() -> None:
    picture = photograph()
    ImageDraw.Draw(picture).ellipse((190, 190, 212, 212), fill=40)
    assert [reading.text for reading in read(encoded(picture, "JPEG", quality=70))] == [label().payload]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_every_usual_kind_of_picture_is_read(kind: str) -> None:
    (reading,) = read(encoded(photograph(), kind))
    assert (reading.text, reading.format) == (label().payload, "QRCode")


def test_a_photo_from_an_iphone_is_read() -> None:
    import pillow_heif

    with_colour = photograph().convert("RGB")
    out = pillow_heif.from_pillow(with_colour)
    assert [reading.text for reading in read(_saved(out))] == [label().payload]


def _saved(heif: object) -> bytes:
    import io

    out = io.BytesIO()
    heif.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "1", "LA"])
def test_every_colour_mode_is_read(mode: str) -> None:
    assert read_image(photograph().convert(mode))[0].text == label().payload


def test_a_sixteen_bit_scan_is_read() -> None:
    deep = Image.fromarray(np.asarray(photograph()).astype(np.uint16) * 16 + 700)
    assert read(encoded(deep, "PNG"))[0].text == label().payload


def test_black_on_transparent_is_read_as_on_white_paper() -> None:
    drawn = photograph().point(lambda value: 255 if value > 128 else 0)
    clear = Image.merge("LA", (Image.new("L", drawn.size, 0), ImageOps.invert(drawn)))
    assert read(encoded(clear, "PNG"))[0].text == label().payload


def test_the_exif_rotation_is_applied_so_corners_are_those_of_the_upright_picture() -> None:
    upright = photograph()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    data = encoded(upright.rotate(90, expand=True), "JPEG", exif=exif, quality=95)
    (expected,) = read_image(upright)
    (found,) = read(data)
    assert np.allclose(found.corners, expected.corners, atol=3)


@pytest.mark.parametrize("damage", ["weak contrast and noise", "badly out of focus", "far away"])
def test_corners_are_told_in_the_photograph_s_own_pixels_whichever_look_found_them(damage: str) -> None:
    picture = DAMAGE[damage](photograph())
    (expected,) = read_image(photograph())
    (found,) = read_image(picture, allowed=10)
    factor = picture.width / photograph().width
    wanted = {(round(x * factor), round(y * factor)) for x, y in expected.corners}
    for corner in found.corners:
        assert min(np.hypot(corner[0] - x, corner[1] - y) for x, y in wanted) < 12


def test_several_labels_in_one_picture_are_all_read() -> None:
    picture = Image.new("L", (1500, 900), 120)
    for number in range(4):
        picture.paste(photograph(label(number)), ((number % 2) * 740, (number // 2) * 440))
    assert {reading.text for reading in read_image(picture)} == {label(number).payload for number in range(4)}


def test_a_small_blurred_label_in_a_large_picture_is_found() -> None:
    picture = Image.new("L", (4000, 3000), 120)
    picture.paste(photograph(dpi=203).resize((500, 316)), (2600, 1900))
    soft = noisy(blurred(picture, 1.8), 3)
    assert [reading.text for reading in read_image(soft, allowed=20)] == [label().payload]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (zxingcpp.BarcodeFormat.DataMatrix, "88.118.1001/ABC", "88.118.1001/ABC"),
        (zxingcpp.BarcodeFormat.Code128, "88.118.1001/ABC", "88.118.1001/ABC"),
        (zxingcpp.BarcodeFormat.EAN13, "6901234567892", "6901234567892"),
        (zxingcpp.BarcodeFormat.Aztec, "HELLO", "HELLO"),
    ],
)
def test_other_codes_of_the_trade_are_read(kind: zxingcpp.BarcodeFormat, text: str, expected: str) -> None:
    drawn = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=5))
    (reading,) = read_image(Image.fromarray(np.pad(drawn, 60, constant_values=255)))
    assert (reading.text, reading.format) == (expected, kind.name)


def test_a_gs1_symbol_keeps_its_separators() -> None:
    code = zxingcpp.create_barcode(
        "(01)06901234567892(10)L-1(21)S-9", zxingcpp.BarcodeFormat.DataMatrix, gs1=True
    )
    drawn = np.pad(np.asarray(code.to_image(scale=6)), 60, constant_values=255)
    assert read_image(Image.fromarray(drawn))[0].text == "010690123456789210L-1\x1d21S-9"


def test_the_matrix_code_is_read_too_when_a_linear_one_was_easier() -> None:
    picture = noisy(dimmed(photograph(), 100, 122), 3)
    linear = np.asarray(
        zxingcpp.create_barcode("6901234567892", zxingcpp.BarcodeFormat.EAN13).to_image(scale=2)
    )
    picture.paste(Image.fromarray(np.pad(linear, 16, constant_values=255)), (400, 300))
    assert {reading.text for reading in read_image(picture)} == {"6901234567892", label().payload}


def test_a_picture_without_any_code_is_refused_in_time() -> None:
    busy = noisy(Image.new("L", (1600, 1200), 128), 60)
    started = time.process_time()
    with pytest.raises(LabelError) as refused:
        read_image(busy, allowed=0.3)
    assert refused.value.code == "nothing-readable"
    assert time.process_time() - started < 3


def test_no_look_is_taken_after_the_time_allowed() -> None:
    instants = iter(range(1000))
    with pytest.raises(LabelError) as refused:
        read_image(Image.new("L", (300, 300), 128), allowed=5, clock=lambda: float(next(instants)))
    assert refused.value.code == "nothing-readable"
    assert next(instants) < 12


def test_a_tiny_picture_is_no_trouble() -> None:
    for size in ((1, 1), (2, 40), (40, 2), (3, 3)):
        with pytest.raises(LabelError):
            read_image(Image.new("L", size, 200))


if PHOTOS.is_dir():  # public photographs, kept beside the project and not in it

    @pytest.mark.parametrize("kind", ["qrcode-1", "qrcode-3", "datamatrix-1"])
    def test_nineteen_of_twenty_public_photographs_are_read_right(kind: str) -> None:
        pictures = sorted(path for path in (PHOTOS / kind).iterdir() if path.suffix in {".png", ".jpg"})
        right = sum(_right(path) for path in pictures)
        assert right >= 0.95 * len(pictures)


def _right(picture: Path) -> bool:
    with picture.with_suffix(".txt").open(encoding="utf-8", newline="") as file:
        expected = file.read()
    try:
        found: list[Reading] = read(picture.read_bytes())
    except LabelError:
        return False
    return expected.strip() in [reading.text.strip() for reading in found]
