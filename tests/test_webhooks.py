"""Messages to other systems: signed, in order, tried again with pauses, given up in the open, sent once by two rounds."""

import hmac
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine

from app import rounds_of_webhooks
from app.domain.messages import Ask, Told
from app.errors import Malformed, PeerFailed, Refused, Unknown
from app.fetching import Fetcher
from app.rounds import Turn
from app.services import webhooks
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import WebhookMessage
from tests.support.world import World

URL = "https://erp.example.com/hook"
TOKEN = "a token of 30 characters 数"


class Post:
    """Another system: answers with what `says` gives for an address and a number of tries there."""

    def __init__(self, says: Callable[[str, int], int | str] = lambda _url, _n: 204) -> None:
        self.says = says
        self.got: list[Ask] = []

    def __call__(self, ask: Ask) -> Told:
        self.got.append(ask)
        answer = self.says(ask.url, sum(each.url == ask.url for each in self.got))
        if isinstance(answer, str):
            raise PeerFailed(answer, "No.")
        return Told(answer, b"")


class Desk:
    def __init__(self, engine: Engine, settings: Settings, now: datetime) -> None:
        self.engine, self.settings, self.now = engine, settings, now
        self.world = World(engine, now)

    def put(self, body: bytes, url: str = URL, by: str = "ana", **more: str) -> int:
        with writing(self.engine) as session:
            who = self.world.who(by).organisation_id
            return webhooks.enqueue(session, who, url, body, self.now, **more)  # type: ignore[arg-type]

    def turn(self, post: Callable[[Ask], Told], after: timedelta = timedelta(0)) -> None:
        self.now += after
        rounds_of_webhooks.send(Turn(self.settings, self.engine, self.now, post))

    def rows(self, by: str = "ana") -> list[WebhookMessage]:
        with reading(self.engine) as session:
            return list(webhooks.messages(session, self.world.who(by))[0])[::-1]


@pytest.fixture
def desk(engine: Engine, settings: Settings, now: datetime) -> Desk:
    return Desk(engine, settings, now)


def test_a_message_is_signed_with_the_clients_token_which_the_database_does_not_hold(desk: Desk) -> None:
    sealed = webhooks.sealed(TOKEN, desk.settings.keys_dir)
    assert TOKEN not in sealed
    body = '{"数": 1}'.encode()
    desk.put(body, token=sealed, source="subscription:7")
    post = Post()
    desk.turn(post)
    (ask,) = post.got
    headers = dict(ask.headers)
    assert headers["GS1-Signature"] == hmac.new(TOKEN.encode(), body, "sha256").hexdigest()
    assert (ask.method, ask.url, ask.body) == ("POST", URL, body)
    assert (headers["Content-Type"], headers["Suyuan-Delivery"]) == (
        "application/json",
        str(desk.rows()[0].id),
    )
    assert [(row.state, row.status, row.body) for row in desk.rows()] == [("sent", 204, b"")]
    desk.turn(post)
    assert len(post.got) == 1


def test_an_address_in_trouble_is_tried_with_growing_pauses_and_its_messages_keep_their_order(
    desk: Desk,
) -> None:
    for number in range(3):
        desk.put(b"%d" % number)
    desk.put(b"other", "https://well.example.com/")
    down = Post(lambda url, _n: 204 if "well" in url else 503)
    desk.turn(down)
    assert sorted(ask.body for ask in down.got) == [b"0", b"other"]
    pauses = []
    for _ in range(12):
        waits = min(row.due for row in desk.rows() if row.state == "waiting") - desk.now
        pauses.append(round(waits.total_seconds() / 60))
        desk.turn(down, waits)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    up = Post()
    desk.turn(up, timedelta(hours=6, minutes=1))
    assert [ask.body for ask in up.got] == [b"0", b"1", b"2"]
    assert {row.state for row in desk.rows()} == {"sent"}


def test_what_nobody_takes_for_three_days_is_given_up_in_the_open_and_can_be_tried_again(desk: Desk) -> None:
    desk.put(b"1")
    desk.turn(Post(lambda _url, _n: "peer-unreachable"))
    desk.turn(Post(lambda _url, _n: "peer-unreachable"), timedelta(days=3))
    (row,) = desk.rows()
    assert (row.state, row.trouble, row.body) == ("given-up", "peer-unreachable", b"1")
    with pytest.raises(Unknown), writing(desk.engine) as session:
        webhooks.try_again(session, desk.world.cy, row.id or 0, desk.now)
    with writing(desk.engine) as session:
        webhooks.try_again(session, desk.world.ana, row.id or 0, desk.now)
    desk.turn(Post())
    assert desk.rows()[0].state == "sent"
    desk.turn(Post(), timedelta(days=8))
    assert desk.rows() == []


