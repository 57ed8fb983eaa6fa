"""How well a photographed label is printed: an estimate after the ideas of ISO/IEC 15415, from 4 (A) down to 0 (F).

A verifier has its own lamp, lens and aperture, and is calibrated; a telephone has none of it, and its blur and glare
count against the label. What comes out is good enough to see a print head wear or a ribbon fade before the first
scanner at a customer's gate refuses, and no proof of anything. QR symbols and Data Matrix only.
"""

from dataclasses import dataclass

import numpy as np
import zxingcpp
from PIL import Image

from labels import codes, lattice, reading
from labels.errors import N_, LabelError
from labels.grade_patterns import fixed_parts, spare_codewords
from labels.lattice import FINE, MARGIN, Lattice
from labels.photo_decoders import SOLID, barcodes_in, text_of
from labels.qr_frames import LEVELS, Matrix
from labels.symbols import matrices
from labels.views import Corners

LETTERS = "FDCBA"
_LEAST_PIXELS = 3.0  # to the module: what is between is guessed by any method
_SPOTS = 0.15  # of a line in the quiet zone that may be dirty
_PAPER = 0.85  # of the light comes back from white paper; a photograph cannot tell
_GRADED = {"QRCode": 4, "DataMatrix": 1}  # modules of quiet zone

# Least value for grades 4, 3, 2, 1: ISO/IEC 15415, tables 2 to 8.
_CONTRAST = (0.70, 0.55, 0.40, 0.20)
_MODULATION = (0.50, 0.40, 0.30, 0.20)
_CORRECTION = (0.62, 0.50, 0.37, 0.25)
# Most for grades 4, 3, 2, 1.
_STRETCH = (0.06, 0.08, 0.10, 0.12)
_DAMAGE = (0.0, 0.07, 0.11, 0.14)


@dataclass(frozen=True)
class Measure:
    """`value` is a part of 1, `grade` 4 to 0; None where a photograph like this cannot tell."""

    name: str
    value: float | None
    grade: int | None


@dataclass(frozen=True)
class Grades:
    text: str
    format: str
    measures: tuple[Measure, ...]
    corners: Corners
    pixels: float  # of the photograph to the module
    modules: int
    lattice: Lattice | None  # None where the symbol was only read with help, or is inverted
    inverted: bool = False  # light on dark

    @property
    def overall(self) -> int:
        """The worst of all, as in the standard."""
        return min(measure.grade for measure in self.measures if measure.grade is not None)

    @property
    def letter(self) -> str:
        return LETTERS[self.overall]

    def measure(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)


def graded(photo: Image.Image, allowed: float = 3.0) -> Grades:
    """The largest QR symbol or Data Matrix of an upright grey picture; some 100 ms.

    Raises LabelError `nothing-readable`, `not-gradable` and `symbol-too-small-in-picture`.
    """
    read = [code for code in barcodes_in(np.asarray(photo), SOLID) if code.valid and code.text]
    if not read:
        return _read_with_help(photo, allowed)
    known = [code for code in read if code.format.name in _GRADED and _is_square(_seen(code))]
    if not known:
        raise _not_gradable()
    code = max(known, key=lambda each: _area(_corners(each)))
    reference = _reference(code)
    found = lattice.measured(photo, _corners(code), reference)
    if found.pixels < _LEAST_PIXELS:
        raise LabelError(
            "symbol-too-small-in-picture",
            N_("The code is too small in the picture: {size} pixels to its smallest square."),
            N_("Go nearer, until the code fills a third of the picture's width."),
            size=f"{found.pixels:.1f}",
        )
    form = code.format.name
    if np.nanmean(found.inner[reference]) > np.nanmean(found.inner[~reference]):
        failed = (Measure("decode", 0.0, 0),)
        return Grades(text_of(code), form, failed, _corners(code), found.pixels, 0, None, inverted=True)
    measures = (
        Measure("decode", 1.0, 4),
        _contrast(found),
        _modulation(found, form, str(code.ec_level)),
        _fixed_patterns(found, form),
        _axial_stretch(found, _corners(code)),
        _unused_correction(code),
        _quiet_zone(found, _GRADED[form]),
    )
    return Grades(text_of(code), form, measures, _corners(code), found.pixels, len(reference), found)


def _read_with_help(photo: Image.Image, allowed: float) -> Grades:
    """A symbol that only other looks could read has failed: scanners at a gate take no such pains."""
    helped = [found for found in reading.read_image(photo, allowed) if found.format in _GRADED]
    if not helped:
        raise _not_gradable()
    code = max(helped, key=lambda each: _area(each.corners))
    return Grades(code.text, code.format, (Measure("decode", 0.0, 0),), code.corners, 0.0, 0, None)


def _not_gradable() -> LabelError:
    return LabelError(
        "not-gradable",
        N_("Only QR codes and Data Matrix are judged here."),
        N_("Photograph the square code of the label."),
    )


def _seen(code: zxingcpp.Barcode) -> Matrix:
    return np.asarray(code.to_image(scale=1, add_quiet_zones=False)) == 0


def _is_square(matrix: Matrix) -> bool:
    return matrix.ndim == 2 and len(set(matrix.shape)) == 1


def _corners(code: zxingcpp.Barcode) -> Corners:
    place = code.position
    points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return tuple((float(point.x), float(point.y)) for point in points)


def _area(corners: Corners) -> float:
    ends = (*corners[1:], corners[0])
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(corners, ends, strict=True)))


