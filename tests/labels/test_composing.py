"""Contents put into a template: what is said, where it lies, what is refused; and that the quick way is no other way."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.composing import Plan
from labels.errors import LabelError
from labels.fields import FIELDS, Content, sample
from labels.placed import Part, Placed
from labels.raster import dots, part_dots
from labels.readymade import templates
from labels.spec import dots_per_mm
from labels.templates import Template, template_of
from labels.textplans import TextPlan

QR = {"kind": "qr", "x": 0, "y": 0, "width": 20, "height": 20}


def template(*elements: dict[str, Any], width: float = 70, height: float = 37) -> Template:
    return template_of({"name": "test", "width": width, "height": height, "elements": list(elements)})


def text(words: Any, **properties: Any) -> dict[str, Any]:
    return {
        "kind": "text",
        "x": 22,
        "y": 2,
        "width": 40,
        "height": 20,
        "text": words,
        "size": 8,
        **properties,
    }


def content(**values: str) -> Content:
    return Content("HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3", "88.118.1001/7Q2K9XW4M3", values)


def lines(element: dict[str, Any], said: Content, language: Any = "en") -> list[str]:
    return [run.text for run in Plan(template(element), 300, language).one(said).runs]


def test_fields_and_dates_are_filled_in_by_the_print_language() -> None:
    element = text({"en": "{name}, made {made:D MMM YYYY}", "zh": "{name}，{made:YYYY年M月D日}"}, width=48)
    said = content(name_zh="磷酸铁锂", name_en="LFP powder", made="2026-03-09")
    assert lines(element, said) == ["LFP powder, made 9 Mar 2026"]
    assert lines(element, said, "zh") == ["磷酸铁锂，2026年3月9日"]
    assert lines(text("{name} {{x}}"), content(name_zh="磷酸铁锂")) == [
        "磷酸铁锂 {x}"
    ]  # the other, where one is missing
    assert lines(text("{batch}"), content(lot="L1")) == ["L1"]


def test_a_template_of_one_language_is_printed_in_it_whatever_the_print_speaks() -> None:
    only = template_of(
        {"name": "x", "width": 70, "height": 37, "language": "zh", "elements": [text("{name}")]}
    )
    assert [run.text for run in Plan(only, 300, "en").one(sample("en")).runs] == ["磷酸铁锂正极材料"]


def test_a_line_without_values_is_left_out_and_captions_share_a_column() -> None:
    element = text("Lot\t{lot}\nSerial number\t{serial}\nQuantity\t{quantity} {unit}")
    placed = Plan(template(element), 300, "en").one(content(lot="L1", quantity="5", unit="kg"))
    runs = {run.text: run for run in placed.runs}
    assert list(runs) == ["Lot", "Quantity", "L1", "5 kg"]
    assert runs["L1"].x == runs["5 kg"].x > runs["Quantity"].x + runs["Quantity"].width
    assert runs["Lot"].baseline == runs["L1"].baseline < runs["5 kg"].baseline


def test_elements_come_and_go_with_their_condition() -> None:
    one = template(
        text("sealed", when="lot !serial"),
        text("mixed", y=24, height=8, when="serial"),
        QR | {"when": "serial"},
    )
    with_serial, without = Plan(one, 300, "en").placed([content(lot="L", serial="S"), content(lot="L")])
    assert [run.text for run in with_serial.runs] == ["mixed"]
    assert len(with_serial.symbols) == 1
    assert [run.text for run in without.runs] == ["sealed"]
    assert without.symbols == ()


def test_what_is_the_same_on_two_labels_is_the_same_object() -> None:
    plan = Plan(templates()["product-70x37"], 300, "zh")
    base = sample("zh")
    first, second = plan.placed(
        Content(f"HTTPS://X.CN/{n}", f"88.1/{n}", {**base.values, "serial": n}) for n in "AB"
    )
    shared = [part for part in first.parts if part in second.parts]
    assert len(first.parts) - len(shared) == 2  # the serial number and the identifier
    again, copy = plan.placed([base, base])
    assert again.symbols[0].matrix is copy.symbols[0].matrix


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("AB1é中 -/،ש", max_size=30), min_size=3, max_size=3),
    st.sampled_from(
        ["{note1}", "{note1}\n{note2}", "A\t{note1}\nLong caption\t{note2}\nC\t{note3}", "{note1} {note2}"]
    ),
    st.sampled_from([(0, "left", "top"), (1, "center", "middle"), (3, "right", "bottom")]),
    st.sampled_from([(40, 20), (20, 8), (12, 9), (30, 6), (18, 14)]),
)
def test_the_quick_way_and_the_slow_one_place_the_same(
    values: list[str], words: str, style: tuple[int, str, str], size: tuple[int, int]
) -> None:
    most, align, valign = style
    long, short = size
    element = text(words, least=4, lines=most, align=align, valign=valign, overflow="shorten", rotation=90)
    element |= {"width": short, "height": min(long, 35)}
    plan = Plan(template(element), 300, "en")
    said = content(note1=values[0], note2=values[1], note3=values[2])
    quick = placed_runs(plan.one(said))
    slow = Plan(template(element), 300, "en")
    for add in slow._adders:
        add.__self__._quick = lambda *_: None  # type: ignore[attr-defined]
        add.__self__._only = None  # type: ignore[attr-defined]
    assert quick == placed_runs(slow.one(said))


def placed_runs(placed: Placed) -> list[tuple[Any, ...]]:
    runs = [run for run in placed.runs if run.text.strip()]
    return sorted(
        (run.text, run.face, *(round(length, 6) for length in (run.x, run.baseline, run.size, run.width)))
        for run in runs
    )


def test_symbols_turn_and_keep_their_quiet_zone_in_their_room() -> None:
    bars = {"kind": "code128", "x": 22, "y": 1, "width": 12, "height": 35, "source": "{lot}"}
    upright = Plan(template(bars | {"width": 40, "height": 12}), 300, "en").one(content(lot="L12")).symbols[0]
    turned = Plan(template(bars | {"rotation": 90}), 300, "en").one(content(lot="L12")).symbols[0]
    assert upright.matrix.shape[::-1] == turned.matrix.shape
    assert turned.rotation == 90
    per_mm = dots_per_mm(300)
    assert turned.top >= per_mm + 10 * turned.down
    assert turned.top + turned.height + 10 * turned.down <= 36 * per_mm
    flipped = Plan(template(QR | {"rotation": 180}), 300, "en").one(content()).symbols[0]
    upright = Plan(template(QR), 300, "en").one(content()).symbols[0]
    assert np.array_equal(flipped.matrix, upright.matrix[::-1, ::-1])


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_turned_text_lies_in_its_room_and_reads_the_same(angle: int) -> None:
    element = text(
        "{lot} 电池 שלום", rotation=angle, x=20, y=5, width=30, height=28, align="right", valign="bottom"
    )
    placed = Plan(template(element), 300, "en").one(content(lot="L-2026"))
    left, top, ink = part_dots(placed.parts[0], 300)
    per_mm = dots_per_mm(300)
    upright = Plan(template(element | {"rotation": 0}), 300, "en").one(content(lot="L-2026"))
    _, _, straight = part_dots(upright.parts[0], 300)
    assert 20 * per_mm - 1 <= left
    assert left + ink.shape[1] <= 50 * per_mm + 1
    assert 5 * per_mm - 1 <= top
    assert top + ink.shape[0] <= 33 * per_mm + 1
    assert abs(int(ink.sum()) - int(straight.sum())) < 0.03 * straight.sum()
    turned = np.rot90(straight, -angle // 90)
    assert all(abs(one - other) <= 1 for one, other in zip(ink.shape, turned.shape, strict=True))


def test_inverse_text_is_white_on_black() -> None:
    element = text("{lot}", inverse=True, x=10, y=10, width=20, height=8)
    canvas = dots(Plan(template(element), 203, "en").one(content(lot="L1")))
    room = canvas[80:144, 80:240]
    assert 0.8 < room.mean() < 1
    assert not canvas[:79].any()
    nothing = Plan(template(element), 203, "en").one(content())
    assert nothing.parts == ()


def test_lines_and_boxes_lie_on_whole_dots_and_never_vanish() -> None:
    thin = {"kind": "line", "x": 1, "y": 5, "width": 30, "height": 0.05}
    frame = {"kind": "box", "x": 1, "y": 10, "width": 20, "height": 10, "thickness": 0.05}
    canvas = dots(Plan(template(thin, frame, frame | {"x": 40, "filled": True}), 150, "en").one(content()))
    assert canvas[30].sum() == round(31 * 150 / 25.4) - 6
    assert canvas[59:119].sum(axis=0)[8] == 2
    assert canvas[60:117, 240:350].all()


@pytest.mark.parametrize(
    ("element", "values", "code"),
    [
        (text("{name}", width=10, height=4), {"name_en": "a very long name"}, "text-too-long"),
        (text("{note1}"), {"note1": "x" * 100_000}, "text-too-long"),
        (text("{note1}"), {"note1": "battery 🔋"}, "text-not-writable"),
        (text("{made:YYYY}"), {"made": "yesterday"}, "bad-date-value"),
        (QR | {"width": 8, "height": 8}, {}, "symbol-too-small"),
        (QR | {"source": "{lot}"}, {}, "symbol-text-empty"),
        (QR | {"source": "{note1}"}, {"note1": "x" * 5000}, "symbol-text-too-long"),
        (
            {**QR, "kind": "gs1-datamatrix", "source": "(01){gtin}"},
            {"gtin": "09506000134350"},
            "bad-gs1-elements",
        ),
    ],
)
def test_what_cannot_be_printed_is_refused_with_its_label_and_element(
    element: dict[str, Any], values: dict[str, str], code: str
) -> None:
    plan = Plan(template({"kind": "line", "x": 0, "y": 36, "width": 70, "height": 0.2}, element), 300, "en")
    with pytest.raises(LabelError) as refused:
        plan.one(content(**values))
    assert refused.value.code == code
    assert refused.value.values["number"] == 2
    assert refused.value.values["identifier"] == "88.118.1001/7Q2K9XW4M3"


def test_a_text_that_may_be_shortened_is_and_the_label_says_so() -> None:
    element = text("{note1}", width=20, height=4, lines=1, overflow="shorten")
    placed = Plan(template(element), 300, "en").one(content(note1="battery 🔋 of the larger kind"))
    (run,) = placed.runs
    assert run.text.startswith("battery □")
    assert run.text.endswith("…")
    assert run.width <= 20
    assert placed.left_off == ("note1",)


def test_values_cannot_break_lines_or_fill_memory() -> None:
    assert lines(text("A\t{note1}"), content(note1="one\ttwo\nthree\x00\u202e")) == ["A", "one two three"]
    plan = Plan(template(text("{note1}")), 300, "en")
    for number in range(10_000):
        plan.one(content(note1=f"N{number}"))
    adder = plan._adders[0].__self__  # type: ignore[attr-defined]
    assert isinstance(adder, TextPlan)
    assert len(adder._frames[(True,)][0].lines[0][3]) <= 4096


def test_gs1_symbols_leave_out_what_has_no_value_and_write_dates_as_gs1_does() -> None:
    element = {"kind": "gs1-datamatrix", "x": 0, "y": 0, "width": 20, "height": 20}
    plan = Plan(template(element), 300, "en")
    full, less = plan.placed(
        [
            content(gtin="09506000134352", expires="2028-11-21", lot="L(1", serial="S1"),
            content(gtin="09506000134352"),
        ]
    )
    assert full.symbols[0].text == "0109506000134352" + "17281121" + "10L(1\x1d" + "21S1"
    assert less.symbols[0].text == "0109506000134352"


def test_every_field_has_a_title_and_examples_in_both_languages() -> None:
    for name, field in FIELDS.items():
        assert field.title
        for language in ("en", "zh"):
            assert len(field.example(language, longest=True)) >= len(field.example(language)) > 0, name
    shown = sample("en", longest=True)
    assert all(shown.value(name, "zh") for name in FIELDS)


def test_a_part_can_be_remembered_by_a_weak_reference() -> None:
    import weakref

    part = Part()
    assert weakref.ref(part)() is part
