"""Values of every format in the protocol's octets, read back by the independent client."""

import base64
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from hypothesis import given
from hypothesis import strategies as st

from app.domain import handles
from app.domain.handles import sites
from app.domain.handles.value_octets import SIGNED_FROM, encode_value
from app.domain.handles.values import PERMISSIONS, Value
from tests.support.native_client import Cursor, value_of


def read(value: Value) -> dict[str, Any]:
    cursor = Cursor(encode_value(value))
    found = value_of(cursor)
    cursor.done()
    return found


def parsed(type_: str, form: str, content: object, **more: object) -> dict[str, Any]:
    return read(
        handles.parse_value({"index": 5, "type": type_, "data": {"format": form, "value": content}, **more})
    )


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
moments = st.integers(0, 4_000_000_000)


@given(
    st.builds(
        Value,
        st.integers(1, 2_147_483_647),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=100),
        st.fixed_dictionaries({"format": st.just("string"), "value": texts}),
        st.integers(0, 2_147_483_647),
        st.just("2026-01-02T03:04:05Z"),
        st.text("01", min_size=4, max_size=4),
        st.lists(st.tuples(texts, st.integers(0, 2_147_483_647)), max_size=4).map(tuple),
    )
)
def test_a_value_arrives_as_it_was_sent(value: Value) -> None:
    found = value_of(Cursor(encode_value(value)))
    assert (found["index"], found["type"]) == (value.index, value.type)
    assert (found["ttl"], found["permissions"]) == (value.ttl, value.permissions)
    assert found["references"] == list(value.references)
    assert found["data"].decode() == value.data["value"]


def test_a_signature_covers_what_follows_index_and_timestamp() -> None:
    one = Value(
        1, "URL", {"format": "string", "value": "https://a/"}, 60, "2026-01-02T03:04:05Z", PERMISSIONS
    )
    other = Value(9, "URL", one.data, 60, "", PERMISSIONS)
    assert encode_value(one) != encode_value(other)
    assert encode_value(one)[SIGNED_FROM:] == encode_value(other)[SIGNED_FROM:]
    assert encode_value(one)[SIGNED_FROM] == 0  # the kind of ttl


def test_a_moment_until_which_a_value_holds_is_absolute() -> None:
    found = parsed("URL", "string", "x", ttl="2033-05-18T03:33:20Z")
    assert (found["absolute"], found["ttl"]) == (True, 2_000_000_000)


def test_administrators_and_groups_have_their_own_forms() -> None:
    rights = {"handle": "0.NA/88.118.8", "index": 200, "permissions": "011111110011"}
    assert parsed("HS_ADMIN", "admin", rights)["admin"] == ("0.NA/88.118.8", 200, "011111110011")
    group = [{"handle": "88.118.8/ADMIN", "index": 300}, {"handle": "88.118.8/B", "index": 0}]
    assert parsed("HS_VLIST", "vlist", group)["vlist"] == [("88.118.8/ADMIN", 300), ("88.118.8/B", 0)]


@pytest.mark.parametrize(("form", "sent"), [("base64", "AAEC/w=="), ("hex", "000102FF")])
def test_binary_data_arrives_as_octets(form: str, sent: str) -> None:
    assert parsed("BLOB", form, sent)["data"] == b"\0\1\2\xff"


def test_rsa_and_dsa_keys_have_the_protocols_form() -> None:
    mine = rsa.generate_private_key(65_537, 2_048).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": number(mine.n), "e": number(mine.e)}
    assert parsed("HS_PUBKEY", "key", jwk)["key"] == ("RSA_PUB_KEY", [mine.e, mine.n])
    other = dsa.generate_private_key(2_048).public_key().public_numbers()
    parts = other.parameter_numbers
    jwk = {
        "kty": "DSA",
        "y": number(other.y),
        "p": number(parts.p),
        "q": number(parts.q),
        "g": number(parts.g),
    }
    assert parsed("HS_PUBKEY", "key", jwk)["key"] == ("DSA_PUB_KEY", [parts.q, parts.p, parts.g, other.y])


def test_a_key_the_protocol_does_not_know_stays_readable() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")}
    assert orjson.loads(parsed("HS_PUBKEY", "key", jwk)["data"]) == jwk


def test_a_site_that_somebody_wrote_into_a_record_is_sent_as_a_site() -> None:
    (site,) = sites.sites_of([{"host": "2001:db8::1", "port": 2641, "protocol": "hdl-tcp"}], 3)
    found = parsed("HS_SITE", "site", site)["site"]
    assert found["servers"][0]["address"] == "2001:db8::1"
    assert (found["form"], found["version"], found["serial"], found["hash"]) == (1, (2, 11), 3, 2)


SITE_WORDS = "version protocolVersion servers address interfaces port protocol attributes name".split()
odd_sites = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SITE_WORDS), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(SITE_WORDS), odd_sites, max_size=6))
def test_whatever_calls_itself_a_site_gets_some_form(site: object) -> None:
    value = Value(1, "HS_SITE", {"format": "site", "value": site})
    assert value_of(Cursor(encode_value(value)))["type"] == "HS_SITE"


@given(st.lists(odd_sites, max_size=5))
def test_endpoints_that_are_none_are_left_out(endpoints: list[object]) -> None:
    found = sites.sites_of([each for each in endpoints if isinstance(each, dict)])
    assert all(sites.site_octets(site) for site in found)


def test_one_host_is_one_site_with_all_its_interfaces() -> None:
    native = {"host": "127.0.0.9", "port": 2641, "protocol": "hdl-tcp"}
    web = {"url": "http://127.0.0.9"}
    (site,) = sites.sites_of([native, web, native])
    assert [each["protocol"] for each in site["servers"][0]["interfaces"]] == ["TCP", "HTTP"]
    assert site["multiPrimary"] is False


def test_a_zone_tells_its_sites_and_its_keys() -> None:
    keys = [{"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": "OKP", "crv": "Ed25519", "x": "AB"}]
    endpoints = [{"url": "https://a.example"}, {"url": "https://b.example"}, {"url": "ftp://c.example"}]
    values = sites.prefix_values({"serial": 4, "keys": keys, "endpoints": endpoints})
    assert [(value.index, value.type) for value in values] == [
        (1, "HS_SITE"), (2, "HS_SITE"), (300, "HS_PUBKEY"), (301, "HS_PUBKEY"),
    ]  # fmt: skip
    assert all(encode_value(value) for value in values)
