"""GS1 to the letter: rows of elements, what may stand together, Digital Links, URNs and scans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.gs1 import (
    FNC1,
    associations,
    digital_link,
    elements,
    scans,
    urns,
)
from app.domain.identifiers import parse
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


@pytest.mark.parametrize(
    "text",
    [
        "]E0400638133393\x07",
        "(01)1\x07" + "2" * 5_000,
        "(00)395060001343000016\x85",
        "(01)\x04(01)\x05",
        "]E0" + "7" * 400,
    ],
)
def test_a_refusal_shows_nothing_that_acts_and_no_more_than_a_line(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(text)
    shown = [value for value in refusal.value.values.values() if isinstance(value, str)]
    assert all(value.isprintable() and len(value) <= 121 for value in shown)


@pytest.mark.parametrize(
    "urn", ["urn:epc:id:sgtin:86.100.1", "urn:epc:class:lgtin:2.16.156", "urn:epc:id:sgln:1.2.3"]
)
def test_a_urn_of_a_wrong_length_is_shown_where_it_is(urn: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(urn)
    values = refusal.value.values
    assert values["value"][values["position"] - 1 :].startswith(values["part"])


def test_an_element_string_is_refused_where_no_identifier_begins() -> None:
    error = refused(elements.parse, f"{FNC1}0109506000134352" + f"10AB{FNC1}{FNC1}21X")
    assert error.values["position"] == 23
    assert error.values["value"][22:] == "^21X"
