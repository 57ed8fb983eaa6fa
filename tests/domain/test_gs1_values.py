"""GS1 to the letter: the table of application identifiers, and what each may hold."""

import pytest

from app.domain.gs1 import (
    ai_table,
    ais,
    check_digits,
    elements,
    lints,
)
from app.domain.gs1.ais import AIS
from app.errors import Malformed

GTIN = "06901234567892"
SSCC = "340123451111111111"
GLN = "9520123456788"
COUPON = "0" + "693201" + "401587" + "2" + "75" + "1" + "3" + "0" + "110"  # up to the first family code


def refused(work: object, *arguments: object, **options: object) -> Malformed:
    with pytest.raises(Malformed) as caught:
        work(*arguments, **options)
    assert caught.value.english()
    return caught.value


# --- the table ---


def test_every_identifier_is_found_by_its_first_two_digits() -> None:
    assert len(AIS) > 500
    for code in AIS:
        assert ais.code_at(f"{code}1234") == code
        assert AIS[code].predefined == (code[:2] in ais.PREDEFINED)
        if AIS[code].predefined:
            assert AIS[code].least == AIS[code].most == ais.PREDEFINED[code[:2]]
    assert [ais.code_at(text) for text in ("", "8", "89123", "235", "23", "400X", "X")] == [
        "",
        "",
        "",
        "235",
        "",
        "400",
        "",
    ]


def test_every_rule_of_the_table_is_one_that_exists() -> None:
    named = {lint for ai in AIS.values() for part in ai.components for lint in part.lints}
    assert named - {"digit", "pair"} <= set(lints.LINTS)
    assert set(lints.LINTS) == set(lints.WHY)
    asked = {c for ai in AIS.values() for rule in ai.requires for group in rule for c in group}
    asked |= {code for ai in AIS.values() for code in ai.excludes}
    assert all(any(code.startswith(one.rstrip("n")) for code in AIS) for one in asked)
    assert max(len(line) for line in ai_table.TABLE.splitlines()) < 130


# --- values ---


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("00", SSCC), ("01", GTIN), ("11", "270228"), ("11", "280229"), ("17", "270200"), ("17", "000229"),
        ("253", "9520123456788"), ("253", "9520123456788AB/1"), ("255", "95201234567881234"), ("3103", "000195"),
        ("3912", "156100"), ("401", "6901ABC"), ("402", "06141411234567890"), ("421", "156100000"), ("423", "156840"),
        ("4300", "ACME%20Ltd"), ("4307", "CN"), ("4309", "02790858483015297971"), ("4321", "1"), ("4324", "2702281530"),
        ("4330", "000123-"), ("4330", "000123"), ("7003", "2702280000"), ("7007", "270228"), ("7007", "270228270301"),
        ("7011", "2702282359"), ("7030", "999ABC"), ("7040", "1AB_"), ("7041", "200"), ("7241", "80"), ("7250", "19240229"),
        ("7251", "192402292359"), ("7252", "9"), ("7258", "2/3"), ("8001", "00010000200119"), ("8003", "09520123456788X"),
        ("8006", "069012345678920102"), ("8007", "GB82WEST12345698765432"), ("8008", "27022823"), ("8008", "270228235959"),
        ("8010", "9520#-/1"), ("8011", "1"), ("8013", "1987654Ad4X4bL5ttr2310c2K"), ("8020", "A"), ("8030", "12="),
        ("8030", "ab_-"), ("8110", COUPON), ("8112", "0" + "0693201" + "401587" + "0123456"), ("99", "!\"%&'()*+,-./:;<=>?_"),
    ],
)  # fmt: skip
def test_a_good_value_is_taken_as_it_is(code: str, value: str) -> None:
    assert elements.check(code, value) == value


