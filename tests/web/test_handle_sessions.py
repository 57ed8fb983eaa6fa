"""Sessions of the Handle API: nonces signed with keys of all kinds, secrets proven without being sent, certificates that
a proxy passes on; and what ends them."""

import base64
import dataclasses
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask

from app.settings import Settings
from app.store import masterdata
from app.store.database import writing
from tests.support import handle_desk, handle_keys, tenants
from tests.support.handle_desk import LOGIN, PREFIX, SECRET, URL, Desk, basic, told

CNONCE = b"0123456789abcdef"
USER = f"300:{PREFIX}/USER"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def begin(desk: Desk) -> tuple[str, bytes]:
    answer = desk.ask("POST", "/api/sessions")
    assert answer.status_code == 201
    body = answer.get_json()
    assert body.keys() == {"sessionId", "nonce"}
    return body["sessionId"], base64.b64decode(body["nonce"])


def header(**fields: str) -> dict[str, str]:
    return {"Authorization": "Handle " + ", ".join(f'{name}="{value}"' for name, value in fields.items())}


def proof(
    session_id: str,
    identity: str,
    signature: bytes,
    type_: str = "HS_PUBKEY",
    alg: str = "SHA256",
    **more: str,
) -> dict[str, str]:
    return {"version": "0", "sessionId": session_id, "cnonce": b64(CNONCE), "id": identity, "type": type_, "alg": alg} | {
        "signature": b64(signature)
    } | more  # fmt: skip


def register_user(desk: Desk, jwk: dict[str, Any]) -> None:
    key = {"index": 300, "type": "HS_PUBKEY", "data": {"format": "key", "value": jwk}}
    trusted = handle_desk.admin_value(100, USER)
    assert told(desk.put(f"{PREFIX}/USER", [key])) == (201, 1)
    assert told(desk.put(f"{PREFIX}/X", [URL, trusted])) == (201, 1)


@pytest.mark.parametrize("kind", handle_keys.KINDS)
def test_a_signed_nonce_opens_a_session(desk: Desk, kind: str) -> None:
    key = handle_keys.KINDS[kind]()
    register_user(desk, key.jwk)
    session_id, nonce = begin(desk)
    assert len(nonce) == 16
    mine = header(sessionId=session_id)
    assert desk.ask("GET", "/api/sessions/this", headers=mine).get_json()["authenticated"] is False
    assert told(desk.put(f"{PREFIX}/X", [URL], query="index=1", headers=mine)) == (401, 402)
    shown = header(**proof(session_id, USER, key.sign(nonce + CNONCE)))
    answer = desk.ask("PUT", "/api/sessions/this", headers=shown)
    assert answer.status_code == 200
    assert answer.get_json()["authenticated"] is True
    assert answer.get_json()["id"] == USER
    assert told(desk.put(f"{PREFIX}/X", [URL], query="index=1", headers=mine)) == (200, 1)
    assert desk.ask("GET", "/api/sessions/this", headers=mine).get_json()["id"] == USER
    assert desk.ask("DELETE", "/api/sessions/this", headers=mine).status_code == 204
    assert desk.put(f"{PREFIX}/X", [URL], query="index=1", headers=mine).status_code == 403
    assert (
        desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 403
    )  # nor by the proof once more


def test_the_challenge_of_a_refusal_can_be_answered_at_once(desk: Desk) -> None:
    key = handle_keys.ed25519_key()
    register_user(desk, key.jwk)
    refused = desk.put(f"{PREFIX}/X", [URL], query="index=1", headers={})
    challenge = refused.headers.getlist("WWW-Authenticate")[1]
    session_id, nonce = re.findall(r'"([^"]+)"', challenge)
    signed = proof(session_id, USER, key.sign(base64.b64decode(nonce) + CNONCE))
    assert told(desk.put(f"{PREFIX}/X", [URL], query="index=1", headers=header(**signed))) == (200, 1)


def test_the_proof_may_come_as_json_and_the_index_be_found(desk: Desk) -> None:
    key = handle_keys.ec_key()
    register_user(desk, key.jwk)
    session_id, nonce = begin(desk)
    fields = proof(session_id, f"{PREFIX}/user", key.sign(nonce + CNONCE))
    answer = desk.ask("POST", "/api/sessions/this", json=fields)
    assert answer.get_json()["id"] == f"300:{PREFIX}/user"


def macs(nonce: bytes) -> dict[str, tuple[bytes, dict[str, str]]]:
    secret, message = SECRET.encode(), nonce + CNONCE
    derived = hashlib.pbkdf2_hmac("sha1", secret, b"salt", 10_000, 20)
    parameters = {"salt": b64(b"salt"), "iterations": "10000", "length": "160"}
    return {
        "SHA1": (hashlib.sha1(secret + message + secret).digest(), {}),
        "SHA-256": (hashlib.sha256(secret + message + secret).digest(), {}),
        "HMAC-SHA1": (hmac.digest(secret, message, "sha1"), {}),
        "HMAC-SHA256": (hmac.digest(secret, message, "sha256"), {}),
        "PBKDF2-HMAC-SHA1": (hmac.digest(derived, message, "sha1"), parameters),
    }


