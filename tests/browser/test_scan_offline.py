"""Scans that could not be sent: kept in plain sight, sent when they can be, each exactly once and as whose they are."""

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect
from sqlalchemy import Engine

from app.store.database import reading, writing
from tests.support import visiting
from tests.support.desk import ScanDesk
from tests.support.floor import Floor
from tests.support.server import Server


@pytest.fixture
def desk(page: Page, server: Server, floor: Floor) -> ScanDesk:
    """An operator's, with a step and a place."""
    desk = ScanDesk(page, server.base_url).sign_in()
    return desk.choose("inspect", floor.places["plant"])


def recorded(engine: Engine) -> list[dict[str, Any]]:
    """The inspections in the log, in its order: which piece, by whom, scanned and recorded when."""
    sql = "SELECT body, event_time, record_time FROM entry WHERE step = 'inspect' ORDER BY seq"
    with reading(engine) as session:
        rows = session.connection().exec_driver_sql(sql).all()
    return [
        {
            "code": json.loads(body)["epcList"][0].removeprefix("hdl:"),
            "by": json.loads(body)["suyuan:operator"],
            "scanned": str(scanned),
            "recorded": str(taken_in),
        }
        for body, scanned, taken_in in rows
    ]


def codes(engine: Engine) -> list[str]:
    return [row["code"] for row in recorded(engine)]


def test_without_a_connection_scans_wait_in_sight_and_go_out_in_order_when_it_is_back(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    pieces = floor.pieces(3)
    context.set_offline(True)
    for number, code in enumerate(pieces, 1):
        desk.wedge(code)
        desk.expect_waiting(number)
        desk.expect_verdict("wait", "Kept on this device")
    expect(desk.page.locator("#waiting-why")).to_have_text("No connection to the server.")
    desk.expect_count(0)
    assert codes(floor.engine) == []
    desk.page.wait_for_timeout(1100)  # so that scanning and recording fall into different seconds
    context.set_offline(False)
    desk.expect_waiting(0)
    desk.expect_count(3)
    assert codes(floor.engine) == pieces
    assert all(row["scanned"] < row["recorded"] for row in recorded(floor.engine))


def test_the_page_opens_again_while_the_server_is_away_and_loses_nothing(
    desk: ScanDesk, floor: Floor, server: Server, context: BrowserContext
) -> None:
    first, second, third = floor.pieces(3)
    desk.scan(first)
    desk.open().keep_offline()
    server.stop()
    desk.wedge(second)
    desk.expect_waiting(1)
    desk.page.close()
    again = ScanDesk(context.new_page(), server.base_url).open()
    expect(again.page.locator(".scan-offline")).to_be_visible()
    expect(again.page.locator("#step-name")).to_have_text("Inspect")
    again.expect_waiting(1)
    again.wedge(third)
    again.expect_waiting(2)
    again.expect_count(1)
    server.start()
    again.expect_waiting(0)
    again.expect_count(3)
    assert codes(floor.engine) == [first, second, third]


def test_a_tab_that_was_closed_leaves_its_scans_to_the_next(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    pieces = floor.pieces(2)
    context.set_offline(True)
    for number, code in enumerate(pieces, 1):
        desk.wedge(code)
        desk.expect_waiting(number)
    desk.page.close()
    context.set_offline(False)
    again = ScanDesk(context.new_page(), desk.address).open()
    again.expect_count(2)
    assert codes(floor.engine) == pieces
    again.line_of("Inspect").first.locator("[data-action=undo]").click()  # the visit goes on
    again.expect_count(1)


def test_two_tabs_send_what_waits_once(desk: ScanDesk, floor: Floor, context: BrowserContext) -> None:
    pieces = floor.pieces(6)
    other = ScanDesk(context.new_page(), desk.address).open()
    context.set_offline(True)
    for number, code in enumerate(pieces, 1):
        (desk if number % 2 else other).page.bring_to_front()
        (desk if number % 2 else other).wedge(code)
        desk.expect_waiting(number)
        other.expect_waiting(number)
    sent: list[str] = []

    def arrived(request: Request) -> None:
        """One that was under way when the connection came back may fail and be sent again."""
        if request.method == "POST":
            sent.append(request.url)

    with visiting.listening(context, "requestfinished", arrived):
        context.set_offline(False)
        desk.page.evaluate("window.dispatchEvent(new Event('online'))")
        other.page.evaluate("window.dispatchEvent(new Event('online'))")
        desk.expect_waiting(0)
        other.expect_waiting(0)
        desk.expect_count(6)
        other.expect_count(6)
    assert codes(floor.engine) == pieces
    assert len(sent) == 6


def test_an_answer_that_got_lost_does_not_make_a_second_event(desk: ScanDesk, floor: Floor) -> None:
    (code,) = floor.pieces()

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and is recorded
        route.abort("connectionreset")

    desk.page.route("**/api/v1/scans", lose, times=1)
    desk.wedge(code)
    desk.expect_count(1)
    desk.expect_verdict("green")
    desk.expect_waiting(0)
    assert codes(floor.engine) == [code]


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, "text/html", "Something other than our server answered"),
        (302, "text/html", "Something other than our server answered"),
        (403, "text/html", "Something other than our server answered"),
        (502, "text/html", "The server is busy or being restarted"),
        (503, "application/problem+json", "The server is busy or being restarted"),
    ],
)
def test_what_our_server_did_not_say_settles_nothing(
    desk: ScanDesk, floor: Floor, status: int, kind: str, reason: str
) -> None:
    (code,) = floor.pieces()
    headers = {"Location": "/log-in-to-the-wi-fi"} if status == 302 else {}
    answer = {"status": status, "content_type": kind, "body": '{"code": "busy"}', "headers": headers}
    desk.page.route("**/api/v1/scans", lambda route: route.fulfill(**answer), times=1)
    desk.wedge(code)
    expect(desk.page.locator("#waiting-why")).to_contain_text(reason)
    desk.page.click("#waiting-retry")
    desk.expect_count(1)
    assert codes(floor.engine) == [code]


