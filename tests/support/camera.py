"""A video of a label for Chromium's fake camera: raw frames (YUV4MPEG2), made with numpy, no encoder needed."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.labels.samples import picture

WIDTH, HEIGHT, RATE = 640, 480, 10
PAPER, WALL = 235, 90  # grey of the label and of what is behind it


def video_of(payload: str, path: Path, *, seconds: float = 2, blank_seconds: float = 0) -> Path:
    """`payload` on a label that a hand holds not quite still; before it, if asked for, nothing but the wall."""
    label = Image.open(io.BytesIO(picture(payload, payload[-40:], dpi=203))).convert("L")
    label = label.resize((560, 296), Image.Resampling.LANCZOS)
    blank = Image.new("L", (WIDTH, HEIGHT), WALL)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(round(blank_seconds * RATE)):
            file.write(_frame(blank))
        for number in range(round(seconds * RATE)):
            file.write(_frame(_held(label, number)))
    return path


def _held(label: Image.Image, number: int) -> Image.Image:
    """One picture of the label: turned and moved a little, paper darker than white."""
    sheet = Image.new("L", (WIDTH, HEIGHT), WALL)
    paper = label.point(lambda tone: tone * PAPER // 255)
    turned = paper.rotate(3 + number % 3, expand=True, fillcolor=WALL, resample=Image.Resampling.BICUBIC)
    sheet.paste(turned, (20 + number % 5, 70 + number % 7))
    return sheet


def _frame(picture: Image.Image) -> bytes:
    luma = np.asarray(picture, dtype=np.uint8).tobytes()
    return b"FRAME\n" + luma + bytes([128]) * (WIDTH * HEIGHT // 2)