@pytest.mark.parametrize("alg", macs(b""))
def test_a_secret_is_proven_without_being_sent(desk: Desk, alg: str) -> None:
    session_id, nonce = begin(desk)
    mac, more = macs(nonce)[alg]
    answer = desk.ask(
        "PUT", "/api/sessions/this", headers=header(**proof(session_id, LOGIN, mac, "HS_SECKEY", alg, **more))
    )
    assert answer.get_json()["authenticated"] is True, answer.text
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=header(sessionId=session_id))) == (201, 1)


def test_a_node_that_seals_no_secrets_takes_passwords_only(
    make_app: Callable[[Settings], Flask], settings: Settings, now: datetime
) -> None:
    app = make_app(dataclasses.replace(settings, handle_sealed_secrets=False))
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        handle_desk.furnish(session, tenants.found(session, now).ana, node.keys, now)
    desk = Desk(app)
    key = {"index": 301, "type": "HS_SECKEY", "data": "another one", "permissions": "1100"}
    assert told(desk.put(f"{PREFIX}/ADMIN", [key], query="index=301")) == (200, 1)
    session_id, nonce = begin(desk)
    mac = hmac.digest(b"another one", nonce + CNONCE, "sha256")
    shown = header(**proof(session_id, LOGIN, mac, "HS_SECKEY", "HMAC-SHA256"))
    assert desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 401
    empty = hmac.digest(b"", nonce + CNONCE, "sha256")
    shown = header(**proof(session_id, LOGIN, empty, "HS_SECKEY", "HMAC-SHA256"))
    assert desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 401
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=basic(secret="another one"))) == (201, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": b64(b"x" * 64)},
        {"cnonce": b64(b"another")},
        {"id": LOGIN},
        {"id": f"301:{PREFIX}/USER"},
        {"id": f"300:{PREFIX}/NOBODY"},
        {"type": "HS_SECKEY"},
        {"type": "HS_MUSIC"},
        {"version": "1"},
    ],
)
def test_a_proof_that_does_not_fit_opens_nothing(desk: Desk, change: dict[str, str]) -> None:
    key = handle_keys.ed25519_key()
    register_user(desk, key.jwk)
    session_id, nonce = begin(desk)
    shown = proof(session_id, USER, key.sign(nonce + CNONCE)) | change
    answer = desk.ask("PUT", "/api/sessions/this", headers=header(**shown))
    assert answer.status_code == 401
    assert answer.get_json()["authenticated"] is False
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=header(sessionId=session_id))) == (401, 402)


@pytest.mark.parametrize("alg", ["MD5", "", "SHA-7", "none"])
def test_hashes_that_prove_nothing_are_not_taken(desk: Desk, alg: str) -> None:
    session_id, nonce = begin(desk)
    mac = hashlib.md5(SECRET.encode() + nonce + CNONCE + SECRET.encode()).digest()
    shown = header(**proof(session_id, LOGIN, mac, "HS_SECKEY", alg))
    assert desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 401


@pytest.mark.parametrize("session_id", ["", "x", "node01vknrac5n62pt52dc27tjfrx20", "A" * 50, "é"])
def test_a_session_that_never_was_is_refused(desk: Desk, session_id: str) -> None:
    mine = header(sessionId=session_id)
    assert desk.ask("GET", "/api/sessions/this", headers=mine).status_code == 403
    assert desk.ask("DELETE", "/api/sessions/this", headers=mine).status_code == 403
    if session_id:
        assert desk.put(f"{PREFIX}/X", [URL], headers=mine).status_code == 403


def test_a_nonce_is_to_be_signed_in_ten_minutes_and_a_session_ends(
    desk: Desk, clock: Any, settings: Settings
) -> None:
    key = handle_keys.ed25519_key()
    register_user(desk, key.jwk)
    late, nonce = begin(desk)
    clock.pass_by(minutes=11)
    shown = header(**proof(late, USER, key.sign(nonce + CNONCE)))
    assert desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 403
    session_id, nonce = begin(desk)
    shown = header(**proof(session_id, USER, key.sign(nonce + CNONCE)))
    assert desk.ask("PUT", "/api/sessions/this", headers=shown).status_code == 200
    clock.pass_by(hours=settings.session_hours - 0.1)
    assert desk.ask("GET", "/api/sessions/this", headers=header(sessionId=session_id)).status_code == 200
    clock.pass_by(hours=0.2)
    assert desk.ask("GET", "/api/sessions/this", headers=header(sessionId=session_id)).status_code == 403


