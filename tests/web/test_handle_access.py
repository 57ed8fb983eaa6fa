"""Who sees and changes what through the Handle API, over which ways, and how often one may guess."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.domain import handles
from app.services import authenticating
from app.settings import Settings
from app.store import people, records
from app.store.database import reading, writing
from tests.support import tenants
from tests.support.handle_desk import PREFIX, URL, Desk, admin_value, basic, told, values_of
from tests.support.tenants import Visitor


def test_nobody_else_sees_private_values_or_secrets(desk: Desk) -> None:
    private = {"index": 5, "type": "PRICE", "data": "7 元", "permissions": "1100"}
    key = {"index": 300, "type": "HS_SECKEY", "data": "very secret", "permissions": "1110"}
    hidden = {"index": 6, "type": "DARK", "data": "x", "permissions": "0000"}
    assert told(desk.put(f"{PREFIX}/X", [URL, private, key, hidden, admin_value()])) == (201, 1)
    assert values_of(desk, f"{PREFIX}/X").keys() == {1, 100}
    seen = values_of(desk, f"{PREFIX}/X", **basic())
    assert seen.keys() == {1, 5, 100, 300}
    assert seen[300] == handles.MASK
    assert values_of(desk, f"{PREFIX}/X", **basic("300:88.118.8/X", "very secret")).keys() == {1, 100}
    answer = desk.ask("GET", f"/api/handles/{PREFIX}/X?publicOnly=true", headers=basic())
    assert {value["index"] for value in answer.get_json()["values"]} == {1, 100}


def test_a_secret_is_nowhere_in_clear_and_survives_being_read_and_written_back(
    furnished: Flask, desk: Desk
) -> None:
    key = {"index": 300, "type": "HS_SECKEY", "data": "very secret", "permissions": "1100"}
    desk.put(f"{PREFIX}/X", [URL, key])
    with reading(furnished.extensions["suyuan"].engine) as session:
        kept = records.find(session, f"{PREFIX}/X")
        assert kept is not None
        assert b"very secret" not in kept.values + kept.public
        assert b"argon2id" in kept.values
        assert b"argon2id" not in kept.public
    seen = desk.ask("GET", f"/api/handles/{PREFIX}/X", headers=basic()).get_json()["values"]
    assert told(desk.put(f"{PREFIX}/X", seen)) == (200, 1)
    assert told(desk.put(f"{PREFIX}/Y", [seen[1]])) == (400, 202)
    me = basic("300:88.118.8/X", "very secret")
    assert told(desk.put(f"{PREFIX}/Y", [URL], headers=me)) == (403, 400)  # known, though no administrator


def test_cy_never_sees_or_changes_what_is_dees(furnished: Flask, desk: Desk) -> None:
    private = {"index": 5, "type": "PRICE", "data": "7", "permissions": "1100"}
    desk.put(f"{PREFIX}/X", [URL, private])
    cy = {"Authorization": f"Bearer {_api_key(furnished, 'cy')}"}
    assert values_of(desk, f"{PREFIX}/X", **cy).keys() == {1}
    for answer in (
        desk.put(f"{PREFIX}/X", [URL], headers=cy),
        desk.put(f"{PREFIX}/new", [URL], headers=cy),
        desk.put(f"{PREFIX}/X", [URL], query="index=various", headers=cy),
        desk.delete(f"{PREFIX}/X", headers=cy),
        desk.delete(f"{PREFIX}/X", query="index=5", headers=cy),
        desk.ask("GET", f"/api/handles?prefix={PREFIX}", headers=cy),
    ):
        assert told(answer) == (403, 400)
    assert values_of(desk, f"{PREFIX}/X", **basic()) == {1: "https://a/", 5: "7"}
    assert desk.ask("GET", "/hrls/handles/?PRICE=7", headers=cy).get_json() == []


def test_a_persons_api_key_opens_their_own_prefix(furnished: Flask, desk: Desk) -> None:
    dee = {"Authorization": f"Bearer {_api_key(furnished, 'dee')}"}
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=dee)) == (201, 1)
    assert told(desk.delete(f"{PREFIX}/X", headers=dee)) == (200, 1)
    wrong = {"Authorization": "Bearer sy_aaaaaaaa_bbbb"}
    assert desk.put(f"{PREFIX}/X", [URL], headers=wrong).status_code == 401


def test_a_browser_that_is_signed_in_is_nobody_here(furnished: Flask) -> None:
    visitor = Visitor(furnished)
    visitor.sign_in("dee")
    answer = visitor.client.put(f"/api/handles/{PREFIX}/X", json=[URL], base_url="https://localhost")
    assert told(answer) == (401, 402)


def _api_key(app: Flask, login: str) -> str:
    with writing(app.extensions["suyuan"].engine) as session:
        operator = people.operator_by_login(session, login)
        assert operator is not None
        return authenticating.create_key(
            session, tenants.actor(session, operator.id or 0), "x", operator.record_time
        )


def test_credentials_over_plain_http_count_on_this_machine_only(furnished: Flask) -> None:
    plain = Desk(furnished, "http://localhost")
    assert told(plain.put(f"{PREFIX}/X", [URL])) == (201, 1)
    for more in (
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}, "headers": basic()},
        {"headers": basic() | {"X-Forwarded-For": "192.0.2.7"}},  # a proxy that nobody told us of
    ):
        answer = plain.ask("PUT", f"/api/handles/{PREFIX}/Y", json=[URL], **more)
        assert told(answer) == (403, 402)
        assert "WWW-Authenticate" not in answer.headers
        read = plain.ask("GET", f"/api/handles/{PREFIX}/ADMIN", **more)  # as if there were none
        assert {value["index"] for value in read.get_json()["values"]} == {100}


def test_with_tls_only_not_even_there(
    make_app: Callable[[Settings], Flask], settings: Settings, now: datetime
) -> None:
    app = make_app(dataclasses.replace(settings, handle_tls_only=True))
    plain = Desk(app, "http://localhost")
    assert told(plain.put(f"{PREFIX}/X", [URL])) == (403, 402)


def test_failed_tries_are_counted_and_then_refused(furnished: Flask, desk: Desk, settings: Settings) -> None:
    wrong = basic(secret="guess")
    for _ in range(settings.login_attempts):
        answer = desk.put(f"{PREFIX}/X", [URL], headers=wrong)
        assert (answer.status_code, answer.data) == (401, b"")
    refused = desk.put(f"{PREFIX}/X", [URL], headers=wrong)
    assert told(refused) == (429, 3)
    assert refused.headers["Retry-After"]
    assert told(desk.put(f"{PREFIX}/X", [URL])) == (429, 3)  # nor the right one, till the window has passed


def test_right_ones_count_for_nothing(desk: Desk, settings: Settings) -> None:
    for number in range(settings.login_attempts * 2):
        assert told(desk.put(f"{PREFIX}/X{number}", [URL])) == (201, 1)
        assert desk.get(f"{PREFIX}/X", **basic(f"301:{PREFIX}/admin")).status_code == 404


@pytest.mark.parametrize("header", ["Basic !", "Basic bm9jb2xvbg==", "Digest x", "Handle =", "Basic", "x"])
def test_credentials_that_cannot_be_read_are_no_credentials(desk: Desk, header: str) -> None:
    answer = desk.put(f"{PREFIX}/X", [URL], headers={"Authorization": header})
    assert answer.status_code == 401
    assert len(answer.headers.getlist("WWW-Authenticate")) == 2


def test_an_identity_may_be_named_without_its_index(desk: Desk) -> None:
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=basic(f"{PREFIX}/ADMIN"))) == (201, 1)
    assert told(desk.put(f"{PREFIX}/Y", [URL], headers=basic(f"0:{PREFIX}/ADMIN"))) == (201, 1)
    assert desk.put(f"{PREFIX}/Z", [URL], headers=basic(f"302:{PREFIX}/ADMIN")).status_code == 401


def test_what_the_protocol_does_not_know_of_has_a_response_code_too(desk: Desk) -> None:
    answer = desk.ask("POST", f"/api/handles/{PREFIX}/X")
    assert (answer.status_code, answer.get_json()["responseCode"]) == (405, 5)
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "PUT", "DELETE"}
