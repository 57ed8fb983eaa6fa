"""What to do about a label that does not grade well: plain sentences, the most telling first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labels.errors import N_
from labels.grading import Grades, margins, threshold
from labels.lattice import FINE, Lattice
from labels.qr_frames import Matrix

_GROWTH = 0.12  # of a module, at every edge
_EDGE = 3  # samples beside an edge that are not judged
_STREAK = 0.5  # of the ink along a line that is missing
_WEAK = 0.75  # of the margin of a fifth of all modules: then it is not a scratch here and there
_CLEAR = 0.95
_BY_DAMAGE = ("modulation", "unused-correction", "fixed-patterns")
_FEW_PIXELS = 6.0
_SMALLEST, _GOOD = 0.25, 0.396  # mm; a telephone's limit, and GS1's for a code that consumers scan


@dataclass(frozen=True)
class Advice:
    """`message` and `hint` are templates for `values`, as those of errors."""

    code: str
    message: str
    hint: str
    values: dict[str, str]


def advice(grades: Grades, width_mm: float | None = None) -> list[Advice]:
    """`width_mm` is the width of the symbol without its quiet zone, where somebody measured it."""
    found = _about_size(grades, width_mm)
    if grades.lattice is None:
        return [*found, _of("inverted" if grades.inverted else "read-with-help")]
    streaks = (len(missing_lines(grades.lattice, 1)), len(missing_lines(grades.lattice, 0)))
    if sum(streaks):
        found.append(_of("white-lines", count=str(sum(streaks))))
    everywhere = _is_soft(grades.lattice)
    growth = 0.0 if everywhere else ink_growth(grades.lattice)  # blur alone moves the edges too
    if growth > _GROWTH:
        found.append(_of("too-dark"))
    elif _grade(grades, "contrast") < 3 or growth < -_GROWTH:
        found.append(_of("too-light"))
    if _grade(grades, "quiet-zone") < 4:
        found.append(_of("quiet-zone-cut"))
    if min(_grade(grades, name) for name in _BY_DAMAGE) < 3 and not sum(streaks):
        found.append(_of("soft" if everywhere else "damaged"))
    if _grade(grades, "axial-stretch") < 3:
        found.append(_of("stretched"))
    if grades.measure("quiet-zone").grade is None:
        found.append(_of("cut-off"))
    if grades.pixels < _FEW_PIXELS and grades.overall < 4:
        found.append(_of("go-nearer"))
    return found


def _is_soft(found: Lattice) -> bool:
    """Whether dark and light modules alike are unclear: where ink runs, the dark ones are clear."""
    away = margins(found)
    sides = [float(np.percentile(away[part], 20)) for part in (found.reference, ~found.reference)]
    return float(np.percentile(away, 20)) < _WEAK and max(sides) < _CLEAR


def _about_size(grades: Grades, width_mm: float | None) -> list[Advice]:
    if not (width_mm and grades.modules):
        return []
    module = width_mm / grades.modules
    values = {"module": f"{module:.2f}", "least": f"{_SMALLEST:g}", "good": f"{_GOOD:g}"}
    if module < _SMALLEST:
        return [_of("module-too-small", **values)]
    return [_of("module-small", **values)] if module < _GOOD else []


def _grade(grades: Grades, name: str) -> int:
    grade = grades.measure(name).grade
    return 4 if grade is None else grade


def missing_lines(found: Lattice, axis: int) -> list[float]:
    """Where, in modules, ink is missing along the whole symbol: down (axis 1 across) or across it.

    A dot of a print head that is dirty or burnt out leaves such a line, thinner than a module.
    """
    meant = np.kron(found.reference, np.ones((FINE, FINE), np.bool_))
    light = found.inner_fine > threshold(found)
    if axis == 0:
        meant, light = meant.T, light.T
    for shift in (-_EDGE, _EDGE):  # edges are soft in any picture
        meant = meant & np.roll(meant, shift, axis=1)
    half = len(meant) // 2
    shares = np.stack([_share_missing(meant[part], light[part]) for part in (slice(half), slice(half, None))])
    both = shares.min(axis=0)  # a shadow that falls across is in one half only
    missing = (both > _STREAK) & (both > 3 * np.median(shares) + 0.2)
    starts = np.flatnonzero(np.diff(np.concatenate(([False], missing)).astype(np.int8)) == 1)
    return (starts / FINE).tolist()


def _share_missing(meant: Matrix, light: Matrix) -> NDArray[np.float64]:
    ink = meant.sum(axis=0)
    return np.where(ink > len(meant) // 10, (meant & light).sum(axis=0) / np.maximum(ink, 1), 0.0)


def ink_growth(found: Lattice) -> float:
    """How far the dark reaches over each edge, in modules; below 0 where it falls short."""
    inner = np.nan_to_num(found.inner_fine, nan=1.0)
    edges: int = sum(int(line.sum()) for line in (_changes(found, 0), _changes(found, 1)))
    dark = int(np.count_nonzero(inner < threshold(found))) / FINE**2
    return (dark - int(np.count_nonzero(found.reference))) / max(edges, 1)


def _changes(found: Lattice, axis: int) -> Matrix:
    return np.asarray(np.diff(found.reference, axis=axis), np.bool_)


def _of(code: str, **values: str) -> Advice:
    return Advice(code, *_SENTENCES[code], values)


_SENTENCES = {
    "white-lines": (
        N_("White lines run through the code: {count}."),
        N_(
            "Clean the print head; if they stay where they are, dots of it are burnt out and it must be changed."
        ),
    ),
    "too-dark": (
        N_("The ink runs over the edges of the squares."),
        N_("Set the printer less dark, or slower; a ribbon that does not suit the paper smears too."),
    ),
    "too-light": (
        N_("The print is too pale."),
        N_("Set the printer darker, or change ribbon or toner; do not print on coloured or glossy paper."),
    ),
    "soft": (
        N_("Some squares are neither clearly dark nor clearly light."),
        N_(
            "Hold the camera still and let it focus; if the picture is sharp, print slower or in a larger size."
        ),
    ),
    "quiet-zone-cut": (
        N_("The white margin around the code is cut: text, a line or the label's edge comes too close."),
        N_(
            "Keep four squares of white around a QR code, one around a Data Matrix; check the label's position."
        ),
    ),
    "damaged": (
        N_("Parts of the code are scratched, dirty or covered."),
        N_("Reprint this label; where labels are rubbed in use, take film or a ribbon of resin."),
    ),
    "stretched": (
        N_("The code is not square."),
        N_(
            "Hold the camera straight above the label; if it still is not, the printer feeds too fast or slips."
        ),
    ),
    "module-too-small": (
        N_("The squares are {module} mm: telephones fail below {least} mm."),
        N_("Choose a larger label or a shorter address."),
    ),
    "module-small": (
        N_("The squares are {module} mm; {good} mm is recommended for codes that consumers scan."),
        N_("A scanner reads it; for telephones print it larger."),
    ),
    "cut-off": (
        N_("The white margin is not in the picture, so it was not judged."),
        N_("Take the whole label into the picture."),
    ),
    "go-nearer": (
        N_("The code is small in the picture, which costs sharpness."),
        N_("Go nearer and judge again."),
    ),
    "inverted": (
        N_("The code is light on dark: many scanners do not read it."),
        N_("Print it dark on light."),
    ),
    "read-with-help": (
        N_("The code was only read after the picture had been worked on; an ordinary scanner would fail."),
        N_("Take a sharp picture in good light; if that does not help, reprint the label."),
    ),
}
