"""Labels drawn and then spoilt as cameras and shop floors spoil them, always alike for one kind and number.

What the reader and the grades are measured and tested with: a symbol with its text on a bench, some camera pixels to
the module, then one kind of trouble of a strength that differs from sample to sample. Nothing here is a photograph.
"""

import io
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from labels import codes, symbols
from labels.qr_frames import Matrix

Chance = np.random.Generator
Pixels = NDArray[np.float32]

PAPER, INK, BENCH = 232, 28, 112
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Scene:
    """A picture with one symbol of `text`; `module` is the side of a module in pixels before anything happened."""

    image: Image.Image
    text: str
    module: float


@dataclass(frozen=True)
class Sample:
    name: str
    image: Image.Image
    text: str


def samples(kind: str, count: int) -> Iterator[Sample]:
    """The first `count` samples of a kind in KINDS."""
    form, trouble = KINDS[kind]
    for number in range(count):
        chance = np.random.default_rng([zlib.crc32(kind.encode()), number])
        scene = drawn(chance, form)
        yield Sample(f"{kind} {number}", trouble(scene, chance), scene.text)


def drawn(chance: Chance, form: str = "QRCode", module: float | None = None) -> Scene:
    """A label with a symbol and three lines of text lying on a bench."""
    serial = "".join(chance.choice(list(_ALPHABET), 16))
    text = f"HTTPS://ID.EXAMPLE.COM/88.118.1001/{serial}" if form == "QRCode" else f"88.118.1001/{serial}"
    matrix = symbols.matrices([text])[0] if form == "QRCode" else codes.datamatrix(text)
    side = module or float(chance.uniform(4.5, 8))
    picture = on_bench(matrix, side, (f"88.118.1001/{serial}", "LFP cathode powder", "L-2026-01"))
    return Scene(picture, text, side)


def on_bench(matrix: Matrix, module: float, lines: tuple[str, ...] = (), quiet: float = 4) -> Image.Image:
    """`matrix` with `module` pixels to the module and `quiet` modules of paper around, text on the right."""
    fine = 4  # drawn larger and then made smaller, as a lens does
    dots = np.kron(np.pad(matrix, 0), np.ones((fine, fine), np.bool_))
    side = [round(count * module) for count in matrix.shape]
    symbol = Image.fromarray(np.where(dots, INK, PAPER).astype(np.uint8)).resize(
        (side[1], side[0]), Image.Resampling.BOX if module <= fine else Image.Resampling.BICUBIC
    )
    edge = round(quiet * module)
    size = round(1.6 * module) + 6
    text_width = round(max([len(line) for line in lines], default=0) * 0.62 * size)
    label = Image.new("L", (side[1] + 2 * edge + text_width, side[0] + 2 * edge), PAPER)
    label.paste(symbol, (edge, edge))
    font = ImageFont.load_default(size)
    for number, line in enumerate(lines):
        ImageDraw.Draw(label).text((side[1] + 2 * edge, edge + number * 2 * size), line, INK, font)
    border = round(8 * module)
    bench = Image.new("L", (label.width + 2 * border, label.height + 2 * border), BENCH)
    bench.paste(label, (border, border))
    return bench


# --- single troubles, for tests and grades ---


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma))


def dimmed(image: Image.Image, black: float, white: float) -> Image.Image:
    """Ink and paper moved to other greys; what was between stays between."""
    return grey(black + (np.asarray(image, np.float32) - INK) * ((white - black) / (PAPER - INK)))


def noisy(image: Image.Image, spread: float, chance: Chance) -> Image.Image:
    noise = chance.normal(0, spread, (image.height, image.width))
    return grey(np.asarray(image, np.float32) + noise)


def shaken(image: Image.Image, length: float, degrees: float) -> Image.Image:
    """Moved in a straight line by `length` pixels while the shutter was open."""
    steps = max(3, math.ceil(2 * length))
    total = np.zeros((image.height, image.width), np.float32)
    for part in np.linspace(-0.5, 0.5, steps):
        away = part * length
        across, down = away * math.cos(math.radians(degrees)), away * math.sin(math.radians(degrees))
        moved = image.transform(
            image.size,
            Image.Transform.AFFINE,
            (1, 0, across, 0, 1, down),
            Image.Resampling.BILINEAR,
            fillcolor=BENCH,
        )
        total += np.asarray(moved, np.float32)
    return grey(total / steps)


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=BENCH)


