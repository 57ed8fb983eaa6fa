"""Elements of a template from JSON: each property within its bounds, each mistake told with its place."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeGuard

from labels import wording
from labels.elements import KINDS, AnyElement, Code, Element, Text, Words
from labels.errors import N_, LabelError
from labels.pictures import check_png

MOST_TEXT = 500  # characters
LEAST_SIDE, MOST_SIDE = 4.0, 450.0  # mm
_BEYOND = 1e9  # no number of a template; NaN and integers that no float holds are not less
_TOLERANCE = 0.011  # mm that an element may reach beyond the label, for what was rounded


def as_words(value: object) -> Words | None:
    if is_text(value):
        return Words(value, value)
    if isinstance(value, dict) and set(value) == {"en", "zh"} and all(is_text(v) for v in value.values()):
        return Words(value["en"], value["zh"])
    return None


def is_text(value: object) -> TypeGuard[str]:
    """Half characters and NUL are none: no database and no answer can hold them."""
    return isinstance(value, str) and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND


def rounded(value: float) -> float:
    """To a thousandth, so that what a browser computed compares equal to what is stored."""
    return round(float(value), 3)


def bad_element(number: int, name: str, value: object, message: str, **values: Any) -> LabelError:
    return LabelError("bad-element", message, number=number, property=name, value=str(value)[:60], **values)


def element_of(number: int, data: object, width: float, height: float) -> AnyElement:
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str) or data["kind"] not in KINDS:
        value = data.get("kind") if isinstance(data, dict) else data
        message = N_("Element {number}: {property} is one of {choices}, not “{value}”.")
        raise bad_element(number, "kind", value, message, choices=", ".join(KINDS))
    made = KINDS[data["kind"]]
    known = {field.name: field for field in dataclasses.fields(made)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name == "kind":
            continue
        if name not in known:
            message = N_("Element {number}: there is no property “{property}” in a {kind}.")
            raise bad_element(number, str(name)[:40], value, message, kind=made.kind)
        values[name] = _PROPERTIES[name](number, name, value)
    for name, field in known.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise bad_element(number, name, "", N_("Element {number} has no {property}."))
    element: AnyElement = made(**values)
    _check_place(number, element, width, height)
    _check_words(number, element)
    return element


def _check_place(number: int, element: Element, width: float, height: float) -> None:
    for name, start, length, side in (
        ("x", element.x, element.width, width),
        ("y", element.y, element.height, height),
    ):
        if start < -_TOLERANCE or start + length > side + _TOLERANCE:
            message = N_("Element {number} reaches beyond the label: {property} is {value} mm on {side} mm.")
            raise bad_element(number, name, f"{start:g} + {length:g}", message, side=f"{side:g}")


def _check_words(number: int, element: AnyElement) -> None:
    """The fields named in an element exist, and its least size is not above its size."""
    place, texts = "when", []
    if isinstance(element, Text):
        texts = [element.text.en, element.text.zh]
        if element.least > element.size:
            message = N_(
                "Element {number}: {property} must be a number from {least} to {most}, not “{value}”."
            )
            raise bad_element(number, "least", element.least, message, least=2, most=element.size)
    if isinstance(element, Code):
        texts = [element.source]
    try:
        for word in element.when.split():
            wording.check_field(word.removeprefix("!"))
        place = "source" if isinstance(element, Code) else "text"
        for text in texts:
            wording.pieces(text)
    except LabelError as error:
        raise LabelError(
            error.code, error.message, error.hint, **{**error.values, "number": number, "property": place}
        ) from error


Check = Callable[[int, str, Any], Any]


def _number(least: float, most: float) -> Check:
    def check(number: int, name: str, value: Any) -> float:
        if is_number(value) and least <= value <= most:
            return rounded(value)
        message = N_("Element {number}: {property} must be a number from {least} to {most}, not “{value}”.")
        raise bad_element(number, name, value, message, least=f"{least:g}", most=f"{most:g}")

    return check


def _whole(least: int, most: int) -> Check:
    inner = _number(least, most)

    def check(number: int, name: str, value: Any) -> int:
        whole = is_number(value) and value == int(value)
        return int(inner(number, name, value if whole else str(value)))

    return check


def _choice(*choices: Any) -> Check:
    def check(number: int, name: str, value: Any) -> Any:
        if type(value) is type(choices[0]) and value in choices:
            return value
        message = N_("Element {number}: {property} is one of {choices}, not “{value}”.")
        shown = ", ".join(
            str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices
        )
        raise bad_element(number, name, value, message, choices=shown)

    return check


def _text(most: int) -> Check:
    def check(number: int, name: str, value: Any) -> str:
        if is_text(value) and len(value) <= most:
            return value
        raise bad_element(
            number,
            name,
            value,
            N_("Element {number}: {property} is text of at most {most} characters."),
            most=most,
        )

    return check


def _words(number: int, name: str, value: Any) -> Words:
    words = as_words(value)
    if words is None or max(len(words.en), len(words.zh)) > MOST_TEXT:
        message = N_(
            "Element {number}: {property} is text of at most {most} characters, or one in each language."
        )
        raise bad_element(number, name, value, message, most=MOST_TEXT)
    return words


def _png(number: int, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad_element(
            number, name, value, N_("Element {number}: {property} is a PNG picture in base 64.")
        )
    check_png(value)
    return value


_FLAG = _choice(False, True)
_PROPERTIES: dict[str, Check] = {
    "x": _number(-1, MOST_SIDE),
    "y": _number(-1, MOST_SIDE),
    "width": _number(0.05, MOST_SIDE),
    "height": _number(0.05, MOST_SIDE),
    "rotation": _choice(0, 90, 180, 270),
    "when": _text(200),
    "source": _text(MOST_TEXT),
    "module": _number(0.1, 5),
    "error_correction": _choice("L", "M", "Q", "H"),
    "align": _choice("left", "center", "right"),
    "valign": _choice("top", "middle", "bottom"),
    "text": _words,
    "size": _number(2, 300),
    "least": _number(0, 300),
    "lines": _whole(0, 50),
    "leading": _number(0.9, 3),
    "bold": _FLAG,
    "mono": _FLAG,
    "inverse": _FLAG,
    "overflow": _choice("refuse", "shorten"),
    "data": _png,
    "dither": _FLAG,
    "thickness": _number(0.05, 20),
    "filled": _FLAG,
}
