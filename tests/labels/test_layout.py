"""What must hold of every label, whatever is on it and however small it is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import fonts
from labels.errors import LabelError
from labels.fonts import Faces, faces
from labels.layout import Placed
from labels.single import placed
from labels.spec import A4_3X8, DOTS_PER_MM, Label, Stock, dots_per_mm
from labels.symbols import QUIET
from tests.labels.samples import DETAILS, label

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)
identifiers = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ-", min_size=1, max_size=40).map(
    "88.118.1001/".__add__
)
any_label = st.builds(
    lambda identifier, title, subtitle, details: Label("HTTPS://ID.EXAMPLE.COM/" + identifier, identifier, title, subtitle, details),
    identifiers, words, words, st.lists(st.tuples(words, words), max_size=5).map(tuple),
)  # fmt: skip
sizes = st.tuples(st.integers(12, 160), st.integers(12, 160))


def overlap(spot: Placed) -> list[str]:
    """Texts that touch the symbol with its quiet zone, or leave the label."""
    per_mm = dots_per_mm(spot.dpi)
    quiet = QUIET * spot.symbol.module
    left, top = (spot.symbol.left - quiet) / per_mm, (spot.symbol.top - quiet) / per_mm
    right, bottom = (
        left + (spot.symbol.dots + 2 * quiet) / per_mm,
        top + (spot.symbol.dots + 2 * quiet) / per_mm,
    )
    assert min(left, top) > -1e-6
    assert right < spot.width + 0.5 / per_mm
    assert bottom < spot.height + 0.5 / per_mm
    boxes = [
        (r.text, r.x, r.baseline - 0.88 * r.size, r.x + r.width, r.baseline + 0.12 * r.size)
        for r in spot.runs
    ]
    boxes += [("rule", r.x, r.y, r.x + r.width, r.y + r.height) for r in spot.rules]
    return [
        text
        for text, x0, y0, x1, y1 in boxes
        if (x0 < right - 1e-6 and x1 > left + 1e-6 and y0 < bottom - 1e-6 and y1 > top + 1e-6)
        or min(x0, y0) < 0
        or x1 > spot.width
        or y1 > spot.height
    ]


@settings(max_examples=150)
@given(any_label, sizes, st.sampled_from(sorted(DOTS_PER_MM)))
def test_text_stays_clear_of_the_quiet_zone_and_the_identifier_is_whole(
    what: Label, size: tuple[int, int], dpi: int
) -> None:
    try:
        spot = placed(what, *size, dpi)
    except LabelError as refused:
        assert refused.code == "label-does-not-fit"
        assert min(size) < 32, "there is room"
        return
    assert overlap(spot) == []
    assert "".join(run.text for run in spot.runs if run.face == "mono") == what.identifier
    assert spot.symbol.module / dots_per_mm(dpi) >= 0.25 - 1e-9


@given(any_label)
def test_no_two_lines_of_text_lie_over_each_other(what: Label) -> None:
    runs = sorted(placed(what, 70, 37, 300).runs, key=lambda run: run.baseline)
    for above, below in pairwise(runs):
        if below.baseline - above.baseline > 1e-6:
            assert below.baseline - 0.88 * below.size >= above.baseline + 0.12 * above.size - 1e-6
        else:
            assert below.x >= above.x + above.width or above.x >= below.x + below.width


def test_a_usual_label_has_everything_in_full_at_a_generous_module() -> None:
    spot = placed(label(), 70, 37, 300)
    assert [run.text for run in spot.runs] == [
        "磷酸铁锂正极材料", "LFP cathode powder",
        "批次 Lot", "L-2026-01", "日期 Date", "2026-11-22", "数量 Qty", "500 kg",
        "88.118.1001/7Q2K9XW4M3AB0001",
    ]  # fmt: skip
    assert spot.left_off == ()
    assert spot.symbol.module / dots_per_mm(300) > 0.7


def test_a_long_name_is_wrapped_and_then_cut_with_an_ellipsis() -> None:
    spot = placed(label(title="高镍三元锂离子动力电池模组" * 6), 70, 37, 300)
    title = [run.text for run in spot.runs if run.face == "bold"]
    assert len(title) == 2
    assert title[1].endswith("…")


def test_a_small_label_says_what_it_had_to_leave_off() -> None:
    spot = placed(label(), 25, 25, 203)
    assert spot.left_off
    shown = {run.text for run in spot.runs}
    assert shown.isdisjoint(spot.left_off)


def test_a_label_too_small_for_its_identifier_is_refused_with_its_size() -> None:
    with pytest.raises(LabelError) as refused:
        placed(label(), 10, 8, 300)
    assert refused.value.code == "label-does-not-fit"
    assert refused.value.values["width"] == "10"


@pytest.mark.parametrize("dpi", [0, 72, 302])
def test_a_printer_of_another_resolution_is_refused(dpi: int) -> None:
    with pytest.raises(LabelError, match="203, 300, 600"):
        placed(label(), 70, 37, dpi)


def test_an_identifier_that_cannot_be_written_is_refused_but_a_name_is_shown_with_boxes() -> None:
    with pytest.raises(LabelError) as refused:
        placed(label(identifier="88.118/🔋"), 70, 37, 300)
    assert refused.value.code == "identifier-not-writable"
    assert placed(label(title="电池\n🔋\x00"), 70, 37, 300).runs[0].text == "电池 □"


def test_without_any_chinese_font_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PATHS", ())
    monkeypatch.setattr(fonts, "_from_fontconfig", lambda: ("", ""))
    with pytest.raises(LabelError, match="apt-get install fonts-noto-cjk"):
        faces.__wrapped__()


def test_a_font_in_an_unusual_place_is_found_through_fontconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PATHS", ())
    found: Faces = faces.__wrapped__()
    assert found.regular.writes("溯源")


def test_the_sheet_covers_an_a4_page_from_edge_to_edge() -> None:
    assert A4_3X8.positions == 24
    assert A4_3X8.corner(0) == (0, 0.5)
    right, bottom = A4_3X8.corner(23)
    assert (right + A4_3X8.width, bottom + A4_3X8.height) == (210, 296.5)


def test_a_stock_with_gaps_has_its_labels_a_pitch_apart() -> None:
    stock = Stock("gaps", 210, 297, 2, 3, 90, 60, 10, 20, 100, 80)
    assert stock.corner(3) == (110, 100)


def test_details_keep_their_order() -> None:
    shown = [run.text for run in placed(label(), 100, 60, 300).runs]
    assert [shown.index(caption) for caption, _ in DETAILS] == sorted(
        shown.index(caption) for caption, _ in DETAILS
    )
