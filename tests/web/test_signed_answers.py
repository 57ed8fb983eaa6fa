"""Signed answers in front of Flask: the same to the byte, as new as the database, counted."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.domain import chains
from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.handles import text_value
from app.domain.trust import Signed, keys_of, sign
from app.services import certifying, meshing, registering, rotating
from app.services.handle_rights import Who
from app.settings import Settings
from app.store import zones
from app.store.database import writing
from tests.support import handle_desk, quicker, tenants
from tests.support.both_paths import Both, both_of
from tests.support.handle_desk import PREFIX

BELOW = "88.118.9"


class Made:
    """A second-level node for 88.118 with a company of its own, 88.118.8, and a zone that it handed out, 88.118.9."""

    def __init__(self, app: Flask, now: Any) -> None:
        self.app, self.now = app, now
        self.node = app.extensions["suyuan"]
        self.serial = 0
        with writing(self.node.engine) as session:
            people = tenants.found(session, now())
            self.dee = handle_desk.furnish(session, people.ana, self.node.keys, now())
        self.state()
        self.both: Both = both_of(app)

    def state(self, **changes: Any) -> None:
        self.serial += 1
        now = self.now()
        body = {
            "zone": BELOW,
            "issuer": "88.118",
            "serial": self.serial,
            "keys": [],
            "endpoints": [{"url": "https://nine.test"}],
            "state": "active",
            "not_before": time_text(now - timedelta(days=1)),
            "not_after": time_text(now + timedelta(days=1)),
            "subject": {"name_zh": "九", "name_en": "Nine", "industry": "C36", "region": "420100"},
        }
        signed = sign(KIND, body | changes, certifying.signing_key(self.node.keys))
        with writing(self.node.engine) as session:
            zones.put(session, meshing.row_of(delegation_of(signed.peek()), signed, now))

    def body(self, handle: str, nonce: str = "n1") -> dict[str, Any]:
        """From the fast path, verified."""
        _, _, raw = self.both.ask(self.both.fast, path_of(handle, f"?nonce={nonce}"))
        keys = keys_of([certifying.public_jwk(self.node.keys)])
        zone = json.loads(_payload(raw))["zone"]
        return chains.open_answer(Signed.from_wire(json.loads(raw)), zone, keys, self.now(), nonce=nonce)


def _payload(raw: bytes) -> bytes:
    return Signed.from_wire(json.loads(raw)).payload


def path_of(handle: str, query: str = "?nonce=n1") -> str:
    return f"/api/network/answers/{quote(handle)}{query}"


@pytest.fixture
def made(settings: Settings, database_url: str, clock: Any, tmp_path: Path) -> Iterator[Made]:
    chosen = dataclasses.replace(
        settings,
        database_url=database_url,
        base_url="https://id.example.cn",
        node_roles=("second-level", "enterprise"),
        zone="88.118",
    )
    app = create_app(chosen, now=clock)
    app.config["TESTING"] = True
    quicker.share_templates(app)
    yield Made(app, clock)
    app.extensions["suyuan-fast"].close()
    app.extensions["suyuan"].engine.dispose()


HANDLES = [
    *(f"{PREFIX}/{name}" for name in ("P0000001", "p0000001", "MISSING", "零件", "a b", 'q"\\', "%25")),
    *(f"{BELOW}/X", f"{BELOW}.1/X", f"0.NA/{BELOW}", f"0.na/{PREFIX}", "0.NA/88", f"0.NA/{BELOW}.4"),
    *("88.118.77/X", "88.119.1/X", "88.11/X", "99/X", "nohandle", "1", "L" * 300 + "/X", "88.118/X", "."),
]


def test_both_ways_say_the_same_and_sign_it(made: Made) -> None:
    for handle in HANDLES:
        for _ in range(2):
            made.both.fast_and_same(path_of(handle))


@pytest.mark.parametrize(
    "query", ["", "?nonce=", "?nonce=a&nonce=b", "?nonce=a%20b", "?x=1", "?nonce=" + "a" * 101]
)
def test_an_odd_question_is_left_to_flask(made: Made, query: str) -> None:
    made.both.left_to_flask(path_of(f"{PREFIX}/P0000001", query))


def test_outcomes_are_those_of_the_rule(made: Made) -> None:
    told = {}
    for handle in HANDLES:
        _, _, raw = made.both.ask(made.both.fast, path_of(handle))
        told[handle] = json.loads(_payload(raw))["outcome"]
    assert told[f"{PREFIX}/P0000001"] == "record"
    assert told[f"{PREFIX}/MISSING"] == told["88.118.77/X"] == "missing"
    assert told[f"{BELOW}/X"] == told[f"{BELOW}.1/X"] == "referral"
    assert told[f"0.NA/{BELOW}"] == "record"
    assert told["88.119.1/X"] == told["88.11/X"] == told["99/X"] == "elsewhere"


def test_each_answer_holds_the_nonce_of_its_question(made: Made) -> None:
    assert [made.body(f"{BELOW}/X", nonce)["nonce"] for nonce in ("a", "b", "a")] == ["a", "b", "a"]


def test_a_change_below_counts_at_once(made: Made) -> None:
    assert made.body(f"{BELOW}/X")["outcome"] == "referral"
    made.state(state="suspended")
    assert eventually(lambda: made.body(f"{BELOW}/X")["outcome"], "suspended")
    made.state(endpoints=[{"url": "https://moved.test"}])
    assert eventually(lambda: made.body(f"{BELOW}/X")["outcome"], "referral")
    told = Signed.from_wire(made.body(f"{BELOW}/X")["delegation"]).peek()
    assert told["endpoints"] == [{"url": "https://moved.test"}]
    with writing(made.node.engine) as session:
        session.execute(text("DELETE FROM delegation"))
    assert eventually(lambda: made.body(f"{BELOW}/X")["outcome"], "missing")


def test_a_changed_record_counts_at_once(made: Made) -> None:
    handle = f"{PREFIX}/P0000001"
    for url in ("https://one.cn", "https://two.cn"):
        with writing(made.node.engine) as session:
            registering.put(session, Who(actor=made.dee), handle, [text_value(1, "URL", url)], now=made.now())
        assert eventually(lambda: made.body(handle)["values"][0]["data"]["value"], url)


def test_a_replaced_key_signs_the_next_answer(made: Made) -> None:
    made.body(f"{BELOW}/X")
    before = certifying.public_jwk(made.node.keys)
    rotating.next_key(made.node.keys)
    rotating.next_seed(made.node.keys)
    rotating.swap(made.node.keys, made.now())
    assert certifying.public_jwk(made.node.keys) != before
    assert made.body(f"{BELOW}/X")["outcome"] == "referral"  # `body` verifies with the key of now


def test_private_values_are_in_no_signed_answer(made: Made) -> None:
    handle = f"{PREFIX}/SECRET"
    hidden = dataclasses.replace(text_value(2, "NOTE", "secret words"), permissions="1100")
    with writing(made.node.engine) as session:
        values = [text_value(1, "URL", "https://a.cn"), hidden]
        registering.put(session, Who(actor=made.dee), handle, values, now=made.now())
    assert b"secret words" not in json.dumps(made.body(handle)).encode()


def test_answers_to_other_nodes_are_counted_like_all_others(made: Made) -> None:
    for handle in (f"{PREFIX}/P0000001", f"{PREFIX}/P0000001", f"{PREFIX}/MISSING"):
        made.body(handle)
    made.app.extensions["suyuan-fast"]._counting.flush()
    with writing(made.node.engine) as session:
        rows = session.execute(
            text("SELECT outcome, count FROM resolve_count WHERE prefix = :p"), {"p": PREFIX}
        )
        assert dict(rows.all()) == {"found": 2, "missing": 1}


def eventually(told: Any, expected: Any) -> bool:
    """At once on SQLite; PostgreSQL's notice is on its way for a moment."""
    import time

    end = time.monotonic() + 2
    while told() != expected:
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
