"""Label stock: what is measured is judged by name, what is corrected stays the company's, what is asked is never another's."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import Malformed, Unknown
from app.services import stock_measures, stocks
from app.store.database import reading, writing
from tests.support import tenants
from tests.support.tenants import Tenants

SHEET = {
    "kind": "sheet",
    "page_width": 210,
    "page_height": 297,
    "columns": 3,
    "rows": 8,
    "width": 64,
    "height": 33.9,
}
PITCH = {"pitch_x": 66.5, "pitch_y": 33.9}


@pytest.fixture
def world(engine: Engine, now: datetime) -> Tenants:
    with writing(engine) as session:
        return tenants.found(session, now)


def test_labels_without_margins_lie_in_the_middle_and_without_a_pitch_they_touch() -> None:
    made = stock_measures.made("Mine", SHEET | {"rows": 4})
    assert (made.left, made.top) == (9.0, 80.7)
    assert (made.pitch_x, made.pitch_y) == (64.0, 33.9)
    roll = stock_measures.made(
        "Roll", {"kind": "roll", "width": 40, "height": 30, "columns": 2, "pitch_x": 42}
    )
    assert (roll.page_width, roll.positions, roll.gap) == (82.0, 2, 3.0)
    tape = stock_measures.made("Tape", {"kind": "continuous", "page_width": 62, "width": 58.9})
    assert tape.endless
    assert tape.left == pytest.approx(1.55)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"width": None}, "width"),
        ({"width": "wide"}, "width"),
        ({"width": float("nan")}, "width"),
        ({"height": 0}, "height"),
        ({"height": -33.9}, "height"),
        ({"columns": 2.5}, "columns"),
        ({"columns": 10**400}, "columns"),
        ({"rows": 201}, "rows"),
        ({"kind": "scroll"}, "kind"),
        ({"top": 26.0}, "top"),  # the last row would end 0.2 mm below the page
        ({"pitch_y": 30}, "pitch_y"),  # rows overlap
        ({"radius": -1}, "radius"),
    ],
    ids=str,
)
def test_a_measure_that_cannot_be_is_named(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as told:
        stock_measures.made("Mine", SHEET | PITCH | wrong)
    assert told.value.values["field"] == field


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "A\x00B"])
def test_stock_has_a_name_of_one_line(name: str) -> None:
    with pytest.raises(Malformed, match="one line"):
        stock_measures.made(name, SHEET)


def test_a_form_sent_twice_is_one_stock_and_what_is_withdrawn_is_offered_no_more(
    engine: Engine, world: Tenants, now: datetime
) -> None:
    with writing(engine) as session:
        first = stocks.create(session, world.ana, " Our  sheets ", SHEET, now, nonce="n1").id
        again = stocks.create(session, world.ana, "Our sheets", SHEET, now, nonce="n1").id
        assert first == again
    with reading(engine) as session:
        own = [each for each in stocks.stocks_of(session, world.bo) if each.own]
        assert [(each.stock.name, each.stock.positions) for each in own] == [("Our sheets", 24)]
    with writing(engine) as session:
        stocks.change(session, world.bo, first or 0, "Narrow", SHEET | {"columns": 2}, now)
        stocks.withdraw(session, world.bo, first or 0, now)
        stocks.withdraw(session, world.bo, first or 0, now)
    with reading(engine) as session:
        assert not [each for each in stocks.stocks_of(session, world.ana) if each.own]
        assert stocks.stock_of(session, world.ana, f"own-{first}").stock.columns == 2  # a run may name it


def test_each_company_corrects_its_own_printer(engine: Engine, world: Tenants, now: datetime) -> None:
    with writing(engine) as session:
        stocks.calibrate(session, world.ana, "avery-l7160", 0.5, -1.25, now)
        stocks.calibrate(session, world.ana, "avery-l7160", 0.6, -1.25, now)
        own = stocks.code_of(stocks.create(session, world.ana, "Our sheets", SHEET, now))
    with reading(engine) as session:
        mine = stocks.stock_of(session, world.ana, "avery-l7160")
        theirs = stocks.stock_of(session, world.cy, "avery-l7160")
        assert ((mine.x, mine.y), (theirs.x, theirs.y)) == ((0.6, -1.25), (0.0, 0.0))
        for code in (own, "own-999", "own-", "avery-none", "own-" + "9" * 18):
            with pytest.raises(Unknown):
                stocks.stock_of(session, world.cy, code)
    with writing(engine) as session, pytest.raises(Malformed, match="cannot be moved"):
        stocks.calibrate(session, world.ana, own, 10.1, 0, now)
    with writing(engine) as session, pytest.raises(Malformed):
        stocks.calibrate(session, world.ana, own, 0, float("inf"), now)


def test_a_layout_that_loses_a_row_by_a_fifth_of_a_millimetre_is_refused_by_name() -> None:
    loaded = stocks.Loaded("x", stock_measures.made("A4", SHEET | {"height": 37.1, "rows": 8, "top": 0.2}))
    assert not stocks.misfits(loaded, (64, 37.1))
    (misfit,) = stocks.misfits(loaded, (64, 37.3))
    assert (misfit.measure, misfit.limit) == ("template-height", 37.1)


def test_a_correction_that_moves_print_over_the_edge_is_told() -> None:
    loaded = stocks.Loaded("a4-3x8", stocks.catalogue.STOCKS["a4-3x8"], x=-3.0, y=0.0)
    assert not stocks.misfits(loaded, (70, 37), ink=(3.0, 2.0, 3.0, 2.0))
    (misfit,) = stocks.misfits(loaded, (70, 37), ink=(2.0, 2.0, 2.0, 2.0))
    assert (misfit.measure, str(misfit)) == (
        "x",
        "As this stock is corrected, print begins 1.00 mm left of the page.",
    )


@pytest.mark.parametrize(
    ("count", "start", "skip", "sheets"),
    [(1, 1, (), 1), (24, 1, (), 1), (25, 1, (), 2), (24, 2, (), 2), (23, 2, (), 1), (23, 1, (5,), 1), (24, 3, (1, 24), 2), (48, 24, (24,), 3)],
)  # fmt: skip
def test_used_places_count_on_the_first_sheet_only(
    count: int, start: int, skip: tuple[int, ...], sheets: int
) -> None:
    assert stocks.sheets_for(stocks.catalogue.STOCKS["a4-3x8"], count, start, frozenset(skip)) == sheets


def test_stock_is_found_by_maker_number_and_size() -> None:
    everything = [stocks.Loaded(code, each) for code, each in stocks.catalogue.STOCKS.items()]
    assert "zweckform-3474" in [each.code for each in stocks.matching(everything, "Avery 3450")]
    assert "roll-100x150" in [each.code for each in stocks.matching(everything, "100 × 150")]
    best = stocks.that_take(everything, (100, 150))[0].stock
    assert (best.width, best.height) == (100, 150)
