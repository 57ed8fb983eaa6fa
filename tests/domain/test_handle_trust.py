"""HS_SIGNATURE and HS_CERT: digests as the reference software makes them, and chains that lead to a root or nowhere."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from app.domain import trust as statements
from app.domain.handles import answers, jws, load, public_json, text_value, trust, trust_chains
from app.domain.handles.jws import Jws
from app.errors import Malformed, TraceError
from tests.support.certified import (
    HANDLE,
    NOW,
    ROOT_SEED,
    ROOTS,
    SEED_88,
    SEED_118,
    SEED_1001,
    VALUES,
    certificates,
    changed,
    delegation,
    signature,
)


def chained(found: Jws, chain: Sequence[Jws], handle: str = HANDLE, now: datetime = NOW) -> Mapping[str, Any]:
    return trust_chains.check_chain(handle, found, chain, ROOTS, now)


def refusal(found: Jws, chain: Sequence[Jws], handle: str = HANDLE, now: datetime = NOW) -> str:
    with pytest.raises(TraceError) as caught:
        chained(found, chain, handle, now)
    assert caught.value.english()
    return caught.value.code


# --- digests ---


def test_a_digest_is_of_the_octets_after_index_and_timestamp() -> None:
    """Written out by hand from RFC 3651 §3.1: kind of ttl, ttl, permissions, type, data, references."""
    value = text_value(7, "URL", "https://a.cn", "2026-05-20T08:30:00Z", 86_400)
    octets = (
        b"\x00" + b"\x00\x01\x51\x80" + b"\x0e" + b"\x00\x00\x00\x03URL" + b"\x00\x00\x00\x0chttps://a.cn"
    )
    digest = base64.b64encode(hashlib.sha256(octets + bytes(4)).digest()).decode()
    assert trust.digests_of([value]) == {"alg": "SHA-256", "digests": [{"index": 7, "digest": digest}]}


def test_index_and_timestamp_may_change_and_nothing_else() -> None:
    value = VALUES[0]
    (told,) = trust.digests_of([value])["digests"]
    moved = replace(value, timestamp="2027-01-01T00:00:00Z")
    assert trust.digests_of([moved])["digests"] == [told]
    for other in (
        replace(value, ttl=5),
        replace(value, type="URI"),
        replace(value, permissions="1111"),
        replace(value, data={"format": "string", "value": "https://other"}),
        replace(value, references=(("a/b", 1),)),
    ):
        assert trust.digests_of([other])["digests"] != [told]


# --- a record ---


def test_a_record_signed_on_request_verifies_up_to_the_root() -> None:
    found = signature()
    key = chained(found, certificates())
    assert key == statements.public_key_of(SEED_1001).jwk
    assert trust.check_values(HANDLE, VALUES, found, key, NOW).verified == (1, 2, 100)


def test_the_signature_comes_after_what_it_covers() -> None:
    array = trust.signed_array(
        public_json([replace(VALUES[0], index=400)]), HANDLE, "88.118.1001", SEED_1001, NOW
    )
    signed = load(array)
    assert [(value.index, value.type) for value in signed] == [(400, "URL"), (401, "HS_SIGNATURE")]


def test_what_was_changed_left_out_or_added_is_told_apart() -> None:
    found = signature()
    key = chained(found, certificates())
    other = [text_value(1, "URL", "https://evil.example"), VALUES[1], text_value(9, "NEW", "x")]
    report = trust.check_values(HANDLE, other, found, key, NOW)
    assert (report.verified, report.changed, report.missing, report.unsigned) == ((2,), (1,), (100,), (9,))


def test_a_signature_moved_to_another_handle_counts_for_nothing() -> None:
    with pytest.raises(TraceError) as caught:
        trust.check_values(
            "88.118.1001/OTHER", VALUES, signature(), statements.public_key_of(SEED_1001).jwk, NOW
        )
    assert caught.value.code == "wrong-subject"


def test_only_answers_that_tell_something_are_signed() -> None:
    array = public_json(VALUES)
    signed = trust.signed_answer(answers.found(HANDLE, array), HANDLE, "88.118.1001", SEED_1001, NOW)
    assert [value["type"] for value in orjson.loads(signed.body)["values"]][-1] == "HS_SIGNATURE"
    missing = answers.missing(HANDLE)
    assert trust.signed_answer(missing, HANDLE, "88.118.1001", SEED_1001, NOW) == missing
    none = trust.signed_answer(answers.found(HANDLE, b"[]"), HANDLE, "88.118.1001", SEED_1001, NOW)
    assert orjson.loads(none.body)["values"][0]["type"] == "HS_SIGNATURE"


@pytest.mark.parametrize(
    ("zone", "issuer"),
    [
        ("88.118.1001", "88.118.1001"),
        ("88.118", "88.118"),
        ("88.130", "88.118.1001"),
        (None, "88.118.1001"),
        ("", "0.NA"),
    ],
)
def test_whose_zone_covers_the_handle_signs_and_else_the_handles_own_prefix(
    zone: str | None, issuer: str
) -> None:
    signed = trust.signed_answer(answers.found(HANDLE, b"[]"), HANDLE, zone, SEED_1001, NOW)
    told = jws.parse(orjson.loads(signed.body)["values"][0]["data"]["value"])
    assert told.claims["iss"] == f"300:0.NA/{issuer}"


# --- certificates ---


def test_a_certificate_says_the_same_as_the_delegation() -> None:
    claims = certificates()[0].claims
    assert (claims["sub"], claims["iss"]) == ("300:0.NA/88.118.1001", "300:0.NA/88.118")
    assert (claims["sn"], claims["org"]) == ("3", "电芯厂")
    assert claims["publicKey"] == statements.public_key_of(SEED_1001).jwk
    assert {each["perm"] for each in claims["perms"]} == {
        "thisHandle",
        "handlesUnderThisPrefix",
        "derivedPrefixes",
    }
    assert trust.certificate(replace(delegation("88.1", "88", SEED_88), keys=()), SEED_88) == ""


def test_a_root_may_sign_by_itself() -> None:
    found = signature(seed=ROOT_SEED, zone="")
    assert chained(found, []) == ROOTS["300:0.NA/0.NA"][0]
    assert refusal(signature(seed=SEED_88, zone=""), []) == "broken-chain"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_certificate_left_out_of_the_chain_breaks_it(at: int) -> None:
    chain = certificates()
    del chain[at]
    assert refusal(signature(), chain) in {"broken-chain", "bad-signature"}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_certificate_signed_by_a_stranger_is_refused(at: int) -> None:
    chain = certificates()
    chain[at] = changed(chain[at], b"\x55" * 32)
    assert refusal(signature(), chain) == "bad-signature"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_certificate_over_another_prefix_permits_nothing(at: int) -> None:
    chain = certificates()
    elsewhere = [
        {"handle": "0.NA/88.119", "perm": perm} for perm in ("derivedPrefixes", "handlesUnderThisPrefix")
    ]
    seeds = (SEED_118, SEED_88, ROOT_SEED)
    for perms in (
        elsewhere,
        [],
        None,
        "everything",
        [{"perm": "derivedPrefixes"}],
        [None],
        [{"handle": 5, "perm": 6}],
    ):
        chain[at] = changed(certificates()[at], seeds[at], perms=perms)
        assert refusal(signature(), chain) == "not-permitted"


def test_nobody_can_permit_more_than_he_may_himself() -> None:
    """The enterprise signs its own certificate for its neighbour's handle."""
    neighbour = "88.118.1002/X"
    chain = certificates()
    mine = changed(
        chain[0], SEED_1001, sub="300:0.NA/evil", iss="300:0.NA/88.118.1001", perms=[{"perm": "everything"}]
    )
    found = changed(signature(), SEED_1001, sub=neighbour, iss="300:0.NA/evil")
    assert refusal(found, [mine, *chain], neighbour) == "not-permitted"


