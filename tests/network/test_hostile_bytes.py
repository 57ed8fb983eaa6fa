"""Whatever bytes a stranger sends to the addresses where nodes talk to one another: a refusal, never a fault of ours, and
nothing of what the node knows.
"""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import trust
from app.domain.messages import Ask, Told
from tests.support.simcountry import CELL, Country

STRANGER = b"s" * 32
NODES = ("root", "beijing", "auto", "cells", "recursive")
KINDS = (
    "changes-wanted", "ask-provenance", "ask-shipments", "application", "change", "filing", "checkpoint", "delegation",
    "answer",
)  # fmt: skip
JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "from audience nonce issued expires zone serial keys endpoints state subject after chain things up down why "
    "introductions seq changes kind handle values outcome ttl delegation note size root"
).split()
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=12)


def routes(country: Country, method: str) -> list[tuple[str, str]]:
    """(node, path) of all that nodes ask one another; what stands in brackets is filled in."""
    found = [
        (name, _filled(rule.rule))
        for name in NODES
        for rule in country.net[name].app.url_map.iter_rules()
        if rule.rule.startswith("/api/network/") and method in (rule.methods or ())
    ]
    assert found
    return sorted(set(found))


def _filled(rule: str) -> str:
    while "<" in rule:
        before, _, rest = rule.partition("<")
        inside, _, after = rest.partition(">")
        rule = before + ("1" if inside.startswith("int") else "88.118.2002") + after
    return rule


def send(country: Country, name: str, path: str, body: bytes, method: str = "POST") -> Told:
    return country.net.fetch(Ask(country.net[name].url + path, method, JSON, body, most_bytes=20_000_000))


def refused(told: Told, where: object) -> None:
    assert 400 <= told.status < 500, (where, told.status, told.body[:300])
    assert b"Traceback" not in told.body
    assert CELL.encode() not in told.body


def hostile() -> Iterator[bytes]:
    yield from (b"", b"{", b"null", b"[]", b"0", b'"x"', b"\x00", b"\xff\xfe", b"{}" * 2, b"NaN", b"1e999")
    yield b"[" * 20_000
    yield b'{"payload":' * 3_000
    yield orjson.dumps({"payload": "e30", "key": "k" * 43, "alg": "EdDSA", "signature": "AA"})
    yield orjson.dumps({"payload": 1, "key": [], "alg": {}, "signature": None})
    yield orjson.dumps({"payload": "A" * 900_000, "key": "k" * 43, "alg": "EdDSA", "signature": "A" * 86})
    yield b"x" * 900_000


def test_bytes_that_are_no_statement_are_refused_everywhere(country: Country) -> None:
    for name, path in routes(country, "POST"):
        for body in hostile():
            refused(send(country, name, path, body), (name, path, body[:40]))


def test_statements_of_strangers_are_refused_everywhere(country: Country) -> None:
    for name, path in routes(country, "POST"):
        for kind in KINDS:
            body: dict[str, Any] = {
                "from": "88.118.5005",
                "audience": country.net[name].zone,
                "nonce": "n" * 32,
            }
            told = send(country, name, path, orjson.dumps(trust.sign(kind, body, STRANGER).wire))
            refused(told, (name, path, kind))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), body=bodies, seed=st.sampled_from(["stranger", "cars"]))
def test_whatever_is_in_a_signed_statement_breaks_nothing(
    country: Country, kind: str, body: dict[str, Any], seed: str
) -> None:
    """A node of the network may be the one that sends nonsense, too."""
    key = STRANGER if seed == "stranger" else country.net["cars"].seed
    try:
        wire = orjson.dumps(trust.sign(kind, body, key).wire)
    except (TypeError, orjson.JSONEncodeError):  # integers that JSON of ours cannot say
        return
    for name, path in routes(country, "POST"):
        told = send(country, name, path, wire)
        assert told.status < 500, (name, path, kind, body, told.body[:300])


@pytest.mark.parametrize(
    "handle",
    [
        "%00", "..%2f..%2fetc%2fpasswd", "88.118.2002%2F" + "x" * 3000, "%F0%9F%98%80", "0.NA%2F", "0.NA%2F0.NA%2F88",
        "88." + ".".join("1" * 60), "%2F%2F", "88.118.2002%2FCELL-1%0d%0aX: y", "0.NA%2F88.118.2002", "a%2Fb?nonce=" + "n" * 500,
        "88.118.2002%2FX?nonce=%00", "88.118.2002%2FX?nonce=%E2%80%AE",
    ],
)  # fmt: skip
def test_odd_names_are_answered_or_refused_and_never_a_fault(country: Country, handle: str) -> None:
    for name, path in routes(country, "GET"):
        asked = path.rpartition("/")[0] + "/" + handle
        told = send(country, name, asked, b"", "GET")
        assert told.status < 500 or told.status == 504, (name, asked, told.status, told.body[:300])
        assert b"Traceback" not in told.body
