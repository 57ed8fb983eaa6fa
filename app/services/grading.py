"""How well a photographed label is printed, and what to do about it: the judgement of `labels.grading`, in our errors.

An estimate, and called one wherever it is shown: no photograph replaces a verifier.
"""

from dataclasses import dataclass

from app.errors import N_, Malformed
from labels.errors import LabelError

MEASURES = {
    "decode": N_("Read without help"),
    "contrast": N_("Contrast"),
    "modulation": N_("Evenness of the squares"),
    "fixed-patterns": N_("Fixed patterns damaged"),
    "axial-stretch": N_("Stretched in one direction"),
    "unused-correction": N_("Error correction left"),
    "quiet-zone": N_("White margin"),
}
WIDEST = 300.0  # mm of a symbol that somebody measured


@dataclass(frozen=True)
class Measured:
    """`value` is a part of 1; `grade` "A" to "F"; None where this photograph cannot tell."""

    name: str
    value: float | None
    grade: str | None


@dataclass(frozen=True)
class Advised:
    """`message` and `hint` are templates for `values`."""

    code: str
    message: str
    hint: str
    values: dict[str, str]


@dataclass(frozen=True)
class Judgement:
    """`dark` and `weak` are places (row, column) in a symbol of `modules` each way; none where help was needed."""

    text: str
    symbology: str
    grade: str
    measures: list[Measured]
    advice: list[Advised]
    modules: int
    dark: list[tuple[int, int]]
    weak: list[tuple[int, int]]


def judged(picture: bytes, width_mm: float | None = None) -> Judgement:
    """The largest QR code or Data Matrix of the photograph; up to about three seconds of work.

    Malformed where there is none, or where it is too small to be judged. numpy comes with the first photograph only.
    """
    from labels import advice, grading, photos

    if width_mm is not None and not 0 < width_mm <= WIDEST:
        raise Malformed(
            "bad-width",
            N_("A code is not {width} mm wide."),
            N_("Measure the dark part from edge to edge, in millimetres, or leave it out."),
            width=f"{width_mm:g}",
            field="width",
        )
    try:
        grades = grading.graded(photos.opened(picture))
    except LabelError as error:
        raise Malformed(error.code, error.message, error.hint, **error.values) from error
    dark, weak = grading.places(grades)
    letters = grading.LETTERS
    return Judgement(
        grades.text,
        grades.format,
        grades.letter,
        [
            Measured(each.name, each.value, None if each.grade is None else letters[each.grade])
            for each in grades.measures
        ],
        [
            Advised(each.code, each.message, each.hint, each.values)
            for each in advice.advice(grades, width_mm)
        ],
        grades.modules,
        dark,
        weak,
    )