def test_the_server_proves_itself_to_who_asks(desk: Desk) -> None:
    answer = desk.ask("POST", "/api/sessions", json={"cnonce": b64(CNONCE)}).get_json()
    jwk = desk.ask("GET", "/api/site").get_json()["servers"][0]["publicKey"]["value"]
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    signed = b"suyuan session\n" + base64.b64decode(answer["nonce"]) + CNONCE
    key.verify(base64.b64decode(answer["serverSignature"]), signed)


def test_a_password_opens_a_session_at_once(desk: Desk) -> None:
    answer = desk.ask("POST", "/api/sessions", headers=basic()).get_json()
    assert answer["authenticated"] is True
    assert answer["id"] == LOGIN
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=header(sessionId=answer["sessionId"]))) == (201, 1)


def test_a_session_ends_with_the_key_that_opened_it(furnished: Flask, desk: Desk) -> None:
    def opened() -> dict[str, str]:
        return header(sessionId=desk.ask("POST", "/api/sessions", headers=basic()).get_json()["sessionId"])

    mine, other = opened(), opened()
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=mine)) == (201, 1)
    key = {"index": 301, "type": "HS_SECKEY", "data": "another secret", "permissions": "1100"}
    assert told(desk.put(f"{PREFIX}/ADMIN", [key], query="index=301", headers=mine)) == (200, 1)
    for ended in (mine, other):
        assert desk.put(f"{PREFIX}/Y", [URL], headers=ended).status_code == 403


def test_a_deactivated_company_is_shut_out(furnished: Flask, desk: Desk) -> None:
    answer = desk.ask("POST", "/api/sessions", headers=basic()).get_json()
    with writing(furnished.extensions["suyuan"].engine) as session:
        company = masterdata.organisation_by_prefix(session, PREFIX)
        assert company is not None
        company.active = False
    assert desk.put(f"{PREFIX}/Y", [URL]).status_code == 401
    assert desk.put(f"{PREFIX}/Y", [URL], headers=header(sessionId=answer["sessionId"])).status_code == 403
    assert told(desk.get(f"{PREFIX}/N1")) == (200, 1)


def test_no_session_goes_over_plain_http(furnished: Flask) -> None:
    plain = Desk(furnished, "http://localhost")
    far = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert plain.ask("POST", "/api/sessions", **far).status_code == 403
    assert plain.ask("POST", "/api/sessions").status_code == 201


# --- certificates ---


def certificate(key: handle_keys.Key, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.public_key(key.private.public_key()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + timedelta(days=1)).sign(key.private, hashes.SHA256())


@pytest.fixture
def behind_proxy(make_app: Callable[[Settings], Flask], settings: Settings, now: datetime) -> Desk:
    chosen = dataclasses.replace(settings, trusted_proxies=1, handle_client_cert_header="X-Client-Cert")
    app = make_app(chosen)
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        handle_desk.furnish(session, tenants.found(session, now).ana, node.keys, now)
    return Desk(app)


def with_certificate(shown: x509.Certificate, form: str = "pem") -> dict[str, str]:
    texts = {
        "pem": quote(shown.public_bytes(Encoding.PEM).decode()),
        "spaces": shown.public_bytes(Encoding.PEM).decode().replace("\n", " "),
        "der": b64(shown.public_bytes(Encoding.DER)),
    }
    return {"Authorization": 'Handle clientCert="true"', "X-Client-Cert": texts[form]}


@pytest.mark.parametrize("form", ["pem", "spaces", "der"])
def test_a_certificate_that_a_trusted_proxy_passes_on_counts(
    behind_proxy: Desk, now: datetime, form: str
) -> None:
    key = handle_keys.rsa_key()
    register_user(behind_proxy, key.jwk)
    mine = with_certificate(certificate(key, USER, now), form)
    assert told(behind_proxy.put(f"{PREFIX}/X", [URL], query="index=1", headers=mine)) == (200, 1)
    other = with_certificate(certificate(handle_keys.rsa_key(), USER, now))
    assert behind_proxy.put(f"{PREFIX}/X", [URL], query="index=1", headers=other).status_code == 401
    old = with_certificate(certificate(key, USER, now - timedelta(days=9)))
    assert behind_proxy.put(f"{PREFIX}/X", [URL], query="index=1", headers=old).status_code == 401
    nobody = with_certificate(certificate(key, "Ana", now))
    assert behind_proxy.put(f"{PREFIX}/X", [URL], query="index=1", headers=nobody).status_code == 401


def test_without_a_trusted_proxy_a_certificate_in_a_header_is_nothing(desk: Desk, now: datetime) -> None:
    key = handle_keys.rsa_key()
    register_user(desk, key.jwk)
    shown = certificate(key, USER, now)
    for name in ("X-Client-Cert", "X-SSL-Client-Cert"):
        mine = {
            "Authorization": 'Handle clientCert="true"',
            name: quote(shown.public_bytes(Encoding.PEM).decode()),
        }
        assert desk.put(f"{PREFIX}/X", [URL], query="index=1", headers=mine).status_code == 401
