"""The pages of people, invitations and one's own account."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.services import people
from app.store.database import writing
from tests.support.tenants import PASSWORD, Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
SECRET = re.compile(r'data-copy="([^"]+)"')
NEW = "another long password"


def link_in(page: str) -> str:
    match = SECRET.search(page)
    assert match
    return match[1].removeprefix("http://127.0.0.1:8000")


def test_the_first_link_sets_up_the_node_and_signs_in(app: Flask, stranger: Visitor, clock: Clock) -> None:
    with writing(app.extensions["suyuan"].engine) as session:
        token = people.first_invitation(session, clock())
    assert "Set up this node" in stranger.get(f"/welcome/{token}").text
    values = {
        "prefix": "88.118",
        "name_en": "Ana",
        "person": "Ana",
        "login": "ana",
        "password": PASSWORD,
        "again": PASSWORD,
    }
    refused = stranger.post(f"/welcome/{token}", values)
    assert refused.status_code == 400
    assert "is not an organisation prefix" in refused.text
    assert 'value="88.118"' in refused.text
    home = stranger.follow(stranger.post(f"/welcome/{token}", values | {"prefix": "88.118.1001"}))
    assert "Welcome to Suyuan." in home.text
    assert "Setting up" in home.text
    assert stranger.get(f"/welcome/{token}").status_code == 404


def test_a_colleague_is_invited_chooses_a_password_and_is_in(visit: Visit, stranger: Visitor) -> None:
    ana = visit("ana")
    ana.get("/people/new")
    page = ana.follow(ana.post("/people/new", {"login": "dai", "name": "Dai", "role": "manager"})).text
    link = link_in(page)
    assert link.startswith("/welcome/")
    assert "Invited" in page
    assert link not in ana.get("/people").text, "shown twice"
    assert "Welcome, Dai" in stranger.get(link).text
    differs = stranger.post(link, {"password": NEW, "again": "something else"})
    assert differs.status_code == 422
    assert "The two passwords differ." in differs.text
    assert "Welcome to Suyuan." in stranger.follow(stranger.post(link, {"password": NEW, "again": NEW})).text
    assert stranger.get(link).status_code == 404


def test_a_login_that_is_taken_is_told_at_its_field_and_nothing_typed_is_lost(visit: Visit) -> None:
    ana = visit("ana")
    answer = ana.post("/people/new", {"login": "bo", "name": "Another Bo", "role": "auditor"})
    assert answer.status_code == 409
    assert "The login &#39;bo&#39; is taken." in answer.text
    assert 'value="Another Bo"' in answer.text
    assert re.search(r'<option selected value="auditor"', answer.text)
    assert 'aria-describedby="login-hint login-error"' in answer.text


def test_role_and_places_are_changed_and_count_at_once(visit: Visit, world: Tenants) -> None:
    ana, bo = visit("ana"), visit("bo")
    ana.post("/sites/new", {"name_en": "Plant 1"})
    ana.post("/sites/new", {"name_en": "Plant 2"})
    path = f"/people/{world.bo.operator_id}"
    ana.post(path, {"name": "Bo", "role": "operator", "site_ids": ["2"]})
    assert bo.get("/products").status_code == 403
    row = ana.get("/people").text.partition(f'href="{path}"')[2].partition("</tr>")[0]
    assert "Plant 2" in row
    assert "Plant 1" not in row


def test_a_deactivated_person_is_out_and_can_be_let_in_again(
    visit: Visit, world: Tenants, stranger: Visitor
) -> None:
    ana, bo = visit("ana"), visit("bo")
    ana.post(f"/people/{world.bo.operator_id}/deactivate")
    assert bo.get("/account").status_code == 302
    assert stranger.sign_in("bo").status_code == 422
    ana.post(f"/people/{world.bo.operator_id}/activate")
    assert stranger.sign_in("bo").status_code == 303


def test_the_last_administrator_is_told_so(visit: Visit, world: Tenants) -> None:
    answer = visit("ana").post(f"/people/{world.ana.operator_id}/deactivate")
    assert answer.status_code == 422
    assert "Ana is the last administrator" in answer.text


def test_a_reset_gives_a_link_and_takes_the_old_password_away(
    visit: Visit, world: Tenants, stranger: Visitor
) -> None:
    ana = visit("ana")
    link = link_in(ana.follow(ana.post(f"/people/{world.bo.operator_id}/reset")).text)
    assert stranger.sign_in("bo").status_code == 422
    stranger.get(link)
    assert stranger.post(link, {"password": NEW, "again": NEW}).status_code == 303
    assert Visitor(stranger.client.application).sign_in("bo", NEW).status_code == 303


@pytest.mark.parametrize("path", ["", "/reset", "/deactivate", "/activate"])
def test_people_of_another_company_are_not_there(visit: Visit, world: Tenants, path: str) -> None:
    for login, other in (("cy", world.bo), ("ana", world.cy)):
        answer = visit(login).post(f"/people/{other.operator_id}{path}", {"name": "x", "role": "operator"})
        assert answer.status_code == 404


def test_the_password_is_changed_with_the_present_one_only(visit: Visit, stranger: Visitor) -> None:
    bo, elsewhere = visit("bo"), visit("bo")
    values = {"password": NEW, "again": NEW}
    wrong = bo.post("/account/password", values | {"current": "wrong"})
    assert wrong.status_code == 422
    assert "This is not your present password." in wrong.text
    short = bo.post("/account/password", {"current": PASSWORD, "password": "short", "again": "short"})
    assert "The password has 5 characters." in short.text
    assert bo.post("/account/password", values | {"current": PASSWORD}).status_code == 303
    assert bo.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert stranger.sign_in("bo").status_code == 422
    assert stranger.sign_in("bo", NEW).status_code == 303


def test_guessing_the_present_password_of_a_browser_left_open_is_stopped(visit: Visit) -> None:
    bo = visit("bo")
    values = {"current": "guess", "password": NEW, "again": NEW}
    answers = [bo.post("/account/password", values).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_key_is_listed_by_its_start_and_can_be_revoked(visit: Visit) -> None:
    bo = visit("bo")
    key = link_in(bo.follow(bo.post("/account/keys", {"name": "Nightly job"})).text)
    page = bo.get("/account").text
    assert "Nightly job" in page
    assert key[:11] in page
    assert key not in page
    path = re.search(r'action="(/account/keys/\d+/revoke)"', page)
    assert path
    assert visit("ana").post(path[1]).status_code == 404
    bo.post(path[1])
    assert "Nightly job" not in bo.get("/account").text


def test_a_key_without_a_name_is_asked_for_one(visit: Visit) -> None:
    answer = visit("bo").post("/account/keys", {"name": ""})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert answer.text.count("Please fill this in.") == 1


def test_signing_out_everywhere_spares_this_browser(visit: Visit) -> None:
    here, there = visit("bo"), visit("bo")
    here.post("/account/sign-out-everywhere")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_what_administrators_do_is_in_the_trail_they_read(visit: Visit, world: Tenants) -> None:
    ana = visit("ana")
    ana.post(f"/people/{world.bo.operator_id}/deactivate")
    page = ana.get("/audit").text
    assert "Deactivated a person" in page
    assert "88.118.1002" in page
    cy = visit("cy").get("/audit").text
    assert "Deactivated a person" not in cy
    assert "Ana" not in cy.partition("<main")[2]
    assert visit("auditor").get("/audit").status_code == 200
    assert visit("manager").get("/audit").status_code == 403


def test_a_long_trail_is_read_page_by_page(visit: Visit) -> None:
    ana = visit("ana")
    for number in range(60):
        ana.post("/account/keys", {"name": f"key number {number}."})
    page = ana.get("/audit").text
    assert "key number 59." in page
    assert "key number 5." not in page
    following = re.search(r'href="(/audit\?before=\d+)"', page)
    assert following
    assert "key number 5." in ana.get(following[1]).text
