"""Stock by its measures: what fits and which measure is to blame where it does not."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labels.catalogue import STOCKS, like
from labels.errors import LabelError
from labels.fitting import Reach, checked, fits
from labels.stock import A4_3X8, Stock, endless, roll


def blamed(stock: Stock, *about: object, **more: object) -> list[tuple[str, float, float]]:
    return [
        (misfit.measure, round(misfit.found, 3), misfit.limit)
        for misfit in fits(stock, *about, **more)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("code", STOCKS)
def test_every_product_of_the_catalogue_fits_on_its_own_page_and_lies_in_its_middle(code: str) -> None:
    stock = STOCKS[code]
    assert fits(stock) == []
    assert checked(stock) is stock
    if stock.kind == "sheet" and code != "a4-3x8":
        right, bottom = (
            stock.page_width - stock.corner(stock.positions - 1)[0] - stock.width,
            stock.page_height - stock.corner(stock.positions - 1)[1] - stock.height,
        )
        assert (right, bottom) == pytest.approx((stock.left, stock.top), abs=0.02)


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("avery-l7160", (7.2, 15.15), (139.3, 243.75)),
        ("avery-l7651", (4.67, 10.9), (167.2, 264.9)),
        ("zweckform-3475", (0, 4.5), (140, 256.5)),
        ("zweckform-4731", (8.48, 13.5), (176.1, 273.5)),
        ("herma-4346", (9.75, 21.5), (154.5, 254.3)),
        ("avery-5160", (4.76, 12.7), (144.5, 241.3)),
        ("avery-5167", (7.14, 12.7), (164.3, 254.0)),
    ],
)
def test_products_have_the_measures_that_are_published(
    code: str, first: tuple[float, float], last: tuple[float, float]
) -> None:
    stock = STOCKS[code]
    assert stock.corner(0) == pytest.approx(first, abs=0.06)
    assert stock.corner(stock.positions - 1) == pytest.approx(last, abs=0.1)


def test_a_top_margin_that_pushes_the_last_row_off_the_page_by_two_tenths_is_named() -> None:
    stock = replace(A4_3X8, top=1.2)
    assert blamed(stock) == [("top", 1.2, 1.0)]
    assert str(fits(stock)[0]) == (
        "Row 8 ends 0.2 mm below the page: the top margin is 1.2 mm, where 1 mm is the most."
    )
    assert fits(replace(A4_3X8, top=1.04)) == []


@pytest.mark.parametrize(
    ("changes", "measure", "limit"),
    [
        ({"height": 37.2, "pitch_y": 37.2}, "height", 37.06),
        ({"width": 70.1, "pitch_x": 70.1}, "width", 70.0),
        ({"height": 36.0, "pitch_y": 37.3}, "pitch_y", 37.21),
        ({"pitch_x": 69.9}, "pitch_x", 70.0),
        ({"pitch_y": 36.9}, "pitch_y", 37.0),
        ({"left": 0.2}, "left", 0.0),
        ({"left": -0.2}, "left", 0.0),
    ],
)
def test_the_measure_that_is_off_is_named_with_what_it_may_be(
    changes: dict[str, float], measure: str, limit: float
) -> None:
    stock = replace(A4_3X8, **changes)  # type: ignore[arg-type]
    assert [(found[0], found[2]) for found in blamed(stock)] == [(measure, limit)]


def test_a_template_larger_than_the_label_is_refused_and_one_that_is_smaller_is_not() -> None:
    assert blamed(A4_3X8, (70.2, 37)) == [("template-width", 70.2, 70.0)]
    assert blamed(A4_3X8, (70, 37.2)) == [("template-height", 37.2, 37.0)]
    assert fits(A4_3X8, (70.05, 37)) == fits(A4_3X8, (60, 30)) == []


def test_print_in_the_margin_that_a_printer_leaves_white_is_found_by_its_edge() -> None:
    laser = Reach(4, 4, 4, 4)
    assert [found[0] for found in blamed(A4_3X8, (70, 37), laser)] == ["left", "top", "right", "bottom"]
    assert fits(A4_3X8, (70, 37), laser, (4, 4, 4, 4)) == []
    assert blamed(A4_3X8, (70, 37), laser, (4, 3.3, 4, 4)) == [("top", 3.8, 4.0)]


def test_a_roll_takes_labels_lengthwise_where_a_driver_turns_the_page() -> None:
    tape = STOCKS["dk-11201"]
    assert fits(tape, (90, 29)) == fits(tape, (29, 90)) == []
    assert blamed(tape, (90, 30)) == [("template-width", 90, 29)]
    assert blamed(tape, (90, 29), Reach(head=29)) == [("template-width", 90, 29)]
    assert STOCKS["avery-l7160"].turned() is None


def test_a_roll_wider_than_the_head_is_refused_unless_only_its_margins_are() -> None:
    four_inch = Reach(head=104)
    assert blamed(roll("x", 110, 50), None, four_inch) == [("width", 110, 104)]
    assert fits(roll("x", 110, 50), None, four_inch, (3, 0, 3, 0)) == []


def test_endless_paper_takes_any_height_but_not_any_width() -> None:
    receipt = STOCKS["receipt-58"]
    assert fits(receipt, (48, 130)) == []
    assert blamed(receipt, (50, 130)) == [("template-width", 50, 48)]
    assert receipt.cut_to(130).corner(0) == (5, 0)
    assert endless("x", 60, 60).cut_to(40).page_height == 40


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({"width": float("nan")}, "width"),
        ({"page_height": 0}, "page_height"),
        ({"pitch_x": 1e9}, "pitch_x"),
        ({"rows": 10_000}, "rows"),
        ({"columns": 0}, "columns"),
        ({"kind": "scroll"}, "kind"),
    ],
)
def test_measures_that_no_sheet_has_are_refused_by_name(changes: dict[str, object], measure: str) -> None:
    with pytest.raises(LabelError) as refused:
        checked(replace(A4_3X8, **changes))  # type: ignore[arg-type]
    assert refused.value.code == "bad-stock-measure"
    assert refused.value.values["measure"] == measure


def test_stock_measured_by_hand_is_recognised_and_what_was_measured_wrongly_is_told() -> None:
    by_hand = replace(STOCKS["avery-l7160"], name="mine", top=15.5)
    assert like(by_hand) == ("avery-l7160", [("top", 15.5, 15.15)])
    assert like(replace(by_hand, top=18.0)) is None


@given(
    st.integers(1, 8),
    st.integers(1, 30),
    st.floats(5, 80),
    st.floats(5, 80),
    st.floats(0, 4),
    st.floats(0, 4),
    st.floats(0, 20),
    st.floats(0, 20),
)
def test_what_fits_ends_on_the_page_and_a_corrected_measure_fits(
    columns: int, rows: int, width: float, height: float, gap_x: float, gap_y: float, left: float, top: float
) -> None:
    stock = Stock("x", 210, 297, columns, rows, width, height, left, top, width + gap_x, height + gap_y)
    found = fits(stock)
    x, y = stock.corner(stock.positions - 1)
    over = max(x + width - 210, y + height - 297)
    assume(abs(over - 0.05) > 1e-9)
    assert (found == []) == (over <= 0.05)
    for misfit in found:
        corrected = replace(stock, **{misfit.measure: misfit.limit})  # type: ignore[arg-type]
        if misfit.measure in ("width", "height"):
            continue  # the pitch has to follow
        assert misfit.measure not in [other.measure for other in fits(corrected)]
