"""Handles and their values as rules: what goes in and out unchanged, what is one and the same name, what is refused."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import handles, identifiers
from app.domain.handles import HandleError, Right, Value, answers
from app.domain.handles.authorization import Basic, Proof, parse_header
from app.domain.identifiers import Identifier
from app.errors import Malformed

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
REFERENCES = st.tuples(st.text("ab/.1批", min_size=1, max_size=9), st.integers(0, 2**31 - 1))
DATA: st.SearchStrategy[dict[str, Any]] = st.one_of(
    TEXTS.map(lambda text: {"format": "string", "value": text}),
    st.binary(max_size=20).map(lambda data: {"format": "hex", "value": data.hex().upper()}),
    st.lists(REFERENCES, max_size=3).map(
        lambda found: {"format": "vlist", "value": [{"handle": h, "index": i} for h, i in found]}
    ),
)
VALUES = st.builds(
    Value,
    st.integers(1, 2**31 - 1),
    st.text("ABC_.批", min_size=1, max_size=20),
    DATA,
    st.integers(0, 2**31 - 1),
    st.just(""),
    st.text("01", min_size=4, max_size=4),
    st.lists(REFERENCES, max_size=2).map(tuple),
)


@given(VALUES)
def test_a_value_comes_back_from_its_json_as_it_was(value: Value) -> None:
    assert handles.parse_value(orjson.loads(orjson.dumps(handles.json_of(value)))) == value


@given(st.lists(VALUES, max_size=5, unique_by=lambda value: value.index))
def test_what_is_kept_is_read_back(values: list[Value]) -> None:
    stamped = handles.stamped(values, datetime(2026, 5, 20, 8, 30, 1, 999_999, UTC))
    assert handles.load(handles.dump(stamped)) == stamped
    assert all(value.timestamp == "2026-05-20T08:30:01Z" for value in stamped)


@given(st.lists(VALUES, max_size=5))
def test_anyone_is_sent_public_values_only(values: list[Value]) -> None:
    shown = orjson.loads(handles.public_json(values))
    assert len(shown) == sum(value.permissions[2] == "1" for value in values)


def test_a_secret_goes_out_to_nobody() -> None:
    kept = Value(300, "HS_SECKEY", {"format": "hashed", "value": {"hash": "$argon2id$x"}}, permissions="1111")
    assert handles.public_json([kept]) == b"[]"
    assert b"argon2id" not in handles.shown_json([kept])
    assert handles.MASK.encode() in handles.shown_json([kept])


@given(st.text(max_size=80))
def test_whatever_is_sent_is_a_list_of_values_or_a_refusal(text: str) -> None:
    for body in (
        text.encode("utf-8", "surrogatepass"),
        orjson.dumps({"values": [{"index": 1, "type": text[:5]}]}, option=0) if text.isascii() else b"{",
    ):
        try:
            assert isinstance(handles.parse_body(body), list)
        except HandleError as error:
            assert error.response_code in {4, 201, 202}


# --- names ---


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(text: str) -> None:
    assert handles.key_of(handles.key_of(text)) == handles.key_of(text)


@given(st.text("abcXYZ09-._:#? %/批é", min_size=1, max_size=40))
def test_a_registered_name_is_found_by_its_scan(suffix: str) -> None:
    handle = f"88.118.1001/{suffix}"
    try:
        key = handles.check_name(handle)
        scanned = identifiers.parse(f"hdl:{Identifier('88.118.1001', suffix).epc[4:]}")
    except (HandleError, Malformed):
        return
    assert handles.key_of(str(scanned)) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("88.1.2/ab", "88.1.2/AB"),
        ("88.1.2/ｐａｒｔ", "88.1.2/PART"),
        ("88.1.2/é", "88.1.2/e\u0301"),
        ("0.na/1", "0.NA/1"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert handles.key_of(one) == handles.key_of(other)


def test_other_writing_keeps_its_letters_apart() -> None:
    assert handles.key_of("88.1.2/é") != handles.key_of("88.1.2/É")  # as the Handle System: only ASCII folds
    assert handles.key_of("88.1.2/批") != handles.key_of("88.1.2/次")


@pytest.mark.parametrize("suffix", ["ЧАСТЬ", "ΜΕΡΟΣ", "Teil-ß", "零件-A", "부품", "חלק", "A1-批-7"])
def test_names_in_one_script_or_with_chinese_are_welcome(suffix: str) -> None:
    assert handles.check_name(f"88.118.1001/{suffix}")


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("PA\u0405T", "look alike"),
        ("Α1B", "look alike"),
        ("a\u202eb", "cannot be seen"),
        ("a\u2066b", "cannot be seen"),
        ("a\u00adb", "cannot be seen"),
        ("\x7f", "cannot be seen"),
        ("x" * 244, "too long"),
        ("ﷺ" * 100, "too long"),
        ("", "missing"),
        ("\u3000", "missing"),
        ("a ", "a space"),
    ],
)
def test_names_that_deceive_are_told_why(suffix: str, reason: str) -> None:
    with pytest.raises(HandleError, match=reason):
        handles.check_name(f"88.118.1001/{suffix}")


def test_every_character_is_either_shown_or_refused() -> None:
    hidden = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
    for code in [*range(0x250), *range(0x2000, 0x2100), *range(0xFE00, 0x10000)]:
        character = chr(code)
        if unicodedata.category(character) in hidden:
            with pytest.raises(HandleError):
                handles.check_name(f"88.118.1001/a{character}b")


# --- answers ---


@pytest.mark.parametrize("name", ["cb", "a.b", "$", "_x1", "jQuery123_456"])
def test_names_of_callbacks(name: str) -> None:
    assert answers.is_callback(name)


@given(st.text(max_size=20))
def test_no_callback_can_do_more_than_be_called(name: str) -> None:
    if answers.is_callback(name):
        assert not set(name) & set("()[]{};=<>\"'`/\\ \n\u2028")


def test_an_answer_is_what_the_real_server_sends() -> None:
    array = handles.public_json([handles.text_value(1, "URL", "https://a/", "2026-11-22T08:32:06Z")])
    assert answers.found("88.118.8/x", array).body == (
        b'{"responseCode":1,"handle":"88.118.8/x","values":[{"index":1,"type":"URL","data":{"format":"string",'
        b'"value":"https://a/"},"ttl":86400,"timestamp":"2026-11-22T08:32:06Z"}]}'
    )
    assert (
        answers.found("x/y", array, types=["NOPE"]).body == b'{"responseCode":200,"values":[],"handle":"x/y"}'
    )


# --- identities ---


def test_twelve_letters_are_rights() -> None:
    assert handles.rights_in("011111110011") == set(Right) - {
        Right.LIST,
        Right.DELETE_PREFIX,
        Right.ADD_PREFIX,
    }
    assert handles.rights_in("1") == {Right.LIST}
    assert handles.rights_in(handles.EVERYTHING) == set(Right)


@pytest.mark.parametrize(
    ("text", "handle", "index"),
    [
        ("300:88.1/A", "88.1/A", 300),
        ("88.1/A", "88.1/A", 0),
        ("0:88.1/A:b", "88.1/A:b", 0),
        ("x:88.1/A", "x:88.1/A", 0),
        ("99999999999:88.1/A", "99999999999:88.1/A", 0),
    ],
)
def test_an_identity_is_an_index_and_a_handle(text: str, handle: str, index: int) -> None:
    assert handles.identity_of(text) == handles.Identity(handle, index)


def test_headers_are_taken_apart() -> None:
    found = parse_header("Basic MzAxJTNBODguMTE4LjgvQURNSU46c2VjcmV0")  # as in the transcripts
    assert found == Basic(handles.Identity("88.118.8/ADMIN", 301), b"secret")
    colons = parse_header("Basic MzAwJTNBYS9iOjpwOnE6")
    assert isinstance(colons, Basic)
    assert colons.password == b":p:q:"
    shown = parse_header(
        'Handle sessionId="s", cnonce="AAEC", id="300:88.1/A",type=HS_PUBKEY , alg="SHA256", signature="/+8="'
    )
    assert isinstance(shown, Proof)
    assert (shown.session_id, shown.cnonce, shown.signature) == ("s", b"\0\1\2", b"\xff\xef")
    assert (shown.type, shown.alg, shown.identity) == ("HS_PUBKEY", "SHA256", handles.Identity("88.1/A", 300))


@given(st.text(max_size=60))
def test_no_header_breaks_the_reader(text: str) -> None:
    for scheme in ("Basic ", "Handle ", ""):
        parse_header(scheme + text)


@pytest.mark.parametrize("type_", ["hs_seckey", "HS_SecKey", "HS_SECKEY.x", "HS_SECKEY2"])
def test_a_secret_key_under_another_name_is_not_published(type_: str) -> None:
    with pytest.raises(HandleError, match="type of a secret key is HS_SECKEY"):
        handles.parse_value({"index": 300, "type": type_, "data": "very secret"})


def test_a_site_deeper_than_can_be_written_out_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(300):
        deep = {"a": [deep]}
    with pytest.raises(HandleError, match="not that deep"):
        handles.parse_value({"index": 9, "type": "HS_SITE", "data": {"format": "site", "value": deep}})
    site = {"servers": [{"interfaces": [{"port": 2641}], "publicKey": {"value": {"kty": "RSA"}}}]}
    kept = handles.parse_value({"index": 9, "type": "HS_SITE", "data": {"format": "site", "value": site}})
    assert kept.data["value"] == site
