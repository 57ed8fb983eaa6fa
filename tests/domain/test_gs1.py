"""Check digits, pallet numbers and the spellings of a key."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain import gs1
from app.errors import Malformed

digits = st.text("0123456789", min_size=1, max_size=20)
qualifier_values = st.from_regex(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", fullmatch=True)
gtins = st.text("0123456789", min_size=13, max_size=13).map(lambda body: body + gs1.check_digit(body))


@pytest.mark.parametrize(
    "key", ["09506000134352", "6901234567892", "340123451111111111", "9520123456788", "02345673"]
)
def test_published_keys_end_in_their_check_digit(key: str) -> None:
    assert gs1.check_digit(key[:-1]) == key[-1]


@given(digits, st.data())
def test_one_wrong_digit_never_goes_unseen(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from("0123456789"))
    assume(other != body[place])
    assert gs1.check_digit(body[:place] + other + body[place + 1 :]) != gs1.check_digit(body)


@given(st.sampled_from("0123456789"), st.text("0123456789", min_size=4, max_size=12), st.data())
def test_a_pallet_number_is_made_of_its_parts_and_checks(
    extension: str, prefix: str, data: st.DataObject
) -> None:
    serial = data.draw(st.text("0123456789", min_size=1, max_size=16 - len(prefix)))
    number = gs1.sscc(extension, prefix, serial)
    assert len(number) == 18
    assert number.startswith(extension + prefix)
    assert int(number[len(prefix) + 1 : -1]) == int(serial)
    assert gs1.check_sscc(number) == number


@pytest.mark.parametrize(
    ("extension", "prefix", "serial", "code"),
    [
        ("3", "4012345", "1234567890", "bad-sscc-parts"),
        ("33", "4012345", "1", "bad-sscc-parts"),
        ("3", "401", "1", "bad-sscc-parts"),
        ("3", "4012345678901", "1", "bad-sscc-parts"),
        ("3", "4012345", "", "bad-gs1-key"),
        ("3", "4012345", "-1", "bad-gs1-key"),
        ("", "4012345", "1", "bad-gs1-key"),
    ],
)
def test_parts_that_make_no_pallet_number_are_refused(
    extension: str, prefix: str, serial: str, code: str
) -> None:
    with pytest.raises(Malformed) as caught:
        gs1.sscc(extension, prefix, serial)
    assert caught.value.code == code


def test_a_gtin_of_any_length_becomes_fourteen_digits() -> None:
    assert gs1.check_gtin("02345673") == "00000002345673"
    assert gs1.check_gtin("416000336108") == "00416000336108"
    assert gs1.check_gtin("9506000134352") == gs1.check_gtin("09506000134352") == "09506000134352"


def test_a_wrong_check_digit_is_named_with_the_right_one() -> None:
    with pytest.raises(Malformed) as caught:
        gs1.check_gln("9520123456780")
    assert caught.value.code == "wrong-check-digit"
    assert "ends in 0, but its check digit would be 8" in caught.value.english()


@pytest.mark.parametrize(
    ("text", "position"), [("95201234O6788", 9), ("９520123456788", 1), ("", 1), ("952012345678٨", 13)]
)
def test_only_ascii_digits_make_a_key(text: str, position: int) -> None:
    with pytest.raises(Malformed) as caught:
        gs1.check_gln(text)
    assert caught.value.values["position"] == position


@pytest.mark.parametrize("text", ["1", "123456789012345", "1234567"])
def test_a_key_of_the_wrong_length_is_told_the_right_ones(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        gs1.check_gtin(text)
    assert caught.value.values["lengths"] == "8/12/13/14"


@given(gtins, st.dictionaries(st.sampled_from(["22", "10", "21"]), qualifier_values))
def test_all_spellings_of_a_key_are_the_same_elements(gtin: str, found: dict[str, str]) -> None:
    elements = [("01", gtin), *((ai, found[ai]) for ai in ("22", "10", "21") if ai in found)]
    shuffled = reversed(elements)
    assert gs1.from_element_string(gs1.FNC1.join(ai + value for ai, value in shuffled)) == elements
    assert gs1.from_bracketed(gs1.bracketed(elements)) == elements
    assert gs1.from_path([part for element in elements for part in element]) == elements


def test_dates_and_weights_between_the_parts_of_a_key_are_skipped() -> None:
    scanned = (
        "0109506000134352" + "17261231" + "3103000500" + "2112345" + gs1.FNC1 + "37120" + gs1.FNC1 + "10LOT"
    )
    assert gs1.from_element_string(scanned) == [("01", "09506000134352"), ("10", "LOT"), ("21", "12345")]


def test_a_code_that_was_cut_off_is_refused() -> None:
    with pytest.raises(Malformed, match="cut off"):
        gs1.from_element_string("01095060001343")


def test_qualifiers_in_the_wrong_order_are_no_digital_link() -> None:
    assert gs1.from_path(["01", "09506000134352", "21", "S", "10", "L"]) is None
    assert gs1.from_path(["01", "09506000134352", "10", "L", "10", "L"]) is None
    assert gs1.from_path(["01", "09506000134352", "10"]) is None
    assert gs1.from_path(["00", "340123451111111111", "10", "L"]) is None
    assert gs1.from_path([]) is None


def test_the_path_encodes_everything_but_unreserved_characters() -> None:
    assert (
        gs1.path_of([("01", "09506000134352"), ("10", "a/b%c*~._-")])
        == "01/09506000134352/10/a%2Fb%25c%2A~._-"
    )
