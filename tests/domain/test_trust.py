"""Keys and signed statements: the published examples, and everything that must not pass."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import trust
from app.domain.trust import PublicKey, Signed, Suite
from app.errors import Malformed, Refused, TraceError

# RFC 8037, appendix A: the key, its thumbprint
RFC_SEED = trust.from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
RFC_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32
KEY, OTHER = trust.public_key_of(SEED), trust.public_key_of(OTHER_SEED)
BODY = {"zone": "88.118", "serial": 3, "name": "汽车"}
SIGNED = trust.sign("delegation", BODY, SEED)


def refusal(signed: Signed, keys: tuple[PublicKey, ...] = (KEY,), kind: str = "delegation") -> str:
    with pytest.raises(TraceError) as caught:
        trust.verify(signed, keys, kind)
    assert caught.value.english()
    return caught.value.code


def test_the_key_of_rfc_8037_has_the_thumbprint_that_the_rfc_gives() -> None:
    assert RFC_SEED is not None
    assert trust.public_key_of(RFC_SEED).jwk == RFC_JWK
    assert PublicKey.from_jwk(RFC_JWK).key_id == RFC_THUMBPRINT


def test_what_was_signed_is_read_again_from_the_wire() -> None:
    wire = orjson.loads(orjson.dumps(SIGNED.wire))
    assert set(wire) == {"payload", "key", "alg", "signature"}
    assert trust.verify(Signed.from_wire(wire), [OTHER, KEY], "delegation") == BODY | {"kind": "delegation"}


def test_one_content_has_one_spelling_and_one_digest() -> None:
    turned = dict(reversed(BODY.items()))
    assert trust.sign("delegation", turned, SEED) == SIGNED
    assert trust.sign("delegation", BODY, OTHER_SEED).digest == SIGNED.digest
    assert SIGNED.digest == hashlib.sha256(SIGNED.payload).hexdigest()


def test_a_body_cannot_choose_its_own_kind() -> None:
    assert trust.sign("answer", {"kind": "delegation"}, SEED).peek()["kind"] == "answer"


@given(st.integers(0, len(SIGNED.payload) - 1), st.integers(1, 255))
def test_a_payload_changed_in_any_byte_is_refused(at: int, flip: int) -> None:
    changed = bytearray(SIGNED.payload)
    changed[at] ^= flip
    assert refusal(replace(SIGNED, payload=bytes(changed))) in {
        "bad-signature",
        "bad-statement",
        "wrong-kind",
    }


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_signature_changed_in_any_byte_is_refused(at: int, flip: int) -> None:
    changed = bytearray(SIGNED.signature)
    changed[at] ^= flip
    assert refusal(replace(SIGNED, signature=bytes(changed))) == "bad-signature"


def test_another_nodes_signature_is_not_taken_for_this_ones() -> None:
    foreign = trust.sign("delegation", BODY, OTHER_SEED)
    assert refusal(foreign) == "unknown-key"
    assert refusal(replace(foreign, key_id=KEY.key_id)) == "bad-signature"


def test_a_statement_of_one_kind_is_not_one_of_another() -> None:
    assert refusal(SIGNED, kind="answer") == "wrong-kind"
    renamed = orjson.dumps(SIGNED.peek() | {"kind": "answer"}, option=orjson.OPT_SORT_KEYS)
    assert refusal(replace(SIGNED, payload=renamed), kind="answer") == "bad-signature"


@pytest.mark.parametrize("alg", ["none", "", "HS256", "RS256", "EdDSA ", "eddsa"])
def test_the_algorithm_is_the_keys_and_not_the_senders_choice(alg: str) -> None:
    assert refusal(replace(SIGNED, alg=alg)) == "unknown-key"


def test_no_keys_verify_nothing() -> None:
    assert refusal(SIGNED, keys=()) == "unknown-key"


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, SIGNED.signature[:63], SIGNED.signature + b"\x00"])
def test_a_signature_of_no_or_another_length_fits_nothing(signature: bytes) -> None:
    assert refusal(replace(SIGNED, signature=signature)) == "bad-signature"


def test_a_signature_made_greater_by_the_groups_order_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(SIGNED.signature[32:], "little") + order
    assert (
        refusal(replace(SIGNED, signature=SIGNED.signature[:32] + scalar.to_bytes(32, "little")))
        == "bad-signature"
    )


@pytest.mark.parametrize(
    "wire",
    [
        None,
        [],
        "text",
        {},
        SIGNED.wire | {"payload": 1},
        SIGNED.wire | {"payload": SIGNED.wire["payload"] + "="},
        SIGNED.wire | {"payload": ""},
        SIGNED.wire | {"payload": "éé"},
        SIGNED.wire | {"key": "short"},
        SIGNED.wire | {"key": None},
        SIGNED.wire | {"alg": 7},
        SIGNED.wire | {"alg": "x" * 21},
        SIGNED.wire | {"signature": "A"},
        SIGNED.wire | {"signature": "A" * 1_000},
    ],
)
def test_what_is_no_statement_is_malformed(wire: Any) -> None:
    with pytest.raises(Malformed) as caught:
        Signed.from_wire(wire)
    assert caught.value.code == "bad-statement"


@pytest.mark.parametrize("payload", [b"[]", b"12", b"\xff\xff", b'{"kind":', b"[" * 5_000, b'{"a":1'])
def test_a_payload_that_is_no_object_is_malformed(payload: bytes) -> None:
    assert refusal(replace(SIGNED, payload=payload)) == "bad-statement"


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        {},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        RFC_JWK | {"crv": "X25519"},
        RFC_JWK | {"alg": "none"},
        RFC_JWK | {"x": "AAAA"},
        RFC_JWK | {"x": RFC_JWK["x"] + "="},
        RFC_JWK | {"x": None},
        RFC_JWK | {"d": trust.base64url(SEED)},
    ],
)
def test_what_is_no_public_key_is_malformed(jwk: Any) -> None:
    with pytest.raises(Malformed) as caught:
        PublicKey.from_jwk(jwk)
    assert caught.value.code == "bad-key"


@pytest.mark.parametrize(
    "raw",
    [
        "01" + "00" * 31,
        "00" * 32,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "ff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
)
def test_a_key_for_which_one_signature_fits_many_statements_is_refused(raw: str) -> None:
    with pytest.raises(Malformed):
        PublicKey.from_jwk(RFC_JWK | {"x": trust.base64url(bytes.fromhex(raw))})


def test_the_name_of_a_key_does_not_depend_on_what_else_is_said_of_it() -> None:
    assert PublicKey.from_jwk(RFC_JWK | {"kid": "mine", "use": "sig"}) == PublicKey.from_jwk(RFC_JWK)


def test_a_node_has_one_key_or_a_few() -> None:
    assert trust.keys_of([KEY.jwk, OTHER.jwk]) == (KEY, OTHER)
    for jwks in ([], None, {}, [KEY.jwk] * (trust.MOST_KEYS + 1), [KEY.jwk, {}]):
        with pytest.raises(Malformed):
            trust.keys_of(jwks)


def test_another_suite_is_another_row_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a toy in place of SM2: two coordinates, and no line of the module changed."""

    def mark(seed: bytes, message: bytes) -> bytes:
        return hashlib.sha256(seed + message).digest()

    toy = Suite(
        fixed=(("kty", "EC"), ("crv", "SM2")),
        coordinates=("x", "y"),
        length=64,
        signature=32,
        sound=lambda raw: raw != bytes(64),
        public_of=lambda seed: seed * 2,
        sign=mark,
        fits=lambda raw, signature, message: mark(raw[:32], message) == signature,
    )
    monkeypatch.setitem(trust.SUITES, "SM2SM3", toy)
    key = trust.public_key_of(SEED, "SM2SM3")
    assert key.jwk == {"kty": "EC", "crv": "SM2", "x": trust.base64url(SEED), "y": trust.base64url(SEED)}
    assert PublicKey.from_jwk(key.jwk) == key
    with pytest.raises(Malformed):  # the same 64 bytes, divided otherwise
        PublicKey.from_jwk(key.jwk | {"x": "", "y": trust.base64url(SEED * 2)})
    signed = trust.sign("answer", BODY, SEED, "SM2SM3")
    assert trust.verify(signed, [KEY, key], "answer")["serial"] == 3
    assert refusal(replace(signed, alg="EdDSA"), keys=(KEY, key), kind="answer") == "unknown-key"
    with pytest.raises(Refused):
        trust.verify(signed, [KEY], "answer")