def tilted(image: Image.Image, by: float) -> Image.Image:
    """Seen from one side: the right edge keeps 1 - `by` of its height."""
    width, height = image.size
    squeeze = by / (1 - by) / width
    data = (1 + squeeze * width, 0, 0, squeeze * height / 2, 1, 0, squeeze, 0)
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=BENCH
    )


def blotted(image: Image.Image, blots: int, radius: float, chance: Chance) -> Image.Image:
    """Drops of ink and flakes of paper, anywhere in the middle of the picture's left half, where the symbol is."""
    spoilt = image.copy()
    draw = ImageDraw.Draw(spoilt)
    for _ in range(blots):
        x = chance.uniform(0.12, 0.5) * image.width
        y = chance.uniform(0.25, 0.75) * image.height
        wide, high = radius * chance.uniform(0.5, 1.5, 2)
        draw.ellipse((x - wide, y - high, x + wide, y + high), fill=int(chance.choice((INK, PAPER))))
    return spoilt


def streaked(image: Image.Image, streaks: int, width: float, chance: Chance) -> Image.Image:
    """Lines that a dirty or burnt-out print head leaves white."""
    spoilt = image.copy()
    draw = ImageDraw.Draw(spoilt)
    for x in chance.uniform(0.12, 0.45, streaks) * image.width:
        draw.rectangle((x, 0.2 * image.height, x + width - 1, 0.8 * image.height), fill=PAPER)
    return spoilt


def glaring(image: Image.Image, strength: float, chance: Chance) -> Image.Image:
    """A lamp mirrored in the film over the label."""
    y, x = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    middle_x, middle_y = chance.uniform(0.1, 0.6) * image.width, chance.uniform(0.1, 0.9) * image.height
    radius = 0.3 * image.height
    spot = np.exp(-((x - middle_x) ** 2 + (y - middle_y) ** 2) / (2 * radius**2))
    pixels = np.asarray(image, np.float32)
    return grey(pixels + spot * strength * (255 - pixels))


def crumpled(image: Image.Image, depth: float, chance: Chance) -> Image.Image:
    """Bent in waves of some pixels, with their shadows."""
    y, x = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    shift_x, shift_y, light = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for _ in range(4):
        length = chance.uniform(0.4, 1.2) * image.height
        angle, phase = chance.uniform(0, 2 * math.pi, 2)
        wave = 2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / length + phase
        shift_x += depth * math.cos(angle) * np.sin(wave)
        shift_y += depth * math.sin(angle) * np.sin(wave)
        light += np.cos(wave)
    return grey(_sampled(np.asarray(image, np.float32), x + shift_x, y + shift_y) * (1 + 0.06 * light))


def shaded(image: Image.Image, darkest: float, degrees: float = 0) -> Image.Image:
    """Half in a shadow that falls over it in that direction."""
    y, x = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    along = x * math.cos(math.radians(degrees)) + y * math.sin(math.radians(degrees))
    light = darkest + (1 - darkest) / (1 + np.exp(-8 * along))
    return grey(np.asarray(image, np.float32) * light)