def _reference(code: zxingcpp.Barcode) -> Matrix:
    """The symbol as meant: as we would have printed it, or as the decoder saw it where it is not one of ours."""
    seen = _seen(code)
    try:
        ours = _printed_here(code)
    except LabelError:
        return seen
    same = ours.shape == seen.shape and (ours == seen).mean() > 0.8
    return ours if same else seen


def _printed_here(code: zxingcpp.Barcode) -> Matrix:
    if code.format.name == "DataMatrix":
        return codes.datamatrix(code.text)
    return matrices([code.text], level=str(code.ec_level) if str(code.ec_level) in LEVELS else "M")[0]


def _at_least(value: float, limits: tuple[float, ...]) -> int:
    return sum(value >= limit for limit in limits)


def _at_most(value: float, limits: tuple[float, ...]) -> int:
    return sum(value <= limit for limit in limits)


def _extremes(found: Lattice) -> tuple[float, float]:
    """Reflectance of what is light and of what is dark, without the outermost twentieth: a photograph has noise."""
    inner, reference = found.inner, found.reference
    return float(np.nanpercentile(inner[~reference], 95)), float(np.nanpercentile(inner[reference], 5))


def threshold(found: Lattice) -> float:
    """The reflectance that parts light from dark, half way between the extremes (clause 7.6)."""
    return sum(_extremes(found)) / 2


def _contrast(found: Lattice) -> Measure:
    light, dark = _extremes(found)
    value = _PAPER * max(0.0, light - dark) / max(light, 1e-3)
    return Measure("contrast", value, _at_least(value, _CONTRAST))


def margins(found: Lattice) -> lattice.Light:
    """(n, n): how far each module is on its own side of the threshold, as a part of half the contrast; 0 if not."""
    light, dark = _extremes(found)
    away = 2 * (found.inner - (light + dark) / 2) / max(light - dark, 1e-3)
    away = np.where(found.reference, -away, away)
    return np.nan_to_num(np.maximum(away, 0)).astype(np.float32)


def places(grades: Grades) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(row, column) of the modules meant to be dark, and of those that are not clearly what they are meant to be."""
    if grades.lattice is None:
        return [], []
    weak = np.argwhere(margins(grades.lattice) < _MODULATION[0])
    return [(y, x) for y, x in np.argwhere(grades.lattice.reference).tolist()], [
        (y, x) for y, x in weak.tolist()
    ]


def _modulation(found: Lattice, form: str, level: str) -> Measure:
    """Grade by grade: the share of error correction that modules below it would use up (clause 7.8.4).

    The value is the part of all modules that would earn the best grade.
    """
    away = margins(found)
    away[fixed_parts(form, len(found.reference)).any(axis=0)] = 1
    weakest = _by_codewords(away)
    spare = spare_codewords(form, len(found.reference), level)
    grade = 0
    for reached, limit in zip((4, 3, 2, 1), _MODULATION, strict=True):
        unused = 1 - 2 * np.count_nonzero(weakest < limit) / spare
        grade = max(grade, min(reached, _at_least(unused, _CORRECTION)))
    return Measure("modulation", float((away >= _MODULATION[0]).mean()), grade)


def _by_codewords(away: lattice.Light) -> lattice.Light:
    """The weakest module of each patch of 2 × 4: a codeword is about that, wherever it lies."""
    size = len(away)
    padded = np.pad(away, ((0, -size % 4), (0, -size % 2)), constant_values=1)
    patches = padded.reshape(padded.shape[0] // 4, 4, padded.shape[1] // 2, 2)
    return patches.min(axis=(1, 3))


def _fixed_patterns(found: Lattice, form: str) -> Measure:
    """Damaged modules of the worst of finder, timing and alignment patterns."""
    wrong = margins(found) <= 0
    worst, most = 4, 0.0
    for part in fixed_parts(form, len(found.reference)):
        share = float(wrong[part].mean())
        worst, most = min(worst, _at_most(share, _DAMAGE)), max(most, share)
    return Measure("fixed-patterns", most, worst)


def _axial_stretch(found: Lattice, corners: Corners) -> Measure:
    sides = [np.hypot(*np.subtract(corners[index], corners[index - 1])) for index in range(4)]
    if max(sides[0] / sides[2], sides[2] / sides[0], sides[1] / sides[3], sides[3] / sides[1]) > 1.04:
        return Measure("axial-stretch", None, None)  # seen at a slant
    value = abs(found.aspect - 1) / ((found.aspect + 1) / 2)
    return Measure("axial-stretch", value, _at_most(value, _STRETCH))


def _unused_correction(code: zxingcpp.Barcode) -> Measure:
    extra: dict[str, float] = code.extra  # type: ignore[assignment]
    value = float(extra["UEC"])
    return Measure("unused-correction", value, _at_least(value, _CORRECTION))


def _quiet_zone(found: Lattice, needed: int) -> Measure:
    """Whole lines of modules without ink beside the symbol, on the worst side, as a part of what is needed."""
    middle = threshold(found)
    size = len(found.reference)
    clean = needed
    for turn in range(4):
        side = np.rot90(found.fine, turn)[: MARGIN * FINE, MARGIN * FINE : -MARGIN * FINE]
        lines = side.reshape(MARGIN, FINE, size, FINE)[::-1, 1:-1, :, 1:-1]  # the nearest first
        if np.isnan(lines[:needed]).any():
            return Measure("quiet-zone", None, None)  # not in the picture
        inked = (lines < middle).mean(axis=(1, 2, 3)) > _SPOTS
        clean = min(clean, int(np.argmax(np.append(inked, [True]))))
    value = min(clean, needed) / needed
    return Measure("quiet-zone", value, int(4 * value))
