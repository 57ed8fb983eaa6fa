"""Templates come from a browser or a file: everything is bounded, and every mistake is told with its place."""

import base64
import copy
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labels import pictures
from labels.composing import Plan
from labels.elements import KINDS
from labels.errors import LabelError
from labels.fields import sample
from labels.pictures import check_png, kept
from labels.raster import dots
from labels.readymade import templates
from labels.templates import data_of, template_of

TEXT = {"kind": "text", "x": 1, "y": 1, "width": 30, "height": 8, "text": "{lot}"}


def data(*elements: Any, **properties: Any) -> dict[str, Any]:
    return {"name": "test", "width": 70, "height": 37, "elements": list(elements), **properties}


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def picture(raw: bytes, **properties: Any) -> dict[str, Any]:
    text = base64.b64encode(raw).decode()
    return {"kind": "image", "x": 1, "y": 1, "width": 20, "height": 10, "data": text, **properties}


@pytest.mark.parametrize("name", sorted(templates()))
def test_a_template_survives_the_way_to_json_and_back(name: str) -> None:
    template = templates()[name]
    assert template_of(json.loads(json.dumps(data_of(template)))) == template


def test_every_kind_of_element_can_be_written_down_with_no_more_than_its_place() -> None:
    for kind in KINDS:
        more = {
            "text": {"text": "x"},
            "image": {"data": base64.b64encode(png(Image.new("L", (2, 2)))).decode()},
        }
        element = {"kind": kind, "x": 0, "y": 0, "width": 30, "height": 30, **more.get(kind, {})}
        assert data_of(template_of(data(element)))["elements"] == [element]


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        ([], "bad-template", None),
        (data(width="wide"), "bad-template", ("width", "wide")),
        (data(height=3), "bad-template", ("height", "3")),
        (data(height=float("nan")), "bad-template", ("height", "nan")),
        (data(colour="red"), "bad-template", None),
        (data(name=" "), "bad-template", None),
        (data(dpi=72), "bad-template", ("dpi", "72")),
        (data(*[TEXT] * 101), "bad-template", None),
        (data(TEXT, "text"), "bad-element", ("kind", "text")),
        (data(TEXT, {**TEXT, "kind": "video"}), "bad-element", ("kind", "video")),
        (data(TEXT, {**TEXT, "colour": "red"}), "bad-element", ("colour", "red")),
        (data(TEXT, {**TEXT, "size": True}), "bad-element", ("size", "True")),
        (data(TEXT, {**TEXT, "size": 1e9}), "bad-element", ("size", "1000000000.0")),
        (data(TEXT, {**TEXT, "lines": 1.5}), "bad-element", ("lines", "1.5")),
        (data(TEXT, {**TEXT, "rotation": 45}), "bad-element", ("rotation", "45")),
        (data(TEXT, {**TEXT, "rotation": 90.0}), "bad-element", ("rotation", "90.0")),
        (data(TEXT, {**TEXT, "bold": 1}), "bad-element", ("bold", "1")),
        (data(TEXT, {**TEXT, "least": 9, "size": 8}), "bad-element", ("least", "9.0")),
        (data(TEXT, {**TEXT, "width": 70}), "bad-element", ("x", "1 + 70")),
        (data(TEXT, {**TEXT, "text": "x" * 501}), "bad-element", ("text", "x" * 60)),
        (data(TEXT, {**TEXT, "text": {"en": "x"}}), "bad-element", ("text", "{'en': 'x'}")),
        (data(TEXT, {k: v for k, v in TEXT.items() if k != "text"}), "bad-element", ("text", "")),
        (data(TEXT, {**TEXT, "text": "{colour}"}), "unknown-label-field", ("text", None)),
        (data(TEXT, {**TEXT, "when": "!colour"}), "unknown-label-field", ("when", None)),
        (data(TEXT, {**TEXT, "text": "{lot:YYYY}"}), "bad-label-field", ("text", None)),
        (data(TEXT, {**TEXT, "text": "a } b"}), "bad-label-field", ("text", None)),
        (data(TEXT, picture(b"no picture")), "bad-picture", None),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_is_named(given: Any, code: str, place: tuple[str, Any] | None) -> None:
    with pytest.raises(LabelError) as refused:
        template_of(given)
    assert refused.value.code == code
    values = refused.value.values
    if place is not None:
        assert values["property"] == place[0]
        assert place[1] is None or str(values["value"]) == place[1]
        assert code == "bad-template" or values["number"] == 2


leaves = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["qr", "{lot}", 90, 10**30])
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_template_is_changed_to_it_is_a_template_or_a_told_mistake(draw: st.DataObject) -> None:
    changed = copy.deepcopy(data_of(templates()[draw.draw(st.sampled_from(sorted(templates())))]))
    target = draw.draw(st.sampled_from([changed, *changed["elements"]]))
    target[draw.draw(st.sampled_from(sorted(target)))] = draw.draw(anything)
    try:
        template = template_of(changed)
    except LabelError as refused:
        assert str(refused)
        return
    assert template_of(data_of(template)) == template


def test_a_logo_is_fitted_into_its_room_in_dots_and_turned() -> None:
    logo = Image.new("L", (40, 10), 255)
    logo.paste(0, (0, 0, 10, 10))
    upright = dots(Plan(template_of(data(picture(png(logo)))), 203, "en").one(sample("en")))
    assert upright[8:88, 8:168].sum() == 40 * 40
    assert upright[28:68, 8:48].all()
    turned = dots(Plan(template_of(data(picture(png(logo), rotation=90))), 203, "en").one(sample("en")))
    rows, columns = turned.nonzero()
    assert (rows.min(), rows.max() + 1) == (8, 28)
    assert columns.max() - columns.min() + 1 == 20
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert not dots(Plan(template_of(data(picture(png(clear)))), 203, "en").one(sample("en"))).any()


def test_a_picture_too_large_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("decoded")

    header = bytearray(png(Image.new("1", (8, 8))))
    header[16:24] = (100_000).to_bytes(4, "big") * 2  # a bomb: ten thousand million pixels in a hundred bytes
    Image.init()
    monkeypatch.setattr(Image.Image, "load", never)
    with pytest.raises(LabelError, match="100000 × 100000 pixels"):
        check_png(base64.b64encode(header).decode())
    with pytest.raises(LabelError, match="kilobytes"):
        check_png("A" * 2_000_000)
    with pytest.raises(LabelError) as refused:
        kept(bytes(header))
    assert refused.value.code == "bad-picture"
    with pytest.raises(LabelError, match="kilobytes"):
        kept(b"\x89PNG" * 3_000_000)


def test_an_uploaded_logo_of_forty_megapixels_is_kept_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_UPLOAD_PIXELS", 400_000)
    upload = io.BytesIO()
    Image.new("RGB", (2000, 200), "red").save(upload, "JPEG")
    text = kept(upload.getvalue())
    with Image.open(io.BytesIO(check_png(text))) as image:
        assert (image.mode, image.size) == ("L", (1500, 150))
    template_of(data(picture(base64.b64decode(text))))
    with pytest.raises(LabelError, match="2001 × 200"):
        kept(png(Image.new("L", (2001, 200))))
    with pytest.raises(LabelError, match="cannot be opened"):
        kept(png(Image.new("L", (200, 200)))[:60])


def test_a_picture_that_breaks_off_is_told_when_the_template_is_used() -> None:
    broken = png(Image.effect_noise((64, 64), 50))[:300]
    with pytest.raises(LabelError) as refused:
        Plan(template_of(data(picture(broken))), 300, "en")
    assert refused.value.code == "bad-picture"
