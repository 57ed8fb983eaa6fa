"""A context that another test takes over is as empty as a new one."""

from playwright.sync_api import Page

from tests.support.rooms import Rooms
from tests.support.web_server import saying

KIND = ("en-GB", 640, 480)
LEAVE = """async () => {
  localStorage.kept = sessionStorage.kept = window.name = document.cookie = "left=behind";
  await new Promise((done) => { indexedDB.open("left").onsuccess = done; });
  await caches.open("left");
}"""
FIND = """async () => [
  Object.keys(localStorage), Object.keys(sessionStorage), window.name, document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length, innerWidth, navigator.onLine,
]"""


def test_what_one_test_leaves_in_the_browser_another_does_not_find(rooms: Rooms) -> None:
    headers = {"Content-Type": "text/html", "Cache-Control": "max-age=3600"}
    asked: list[str] = []

    def say(path: str) -> tuple[int, dict[str, str], bytes]:
        asked.append(path)
        return 200, headers, b"<!doctype html><title>a page</title>"

    with saying(say) as address:
        room = rooms.take(KIND)
        left = room.context
        first, second = left.pages[0], left.new_page()
        for page in (first, second):
            page.goto(f"{address}/page")
        first.evaluate(LEAVE)
        first.set_viewport_size({"width": 320, "height": 240})
        first.route("**/page", lambda route: route.abort())
        left.set_offline(True)
        rooms.give_back(room)
        asked.clear()

        again = rooms.take(KIND)
        assert again.context is left
        assert left.pages == [first]
        first.goto(f"{address}/page")
        assert first.evaluate(FIND) == [[], [], "", "", 0, 0, 640, True]
        assert "/page" in asked, "a page kept in the cache was shown"
        rooms.give_back(again)


def test_one_that_has_no_page_left_is_not_taken_again(rooms: Rooms) -> None:
    room = rooms.take(KIND)
    closed: Page = room.context.pages[0]
    closed.close()
    rooms.give_back(room)
    another = rooms.take(KIND)
    assert another.context is not room.context
    rooms.give_back(another)
