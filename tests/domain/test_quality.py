"""What events lack is named element by element, and adds up to scores that never contradict the events."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import quality
from app.domain.epcis import ErrorDeclaration, Event, Quantity
from app.domain.quality import Context, Subject, Tally
from app.domain.steps import STEPS

NOW = datetime(2026, 5, 20, tzinfo=UTC)
LOT, PIECE, BOX = "hdl:88.118.1001/L", "hdl:88.118.1001/S", "hdl:88.118.1001/B"
KNOWN = Context(
    {
        LOT: Subject(LOT, "lot", "L1", "P", "料", "Melt", "KGM", "88.118.1001"),
        PIECE: Subject(PIECE, "serial", "S1", "P", "件", "Part", "", "88.118.1001"),
        BOX: Subject(BOX, "logistic", maker="88.118.1001"),
    }
)
FULL: dict[str, Any] = {
    "biz_step": "shipping",
    "disposition": "in_transit",
    "read_point": "hdl:88.118.1001/SITE",
    "quantity_list": (Quantity(LOT, Decimal(4), "KGM"),),
    "biz_transaction_list": (("desadv", "DN-1"),),
    "destination_list": (("possessing_party", "hdl:88.118.2002"),),
}


def event(**more: Any) -> Event:
    return Event("ObjectEvent", NOW, **(FULL | more))


def test_a_shipment_with_everything_lacks_nothing() -> None:
    assert quality.missing(event(), "ship", KNOWN) == ()


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ({"destination_list": ()}, "destination"),
        ({"biz_transaction_list": ()}, "document"),
        ({"read_point": ""}, "place"),
        ({"quantity_list": (), "epc_list": (LOT,)}, "quantity"),
    ],
)
def test_each_missing_element_is_named(left_out: dict[str, Any], missing: str) -> None:
    assert quality.missing(event(**left_out), "ship", KNOWN) == (missing,)


def test_of_a_thing_that_nobody_knows_lot_and_description_cannot_be_there() -> None:
    found = quality.missing(event(quantity_list=(), epc_list=("https://id.example/x",)), "ship", KNOWN)
    assert found == ("description", "lot-source")


def test_a_piece_needs_no_quantity_and_a_container_no_description() -> None:
    assert quality.missing(event(quantity_list=(), epc_list=(PIECE, BOX)), "ship", KNOWN) == ()


def test_a_receipt_takes_sender_and_documents_from_its_shipment() -> None:
    bare = event(destination_list=(), biz_transaction_list=())
    assert quality.missing(bare, "receive", KNOWN) == ("source", "document")
    answered = Context(KNOWN.subjects, "88.118.3003", (("po", "PO-1"),))
    assert quality.missing(bare, "receive", answered) == ()


def test_an_event_without_a_thing_lacks_only_the_thing_of_what_is_said_of_things() -> None:
    assert quality.missing(event(quantity_list=()), "ship", KNOWN) == ("item",)


def test_withdrawals_and_acts_of_the_registry_are_not_judged() -> None:
    assert quality.kind_of(event(error_declaration=ErrorDeclaration(NOW, "did_not_occur", "x")), "ship") == ""
    assert [quality.kind_of(event(), step) for step in ("mint", "adopt", "void", "retire")] == [""] * 4


def test_what_is_no_step_of_ours_is_judged_by_its_type() -> None:
    assert quality.kind_of(event(), "observe") == "ObjectEvent"
    assert quality.missing(event(biz_step="", disposition=""), "ObjectEvent", KNOWN) == (
        "step",
        "disposition",
    )


def test_every_judged_step_asks_for_elements_that_there_are() -> None:
    assert set(quality.REQUIRED) | quality.UNGRADED | {"observe"} == set(STEPS)
    assert {name for names in quality.REQUIRED.values() for name in names} <= set(quality.ELEMENTS)


@given(
    st.lists(
        st.tuples(st.sampled_from(["ship", "receive", "hold", "ObjectEvent"]), st.booleans(), st.booleans())
    )
)
def test_scores_agree_with_the_events_they_are_made_of(told: list[tuple[str, bool, bool]]) -> None:
    tally = Tally()
    gaps = []
    for seq, (kind, document, place) in enumerate(told):
        more: dict[str, Any] = {} if document else {"biz_transaction_list": ()}
        gaps.append(tally.add(seq, event(**more, **({} if place else {"read_point": ""})), kind, KNOWN))
    scores = tally.scores()
    assert sum(score.events for score in scores) == len(told)
    assert sum(score.events - score.complete for score in scores) == sum(gap is not None for gap in gaps)
    assert sum(count for score in scores for _, count in score.missing) == sum(
        len(gap.missing) for gap in gaps if gap
    )
    whole = quality.together(scores)
    assert 0 <= whole.percent <= 100
    assert (whole.percent == 100) == (not any(gaps))
