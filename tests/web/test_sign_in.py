"""Signing in and out: the cookie, the way back, the waiting after failures, the language."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.settings import Settings
from tests.support.tenants import PASSWORD, Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]


def test_a_stranger_is_led_to_the_sign_in_page_and_from_there_to_where_they_wanted(
    stranger: Visitor, world: Tenants
) -> None:
    answer = stranger.get("/products?q=a%26b")
    assert answer.status_code == 302
    page = stranger.follow(answer)
    assert "/products?q=a%26b" in page.text
    stranger.get(answer.headers["Location"])
    entered = stranger.post("/sign-in", {"login": "ana", "password": PASSWORD, "next": "/products?q=a%26b"})
    assert entered.headers["Location"] == "/products?q=a%26b"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "\n/x",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(
    stranger: Visitor, world: Tenants, target: str
) -> None:
    stranger.get("/sign-in")
    answer = stranger.post("/sign-in", {"login": "ana", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"
    assert stranger.get("/sign-in", query_string={"next": target}).headers["Location"] == "/"


def test_a_wrong_password_keeps_the_login_and_never_shows_the_password(
    stranger: Visitor, world: Tenants
) -> None:
    answer = stranger.sign_in("ana", "not my password")
    assert answer.status_code == 422
    assert 'value="ana"' in answer.text
    assert "not my password" not in answer.text
    assert "do not fit together" in answer.text


def test_after_too_many_failures_the_page_says_how_long_to_wait(
    make_app: Callable[..., Flask], settings: Settings, world: Tenants, clock: Clock
) -> None:
    visitor = Visitor(make_app())
    for _ in range(settings.login_attempts):
        assert visitor.sign_in("ana", "wrong").status_code == 422
    answer = visitor.sign_in("ana")
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    clock.pass_by(minutes=15)
    assert visitor.sign_in("ana").status_code == 303


def test_the_cookie_is_closed_to_scripts_and_other_sites(stranger: Visitor, world: Tenants) -> None:
    cookie = stranger.sign_in("ana").headers["Set-Cookie"]
    assert cookie.startswith("suyuan=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_the_browser_is_told_to_stay(
    make_app: Callable[..., Flask], settings: Settings
) -> None:
    secure = Settings(
        data_dir=settings.data_dir, database_url=settings.database_url, base_url="https://suyuan.example"
    )
    answer = Visitor(make_app(secure)).get("/sign-in")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_session_ends_when_it_is_not_used(visit: Visit, clock: Clock) -> None:
    ana = visit("ana")
    clock.pass_by(hours=11)
    assert ana.get("/account").status_code == 200
    clock.pass_by(hours=11)
    assert ana.get("/account").status_code == 200
    clock.pass_by(hours=13)
    assert ana.get("/account").status_code == 302


def test_signing_out_ends_the_session_for_a_copied_cookie_too(visit: Visit, app: Flask) -> None:
    ana = visit("ana")
    stolen = Visitor(app)
    copied = ana.client.get_cookie("suyuan")
    assert copied is not None
    stolen.client.set_cookie("suyuan", copied.value)
    assert stolen.get("/account").status_code == 200
    ana.post("/sign-out")
    assert stolen.get("/account").status_code == 302


def test_signing_in_gives_a_new_csrf_token(stranger: Visitor, world: Tenants) -> None:
    stranger.get("/sign-in")
    with stranger.client.session_transaction() as before:
        old = before["csrf_token"]
    stranger.sign_in("ana")
    with stranger.client.session_transaction() as after:
        assert after["csrf_token"] != old


def test_a_page_left_open_can_ask_who_is_signed_in_and_for_a_new_csrf_token(
    stranger: Visitor, world: Tenants
) -> None:
    assert stranger.get("/session.json").json["signed_in"] is False  # type: ignore[index]
    stranger.sign_in("ana")
    state = stranger.get("/session.json").json
    assert state is not None
    assert (state["signed_in"], state["name"]) == (True, "Ana")
    answer = stranger.client.post(
        "/language", data={"language": "zh"}, headers={"X-CSRFToken": state["csrf"]}
    )
    assert answer.status_code == 303


def test_the_language_follows_the_browser_then_the_link_then_the_choice(
    stranger: Visitor, world: Tenants
) -> None:
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert 'lang="zh-Hans"' in stranger.get("/sign-in", headers=chinese).text
    assert 'lang="en"' in stranger.get("/sign-in", headers={"Accept-Language": "fr"}).text
    assert 'lang="en"' in stranger.get("/sign-in?lang=en", headers=chinese).text
    stranger.sign_in("ana")
    stranger.post("/language", {"language": "zh"})
    assert 'lang="zh-Hans"' in stranger.get("/account", headers={"Accept-Language": "en"}).text


def test_the_chosen_language_waits_for_the_person_in_another_browser(visit: Visit) -> None:
    visit("ana").post("/language", {"language": "zh"})
    assert 'lang="zh-Hans"' in visit("ana").get("/account").text


def test_a_language_or_colour_that_does_not_exist_changes_nothing(visit: Visit) -> None:
    ana = visit("ana")
    ana.post("/language", {"language": "tlh"})
    ana.post("/theme", {"theme": "plaid"})
    page = ana.get("/account").text
    assert 'lang="en"' in page
    assert 'data-bs-theme="light"' in page
    ana.post("/theme", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in ana.get("/account").text