def test_an_old_or_future_certificate_does_not_count() -> None:
    assert refusal(signature(), certificates(), now=NOW + timedelta(days=31)) == "no-longer-valid"
    assert refusal(signature(), certificates(), now=NOW - timedelta(days=2)) == "not-yet-valid"
    chain = certificates()
    for claims in ({"exp": None}, {"nbf": "soon"}, {"exp": 1.5}, {"exp": True}):
        chain[2] = changed(certificates()[2], ROOT_SEED, **claims)
        assert refusal(signature(), chain) == "bad-jws"


def test_a_chain_has_an_end() -> None:
    assert refusal(signature(), certificates() * 4) == "broken-chain"


@pytest.mark.parametrize(
    ("over", "perm", "handle", "may"),
    [
        ("0.NA/88.118", "handlesUnderThisPrefix", "88.118/X", True),
        ("0.NA/88.118", "handlesUnderThisPrefix", "88.118.1001/X", False),
        ("0.NA/88.118", "derivedPrefixes", "88.118.1001/X", True),
        ("0.NA/88.118", "derivedPrefixes", "0.NA/88.118.1001", True),
        ("0.NA/88.118", "derivedPrefixes", "88.1180/X", False),
        ("0.NA/88.118", "derivedPrefixes", "88.118/X", False),
        ("0.NA/88.118", "thisHandle", "0.na/88.118", True),
        ("0.NA/88.118", "thisHandle", "88.118/X", False),
        ("88.118/X", "derivedPrefixes", "88.118.1001/X", False),
        ("0.NA/", "derivedPrefixes", "88.118.1001/X", False),
        ("", "everything", "88.118.1001/X", True),
        ("0.NA/88.118", "Everything", "88.118.1001/X", False),
    ],
)
def test_what_a_permission_is_over(over: str, perm: str, handle: str, may: bool) -> None:
    assert trust_chains.may_sign([{"handle": over, "perm": perm}], handle) is may


