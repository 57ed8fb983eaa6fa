"""What protects a browser: headers, CSRF, the secret key, doors that are closed unless they were opened."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask, request

from app.settings import Settings
from app.web.edge import safe_next
from app.web.security import secret_key
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
BETWEEN_NODES = {  # whoever asks proves itself by a signature, or asks what anybody may: tests/network
    "network_answers.show",
    "network_checkpoints.take",
    "network_partners.provenance",
    "network_partners.shipments",
}
OPEN = (
    BETWEEN_NODES
    | {
        "api.docs",
        "api.openapi",  # what the API is, not what is in it
        "scan.profile",  # says 401 itself
        "scan.shell",  # the empty scan page that a browser keeps for when there is no network
        "scan.worker",
        "sign_in.choose_language",
        "sign_in.choose_theme",
        "sign_in.form",
        "sign_in.sign_out",
        "sign_in.state",
        "static",
        "v1_log.checkpoint",  # heads, proofs and what they are checked with: hashes are anybody's (docs/decisions/0018)
        "v1_log.checkpoint_at",
        "v1_log.consistency",
        "v1_log.head",
        "v1_log.proof",
        "v1_log.verify",
        "verify.check",
        "verify.script",
        "verify.show",
        "welcome.welcome",
    }
)
CHANGING_NOTHING = {"v1_log.verify"}  # a POST because of what it is sent; open to strangers
OPEN_BY_DESIGN = ("resolver.", "handles.")  # pages behind labels; an API that asks for its own credentials


def test_only_these_views_are_open_to_strangers(app: Flask) -> None:
    opened = {name for name, view in app.view_functions.items() if getattr(view, "public", False)} | {
        "static"
    }
    assert {name for name in opened if not name.startswith(OPEN_BY_DESIGN)} == OPEN


def test_every_other_page_sends_a_stranger_away(app: Flask, world: Tenants) -> None:
    values = {"prefix": "88.118.1001", "suffix": "X", "path": "X", "job_id": "x", "nonce": "x", "form": "png"}
    values |= {"kind": "epcs"}
    adapter = app.url_map.bind("127.0.0.1")
    visited = 0
    for rule in app.url_map.iter_rules():
        if (
            rule.endpoint in OPEN
            or rule.endpoint.startswith(OPEN_BY_DESIGN)
            or "GET" not in (rule.methods or ())
        ):
            continue
        path = adapter.build(rule.endpoint, {name: values.get(name, 1) for name in rule.arguments})
        answer = Visitor(app).get(path)
        assert answer.status_code in {302, 401}, path
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/sign-in"), path
        visited += 1
    assert visited > 15


@pytest.mark.parametrize("path", ["/session.json", "/api/v1/nothing", "/api/handles/88.118.1001/NOTHING"])
def test_what_is_no_page_may_do_nothing_where_somebody_shows_it(visit: Visit, path: str) -> None:
    answer = visit("ana").get(path)
    assert answer.mimetype.endswith("json")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/nothing-here", "/static/mark.svg"])
def test_every_page_carries_the_security_headers(visit: Visit, path: str) -> None:
    headers = visit("ana").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "style-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "path", ["/", "/account", "/people", "/people/new", "/products", "/sites", "/audit", "/nothing"]
)
def test_no_page_has_a_script_or_a_style_in_it(visit: Visit, path: str) -> None:
    page = visit("ana").get(path).text
    assert "<style" not in page
    assert " style=" not in page
    assert "javascript:" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/build/')


def test_a_form_without_its_token_changes_nothing(visit: Visit) -> None:
    ana = visit("ana")
    ana.token = ""
    answer = ana.post("/account/keys", {"name": "stolen"})
    assert answer.status_code == 400
    assert "nothing was changed" in answer.text
    assert "stolen" not in ana.get("/account").text


def test_a_token_of_another_session_does_not_fit(visit: Visit) -> None:
    ana, bo = visit("ana"), visit("bo")
    ana.token = bo.token
    assert ana.post("/account/keys", {"name": "stolen"}).status_code == 400


def test_every_view_that_changes_something_asks_for_the_token(visit: Visit, app: Flask) -> None:
    ana = visit("ana")
    adapter = app.url_map.bind("127.0.0.1")
    visited = 0
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        open_calls = BETWEEN_NODES | CHANGING_NOTHING
        if not changing or rule.endpoint.startswith(OPEN_BY_DESIGN) or rule.endpoint in open_calls:
            continue
        values = dict.fromkeys(rule.arguments, 1) | ({"kind": "epcs"} if "kind" in rule.arguments else {})
        path = adapter.build(rule.endpoint, values, method=next(iter(changing)))
        answer = ana.client.open(path, method=next(iter(changing)))
        assert answer.status_code == (403 if path.startswith("/epcis") else 400), path
        visited += 1
    assert visited > 10


def test_a_key_needs_no_token_and_a_cookie_beside_it_counts_for_nothing(visit: Visit, app: Flask) -> None:
    @app.post("/echo")
    def echo() -> str:
        from app.web import edge

        return f"{edge.actor().name} {request.form['x']}"

    bo = visit("bo")
    bo.post("/account/keys", {"name": "script"})
    page = bo.get("/account").text
    key = page.partition('data-copy="')[2].partition('"')[0]
    assert key.startswith("sy_")
    assert key not in bo.get("/account").text, "shown twice"

    ana = visit("ana")
    with_key = {"Authorization": f"Bearer {key}"}
    assert ana.client.post("/echo", data={"x": "1"}, headers=with_key).text == "Bo 1"
    wrong = {"Authorization": "Bearer sy_wrong"}
    assert ana.client.post("/echo", data={"x": "1"}, headers=wrong).status_code == 302


def test_the_secret_key_is_made_once_even_when_workers_start_together(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as workers:
        keys = set(workers.map(secret_key, [tmp_path / "keys"] * 64))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    path = tmp_path / "keys" / "session.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["session.key"]


def test_a_client_cannot_choose_its_own_address(make_app: Callable[..., Flask], settings: Settings) -> None:
    def address_seen(app: Flask, header: str) -> str:
        app.add_url_rule("/address", "address", _open(lambda: str(request.remote_addr)))
        return app.test_client().get("/address", headers={"X-Forwarded-For": header}).text

    assert address_seen(make_app(), "6.6.6.6") == "127.0.0.1"
    behind = Settings(data_dir=settings.data_dir, database_url=settings.database_url, trusted_proxies=1)
    assert address_seen(make_app(behind), "6.6.6.6, 10.0.0.9") == "10.0.0.9"


def _open(view: Callable[[], str]) -> Callable[[], str]:
    view.public = True  # type: ignore[attr-defined]
    return view


def test_a_body_larger_than_allowed_is_told_in_a_sentence(visit: Visit, settings: Settings) -> None:
    ana = visit("ana")
    body = b"x" * ((settings.max_upload_mb + 2) << 20)
    answer = ana.client.post("/account/keys", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert "larger than 20 MB" in answer.text


@pytest.mark.parametrize("media", ["application/json", "text/plain", "image/png", "application/octet-stream"])
def test_only_files_may_be_large(visit: Visit, media: str) -> None:
    ana = visit("ana")
    headers = {"X-CSRFToken": ana.token}
    answer = ana.client.post(
        "/api/v1/holds", data=b"[" + b"{}," * 400_000 + b"{}]", content_type=media, headers=headers
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too-large")
    assert "larger than 1 MB" in answer.get_json()["detail"]


@pytest.mark.parametrize("depth", [*range(800, 1_000, 8), 5_000, 100_000])
def test_json_nested_without_end_is_told_in_a_sentence(visit: Visit, depth: int) -> None:
    ana = visit("ana")
    for key in ({}, {"Idempotency-Key": "k"}):
        headers = {"X-CSRFToken": ana.token} | key
        body = '{"a":' * depth + "1" + "}" * depth
        answer = ana.client.post("/api/v1/holds", data=body, content_type="application/json", headers=headers)
        assert answer.status_code in {400, 422}
        assert answer.get_json()["code"] in {"bad-request", "invalid-input"}


def test_the_scan_page_that_browsers_keep_has_nothing_of_its_reader(visit: Visit) -> None:
    """Else a key that is shown once would end in a cache, and the person would not see it."""
    ana = visit("ana")
    ana.post("/account/keys", {"name": "script"})
    kept = ana.get("/scan/shell")
    assert kept.headers["Cache-Control"] == "public, max-age=0"
    assert "Set-Cookie" not in kept.headers
    assert "sy_" not in kept.text
    assert kept.text == ana.client.get("/scan/shell", headers={"Cookie": ""}).text
    assert 'data-copy="sy_' in ana.get("/account").text


def test_built_files_are_kept_for_ever_and_pages_never(visit: Visit) -> None:
    ana = visit("ana")
    page = ana.get("/account")
    assert "no-cache" in page.headers["Cache-Control"]
    stylesheet = page.text.partition('href="/static/build/')[2].partition('"')[0]
    assert "immutable" in ana.get(f"/static/build/{stylesheet}").headers["Cache-Control"]


@pytest.mark.parametrize("target", ["/", "/a/b?c=d#e", "/88.118.1/X%2FY"])
def test_a_path_of_ours_is_a_safe_way_on(target: str) -> None:
    assert safe_next(target) == target
