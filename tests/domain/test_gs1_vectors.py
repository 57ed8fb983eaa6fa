"""GS1 as its own reference engine and three libraries test it; run where their vectors lie beside the project."""

from typing import Any

import pytest

from app.domain import gs1
from app.domain.gs1 import associations, check_digits, digital_link, elements, keys, scans, urns
from app.errors import Malformed
from tests.support.vectors import FOLDER, vectors

pytestmark = pytest.mark.skipif(not (FOLDER / "gs1").exists(), reason="the shared vectors are not here")

# Vectors that ask for what is not the engine's default. GTINs of 8, 12 and 13 digits can be asked for here as well.
# Identifiers that GS1 has not given out cannot: nothing says how long they are or what they may hold.
UNKNOWN_AIS = "asks to permit unknown application identifiers, which are refused here"
ASIDE = {"dlparse-112": UNKNOWN_AIS, "dlparse-113": UNKNOWN_AIS, "dlgen-020": UNKNOWN_AIS}


def cases(name: str, label: str) -> list[Any]:
    return [pytest.param(v, id=repr(v[label])) for v in vectors(f"gs1/{name}") if v.get("id") not in ASIDE]


def pairs(vector: dict[str, Any]) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in vector["ai"]]


def refused(work: Any, *arguments: Any, **options: Any) -> Malformed:
    with pytest.raises(Malformed) as caught:
        work(*arguments, **options)
    assert caught.value.values["position"] >= 1
    assert caught.value.english()
    return caught.value


def test_only_vectors_with_options_of_their_own_are_aside() -> None:
    found = {v["id"]: v for name in ("dl_parse", "dl_generate") for v in vectors(f"gs1/{name}.json")}
    assert all("permit_unknown_ais" in found[name]["options"] for name in ASIDE)


@pytest.mark.parametrize("vector", cases("check_digits.json", "value"))
def test_check_digits(vector: dict[str, Any]) -> None:
    assert gs1.check_digit(vector["value"]) == str(vector["check_digit"])


@pytest.mark.parametrize("vector", cases("gtin_parity.json", "value"))
def test_the_last_digit_of_a_gtin(vector: dict[str, Any]) -> None:
    if vector["valid"]:
        assert gs1.check_gtin(vector["value"]).endswith(vector["value"])
    else:
        assert refused(gs1.check_gtin, vector["value"]).values["expected"] == vector["correct_check_digit"]


@pytest.mark.parametrize("vector", cases("ai_bracketed.json", "bracketed"))
def test_bracketed_lines(vector: dict[str, Any]) -> None:
    if not vector["valid"]:
        refused(elements.parse_bracketed, vector["bracketed"])
        return
    found = elements.parse_bracketed(vector["bracketed"])
    assert found == pairs(vector)
    assert elements.element_string(found).replace(gs1.FNC1, "^") == vector["element_string"]
    assert elements.bracketed(found) == vector["bracketed"]


@pytest.mark.parametrize("vector", cases("ai_element_string.json", "element_string"))
def test_element_strings(vector: dict[str, Any]) -> None:
    text = vector["element_string"].replace("^", gs1.FNC1)
    if vector["valid"]:
        assert elements.element_string(elements.parse(text)) == text.replace(
            f"1231{gs1.FNC1}", "1231"
        ).removesuffix(gs1.FNC1)
    else:
        refused(elements.parse, text)


@pytest.mark.parametrize("vector", cases("ai_linters.json", "bracketed"))
def test_the_content_of_values(vector: dict[str, Any]) -> None:
    if vector["valid"]:
        elements.parse_bracketed(vector["bracketed"])
        return
    error = refused(elements.parse_bracketed, vector["bracketed"])
    assert (error.code == "wrong-check-digit") == (vector["lint"] == "INCORRECT_CHECK_DIGIT")
    assert ("coupon" in error.english()) == vector["lint"].startswith("COUPON")