def test_a_refusal_that_came_later_stays_until_somebody_has_seen_it(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    (code,) = floor.pieces()
    context.set_offline(True)
    desk.wedge("88.118.1001/NOBODYKNOWSIT")
    desk.expect_waiting(1)
    desk.wedge(code)
    desk.expect_waiting(2)
    context.set_offline(False)
    desk.expect_verdict("red", "Not recorded: 1")
    expect(desk.page.locator("#missed .scan-line")).to_have_count(1)
    expect(desk.page.locator("#missed")).to_contain_text("is not known here")
    desk.open()
    desk.page.click("#missed [data-action=seen]")
    expect(desk.page.locator("#missed")).to_be_hidden()
    desk.expect_count(1)


def test_a_scan_taken_back_before_it_was_sent_was_never_made(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    first, second = floor.pieces(2)
    context.set_offline(True)
    desk.wedge(first)
    desk.expect_waiting(1)
    desk.wedge(second)
    desk.expect_waiting(2)
    desk.line_of(second).locator("[data-action=undo]").click()
    desk.expect_waiting(1)
    context.set_offline(False)
    desk.expect_count(1)
    assert codes(floor.engine) == [first]


def test_who_is_signed_out_in_the_middle_signs_in_and_everything_is_sent(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    first, second = floor.pieces(2)
    with writing(floor.engine) as session:
        session.connection().exec_driver_sql("DELETE FROM sign_in")
    desk.wedge(first)
    desk.expect_waiting(1)
    expect(desk.page.locator("#waiting-why")).to_contain_text("You are signed out")
    desk.wedge(second)
    desk.expect_waiting(2)
    assert codes(floor.engine) == []
    desk.page.click("#waiting-sign-in")
    desk.enter("operator")
    desk.expect_count(2)
    assert codes(floor.engine) == [first, second]


def test_signing_in_in_another_window_is_enough(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    (code,) = floor.pieces()
    with writing(floor.engine) as session:
        session.connection().exec_driver_sql("DELETE FROM sign_in")
    desk.wedge(code)
    desk.expect_waiting(1)
    ScanDesk(context.new_page(), desk.address).sign_in()
    desk.page.bring_to_front()
    desk.expect_waiting(0)
    assert codes(floor.engine) == [code]


def test_nobody_sends_the_scans_of_somebody_else_as_their_own(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    first, second, third = floor.pieces(3)
    context.set_offline(True)
    desk.wedge(first)
    desk.expect_waiting(1)
    context.clear_cookies()  # before the connection is back, or the operator's own page sends it at once
    context.set_offline(False)
    colleague = ScanDesk(context.new_page(), desk.address).sign_in("manager")
    expect(colleague.page.locator("#waiting")).to_contain_text("Waiting for a colleague: 1")
    expect(colleague.page.locator("#waiting-list")).to_contain_text("Waits until Operator signs in")
    colleague.choose("inspect", floor.places["plant"])
    colleague.scan(second)
    desk.page.bring_to_front()
    desk.wedge(third)  # the first window is still the operator's
    desk.expect_waiting(2)
    expect(desk.page.locator("#waiting-why")).to_contain_text("Somebody else is signed in")
    assert codes(floor.engine) == [second]
    context.clear_cookies()
    again = ScanDesk(context.new_page(), desk.address).sign_in("operator")
    again.expect_count(2)
    again.expect_waiting(0)
    by = {row["code"]: row["by"] for row in recorded(floor.engine)}
    assert by == {first: "Operator", second: "Manager", third: "Operator"}


def test_an_undo_without_a_connection_waits_behind_its_scan(
    desk: ScanDesk, floor: Floor, context: BrowserContext
) -> None:
    (code,) = floor.pieces()
    desk.scan(code)
    context.set_offline(True)
    desk.lines.first.locator("[data-action=undo]").click()
    expect(desk.lines.first).to_contain_text("The undo waits to be sent")
    desk.expect_count(1)
    context.set_offline(False)
    expect(desk.lines.first).to_contain_text("Undone")
    desk.expect_count(0)


def test_a_row_the_server_stumbles_over_does_not_hold_up_the_others(desk: ScanDesk, floor: Floor) -> None:
    first, second = floor.pieces(2)

    def stumble(route: Route) -> None:
        if first in (route.request.post_data or ""):
            route.fulfill(status=500, content_type="application/problem+json", body="{}")
        else:
            route.continue_()

    desk.page.route("**/api/v1/scans", stumble)
    desk.wedge(first)
    desk.expect_waiting(1)
    desk.wedge(second)
    desk.expect_count(1)
    desk.expect_waiting(1)
    assert codes(floor.engine) == [second]
    desk.page.unroute("**/api/v1/scans")
    desk.page.click("#waiting-retry")
    desk.expect_count(2)


def test_after_signing_out_on_purpose_the_next_person_finds_nothing_but_what_waits(
    desk: ScanDesk, floor: Floor, page: Page
) -> None:
    desk.page.click(".top-person")
    desk.page.locator("form[action='/sign-out'] button").click()
    desk.page.wait_for_url("**/sign-in*")
    assert desk.page.evaluate("localStorage.getItem('suyuan-scan-profile')") is None
