"""What no page of ours would ever send, in every query, path and form: it is refused in words, on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter

from app.settings import Settings
from app.store.database import is_sqlite, writing
from tests.support import tenants
from tests.support.tenants import Visitor

HOSTILE = {
    "nothing": "",
    "a NUL": "\0",
    "half a character": "\ud800",
    "a huge number": "9" * 40,
    "a number below nothing": "-1",
    "a number beyond 64 bits": str(2**63),
    "a number nobody counts to": "9" * 5000,
    "a range beyond 64 bits": f"{2**63}-{2**63}",
    "a range backwards": "9-1",
    "digits of another script": "١٢٣",
    "a quote": "' OR 1=1 --",
    "a pattern": "%_%",
    "a template": "{{ 7 * 7 }}{name}%(name)s",
    "a long text": "x" * 3000,
    "signs": "😀\u202e\ufeff",
    "a path": "../../etc/passwd",
    "an identifier": "88.118.1001/NOBODY",
}
# What a database may refuse in its own way is sent to both, the rest to SQLite only.
FOR_BOTH = (
    *("a NUL", "half a character", "a huge number", "a number beyond 64 bits", "a range beyond 64 bits"),
    *("digits of another script", "signs"),
)
PARAMETERS = (
    "after batch level product lifecycle lang q id ids start dpi download next limit code first last size seq "
    "old new until since step place kind state csrf_token form_name epc reason count lot"
).split()

# Names that forms and calls have, so that the text gets as far as it can.
FIELDS = (
    "login password again current name name_zh name_en person role sites address part_number unit tracing "
    "shelf_life_days public suffix prefix sharing gs1_prefix epc identifier reason next code language theme "
    "level product count lot serial_start produced_on expires_on activate_at quantity order start dpi ids id batch "
    "nonce visit step place event_time result parent transformation destination codes epcs format product_epc"
).split()


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings, database_url: str) -> Flask:
    app = make_app(replace(settings, database_url=database_url))
    app.config["TESTING"] = False  # what nobody foresaw becomes a page that says so, and fails below
    return app


@pytest.fixture
def hostile(app: Flask) -> dict[str, str]:
    everything = is_sqlite(app.extensions["suyuan"].engine)
    return {name: text for name, text in HOSTILE.items() if everything or name in FOR_BOTH}


@pytest.fixture
def ana(app: Flask, clock: Callable[[], Any]) -> Callable[[], Visitor]:
    with writing(app.extensions["suyuan"].engine) as session:
        tenants.found(session, clock())

    def signed_in() -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in("ana").status_code == 303
        return visitor

    return signed_in


def paths(app: Flask, text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Every route, with `text` for what a path takes as text, and its digits or 1 for what it takes as a number."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or "sign-out" in rule.rule:
            continue
        path = ""
        for converter, value in rule._trace:
            if not converter:
                path += value
            elif isinstance(rule._converters[value], IntegerConverter):
                path += text if text.isdecimal() else "1"
            elif value == "prefix":
                path += "88.118.1001"
            elif value == "form":
                path += "png"
            else:
                path += quote(text or "x", errors="surrogatepass")
        yield path.removeprefix("|"), frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}


def test_nothing_that_is_asked_breaks_a_page(
    app: Flask, ana: Callable[[], Visitor], hostile: dict[str, str]
) -> None:
    asked, broken, visitor = 0, set(), ana()
    for name, text in hostile.items():
        query = urlencode(dict.fromkeys(PARAMETERS, text), errors="surrogatepass")
        for path, methods in paths(app, text):
            if "GET" in methods:
                answer = visitor.client.get(f"{path}?{query}", buffered=True)
                asked += 1
                if answer.status_code >= 500:
                    broken.add(f"{path}, {name}")
    assert not broken, "\n".join(sorted(broken))
    assert asked > 40 * len(hostile)


def test_nothing_that_is_sent_breaks_a_form_or_a_call(
    app: Flask, ana: Callable[[], Visitor], hostile: dict[str, str]
) -> None:
    sent, broken = 0, set()
    for name, text in hostile.items():
        visitor = ana()
        for path, methods in paths(app, text):
            for method in methods - {"GET"}:
                answer = visitor.client.open(
                    path, method=method, buffered=True, **_filled_in(path, text, visitor)
                )
                sent += 1
                if answer.status_code >= 500:
                    broken.add(f"{method} {path}, {name}")
    assert not broken, "\n".join(sorted(broken))
    assert sent > 30 * len(hostile)


def _filled_in(path: str, text: str, visitor: Visitor) -> dict[str, Any]:
    fields = dict.fromkeys(FIELDS, text)
    if path.startswith("/api/"):
        return {"json": fields, "headers": {"X-CSRFToken": visitor.token}}
    return {
        "data": urlencode(fields | {"csrf_token": visitor.token}, errors="surrogatepass"),
        "content_type": "application/x-www-form-urlencoded",
    }