def compressed(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    with Image.open(out, formats=("JPEG",)) as again:
        return again.convert("L")


def grey(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _sampled(pixels: Pixels, x: Pixels, y: Pixels) -> Pixels:
    """Bilinear, the border repeated."""
    x = np.clip(x, 0, pixels.shape[1] - 1.001)
    y = np.clip(y, 0, pixels.shape[0] - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    across, down = x - left, y - top
    upper = pixels[top, left] * (1 - across) + pixels[top, left + 1] * across
    lower = pixels[top + 1, left] * (1 - across) + pixels[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down


# --- the kinds that are measured: each takes strengths from what is easy to what a phone's own reader gives up on ---


def _small(scene: Scene, chance: Chance) -> Image.Image:
    factor = chance.uniform(1.1, 2) / scene.module
    size = (round(scene.image.width * factor), round(scene.image.height * factor))
    return noisy(scene.image.resize(size, Image.Resampling.BOX), 3, chance)


def _faint(scene: Scene, chance: Chance) -> Image.Image:
    black = chance.uniform(20, 150)
    contrast = chance.uniform(9, 40)
    return noisy(dimmed(scene.image, black, black + contrast), chance.uniform(1, 4), chance)


def _seen_askew(scene: Scene, chance: Chance) -> Image.Image:
    return noisy(
        blurred(tilted(turned(scene.image, chance.uniform(-25, 25)), chance.uniform(0.35, 0.65)), 1.2),
        3,
        chance,
    )


def _damaged(scene: Scene, chance: Chance) -> Image.Image:
    spoilt = blotted(scene.image, int(chance.integers(2, 5)), chance.uniform(0.8, 1.6) * scene.module, chance)
    return noisy(blurred(spoilt, 0.2 * scene.module), 2, chance)


def _all_at_once(scene: Scene, chance: Chance) -> Image.Image:
    image = tilted(turned(scene.image, chance.uniform(-30, 30)), chance.uniform(0, 0.25))
    image = shaded(
        blurred(image, chance.uniform(0.3, 0.5) * scene.module),
        chance.uniform(0.1, 0.4),
        chance.uniform(0, 360),
    )
    return compressed(noisy(image, chance.uniform(3, 10), chance), int(chance.integers(35, 80)))


def _cut_tight(scene: Scene, chance: Chance) -> Image.Image:
    """Cut out along its edge and lying on the bench, which is darker than paper: the quiet zone is gone."""
    is_qr = scene.text.startswith("HTTPS:")
    matrix = symbols.matrices([scene.text])[0] if is_qr else codes.datamatrix(scene.text)
    tight = on_bench(matrix, scene.module, quiet=chance.uniform(0, 1))
    return noisy(blurred(turned(tight, chance.uniform(-20, 20)), 0.8), 3, chance)


def _shaken_in_the_dark(scene: Scene, chance: Chance) -> Image.Image:
    moved = shaken(
        turned(scene.image, chance.uniform(-15, 15)),
        chance.uniform(0.8, 1.7) * scene.module,
        chance.uniform(0, 180),
    )
    return noisy(dimmed(moved, 12, chance.uniform(45, 90)), chance.uniform(3, 8), chance)


def _mirrored(scene: Scene, chance: Chance) -> Image.Image:
    """Through a window, or on a film seen from behind, and not sharp."""
    seen = turned(ImageOps.mirror(scene.image), chance.uniform(0, 360))
    return noisy(blurred(seen, chance.uniform(0.3, 0.55) * scene.module), 4, chance)


Trouble = Callable[[Scene, Chance], Image.Image]
_TROUBLES: dict[str, Trouble] = {
    "sharp": lambda scene, chance: noisy(blurred(scene.image, 0.6), 2, chance),
    "blur": lambda scene, chance: noisy(
        blurred(scene.image, chance.uniform(0.3, 0.66) * scene.module), 1, chance
    ),
    "motion": lambda scene, chance: noisy(
        shaken(scene.image, chance.uniform(1.0, 2.5) * scene.module, chance.uniform(0, 180)), 1, chance
    ),
    "low contrast": _faint,
    "damage": _damaged,
    "print head": lambda scene, chance: blurred(
        streaked(scene.image, int(chance.integers(1, 3)), chance.uniform(0.2, 0.8) * scene.module, chance), 1
    ),
    "perspective": _seen_askew,
    "noise": lambda scene, chance: noisy(scene.image, chance.uniform(30, 90), chance),
    "glare": lambda scene, chance: noisy(
        blurred(glaring(scene.image, chance.uniform(0.7, 1.05), chance), 1), 2, chance
    ),
    "shadow": lambda scene, chance: noisy(
        shaded(scene.image, chance.uniform(0.03, 0.12), chance.uniform(0, 360)), 2, chance
    ),
    "small": _small,
    "rotated": lambda scene, chance: blurred(turned(scene.image, chance.uniform(0, 360)), 1.2),
    "crumpled": lambda scene, chance: noisy(
        crumpled(scene.image, chance.uniform(0.1, 0.4) * scene.module, chance), 2, chance
    ),
    "all at once": _all_at_once,
    "no quiet zone": _cut_tight,
    "dark and shaken": _shaken_in_the_dark,
    "mirrored": _mirrored,
}
_OF_DATA_MATRIX = (
    *("sharp", "blur", "motion", "low contrast", "damage", "noise", "small", "rotated"),
    *("no quiet zone", "dark and shaken", "mirrored"),
)
KINDS: dict[str, tuple[str, Trouble]] = {
    **{name: ("QRCode", trouble) for name, trouble in _TROUBLES.items()},
    **{f"Data Matrix, {name}": ("DataMatrix", _TROUBLES[name]) for name in _OF_DATA_MATRIX},
}
