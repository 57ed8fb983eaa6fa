"""The one parser: every spelling in, one value or one explained refusal out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import identifiers
from app.domain.identifiers import Identifier, Key, parse
from app.errors import Malformed
from tests.support.vectors import FOLDER, vectors

ROOT = Path(__file__).resolve().parents[2]
ABC = Identifier("88.118.1001", "ABC")
PALLET = Key("sscc", "340123451111111111")


def refusal(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse(text)
    return caught.value


def assert_canonical_or_malformed(text: str) -> None:
    try:
        found = parse(text)
    except Malformed as error:
        assert error.english()
        return
    assert parse(str(found)) == found
    assert parse(found.epc) == found


@pytest.mark.parametrize(
    "scanned",
    [
        "88.118.1001/ABC",
        "88.118.1001/abc",
        "  88.118.1001/ABC\r\n",
        "88.118.1001 / ABC",
        "hdl:88.118.1001/ABC",
        "HDL:88.118.1001/abc",
        "hdl: 88.118.1001/ABC",
        "https://hdl.handle.net/88.118.1001/ABC",
        "https://hdl.handle.net/api/handles/88.118.1001/ABC",
        "HTTPS://ID.EXAMPLE.COM:8443/88.118.1001/ABC",
        "HtTp://127.0.0.1:8000/88.118.1001/ABC/",
        "https://[2001:db8::1]:8000/88.118.1001/ABC",
        "https://id.example.com/node/88.118.1001/ABC?lang=zh#top",
        "https://id.example.com/88.118.1001/%41bc",
        "https://id.example.com/sign?handle=88.118.1001/ABC",
        "https://id.example.com/sign?x=1&ID=88.118.1001%2Fabc",
        "https://id.example.com/sign?handle=hdl%3A88.118.1001%2Fabc",
        "id.example.com/88.118.1001/ABC",
        "localhost:8000/88.118.1001/ABC",
        "88.118.1001%2FABC",
        "８８．１１８．１００１／ａｂｃ",
        "88。118。1001/ABC",
        "\ufeff88.118.1001/A\u200bBC",
        "]Q188.118.1001/ABC",
        "]d188.118.1001/ABC",
        "]C088.118.1001/ABC",
        "]Q1HTTPS://ID.EXAMPLE.COM/88.118.1001/ABC",
        "\u202a88.118.1001/ABC\u202c",
        "\x0288.118.1001/ABC\x03",
    ],
)
def test_every_way_of_writing_an_identifier_gives_the_same_one(scanned: str) -> None:
    assert parse(scanned) == ABC


@pytest.mark.parametrize(
    "scanned",
    [
        "(00)340123451111111111",
        "(00) 340123451111111111",
        "（00）340123451111111111",
        "00340123451111111111",
        "340123451111111111",
        "]C100340123451111111111",
        "]e000340123451111111111",
        "]d20034012345111111111110LOT",
        "\x1d00340123451111111111",
        "]C137120\x1d00340123451111111111",
        "https://id.gs1.org/00/340123451111111111",
        "HTTPS://EXAMPLE.COM:8000/stem/00/340123451111111111/",
        "urn:epc:id:sscc:4012345.3111111111",
        "URN:EPC:ID:SSCC:4012345.3111111111",
    ],
)
def test_every_way_of_writing_a_pallet_number_gives_the_same_key(scanned: str) -> None:
    assert parse(scanned) == PALLET
    assert PALLET.epc == "https://id.gs1.org/00/340123451111111111"
    assert str(PALLET) == "(00)340123451111111111"


@pytest.mark.parametrize(
    ("scanned", "epc", "written"),
    [
        ("https://x.cn/01/09506000134352", "https://id.gs1.org/01/09506000134352", "(01)09506000134352"),
        ("9506000134352", "https://id.gs1.org/01/09506000134352", "(01)09506000134352"),
        ("]E09506000134352", "https://id.gs1.org/01/09506000134352", "(01)09506000134352"),
        ("]E402345673", "https://id.gs1.org/01/00000002345673", "(01)00000002345673"),
        (
            "]E02112345678900|]e099COMPOSITE\x1d98XYZ",
            "https://id.gs1.org/01/02112345678900",
            "(01)02112345678900",
        ),
        (
            "https://x.cn/01/09506000134352/10/LOT/21/SER?17=261231",
            "https://id.gs1.org/01/09506000134352/10/LOT/21/SER",
            "(01)09506000134352(10)LOT(21)SER",
        ),
        (
            "]C101095060001343521726123121SER\x1d10Lot/7",
            "https://id.gs1.org/01/09506000134352/10/Lot%2F7/21/SER",
            "(01)09506000134352(10)Lot/7(21)SER",
        ),
        (
            "010950600013435210LOT\x1d21SER",
            "https://id.gs1.org/01/09506000134352/10/LOT/21/SER",
            "(01)09506000134352(10)LOT(21)SER",
        ),
        (
            "(01)09506000134352(10)a\\(b)",
            "https://id.gs1.org/01/09506000134352/10/a%28b%29",
            "(01)09506000134352(10)a\\(b)",
        ),
        (
            "https://id.gs1.org/414/9520123456788/254/32a%2Fb",
            "https://id.gs1.org/414/9520123456788/254/32a%2Fb",
            "(414)9520123456788(254)32a/b",
        ),
        ("urn:epc:id:sgln:952012.345678.0", "https://id.gs1.org/414/9520123456788", "(414)9520123456788"),
    ],
)
def test_gs1_keys_keep_lot_and_serial_as_they_are(scanned: str, epc: str, written: str) -> None:
    key = parse(scanned)
    assert isinstance(key, Key)
    assert key.epc == epc
    assert str(key) == written
    assert parse(epc) == parse(written) == identifiers.from_epc(epc) == Key.from_epc(epc) == key


def test_an_identifier_that_contains_a_digital_link_stays_itself() -> None:
    assert parse("https://x.cn/88.118.1/01/09506000134352") == Identifier("88.118.1", "01/09506000134352")


def test_a_lot_that_looks_like_a_prefix_stays_a_lot() -> None:
    key = parse("https://x.cn/01/09506000134352/10/88.118.1001/21/5")
    assert key == Key("gtin", "01/09506000134352/10/88.118.1001/21/5")


@pytest.mark.parametrize(
    "real",
    ["88.118.8/JXDY2106023", "88.101.0042/001", "88.608.5288/META_2F23B2B600TSQ202406231", "10.1038/NPHYS1170",
     "88.300.15907541011/1024", "86.122.2/SX-XYGS-009-26-QL-010-SBGC-008-TL-002-ZL4", "86.1000.1/批次/2026-1"],
)  # fmt: skip
def test_identifiers_seen_in_practice_are_already_canonical(real: str) -> None:
    assert str(parse(real)) == real


@pytest.mark.parametrize(
    ("scanned", "code"),
    [
        ("", "empty-scan"),
        (" \r\n\ufeff", "empty-scan"),
        ("]Q1", "empty-scan"),
        ("\x1d", "empty-scan"),
        ("https://shop.example/item/12345?id=7", "not-an-identifier"),
        ("https://shop.example/", "not-an-identifier"),
        ("BEGIN:VCARD\nVERSION:3.0\nN:Wang;Li\nEND:VCARD", "not-an-identifier"),
        ("WIFI:T:WPA;S:factory;P:secret;;", "not-an-identifier"),
        ("hello", "not-an-identifier"),
        ("42", "not-an-identifier"),
        ("123456789012", "not-an-identifier"),
        ("urn:epc:id:gid:95100000.12345.400", "not-an-identifier"),
        ("urn:epc:idpat:sgtin:4012345.012345.98", "not-an-identifier"),
        ("(99)COMPANY", "not-an-identifier"),
        ("(00)340123451111111111 and more (", "not-an-identifier"),
        ("https://a/01//12312312312333", "not-an-identifier"),
        ("hdl:nothing", "not-an-identifier"),
        ("x" * 3_000_000, "too-long"),
        ("88.118.1001/" + "A" * 244, "too-long"),
        ("https://x.cn/88.118.1001/" + "A" * 244, "too-long"),
        ("88.118.1001", "bad-suffix"),
        ("88.118.1001/", "bad-suffix"),
        ("hdl:88.118.1001/", "bad-suffix"),
        ("88.118.1001/A\x07B", "bad-suffix"),
        ("88.118.1001/A\nB", "bad-suffix"),
        ("https://x.cn/88.118.1001/A%00B", "bad-suffix"),
        ("https://x.cn/88.118.1001/A%FFB", "bad-suffix"),
        ("88.118.1001/A\ud800", "bad-suffix"),
        ("88.118.1O01/ABC", "bad-prefix"),
        ("88..1001/ABC", "bad-prefix"),
        ("88.118.x/ABC", "bad-prefix"),
        ("(00)340123451111111110", "wrong-check-digit"),
        ("340123451111111110", "wrong-check-digit"),
        ("https://x.cn/00/340123451111111110", "wrong-check-digit"),
        ("https://x.cn/00/3401234511", "bad-gs1-key"),
        ("]C1003401234511", "bad-gs1-key"),
        ("(01)09506000134352(10)LÖT", "bad-gs1-key"),
        ("(01)09506000134352(01)09506000134369", "bad-gs1-key"),
        ("(01)09506000134352(10)" + "A" * 21, "bad-gs1-key"),
        ("urn:epc:id:sscc:4012345.311111111", "bad-gs1-key"),
        ("urn:epc:id:sscc:4012345.31111x1111", "bad-gs1-key"),
    ],
)  # fmt: skip
def test_what_is_not_an_identifier_is_told_with_a_code_and_a_way_out(scanned: str, code: str) -> None:
    error = refusal(scanned)
    assert error.code == code
    assert error.hint
    assert len(error.english()) < 400


@pytest.mark.parametrize(
    ("scanned", "value", "position"),
    [
        ("88.118.1O01/ABC", "88.118.1O01", 9),
        ("８８．１１８．x／ABC", "88.118.x", 8),
        ("88.118.1001/A\x07B", "88.118.1001/A�B", 14),
        ("88.118.1001", "88.118.1001", 12),
        ("(01)09506000134352(10)LÖT", "LÖT", 2),
        ("urn:epc:id:sscc:4012345.31111x1111", "3" + "4012345" + "1111x1111", 13),
    ],
)  # fmt: skip
def test_the_refusal_names_the_character(scanned: str, value: str, position: int) -> None:
    error = refusal(scanned)
    assert error.values["value"] == value
    assert error.values["position"] == position
    assert value in error.english()


def test_a_wrong_check_digit_is_told_with_the_right_one() -> None:
    error = refusal("(00)340123451111111110")
    assert (error.values["found"], error.values["expected"]) == ("0", "1")


@given(st.text(max_size=300))
@example("88.118.1/\u00a8")
@example("88.118.1/i\u0307")
@example("88.118.1/a\u200d\u0301")
@example("]C1\x1d\x1d10")
@example("(01)")
def test_the_parser_gives_a_canonical_value_or_malformed_and_nothing_else(text: str) -> None:
    assert_canonical_or_malformed(text)


@given(
    st.sampled_from(["88.118.1/", "hdl:88.118.1/", "https://h/88.118.1/", "?id=88.118.1/", "]d201", "(01)"]),
    st.text(max_size=60),
)
def test_whatever_follows_a_good_start_gives_a_canonical_value_or_malformed(start: str, rest: str) -> None:
    assert_canonical_or_malformed(start + rest)


def test_identifiers_sort_and_serve_as_keys() -> None:
    later = Identifier("88.118.1001", "ABD")
    assert sorted([later, ABC]) == [ABC, later]
    assert {ABC: 1}[parse("88.118.1001/abc")] == 1


def test_the_parser_loads_no_framework() -> None:
    code = "import sys, app.domain.identifiers; print(sorted(m for m in sys.modules if '.' not in m))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"flask", "sqlalchemy", "biip", "pydantic", "cryptography", "numpy"} & set(
        re.findall(r"\w+", run.stdout)
    )


@pytest.mark.skipif(not FOLDER.exists(), reason="the shared vectors are not here")
class TestTheVectorsOfOthers:
    @pytest.mark.parametrize("vector", vectors("gs1/dl_parse.json"), ids=lambda v: v["id"])
    def test_digital_links(self, vector: dict) -> None:
        if vector["valid"]:
            assert parse(vector["uri"]).epc == vector["canonical"].partition("?")[0]
        elif "?" not in vector["uri"] and "too short" not in vector["error"]:
            # queries are dropped unread here, and a GTIN of 8, 12 or 13 digits is taken as the resolvers do
            assert refusal(vector["uri"]).code in ("not-an-identifier", "bad-gs1-key")

    @pytest.mark.parametrize("vector", vectors("gs1/urn_to_dl.json"), ids=lambda v: v["urn"])
    def test_urns(self, vector: dict) -> None:
        assert parse(vector["urn"]).epc == vector["dl"]

    @pytest.mark.parametrize("vector", vectors("gs1/scan_parse.json"), ids=lambda v: repr(v["scan_data"]))
    def test_scans(self, vector: dict) -> None:
        elements = dict(vector.get("ai") or [])
        if "01" in elements:
            key = parse(vector["scan_data"])
            assert key.epc.startswith(f"https://id.gs1.org/01/{elements['01']}")
            assert ("/10/" in key.epc) == ("10" in elements)
        elif vector["symbology"].startswith("EAN"):
            assert parse(vector["scan_data"]).scheme == "gtin"
        elif "example.com/01" not in vector["scan_data"]:
            refusal(vector["scan_data"])
