"""The page of handle administrators: made in the browser, their secret told once, renewed and taken away."""

import re

from flask import Flask

from tests.support.handle_desk import LOGIN, PREFIX, SECRET, URL, Desk, basic, told
from tests.support.tenants import Visitor

SHOWN = re.compile(r"[abcdefghjkmnpqrstuvwxyz23456789]{26}")


def visitor(app: Flask, login: str = "dee") -> Visitor:
    found = Visitor(app)
    assert found.sign_in(login).status_code == 303
    return found


def made(dee: Visitor, **values: str) -> str:
    dee.get("/handle-admins/new")
    answer = dee.post("/handle-admins/new", {"prefix": PREFIX, "name": "ERP", "index": "300"} | values)
    page = dee.follow(answer)
    match = SHOWN.search(page.text)
    assert match
    return match[0]


def test_a_new_administrator_registers_at_once_and_its_secret_is_shown_once(furnished: Flask) -> None:
    dee = visitor(furnished)
    secret = made(dee)
    login = f"300:{PREFIX}/ERP"
    assert told(Desk(furnished).put(f"{PREFIX}/X", [URL], headers=basic(login, secret))) == (201, 1)
    page = dee.get("/handle-admins").text
    assert login in page
    assert secret not in page
    assert secret not in dee.get("/audit").text


def test_what_is_typed_wrong_is_said_at_its_field(furnished: Flask) -> None:
    dee = visitor(furnished)
    dee.get("/handle-admins/new")
    for values, sentence in (
        ({"index": "0"}, "A number from 1 to 2147483647."),
        ({"name": ""}, "Please fill this in."),
        ({"name": "ADMIN"}, f"The handle {PREFIX}/ADMIN exists already."),
        ({"prefix": "88.118.1001"}, "Not a valid choice"),
    ):
        answer = dee.post("/handle-admins/new", {"prefix": PREFIX, "name": "ERP", "index": "300"} | values)
        assert answer.status_code in {409, 422}
        assert sentence in answer.text


def test_a_new_secret_ends_the_old_one_and_removing_ends_both(furnished: Flask) -> None:
    dee = visitor(furnished)
    dee.get("/handle-admins")
    query = f"?prefix={PREFIX}&handle={PREFIX}/ADMIN&index=301"
    page = dee.follow(dee.post(f"/handle-admins/rotate{query}"))
    match = SHOWN.search(page.text)
    assert match
    desk = Desk(furnished)
    assert desk.put(f"{PREFIX}/X", [URL], headers=basic(LOGIN, SECRET)).status_code == 401
    assert told(desk.put(f"{PREFIX}/X", [URL], headers=basic(LOGIN, match[0]))) == (201, 1)
    page = dee.follow(dee.post(f"/handle-admins/remove{query}"))
    assert f"{LOGIN} administers {PREFIX} no more." in page.text
    assert "No program registers through the Handle API yet." in page.text
    assert desk.put(f"{PREFIX}/X", [URL], headers=basic(LOGIN, match[0])).status_code == 401


def test_nobody_touches_anothers_administrators(furnished: Flask) -> None:
    query = f"?prefix={PREFIX}&handle={PREFIX}/ADMIN&index=301"
    for login in ("cy", "ana"):
        other = visitor(furnished, login)
        assert LOGIN not in other.get("/handle-admins").text
        for what in ("rotate", "remove"):
            assert other.post(f"/handle-admins/{what}{query}").status_code == 404
    assert told(Desk(furnished).put(f"{PREFIX}/X", [URL])) == (201, 1)


def test_only_who_administers_people_may(furnished: Flask) -> None:
    bo = visitor(furnished, "bo")
    assert bo.get("/handle-admins").status_code == 403
    assert bo.get("/handle-admins/new").status_code == 403


def test_lines_that_are_none_are_not_found(furnished: Flask) -> None:
    dee = visitor(furnished)
    dee.get("/handle-admins")
    for query in (
        "",
        f"?prefix={PREFIX}&handle=x&index=y",
        f"?prefix={PREFIX}&handle={PREFIX}/ADMIN&index=9999999999",
    ):
        assert dee.post(f"/handle-admins/rotate{query}").status_code == 404
