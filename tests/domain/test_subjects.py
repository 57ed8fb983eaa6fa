"""Organisation data of an application: its numbers have check characters, its fields limits, and little of it is public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import subjects
from app.errors import Malformed
from tests.support.registrar import SUBJECT

CODES = ["91350100M000100Y43", "91110000100000000R"]  # the first is the example of GB 32100-2015
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_what_is_in_order_comes_back_tidied_and_whole() -> None:
    found = subjects.subject(SUBJECT | {"name_en": "  Ana   Batteries ", "region": "42", "industry": "3841"})
    assert found.keys() == subjects.FIELDS.keys()
    assert (found["name_en"], found["region"], found["industry"]) == ("Ana Batteries", "420000", "C3841")
    assert subjects.subject(found) == found


@pytest.mark.parametrize("code", CODES)
@given(place=st.integers(0, 17), letter=st.sampled_from(USCC))
def test_a_credit_code_with_one_wrong_character_is_found_out(code: str, place: int, letter: str) -> None:
    assert subjects.uscc(code.lower()) == code
    if letter != code[place]:
        with pytest.raises(Malformed):
            subjects.uscc(code[:place] + letter + code[place + 1 :])


@given(place=st.integers(0, 17), digit=st.sampled_from("0123456789X"))
def test_an_identity_number_with_one_wrong_digit_is_found_out(place: int, digit: str) -> None:
    number = "11010519491231002X"  # the example of GB 11643-1999
    assert subjects.resident_number(number) == number
    if digit != number[place]:
        with pytest.raises(Malformed):
            subjects.resident_number(number[:place] + digit + number[place + 1 :])


@given(st.sampled_from(sorted(subjects.FIELDS)), st.text(max_size=300))
def test_any_text_in_a_field_is_taken_or_refused_at_that_field(name: str, text: str) -> None:
    try:
        found = subjects.subject(SUBJECT | {name: text})
    except Malformed as error:
        assert error.values["field"] in {name, "id_number", "legal_id_number"}
        return
    assert len(found[name]) <= subjects.FIELDS[name].most
    assert found[name].isprintable()


@pytest.mark.parametrize("value", [None, 7, [], {}, True, b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        subjects.subject(SUBJECT | {"address": value})


def test_the_public_part_is_four_fields_and_no_more() -> None:
    assert subjects.public_part(SUBJECT).keys() == {"name_zh", "name_en", "industry", "region"}


def test_a_foreign_number_has_no_check_character() -> None:
    found = subjects.subject(SUBJECT | {"id_type": "registration", "id_number": "HRB 12345"})
    assert found["id_number"] == "HRB 12345"
