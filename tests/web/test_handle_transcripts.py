"""The transcripts of a real server (CNRI Handle.Net 9.3.1) replayed request by request: same status, response code and
fields.

What differs, and why: moments, nonces and minted names; how many handles there are; the texts of Java's exceptions; no
`Vary`, since nothing here depends on it; and a secret key, which the real server shows to its administrator and we show
to nobody. The transcripts' server refuses credentials over plain HTTP from its own machine, too: HANDLE_TLS_ONLY.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from app.settings import Settings
from app.store.database import writing
from tests.support import handle_desk, tenants
from tests.support.handle_desk import Exchange, exchanges
from tests.support.vectors import FOLDER

VECTORS = FOLDER / "handle"
MINTED = re.compile(r"88\.118\.8/[0-9a-f-]{36}", re.IGNORECASE)

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not on this machine")


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings, now: Any) -> Flask:
    chosen = dataclasses.replace(settings, handle_tls_only=True, base_url="https://id.example.cn")
    app = make_app(chosen)
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        people = tenants.found(session, now)
        handle_desk.furnish(session, people.ana, node.keys, now)
    return app


@pytest.mark.parametrize("name", ["read.txt", "write.txt"])
def test_every_answer_of_the_real_server_is_ours(app: Flask, name: str) -> None:
    client = app.test_client()
    replayed = 0
    for exchange in exchanges((VECTORS / name).read_text(encoding="utf-8")):
        _check(exchange, client)
        replayed += 1
    assert replayed == {"read.txt": 13, "write.txt": 23}[name]


def _check(exchange: Exchange, client: Client) -> None:
    answer = client.open(
        exchange.path,
        method=exchange.method,
        base_url=exchange.base_url,
        headers=exchange.headers,
        data=exchange.body.encode() or None,
    )
    assert answer.status_code == exchange.status, f"{exchange.name}: {answer.text}"
    theirs = dict(exchange.answer_headers)
    assert answer.headers.get("Content-Type") == theirs.get("Content-Type") or not exchange.answer, (
        exchange.name
    )
    assert [_shape(text) for text in answer.headers.getlist("WWW-Authenticate")] == [
        _shape(text) for name, text in exchange.answer_headers if name == "WWW-Authenticate"
    ], exchange.name
    assert _comparable(answer.text) == _comparable(exchange.answer), exchange.name


def _shape(challenge: str) -> str:
    return re.sub(r'(sessionId|nonce)="[^"]+"', r'\1="…"', challenge)


def _comparable(text: str) -> Any:
    """What has to be equal of an answer."""
    if not text:
        return None
    call = re.fullmatch(r"(\w+)\((.*)\);", text)
    body = json.loads(call[2] if call else text)
    for value in body.get("values", []):
        value.pop("timestamp", None)
        if value["type"] == "HS_SECKEY":
            value["data"]["value"] = "not shown"
    if body["responseCode"] == 4:
        assert body.pop("message")
    if "totalCount" in body:
        assert re.fullmatch("[0-9]+", body["totalCount"])
        body["totalCount"] = "some"
        body["handles"] = sorted(MINTED.sub("minted", handle) for handle in body["handles"])
    body["handle"] = MINTED.sub("minted", body.get("handle", ""))
    return (call[1] if call else "", body)
