"""How many codes in spoilt pictures are read, rightly, and how fast; beside it what zxing-cpp alone reads of the same.

The pictures are drawn and spoilt by `labels.degrading`, always the same ones. Where a folder of photographs with their
texts lies beside the project (../shared/photos, NN.png with NN.txt), these are read as well. A wrong text is worse
than none: there must not be any.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from labels import photos
from labels.degrading import KINDS, samples
from labels.errors import LabelError
from labels.reading import read, read_image

_EACH = 24  # samples of a kind
_PATIENCE = 4.0  # s of CPU
_PHOTOS = Path(__file__).parents[2] / "shared" / "photos"
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".heic", ".bmp"}


def figures() -> Iterator[dict[str, Any]]:
    """Two dictionaries per kind: percent right (baseline zxing-cpp alone), milliseconds each; at the end the wrong."""
    wrong = 0
    for kind in KINDS:
        tally = _Tally()
        for sample in samples(kind, _EACH):
            tally.add(sample.image, sample.text)
        wrong += tally.wrong
        yield from tally.figures(kind)
    for folder in _folders():
        tally = _Tally()
        for picture, text in _photographs(folder):
            tally.add(picture, text)
        wrong += tally.wrong
        yield from tally.figures(f"photographs {folder.name}")
    yield {"figure": "texts read that are wrong", "value": wrong, "unit": "", "baseline": None}


class _Tally:
    def __init__(self) -> None:
        self.count = self.right = self.wrong = self.alone = 0
        self.seconds: list[float] = []

    def add(self, picture: Image.Image | bytes, text: str) -> None:
        self.count += 1
        began = time.process_time()
        try:
            clock = time.process_time  # whatever else the machine does
            if isinstance(picture, bytes):
                found = read(picture, _PATIENCE, clock)
            else:
                found = read_image(picture, _PATIENCE, clock)
        except LabelError:
            found = []
        self.seconds.append(time.process_time() - began)
        texts = {_lines(reading.text) for reading in found}
        self.right += text in texts
        self.wrong += bool(texts - {text})
        grey = photos.opened(picture) if isinstance(picture, bytes) else picture
        seen = zxingcpp.read_barcodes(np.asarray(grey), text_mode=zxingcpp.TextMode.Plain)
        self.alone += text in {_lines(barcode.text) for barcode in seen}

    def figures(self, name: str) -> Iterator[dict[str, Any]]:
        right, alone = 100 * self.right / self.count, 100 * self.alone / self.count
        ratio = right / alone if alone else None
        yield {"figure": f"{name}: right", "value": right, "unit": "%", "baseline": alone, "ratio": ratio}
        mean = 1000 * sum(self.seconds) / self.count
        yield {"figure": f"{name}: each", "value": mean, "unit": "ms", "baseline": None}


def _folders() -> list[Path]:
    root = Path(os.environ.get("BENCH_PHOTOS", _PHOTOS))
    found = [root, *sorted(root.iterdir())] if root.is_dir() else []
    return [folder for folder in found if folder.is_dir() and any(_photographs(folder))]


def _photographs(folder: Path) -> Iterator[tuple[bytes, str]]:
    for path in sorted(folder.iterdir()):
        told = path.with_suffix(".txt")
        if path.suffix.lower() in _PICTURES and told.is_file():
            yield path.read_bytes(), _lines(told.read_bytes().decode("utf-8", "replace"))


def _lines(text: str) -> str:
    """The texts beside the photographs have line ends of their own."""
    return text.replace("\r\n", "\n").rstrip("\n")