@pytest.mark.parametrize("vector", cases("scan_parse.json", "scan_data"))
def test_scans(vector: dict[str, Any]) -> None:
    if not vector["valid"]:
        refused(scans.read, vector["scan_data"])
        return
    scan = scans.read(vector["scan_data"])
    assert (scan.symbology, scan.data) == (vector["symbology"], vector["data"])
    assert scan.elements == (pairs(vector) if vector["ai"] else None)
    assert (scan.elements and elements.bracketed(scan.elements)) == vector["bracketed"]


@pytest.mark.parametrize("vector", cases("dl_parse.json", "id"))
def test_digital_links_are_read(vector: dict[str, Any]) -> None:
    short_gtin = "permit_zero_suppressed_gtin" in vector["options"]
    if not vector["valid"]:
        refused(digital_link.parse, vector["uri"], short_gtin=short_gtin)
        return
    found = digital_link.parse(vector["uri"], short_gtin=short_gtin)
    assert found == pairs(vector)
    assert elements.bracketed(found) == vector["bracketed"]
    assert elements.element_string(found).replace(gs1.FNC1, "^") == vector["element_string"]
    assert digital_link.canonical(vector["uri"], short_gtin=short_gtin) == vector["canonical"]
    if vector["valid_with_ai_rules"]:
        associations.check(found)
    else:
        refused(associations.check, found)


@pytest.mark.parametrize("vector", cases("dl_generate.json", "id"))
def test_digital_links_are_written(vector: dict[str, Any]) -> None:
    stem = digital_link.CANONICAL if vector["stem"] is None else vector["stem"]
    if vector["valid"]:
        assert digital_link.uri(pairs(vector), stem) == vector["uri"]
    else:
        refused(digital_link.uri, pairs(vector), stem)


@pytest.mark.parametrize("vector", cases("dl_normalise_cbv.json", "in"))
def test_the_normal_form_of_the_core_business_vocabulary(vector: dict[str, Any]) -> None:
    assert digital_link.normalise_cbv(vector["in"]) == vector["normalised"]


@pytest.mark.parametrize("vector", cases("dl_percent_decode.json", "in"))
def test_percent_decoding(vector: dict[str, Any]) -> None:
    assert digital_link.decode(vector["in"]) == vector["path"]
    assert digital_link.decode(vector["in"], query=True) == vector["query"]


@pytest.mark.parametrize("vector", cases("dl_percent_encode.json", "in"))
def test_percent_encoding(vector: dict[str, Any]) -> None:
    assert digital_link.encode(vector["in"]) == vector["path"]
    assert digital_link.encode(vector["in"], query=True) == vector["query"]


def test_the_primary_keys_and_their_qualifiers() -> None:
    theirs = {v["primary_key"]: v["qualifier_sequences"] for v in vectors("gs1/dl_primary_keys.json")}
    assert {key: [list(s) for s in found if s] for key, found in keys.QUALIFIERS.items()} == theirs


@pytest.mark.parametrize("vector", vectors("gs1/dl_path_sequences.json"), ids="-".join)
def test_path_orders(vector: list[str]) -> None:
    assert keys.in_order(vector[0], vector[1:])


@pytest.mark.parametrize("vector", cases("urn_element_string.json", "urn"))
def test_epc_urns_both_ways(vector: dict[str, Any]) -> None:
    found = urns.parse(vector["urn"])
    assert found is not None
    assert elements.bracketed(found) == vector["element_string"]
    assert urns.urn_of(found, vector["gcp_length"]) == vector["urn"]
    if "gs1_engine_rejects" in vector:  # epcpy builds URNs of values that the engine refuses
        refused(digital_link.uri, found)
    else:
        assert digital_link.uri(found) == vector["dl_uri_by_gs1_engine"]
    if vector["gs1_key"] and len(vector["gs1_key"]) in (8, 12, 13, 14) and found[0][0] == "01":
        assert check_digits.check_gtin(vector["gs1_key"].zfill(14)) == found[0][1]


@pytest.mark.parametrize("vector", cases("urn_to_dl.json", "urn"))
def test_epc_urns_to_digital_links(vector: dict[str, Any]) -> None:
    found = urns.from_urn(vector["urn"])
    assert found is not None
    assert f"{digital_link.CANONICAL}/{keys.path_of(found)}" == vector["dl"]