@pytest.mark.parametrize(
    ("code", "value", "error", "position"),
    [
        ("00", "34012345111111111", "bad-gs1-key", 18),
        ("00", "3401234511111111111", "bad-gs1-key", 19),
        ("00", "34012345111111111O", "bad-gs1-key", 18),
        ("00", "340123451111111112", "wrong-check-digit", 18),
        ("10", "", "bad-gs1-key", 1),
        ("10", "A B", "bad-gs1-key", 2),
        ("10", "A" * 21, "bad-gs1-key", 21),
        ("10", "AÖ", "bad-gs1-key", 2),
        ("11", "271301", "bad-gs1-data", 3),
        ("11", "270229", "bad-gs1-data", 5),
        ("11", "270431", "bad-gs1-data", 5),
        ("4326", "270200", "bad-gs1-data", 5),
        ("253", "9520123456780AB", "wrong-check-digit", 13),
        ("3910", "001100", "bad-gs1-data", 1),
        ("401", "69A1B", "bad-gs1-data", 3),
        ("401", "690", "bad-gs1-data", 4),
        ("421", "001100000", "bad-gs1-data", 1),
        ("423", "15684", "bad-gs1-data", 6),
        ("423", "156001", "bad-gs1-data", 4),
        ("4300", "A%2", "bad-gs1-data", 2),
        ("4307", "ZZ", "bad-gs1-data", 1),
        ("4309", "18000000010000000000", "bad-gs1-data", 1),
        ("4309", "00000000003600000001", "bad-gs1-data", 11),
        ("4321", "2", "bad-gs1-data", 1),
        ("4324", "2702282400", "bad-gs1-data", 7),
        ("4324", "2702280060", "bad-gs1-data", 9),
        ("4330", "000123X", "bad-gs1-data", 7),
        ("7007", "27022827030", "bad-gs1-data", 12),
        ("7040", "1AB=", "bad-gs1-data", 4),
        ("7041", "0", "bad-gs1-data", 1),
        ("7241", "11", "bad-gs1-data", 1),
        ("7250", "19000229", "bad-gs1-data", 7),
        ("7252", "5", "bad-gs1-data", 1),
        ("7258", "3/2", "bad-gs1-data", 3),
        ("7258", "0/2", "bad-gs1-data", 1),
        ("7258", "123", "bad-gs1-data", 2),
        ("8001", "00000000200019", "bad-gs1-data", 1),
        ("8001", "00010000200129", "bad-gs1-data", 13),
        ("8003", "19520123456788", "bad-gs1-data", 1),
        ("8003", "09520123456780", "wrong-check-digit", 14),
        ("8006", "069012345678920302", "bad-gs1-data", 17),
        ("8006", "069012345678920002", "bad-gs1-data", 15),
        ("8007", "GB82WEST12345698765431", "bad-gs1-data", 3),
        ("8007", "XX82WEST12345698765432", "bad-gs1-data", 1),
        ("8007", "GB82", "bad-gs1-data", 5),
        ("8008", "2702282360", "bad-gs1-data", 9),
        ("8010", "9520a", "bad-gs1-key", 5),
        ("8011", "01", "bad-gs1-data", 1),
        ("8013", "1987654Ad4X4bL5ttr2310c2J", "wrong-check-digit", 24),
        ("8014", "12", "bad-gs1-data", 3),
        ("8030", "123=", "bad-gs1-key", 4),
        ("8030", "a+b", "bad-gs1-key", 2),
        ("89", "1", "bad-gs1-data", 1),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_at_its_character(code: str, value: str, error: str, position: int) -> None:
    caught = refused(elements.check, code, value)
    assert (caught.code, caught.values["position"]) == (error, position), caught.english()


def test_a_check_digit_inside_a_value_is_told_by_its_place() -> None:
    assert "has 0 at position 13" in refused(elements.check, "253", "9520123456780AB").english()
    assert "ends in 2" in refused(elements.check, "00", "340123451111111112").english()


@pytest.mark.parametrize(
    ("tail", "field", "position"),
    [
        ("", "", 0), ("1" + "0" + "1" + "5" + "0" + "123" + "9", "", 0), ("1" + "0" + "15" + "0" + "123" + "0" + "693201", "", 0),
        ("2" + "15" + "0" + "123" + "9", "", 0), ("3" + "271231" + "4" + "270101", "", 0), ("5" + "0" + "123456", "", 0),
        ("6" + "1" + "6932011", "", 0), ("9" + "0" + "0" + "0" + "0", "", 0),
        ("1" + "4", "Additional Purchase Rules", 2), ("1" + "0" + "6", "Second Purchase Requirement length", 3),
        ("2" + "15" + "5", "Third Purchase Requirement Code", 4), ("2" + "15" + "0" + "12", "Third Purchase Family Code", 7),
        ("2" + "15" + "0" + "123" + "7", "Third Purchase Company Prefix length", 8), ("3" + "271331", "Expiration Date", 4),
        ("4" + "27", "Start Date", 4), ("3" + "270101" + "4" + "271231", "Start Date", 9), ("5" + "1" + "123456", "Serial Number", 9),
        ("6" + "0", "Retailer length", 2), ("9" + "3", "Save Value Code", 2), ("9" + "0" + "3", "Save Value Applies To", 3),
        ("9" + "00" + "0" + "2", "Don't Multiply", 5), ("9" + "0000" + "1", "end", 6), ("7", "end", 1),
    ],
)  # fmt: skip
def test_a_coupon_is_read_field_by_field(tail: str, field: str, position: int) -> None:
    if not field:
        elements.check("8110", COUPON + tail)
        return
    error = refused(elements.check, "8110", COUPON + tail)
    assert error.values["field"] == field
    assert error.values["position"] == len(COUPON) + position


def test_check_characters_are_the_published_ones() -> None:
    assert check_digits.check_pair("1987654Ad4X4bL5ttr2310c") == "2K"
    assert check_digits.check_digit("37610425002123456") == "9"
