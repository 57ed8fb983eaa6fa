"""A label template as data: from JSON with everything bounded and every mistake named, and back to JSON."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from labels.checking import LEAST_SIDE, MOST_SIDE, as_words, element_of, is_number, rounded
from labels.elements import AnyElement, Image, Words
from labels.errors import N_, LabelError
from labels.fields import Language
from labels.spec import DOTS_PER_MM

MOST_ELEMENTS = 100
MOST_PICTURES = 2_000_000  # characters of base 64 in one template
PURPOSES = ("product", "lot", "serial", "carton", "pallet", "location", "badge", "trust-mark", "other")
_UNTITLED = Words("", "")


@dataclass(frozen=True)
class Template:
    """`language` is the one it is always printed in, or `both` when it follows the print's.

    `purpose` says for what kind of thing it is meant, `title` is its name for people, `dpi` what it was designed at.
    """

    name: str
    width: float
    height: float
    elements: tuple[AnyElement, ...]
    language: Literal["en", "zh", "both"] = "both"
    purpose: str = "other"
    title: Words = _UNTITLED
    dpi: int = 300

    def printed_in(self, language: Language) -> Language:
        return language if self.language == "both" else self.language


def template_of(data: object) -> Template:
    """From JSON values.

    Raises LabelError `bad-template`, `bad-element`, `unknown-label-field`, `bad-label-field`, `bad-picture`;
    `values` of a `bad-element` have `number` (from 1), `property` and `value`, for a form to show them at.
    """
    given = _object(data)
    unknown = set(given) - {field.name for field in dataclasses.fields(Template)}
    if unknown:
        raise _bad_label(N_("A template has no property “{value}”."), min(unknown))
    width, height = (_side(given, name) for name in ("width", "height"))
    raw = given.get("elements")
    if not isinstance(raw, list | tuple) or len(raw) > MOST_ELEMENTS:
        raise _bad_label(
            N_("A template has a list of at most {most} elements."), "elements", most=MOST_ELEMENTS
        )
    elements = tuple(element_of(number, each, width, height) for number, each in enumerate(raw, 1))
    if sum(len(each.data) for each in elements if isinstance(each, Image)) > MOST_PICTURES:
        raise _bad_label(N_("The pictures of the template are too large together."), "elements")
    return Template(
        name=_line(given, "name", 80),
        width=width,
        height=height,
        elements=elements,
        language=_one_of(given, "language", ("both", "en", "zh")),
        purpose=_one_of(given, "purpose", ("other", *PURPOSES[:-1])),
        title=_title(given.get("title", "")),
        dpi=_one_of(given, "dpi", (300, *DOTS_PER_MM)),
    )


def data_of(template: Template) -> dict[str, Any]:
    """JSON values from which `template_of` makes an equal template; what is as usual is left out."""
    data: dict[str, Any] = {"name": template.name, "width": template.width, "height": template.height}
    for name in ("language", "purpose", "dpi"):
        data[name] = getattr(template, name)
    data["title"] = _words_data(template.title)
    data["elements"] = [element_data(element) for element in template.elements]
    return data


def element_data(element: AnyElement) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": element.kind}
    for field in dataclasses.fields(element):
        value = getattr(element, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            data[field.name] = _words_data(value) if isinstance(value, Words) else value
    return data


def _words_data(words: Words) -> Any:
    return words.en if words.en == words.zh else {"en": words.en, "zh": words.zh}


def _object(data: object) -> Mapping[str, Any]:
    if isinstance(data, dict) and all(isinstance(key, str) for key in data):
        return data
    raise _bad_label(N_("A template is an object with a name, a size and elements."), "")


def _bad_label(message: str, value: object, **values: Any) -> LabelError:
    return LabelError("bad-template", message, "", value=str(value)[:80], **values)


def _side(given: Mapping[str, Any], name: str) -> float:
    value = given.get(name)
    if is_number(value) and LEAST_SIDE <= value <= MOST_SIDE:
        return rounded(value)
    raise LabelError(
        "bad-template",
        N_("The {property} of a label is {least} to {most} mm, not “{value}”."),
        property=name,
        least=LEAST_SIDE,
        most=MOST_SIDE,
        value=str(value)[:40],
    )


def _line(given: Mapping[str, Any], name: str, most: int) -> str:
    value = given.get(name, "")
    if isinstance(value, str) and 0 < len(value.strip()) <= most and value.isprintable():
        return value.strip()
    raise _bad_label(N_("A template has a name of one line and at most {most} characters."), value, most=most)


def _one_of(given: Mapping[str, Any], name: str, choices: tuple[Any, ...]) -> Any:
    """The first choice is the usual one."""
    value = given.get(name, choices[0])
    if type(value) is type(choices[0]) and value in choices:
        return value
    message = N_("The {property} of a template is one of {choices}, not “{value}”.")
    raise _bad_label(message, value, property=name, choices=", ".join(map(str, choices)))


def _title(value: object) -> Words:
    words = as_words(value)
    if words is None or max(len(words.en), len(words.zh)) > 80:
        raise _bad_label(N_("A template has a title of at most {most} characters."), value, most=80)
    return words
