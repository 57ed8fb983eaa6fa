"""Signatures that stand in records: HS_SIGNATURE covers values by their digests, HS_CERT says for what a key may sign.
Making both, and checking values; whose key may sign what is in trust_chains.

A digest is that of the value's octets from the kind of ttl on, so that index and timestamp may change, and each value
can be shown and checked without the others.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.domain import zones
from app.domain.delegations import Delegation, time_text
from app.domain.handles import jws
from app.domain.handles.answers import Answer, found
from app.domain.handles.jws import Jws
from app.domain.handles.naming import key_of
from app.domain.handles.sites import KEY_INDEX
from app.domain.handles.value_octets import SIGNED_FROM, encode_value
from app.domain.handles.values import MOST_VALUES, Value, json_of, load, text_value
from app.errors import N_, Refused

CERTIFICATE, SIGNATURE = "HS_CERT", "HS_SIGNATURE"
FIRST_INDEX = 400  # of certificates, and of signatures from there on
ROOT_HANDLE = "0.NA/0.NA"
EVERYTHING, THIS_HANDLE = "everything", "thisHandle"
DERIVED, UNDER_PREFIX = "derivedPrefixes", "handlesUnderThisPrefix"
LIFE = timedelta(days=1)  # of a signature made on request
_ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a signature says of the values of a record, by index: `verified`, `changed` since, `missing` from it, and
    `unsigned`, which it does not cover."""

    verified: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    unsigned: tuple[int, ...] = ()


# --- made ---


def issuer_of(zone: str) -> str:
    """The identity whose key a zone signs with: `300:0.NA/88.118`."""
    return f"{KEY_INDEX}:{handle_of(zone)}"


def handle_of(zone: str) -> str:
    return f"0.NA/{zone}" if zone else ROOT_HANDLE


def certificate(delegation: Delegation, key_seed: bytes) -> str:
    """The delegation as an HS_CERT: what the child's present key may sign, by the parent's key; '' without one."""
    if not delegation.keys:
        return ""
    handle = handle_of(delegation.zone)
    claims = {
        "sub": issuer_of(delegation.zone),
        "iss": issuer_of(delegation.issuer),
        "iat": _seconds(delegation.not_before),
        "nbf": _seconds(delegation.not_before),
        "exp": _seconds(delegation.not_after),
        "sn": str(delegation.serial),
        "org": delegation.subject.get("name_zh") or delegation.subject.get("name_en") or "",
        "publicKey": delegation.keys[0].jwk,
        "perms": [{"handle": handle, "perm": perm} for perm in (THIS_HANDLE, UNDER_PREFIX, DERIVED)],
    }
    return jws.sign(claims, key_seed)


def certified(delegation: Delegation, key_seed: bytes) -> Delegation:
    """The same with its certificate, as the parent states it."""
    return replace(delegation, certificate=certificate(delegation, key_seed))


def signed_array(array: bytes, handle: str, zone: str, key_seed: bytes, now: datetime) -> bytes:
    """The JSON values of a record with one HS_SIGNATURE more, which covers all of them, by the zone's key."""
    values = load(array)
    index = FIRST_INDEX
    taken = {value.index for value in values}
    while index in taken:
        index += 1
    claims = {
        "sub": handle,
        "iss": issuer_of(zone),
        "iat": _seconds(now),
        "nbf": _seconds(now),
        "exp": _seconds(now + LIFE),
        "digests": digests_of(values),
    }
    added = text_value(index, SIGNATURE, jws.sign(claims, key_seed), time_text(now))
    return orjson.dumps([json_of(value) for value in (*values, added)])


def signed_answer(answer: Answer, handle: str, zone: str | None, key_seed: bytes, now: datetime) -> Answer:
    """The same with a signature over what it tells, where it tells anything. A zone signs for the prefixes it covers;
    a node's further companies, and those of a node without a zone, sign by their own prefix."""
    if answer.status != 200:
        return answer
    array = orjson.dumps(orjson.loads(answer.body).get("values", []))
    asked = zones.asked_for(key_of(handle))
    signer = asked if zone is None or not zones.covers(zone, asked) else zone
    return found(handle, signed_array(array, handle, signer, key_seed, now))


def digests_of(values: Iterable[Value], alg: str = "SHA-256") -> dict[str, Any]:
    return {
        "alg": alg,
        "digests": [{"index": value.index, "digest": _digest(value, alg)} for value in values],
    }


# --- understood ---


def check_values(
    handle: str, values: Sequence[Value], signature: Jws, issuer_key: Mapping[str, Any], now: datetime
) -> Report:
    """What is signed of these values, which hold no signatures themselves. Refused `bad-signature`, `wrong-subject`,
    `not-yet-valid` or `no-longer-valid`; Malformed `bad-jws`."""
    jws.check(signature, (issuer_key,), now)
    if key_of(signature.claim("sub")) != key_of(handle):
        raise Refused(
            "wrong-subject",
            N_("The signature is for another handle."),
            N_("Somebody has moved it here from there; tell the operator of the node."),
        )
    alg, stated = _stated(signature)
    found = {value.index: _digest(value, alg) for value in values}
    return Report(
        verified=tuple(index for index, digest in found.items() if stated.get(index) == digest),
        changed=tuple(index for index, digest in found.items() if stated.get(index, digest) != digest),
        missing=tuple(index for index in stated if index not in found),
        unsigned=tuple(index for index in found if index not in stated),
    )


def _stated(signature: Jws) -> tuple[str, dict[int, str]]:
    told = signature.claims.get("digests")
    alg = told.get("alg") if isinstance(told, dict) else None
    digests = told.get("digests") if isinstance(told, dict) else None
    if not isinstance(alg, str) or alg not in _ALGORITHMS or not isinstance(digests, list):
        jws.bad()
    stated: dict[int, str] = {}
    for each in digests[: MOST_VALUES + 1]:
        index, digest = (each.get("index"), each.get("digest")) if isinstance(each, dict) else (None, None)
        if type(index) is not int or not isinstance(digest, str) or index in stated:
            jws.bad()
        stated[index] = digest
    return (alg, stated) if len(stated) <= MOST_VALUES else jws.bad()


def _digest(value: Value, alg: str) -> str:
    return base64.b64encode(
        hashlib.new(_ALGORITHMS[alg], encode_value(value)[SIGNED_FROM:]).digest()
    ).decode()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
