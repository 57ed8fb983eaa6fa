"""ZPL as somebody else draws it: zpl-renderer-js, which is Zebrash in WebAssembly."""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SCRIPT = Path(__file__).with_name("render_zpl.mjs")
DOTS_PER_MM = 8


def drawn(streams: Sequence[tuple[bytes, float, float]]) -> list[list[NDArray[np.bool_]]]:
    """For each (ZPL, width, height in mm) its labels at 203 dpi, True where black. One process for all: it takes a
    second to begin."""
    asked = [
        {"zpl": zpl.decode(), "width": width, "height": height, "dpmm": DOTS_PER_MM}
        for zpl, width, height in streams
    ]
    node = shutil.which("node")
    assert node, "Node is not installed"
    done = subprocess.run(
        [node, str(SCRIPT)], input=json.dumps(asked), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return [[_dots(picture) for picture in labels] for labels in json.loads(done.stdout)]


def _dots(picture: str) -> NDArray[np.bool_]:
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return np.asarray(image.convert("L")) < 128