def test_a_no_to_one_message_does_not_stop_those_after_it_and_gone_is_believed_at_once(desk: Desk) -> None:
    for body in (b"bad", b"gone", b"good"):
        desk.put(body)
    answers = {1: 422, 2: 410, 3: 200}
    post = Post(lambda _url, n: answers[n])
    desk.turn(post)
    assert [row.state for row in desk.rows()] == ["waiting", "given-up", "sent"]
    assert [row.status for row in desk.rows()] == [422, 410, 200]


def test_a_private_address_is_given_up_without_being_asked(desk: Desk) -> None:
    desk.put(b"1", "http://127.0.0.1:9/hook")
    desk.put(b"1", "http://169.254.169.254/latest")
    fetch = Fetcher()
    desk.turn(fetch)
    fetch.close()
    assert [(row.state, row.trouble) for row in desk.rows()] == [("given-up", "address-refused")] * 2


def test_a_real_server_gets_it_over_the_network_and_no_redirect_is_followed(desk: Desk) -> None:
    got: list[tuple[str, bytes, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, body, self.headers["GS1-Signature"]))
            self.send_response(302 if self.path == "/moved" else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fetch = Fetcher(allow_private=True)
    try:
        sealed = webhooks.sealed(TOKEN, desk.settings.keys_dir)
        for path in ("/in", "/moved"):
            desk.put(b"{}", f"http://127.0.0.1:{server.server_port}{path}", token=sealed)
        desk.turn(fetch)
    finally:
        fetch.close()
        server.shutdown()
        thread.join()
        server.server_close()
    signature = webhooks.signature(TOKEN, b"{}")
    assert sorted(got) == [("/in", b"{}", signature), ("/moved", b"{}", signature)]
    assert [(row.state, row.status) for row in desk.rows()] == [("sent", 204), ("waiting", 302)]


def test_two_rounds_at_the_same_moment_send_each_message_once(desk: Desk) -> None:
    for number in range(30):
        desk.put(b"%d" % number, f"https://erp{number % 5}.example.com/")
    post = Post()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: desk.turn(post), range(2)))
    assert sorted(int(ask.body) for ask in post.got) == list(range(30))


def test_a_message_whose_token_cannot_be_read_any_more_is_given_up(desk: Desk) -> None:
    desk.put(b"1", token=webhooks.sealed(TOKEN, desk.settings.keys_dir / "elsewhere"))
    post = Post()
    desk.turn(post)
    assert post.got == []
    assert [(row.state, row.trouble) for row in desk.rows()] == [("given-up", "seal-broken")]


def test_what_is_no_address_and_what_is_too_much_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (
        "ftp://x.cn/",
        "https://",
        "https://a@b.cn/",
        "https://x.cn/\r\nA: b",
        "https://x.cn/#a",
        "x",
    ):
        with pytest.raises(Malformed) as error:
            desk.put(b"1", url)
        assert error.value.code == "bad-webhook-url"
    with pytest.raises(Malformed):
        webhooks.sealed("a\nb", desk.settings.keys_dir)
    monkeypatch.setattr(webhooks, "MOST_BODY", 10)
    with pytest.raises(Refused, match="too large"):
        desk.put(b"12345678901")
    monkeypatch.setattr(webhooks, "MOST_WAITING", 2)
    desk.put(b"1")
    desk.put(b"2")
    with pytest.raises(Refused, match="2 messages wait"):
        desk.put(b"3")
    desk.put(b"3", by="cy")  # another company's queue is its own


def test_messages_are_their_companys_and_need_the_right(desk: Desk) -> None:
    desk.put(b"1")
    assert desk.rows("cy") == []
    with pytest.raises(Refused), reading(desk.engine) as session:
        webhooks.messages(session, replace(desk.world.ana, role="operator"))


def test_what_waits_for_somebody_who_left_is_taken_back(desk: Desk) -> None:
    desk.put(b"1", source="subscription:1")
    desk.put(b"2", source="subscription:2")
    with writing(desk.engine) as session:
        webhooks.take_back(session, desk.world.ana.organisation_id, "subscription:1")
    post = Post()
    desk.turn(post)
    assert [ask.body for ask in post.got] == [b"2"]
