"""Canonical forms, the label's URL, and what may be minted."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import identifiers
from app.domain.identifiers import Identifier, Key, check_prefix, check_suffix_for_minting, parse, short_url
from app.errors import Malformed

ABC = Identifier("88.118.1001", "ABC")
PALLET = Key("sscc", "340123451111111111")
QR_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")

prefixes = st.from_regex(r"[0-9]{2}\.[0-9]{3,5}\.[0-9]{1,12}", fullmatch=True)
canonical_suffixes = (
    st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffd"), max_size=60
    )
    .map(lambda text: str(parse(f"88.118.1/x{text}")).partition("/")[2])
    .filter(lambda suffix: len(suffix) < 200)
)
identifiers_of_any_kind = st.builds(Identifier, prefixes, canonical_suffixes)


@given(identifiers_of_any_kind)
def test_an_epc_gives_its_identifier_back(identifier: Identifier) -> None:
    assert identifier.epc.isascii()
    assert " " not in identifier.epc
    assert Identifier.from_epc(identifier.epc) == identifiers.from_epc(identifier.epc) == identifier
    assert parse(identifier.epc) == parse(str(identifier)) == identifier


@given(identifiers_of_any_kind)
def test_a_canonical_identifier_is_normalised_and_upper_case(identifier: Identifier) -> None:
    text = str(identifier)
    assert unicodedata.normalize("NFKC", text) == text.strip() == text
    assert not re.search("[a-z]", text)
    assert len(text) <= 255


@pytest.mark.parametrize(
    "epc",
    [
        "",
        "hdl:",
        "hdl:88.118.1",
        "hdl:88.118.1/",
        "hdl:x/ABC",
        "88.118.1/ABC",
        "https://id.gs1.org/99/1",
        "https://id.gs1.org/88.118.1/A",
    ],
)
def test_only_a_canonical_epc_is_taken_from_the_log(epc: str) -> None:
    with pytest.raises(Malformed):
        identifiers.from_epc(epc)


@given(
    identifiers_of_any_kind,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["id.example.com", "HOST:8000", "127.0.0.1:8000", "a-b.cn"]),
    st.lists(st.from_regex(r"[a-zA-Z_~溯源 ]{1,8}", fullmatch=True), max_size=2),
)
@example(Identifier("88.118.1", "A/../B"), "https", "h", ["sub"])
@example(Identifier("88.118.1", "A//"), "https", "h", [])
@example(Identifier("88.118.1", "A?B#C%2F&D"), "https", "h", [])
def test_the_label_url_is_qr_alphanumeric_and_reads_back(
    identifier: Identifier, scheme: str, host: str, stem: list[str]
) -> None:
    url = short_url("/".join([f"{scheme}://{host}", *stem]), identifier)
    assert QR_ALPHANUMERIC.fullmatch(url)
    assert " " not in url
    assert parse(url) == parse(f"]Q1{url}") == identifier


def test_the_label_url_of_a_minted_identifier_is_plain() -> None:
    assert short_url("https://id.example.com:8000/", ABC) == "HTTPS://ID.EXAMPLE.COM:8000/88.118.1001/ABC"
    assert short_url("http://h", PALLET) == "HTTP://H/00/340123451111111111"
    lot = Key("gtin", "01/09506000134352/10/a%2Fb")
    assert parse(short_url("http://h/x", lot)) == lot


def test_a_browser_cannot_fold_the_label_url() -> None:
    url = short_url("http://h", Identifier("88.118.1", "A/../B"))
    assert "/../" not in url
    assert url.endswith("/A%2F..%2FB")


@pytest.mark.parametrize(
    "base", ["", "id.example.com", "ftp://h", "https://", "https://h/?x=1", "https://h#x"]
)
def test_a_base_that_is_no_web_address_is_refused(base: str) -> None:
    with pytest.raises(Malformed) as caught:
        short_url(base, ABC)
    assert caught.value.code == "bad-base-url"


@pytest.mark.parametrize("prefix", ["88.118.1001", "86.100.1", "88.12345.0042", " 88.118.8 ", "８８.118.8"])
def test_an_organisation_prefix_is_taken(prefix: str) -> None:
    assert check_prefix(prefix) == unicodedata.normalize("NFKC", prefix).strip()


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "88",
        "88.118",
        "87.118.1",
        "88.12.1",
        "88.123456.1",
        "88.118.x",
        "88.118.1.2",
        "88.118.1/",
        "88.118.1\n2",
    ],
)
def test_what_is_no_organisation_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_prefix(prefix)
    assert caught.value.code == "bad-prefix"


@given(st.from_regex(r"[A-Za-z0-9._-]{1,200}", fullmatch=True).filter(lambda text: text.strip(".")))
def test_a_suffix_that_may_be_minted_is_canonical_and_needs_no_escape(suffix: str) -> None:
    upper = check_suffix_for_minting(suffix)
    identifier = Identifier("88.118.1001", upper)
    assert parse(f"88.118.1001/{suffix}") == identifier
    assert identifier.epc == f"hdl:{identifier}"
    assert short_url("http://h", identifier) == f"HTTP://H/{identifier}".replace("_", "%5F")


@pytest.mark.parametrize(
    ("suffix", "position"),
    [("", 1), ("A B", 2), ("A/B", 2), ("批次", 1), ("A" * 201, 201), ("ABC\n", 4), ("..", 3), ("É", 1)],
)
def test_a_suffix_that_would_need_escaping_is_not_minted(suffix: str, position: int) -> None:
    with pytest.raises(Malformed) as caught:
        check_suffix_for_minting(suffix)
    assert caught.value.code == "bad-suffix"
    assert caught.value.values["position"] == position
