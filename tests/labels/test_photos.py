"""What is refused before any harm is done."""

import io
import random
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageChops, ImageFile

from labels.errors import LabelError
from labels.photos import MAX_BYTES, opened
from labels.reading import read
from tests.labels.samples import encoded, label, photograph


def png_claiming(width: int, height: int) -> bytes:
    """A few kilobytes that say they are width × height, all of it zeros."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(4_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (12_000, 9_000), (8_000, 7_000)])
def test_an_archive_bomb_is_refused_in_milliseconds(width: int, height: int) -> None:
    bomb = png_claiming(width, height)
    assert len(bomb) < 10_000
    started = time.process_time()
    with pytest.raises(LabelError) as refused:
        opened(bomb)
    assert refused.value.code == "image-too-large"
    assert time.process_time() - started < 0.1


def test_a_bomb_in_a_text_chunk_is_refused() -> None:
    body = b"note\0\0" + zlib.compress(bytes(90_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    small = encoded(Image.new("L", (20, 20)), "PNG")
    with pytest.raises(LabelError) as refused:
        opened(small[:33] + chunk + small[33:])
    assert refused.value.code == "not-an-image"


def test_more_than_twenty_megabytes_are_not_even_opened() -> None:
    with pytest.raises(LabelError) as refused:
        opened(bytes(MAX_BYTES + 1))
    assert refused.value.code == "image-too-large"
    assert "20 MB" in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + bytes(100),
        b"\x00\x00\x00\x18ftypheic" + bytes(60),
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(LabelError) as refused:
        opened(data)
    assert refused.value.code == "not-an-image"
    assert "JPEG" in refused.value.hint


@pytest.mark.parametrize("careless", [False, True])  # as WeasyPrint makes Pillow
def test_half_an_upload_is_refused(monkeypatch: pytest.MonkeyPatch, careless: bool) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", careless)
    whole = encoded(photograph(), "JPEG")
    with pytest.raises(LabelError) as refused:
        opened(whole[: len(whole) // 2])
    assert refused.value.code == "not-an-image"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_broken_files_of_every_kind_are_read_or_refused_but_never_crash(kind: str) -> None:
    chance = random.Random(kind)
    good = encoded(Image.effect_noise((48, 32), 40), kind)
    for _ in range(150):
        broken = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            broken[int(len(broken) * chance.random() ** 2)] = chance.randrange(256)
        try:
            opened(bytes(broken[: chance.choice((len(broken), chance.randrange(len(broken))))]))
        except LabelError as refused:
            assert refused.code in {"not-an-image", "image-too-large"}


def test_a_very_large_jpeg_is_opened_at_half_its_size() -> None:
    out = io.BytesIO()
    Image.new("L", (6000, 5000), 200).save(out, "JPEG")
    assert opened(out.getvalue()).size == (3000, 2500)


# --- what a small file becomes in memory ---

UNPACKS = """
import resource, sys
import numpy
from labels import photos
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
photos.opened(open(sys.argv[1], "rb").read())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("mode", "form", "size"),
    [("I;16", "PNG", (10_000, 5_000)), ("RGBA", "PNG", (7_000, 4_999)), ("F", "TIFF", (7_000, 4_999))],
)
def test_a_picture_of_few_bytes_does_not_fill_the_memory(
    tmp_path: Path, mode: str, form: str, size: tuple[int, int]
) -> None:
    path = tmp_path / "bomb"
    sideways = Image.Exif()
    sideways[ExifTags.Base.Orientation] = 6
    packed = {"compression": "tiff_deflate"} if form == "TIFF" else {}
    Image.new(mode, size).save(path, form, exif=sideways, **packed)
    assert path.stat().st_size < 500_000
    told = subprocess.run([sys.executable, "-c", UNPACKS, path], check=True, capture_output=True, text=True)
    assert int(told.stdout) < 400  # MB


@pytest.mark.parametrize(("mode", "form", "limit"), [("RGBA", "PNG", 35), ("F", "TIFF", 35)])
def test_a_picture_with_many_bytes_a_pixel_may_have_fewer_of_these(mode: str, form: str, limit: int) -> None:
    packed = {"compression": "tiff_deflate"} if form == "TIFF" else {}
    with pytest.raises(LabelError) as refused:
        opened(encoded(Image.new(mode, (7_000, 5_001)), form, **packed))
    assert (refused.value.code, refused.value.values["limit"]) == ("image-too-large", limit)


@pytest.mark.parametrize("hidden", [(255, 255, 255, 0), (0, 0, 0, 0)])
def test_light_modules_on_a_transparent_ground_are_seen(hidden: tuple[int, int, int, int]) -> None:
    """Made for a dark page; and so is white paper whose dark modules are left transparent."""
    dark = photograph().point([255] * 100 + [0] * 156)
    for light in (dark, ImageChops.invert(dark)):
        picture = Image.new("RGBA", dark.size, hidden)
        picture.paste((250, 255, 250, 255), mask=light)
        assert [found.text for found in read(encoded(picture, "PNG"))] == [label().payload]


def test_a_measured_picture_with_holes_in_it_is_read() -> None:
    pixels = np.asarray(photograph(), np.float32) / 255
    pixels[3, 3:6] = np.nan, np.inf, -np.inf
    assert [found.text for found in read(encoded(Image.fromarray(pixels), "TIFF"))] == [label().payload]


def test_a_large_transparent_picture_is_the_same_in_grey_as_a_small_one() -> None:
    small = Image.new("RGBA", (50, 40), (200, 30, 90, 128))
    (grey,) = set(opened(encoded(small, "PNG")).tobytes())
    large = opened(encoded(small.resize((5_000, 4_000)), "PNG"))
    assert large.width * large.height <= 16_000_000
    assert large.width / large.height == pytest.approx(5 / 4, rel=1e-3)
    assert set(large.tobytes()) == {grey}
