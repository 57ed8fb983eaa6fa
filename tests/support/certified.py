"""A chain of certificates from a root to the zone of one handle, and the record that its node signs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import trust as statements
from app.domain.delegations import Delegation, Endpoint
from app.domain.handles import Value, jws, load, public_json, text_value, trust
from app.domain.handles.jws import Jws

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
HANDLE = "88.118.1001/7Q2K9XW4M3ABCDEF"
ROOT_SEED, SEED_88, SEED_118, SEED_1001 = (bytes([at]) * 32 for at in (1, 2, 3, 4))
ROOTS = {trust.issuer_of(""): [statements.public_key_of(ROOT_SEED).jwk]}
VALUES = [
    text_value(1, "URL", "https://id.example.cn/88.118.1001/7Q2K9XW4M3ABCDEF", "2026-05-20T08:30:00Z"),
    text_value(2, "批次", "七", "2026-05-20T08:30:00Z", 3_600),
    Value(
        100,
        "HS_ADMIN",
        {
            "format": "admin",
            "value": {"handle": "0.NA/88.118.1001", "index": 200, "permissions": "011111110011"},
        },
    ),
]


def delegation(zone: str, issuer: str, seed: bytes) -> Delegation:
    return Delegation(
        zone=zone,
        issuer=issuer,
        serial=3,
        keys=(statements.public_key_of(seed),),
        endpoints=(Endpoint(url="https://node.example"),),
        state="active",
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=29),
        subject={"name_zh": "电芯厂"},
    )


def certificates() -> list[Jws]:
    """Of the zone of HANDLE, of the one above, and of the one above that."""
    made = (
        trust.certificate(delegation("88.118.1001", "88.118", SEED_1001), SEED_118),
        trust.certificate(delegation("88.118", "88", SEED_118), SEED_88),
        trust.certificate(delegation("88", "", SEED_88), ROOT_SEED),
    )
    return [jws.parse(text) for text in made]


def signature(values: Sequence[Value] = VALUES, seed: bytes = SEED_1001, zone: str = "88.118.1001") -> Jws:
    signed = load(trust.signed_array(public_json(values), HANDLE, zone, seed, NOW))
    return jws.parse(signed[-1].text)


def changed(signed: Jws, seed: bytes, **claims: Any) -> Jws:
    return jws.parse(jws.sign({**signed.claims, **claims}, seed))