# --- the form ---


def test_the_reference_softwares_rsa_signatures_are_understood() -> None:
    private = rsa.generate_private_key(65_537, 2_048)
    numbers = private.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    jwk = {
        "kty": "RSA",
        "n": statements.base64url(numbers.n.to_bytes(size, "big")),
        "e": statements.base64url(numbers.e.to_bytes(3, "big")),
    }
    payload = statements.base64url(orjson.dumps({"sub": HANDLE, "iss": "300:0.NA/88.118.1001"}))
    head = statements.base64url(b'{"alg":"RS256"}')
    raw = private.sign(f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    compact = f"{head}.{payload}.{statements.base64url(raw)}"
    in_json = orjson.dumps(
        {"payload": payload, "signatures": [{"protected": head, "signature": statements.base64url(raw)}]}
    ).decode()
    for text in (compact, in_json):
        assert jws.fits(jws.parse(text), jwk)
        assert not jws.fits(jws.parse(text), statements.public_key_of(SEED_88).jwk)


def test_ecdsa_signatures_are_two_numbers_of_fixed_length() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": _text(numbers.x), "y": _text(numbers.y)}
    head, payload = statements.base64url(b'{"alg":"ES256"}'), statements.base64url(b"{}")
    signed = f"{head}.{payload}"
    r, s = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert jws.fits(jws.parse(f"{signed}.{statements.base64url(raw)}"), jwk)
    assert not jws.fits(jws.parse(f"{signed}.{statements.base64url(raw[:-1])}"), jwk)
    assert not jws.fits(jws.parse(f"{signed}.{statements.base64url(raw[::-1])}"), jwk)


def _text(number: int) -> str:
    return statements.base64url(number.to_bytes(32, "big"))


@pytest.mark.parametrize("alg", ["none", "", "HS256", "RS256", "SM2256", "eddsa", "ES256"])
def test_a_header_cannot_choose_another_way_of_checking(alg: str) -> None:
    assert not jws.fits(replace(signature(), alg=alg), statements.public_key_of(SEED_1001).jwk)
    assert not jws.fits(replace(signature(), alg=alg, signature=b""), statements.public_key_of(SEED_1001).jwk)


@pytest.mark.parametrize("key", [{}, {"kty": "OKP"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": 5}])
def test_a_key_that_is_none_fits_nothing(key: dict[str, Any]) -> None:
    assert not jws.fits(signature(), key)


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.e30.e30",
        "eyJhbGciOjV9.e30.",
        "W10.e30.AA",
        "e30.W10.AA",
        "{}",
        '{"payload":"e30","signatures":[]}',
        '{"payload":"e30","signatures":[5]}',
        '{"payload":5,"signatures":[{"protected":"e30","signature":"AA"}]}',
        "x" * 270_000,
        "eyJhbGciOiJFZERTQSIsImNyaXQiOlsiYiJdfQ.e30.AA",
    ],
)
def test_what_is_no_signature_is_malformed(text: Any) -> None:
    with pytest.raises(Malformed) as caught:
        jws.parse(text)
    assert caught.value.code == "bad-jws"


@pytest.mark.parametrize(
    "digests",
    [
        None,
        [],
        {},
        {"alg": "MD5", "digests": []},
        {"alg": "SHA-256", "digests": {}},
        {"alg": "SHA-256", "digests": [{"index": "1", "digest": "x"}]},
        {"alg": "SHA-256", "digests": [{"index": 1, "digest": "x"}, {"index": 1, "digest": "y"}]},
        {"alg": "SHA-256", "digests": [{"index": at, "digest": "x"} for at in range(3_000)]},
    ],
)
def test_what_are_no_digests_are_malformed(digests: Any) -> None:
    found = changed(signature(), SEED_1001, digests=digests)
    with pytest.raises(Malformed):
        trust.check_values(HANDLE, VALUES, found, statements.public_key_of(SEED_1001).jwk, NOW)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_malformed(text: str) -> None:
    try:
        jws.parse(text)
    except Malformed as error:
        assert error.code == "bad-jws"
