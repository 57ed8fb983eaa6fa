"""GS1 to the letter: what each application identifier may hold and stand beside, Digital Links, URNs and scans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.gs1 import (
    FNC1,
    ai_table,
    ais,
    associations,
    check_digits,
    digital_link,
    elements,
    lints,
    scans,
    urns,
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


# --- rows of elements ---


def test_an_element_string_needs_fnc1_only_where_a_length_varies() -> None:
    data = [("01", GTIN), ("10", "LOT"), ("3103", "000195"), ("21", "S")]
    written = f"{FNC1}01{GTIN}10LOT{FNC1}310300019521S"
    assert elements.element_string(data) == written
    assert elements.parse(written) == elements.parse(written + FNC1) == data
    assert elements.parse(written.replace("000195", "000195" + FNC1)) == data
    assert elements.parse_bracketed(elements.bracketed(data)) == data
    assert elements.element_string([]) == FNC1


@pytest.mark.parametrize(
    "text",
    ["", FNC1, f"01{GTIN}", f"{FNC1}01{GTIN}2", f"{FNC1}01{GTIN[:-1]}{FNC1}", f"{FNC1}10{FNC1}21A", f"{FNC1}8912", f"{FNC1}01{GTIN}10"],
)  # fmt: skip
def test_a_broken_element_string_is_refused(text: str) -> None:
    assert refused(elements.parse, text).code in {"bad-gs1-key", "bad-gs1-data"}


@pytest.mark.parametrize(
    ("text", "position"), [("", 1), ("(01", 1), (f"(01){GTIN}10", 19), (f"(01){GTIN}(10)", 19), ("(1A)2", 1)]
)
def test_a_broken_bracketed_line_is_refused(text: str, position: int) -> None:
    error = refused(elements.parse_bracketed, text)
    assert error.code in {"bad-gs1-data", "bad-gs1-key"}
    assert error.values["position"] in {position, 15}


@pytest.mark.parametrize(
    "line",
    [f"(01){GTIN}(10)L", f"(02){GTIN}(37)5(00){SSCC}", f"(01){GTIN}(21)S(250)X", f"(01){GTIN}(3922)0299(3103)000195",
     f"(414){GLN}(254)A", f"(01){GTIN}(21)S(8030)abc", "(8018)" + "123456789012345675" + "(7258)1/2(7259)B", "(99)A(99)A"],
)  # fmt: skip
def test_data_that_belong_together_may_stand_together(line: str) -> None:
    associations.check(elements.parse_bracketed(line))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"(01){GTIN}(02){GTIN}(37)5", "bad-gs1-data"), ("(21)S", "bad-gs1-data"), (f"(02){GTIN}", "bad-gs1-data"),
        (f"(02){GTIN}(37)5", "bad-gs1-data"), (f"(01){GTIN}(250)X", "bad-gs1-data"), (f"(01){GTIN}(37)5", "bad-gs1-data"),
        (f"(01){GTIN}(21)S(235)T", "bad-gs1-data"), (f"(01){GTIN}(3922)0299", "bad-gs1-data"), ("(400)A(400)B", "bad-gs1-key"),
        (f"(01){GTIN}(3100)000001(3101)000001", "bad-gs1-data"), (f"(01){GTIN}(8030)abc", "bad-gs1-data"),
        (f"(253){GLN}(8030)abc", "bad-gs1-data"), (f"(415){GLN}", "bad-gs1-data"),
        ("(8017)123456789012345675(8018)123456789012345675", "bad-gs1-data"),
    ],
)  # fmt: skip
def test_data_that_exclude_or_miss_each_other_are_refused(line: str, code: str) -> None:
    assert refused(associations.check, elements.parse_bracketed(line)).code == code


# --- Digital Links ---


@pytest.mark.parametrize(
    ("uri", "canonical"),
    [
        (f"HTTP://h/01/{GTIN}", f"https://id.gs1.org/01/{GTIN}"),
        (
            f"https://a./x/01/{GTIN}/10/A%2fB?17=271231&lang=zh&x#top",
            f"https://id.gs1.org/01/{GTIN}/10/A%2FB?17=271231",
        ),
        (
            f"https://h:8443/00/{SSCC}?400=A&02={GTIN}&37=5",
            f"https://id.gs1.org/00/{SSCC}?02={GTIN}&400=A&37=5",
        ),
        ("https://h/01/x/8004/6901%2B?99=a%2Bb", "https://id.gs1.org/8004/6901%2B?99=a%2Bb"),
    ],
)
def test_a_digital_link_has_one_canonical_form(uri: str, canonical: str) -> None:
    assert digital_link.canonical(uri) == digital_link.canonical(canonical) == canonical
    assert digital_link.parse(canonical) == digital_link.parse(digital_link.uri(digital_link.parse(uri)))


@pytest.mark.parametrize(
    ("uri", "position"),
    [
        ("", 1), ("ftp://h/01/1", 1), ("HtTp://h/01/1", 1), (f"https:///01/{GTIN}", 9), ("https://h", 10),
        (f"https://h$/01/{GTIN}", 10), (f"https://h/01/{GTIN} ", 28), (f"https://h/01/{GTIN}/", 29),
        (f"https://h/01/{GTIN}/10/", 32), (f"https://h/01/{GTIN}/21/S/10/L", 34), (f"https://h/01/{GTIN}/99/A", 29),
        (f"https://h/01/{GTIN}/235/A/10/B", 35), (f"https://h/00/{SSCC}/10/L", 33), (f"https://h/01/{GTIN}?10=L", 29),
        (f"https://h/01/{GTIN}?99=A&99=A", 34), (f"https://h/01/{GTIN}?01={GTIN}", 29), (f"https://h/01/{GTIN}?99=", 32),
        (f"https://h/01/{GTIN}?17=271231&999=1", 39), (f"https://h/01/{GTIN}?8200=x", 29), (f"https://h/01/{GTIN}?99=%00", 32),
        (f"https://h/gtin/{GTIN}", 30),
    ],
)  # fmt: skip
def test_what_is_no_digital_link_is_refused_at_its_character(uri: str, position: int) -> None:
    error = refused(digital_link.parse, uri)
    assert (error.code, error.values["position"]) == ("bad-digital-link", position), error.english()


def test_short_gtins_are_taken_only_when_asked_for() -> None:
    assert refused(digital_link.parse, f"https://h/01/{GTIN[1:]}").code == "bad-gs1-key"
    assert (
        digital_link.canonical(f"https://h/01/{GTIN[1:]}", short_gtin=True) == f"https://id.gs1.org/01/{GTIN}"
    )


def test_a_link_is_made_of_the_first_key_and_what_may_stand_with_it() -> None:
    made = digital_link.uri
    assert made([("21", "S"), ("01", GTIN), ("400", "A"), ("17", "271231")], "https://h/p/") == (
        f"https://h/p/01/{GTIN}/21/S?17=271231&400=A"
    )
    assert made([("01", GTIN), ("01", GTIN)]) == f"https://id.gs1.org/01/{GTIN}"
    assert refused(made, [("01", GTIN), ("01", "09506000134352")]).code == "bad-gs1-key"
    assert refused(made, [("10", "L")]).code == "bad-digital-link"
    assert refused(made, [("01", GTIN), ("8200", "x")]).code == "bad-digital-link"
    assert refused(made, [("01", GTIN[:-1] + "0")]).code == "wrong-check-digit"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (f"https://h/gtin/{GTIN[1:]}/lot/L/ser/S?x=1", f"https://id.gs1.org/01/{GTIN}/21/S"),
        (f"HTTP://h/x/01/{GTIN}/22/V/10/L/", f"https://id.gs1.org/01/{GTIN}/10/L"),
        (f"https://h/gln/{GLN}/glnx/A%2FB#f", f"https://id.gs1.org/414/{GLN}/254/A%2FB"),
        (f"https://h/{GTIN}", None), ("", None), (None, None), (f"https://h/01/{GTIN}/99/A", None),
    ],
)  # fmt: skip
def test_any_link_has_the_form_that_events_use(text: object, normal: str | None) -> None:
    assert digital_link.normalise_cbv(text) == normal


@given(st.text(st.characters(max_codepoint=255)))
def test_percent_coding_gives_back_what_it_took(text: str) -> None:
    assert digital_link.decode(digital_link.encode(text)) == text
    assert digital_link.decode(digital_link.encode(text, query=True), query=True) == text
    assert set(digital_link.encode(text)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"
    )


# --- URNs, scans ---


@pytest.mark.parametrize(
    ("urn", "line"),
    [
        ("urn:epc:id:sgtin:6901234.056789.S%2F1", f"(01){GTIN}(21)S/1"),
        ("urn:epc:class:lgtin:6901234.056789.L", f"(01){GTIN}(10)L"),
        ("urn:epc:idpat:sgtin:6901234.056789.*", f"(01){GTIN}"),
        ("urn:epc:id:sscc:4012345.3111111111", f"(00){SSCC}"),
        ("urn:epc:id:sgln:952012.345678.A.B", f"(414){GLN}(254)A.B"),
        ("urn:epc:id:sgln:952012.345678.0", f"(414){GLN}"),
        ("urn:epc:id:pgln:952012.345678", f"(417){GLN}"),
        ("urn:epc:idpat:grai:952012.345678.*", f"(8003)0{GLN}"),
        ("urn:epc:id:itip:6901234.056789.01.02.S", f"(8006){GTIN}0102(21)S"),
        ("urn:epc:id:cpi:952012.1%23%2F.7", "(8010)9520121#/(8011)7"),
        ("urn:epc:idpat:gdti:952012.345678.*", f"(253){GLN}"),
    ],
)
def test_an_epc_urn_says_the_same_as_a_key(urn: str, line: str) -> None:
    found = urns.from_urn(urn)
    assert found is not None
    assert elements.bracketed(found) == line
    company = urn.split(":")[4].partition(".")[0]
    assert urns.urn_of(found, len(company)) == urn
    assert urns.from_urn(urn.replace("urn:epc", "URN:EPC")) == found


@pytest.mark.parametrize(
    "urn",
    ["urn:epc:id:gid:1.2.3", "urn:epc:id:sgtin:1.2", "urn:epc:idpat:sgtin:6901234.056789.1", "urn:epc:id:sscc:4012345.",
     "urn:epc:tag:sgtin-96:1.6901234.056789.1", "urn:epc:class:sgtin:6901234.056789.1", "urn:oid:1.2", "x"],
)  # fmt: skip
def test_a_urn_of_no_key_is_none(urn: str) -> None:
    assert urns.parse(urn) is None


def test_a_key_without_a_urn_says_so() -> None:
    for line, length in [
        ("(8013)1987654Ad4X4bL5ttr2310c2K", 7),
        (f"(01){GTIN}(10)L(21)S", 7),
        (f"(01){GTIN}", 3),
        (f"(01){GTIN}", 13),
        ("(8004)6901A", 5),
    ]:
        assert refused(urns.urn_of, elements.parse_bracketed(line), length).code == "bad-epc-urn"


def test_a_scan_tells_its_symbology() -> None:
    assert scans.read(f"]C101{GTIN}10L") == scans.Scan(
        "GS1_128_CCA", f"^01{GTIN}10L", [("01", GTIN), ("10", "L")]
    )
    assert scans.read(f"]Q1HTTPS://H/01/{GTIN}").elements == [("01", GTIN)]
    assert scans.read("]d1^x") == scans.Scan("DM", "\\^x")
    assert scans.read(f"]E0{GTIN[1:]}").data == GTIN[1:]
    assert scans.read(f"]E0{GTIN[1:]}|]e099A").elements == [("99", "A")]
    for text in ("", "ABC", "]Z9A", "]E0123", f"]E0{GTIN}", "]E0690123456789٢", f"]E0{GTIN[1:-1]}0"):
        assert refused(scans.read, text).code == "bad-scan"
    assert refused(scans.read, "]C1").code == "bad-gs1-data"
    assert refused(scans.read, "]Q1https://shop.example/").code == "bad-digital-link"


def test_check_characters_are_the_published_ones() -> None:
    assert check_digits.check_pair("1987654Ad4X4bL5ttr2310c") == "2K"
    assert check_digits.check_digit("37610425002123456") == "9"
