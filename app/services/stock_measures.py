"""Label stock by the measures that a person takes with a ruler: which are asked of each kind, and what is usual."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.errors import N_, Malformed
from labels import fitting, stock
from labels.errors import LabelError
from labels.stock import Stock

LONGEST_NAME = 100
LARGEST = 1e6  # before anything is calculated with it
KINDS = {
    "sheet": N_("Sheets of labels"),
    "roll": N_("Rolls of labels"),
    "continuous": N_("Endless labels"),
    "receipt": N_("Receipt paper"),
}
MEASURES = {
    "page_width": N_("Width of the page"),
    "page_height": N_("Height of the page"),
    "columns": N_("Labels side by side"),
    "rows": N_("Labels below one another"),
    "width": N_("Width of a label"),
    "height": N_("Height of a label"),
    "left": N_("From the left edge to the first label"),
    "top": N_("From the top edge to the first label"),
    "pitch_x": N_("From one label to the next, across"),
    "pitch_y": N_("From one label to the next, down"),
    "gap": N_("Gap between labels"),
    "radius": N_("Radius of the corners"),
}
# What is asked of each kind; the first ones must be given. The others have a usual value.
_PLACES = ("left", "top", "pitch_x", "pitch_y", "radius")
ASKED = {
    "sheet": (("page_width", "page_height", "columns", "rows", "width", "height"), _PLACES),
    "roll": (("width", "height"), ("gap", "columns", "pitch_x", "radius")),
    "continuous": (("page_width",), ("width",)),
    "receipt": (("page_width",), ("width",)),
}
WHOLE = ("columns", "rows")


def made(name: str, given: Mapping[str, Any]) -> Stock:
    """Stock by its measures in mm, those of `ASKED` for its `kind`; margins that are not given put the labels in the
    middle, a pitch that is not given lets them touch. Malformed with the measure as `field`."""
    kind = given.get("kind", "sheet")
    if kind not in KINDS:
        raise Malformed(
            "bad-stock-kind",
            N_("'{kind}' is no kind of label stock."),
            N_("Choose one of: {known}."),
            kind=str(kind)[:40],
            known=", ".join(KINDS),
            field="kind",
        )
    needed, more = ASKED[kind]
    values = {name: _measure(name, given.get(name)) for name in (*needed, *more)}
    for missing in (name for name in needed if values[name] is None):
        raise Malformed(
            "measure-missing", N_("A measure is missing."), N_("Give it in millimetres."), field=missing
        )
    built = _BUILD[kind](name_of(name), {name: value for name, value in values.items() if value is not None})
    return _checked(replace(built, round=given.get("round") is True and not built.endless))


def name_of(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise Malformed(
            "bad-stock-name",
            N_("Label stock has a name of one line and at most {most} characters."),
            N_("Write the maker and the number, or what it is used for."),
            most=LONGEST_NAME,
            field="name",
        )
    return clean


def _measure(name: str, value: Any) -> float | int | None:
    if value is None or value == "":
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
    if not number or (name in WHOLE and value != int(value)):
        raise Malformed(
            "not-a-number",
            N_("'{text}' is not a number."),
            N_("Type digits, with a point for fractions."),
            text=str(value)[:40],
            field=name,
        )
    return int(value) if name in WHOLE else round(float(value), 3)


def kept(measures: Mapping[str, Any]) -> dict[str, Any]:
    kind = measures.get("kind", "sheet")
    needed, more = ASKED[kind]
    kept = {name: _measure(name, measures.get(name)) for name in (*needed, *more)}
    return {"kind": kind, "round": measures.get("round") is True} | {
        name: value for name, value in kept.items() if value is not None
    }


def _checked(built: Stock) -> Stock:
    """Malformed with the measure that is off as `field`."""
    try:
        return fitting.checked(built)
    except LabelError as error:
        if error.code == "bad-stock-measure":
            raise Malformed(
                error.code,
                N_("{value} is no such measure of a label stock."),
                N_("Give {least} to {most}."),
                **error.values,
                field=error.values["measure"],
            ) from error
        misfit = fitting.fits(built)[0]
        raise Malformed(
            error.code,
            error.message,
            N_("Measure it again and correct it."),
            **error.values,
            field=misfit.measure,
        ) from error


def _sheet(name: str, given: dict[str, Any]) -> Stock:
    size = given["width"], given["height"]
    grid = given["columns"], given["rows"]
    page = given["page_width"], given["page_height"]
    pitch = given.get("pitch_x", size[0]), given.get("pitch_y", size[1])
    more = {name: given[name] for name in ("left", "top", "radius") if name in given}
    made = stock.sheet(name, page, grid, size, pitch=pitch, **more)
    # too many labels in the middle of a page would begin above it, and the margin be told as what is wrong
    found = {name: max(getattr(made, name), 0.0) for name in ("left", "top") if name not in given}
    return replace(made, **found)


def _roll(name: str, given: dict[str, Any]) -> Stock:
    columns = given.get("columns", 1)
    between = given.get("pitch_x", given["width"]) - given["width"]
    return stock.roll(
        name,
        given["width"],
        given["height"],
        given.get("gap", 3.0),
        columns=columns,
        between=between,
        radius=given.get("radius", 0.0),
    )


def _endless(kind: Any) -> Any:
    def build(name: str, given: dict[str, Any]) -> Stock:
        return stock.endless(name, given["page_width"], given.get("width", given["page_width"]), kind)

    return build


_BUILD = {
    "sheet": _sheet,
    "roll": _roll,
    "continuous": _endless("continuous"),
    "receipt": _endless("receipt"),
}
