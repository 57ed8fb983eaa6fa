"""The native protocol inside HTTP: the same answers, for one POST each, whatever is posted."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from app.native.tunnel import MOST_BODY, TYPE, Tunnel
from tests.support.native_client import ENVELOPE, NativeClient, Reply, decoded, question, request
from tests.support.simnet import SimNet
from tests.support.simtree import HANDLE, MAKER, Tree

CLIENT = NativeClient(0)


def posted(message: bytes) -> bytes:
    return CLIENT.envelope(7, 0, len(message)) + message


def send(client: Client, body: bytes, **more: object) -> TestResponse:
    headers = {"Content-Type": TYPE, "Accept": TYPE}
    return client.post("/", data=body, headers=headers, **more)  # type: ignore[arg-type]


def read(answer: TestResponse) -> Reply:
    assert (answer.status_code, answer.content_type) == (200, TYPE)
    *version, flags, _, _, number, sequence, length = ENVELOPE.unpack_from(answer.data)
    assert (number, sequence, flags & 0xE0, length) == (7, 0, 0, len(answer.data) - ENVELOPE.size)
    return decoded(answer.data[ENVELOPE.size :], (version[0], version[1]), 7)


@pytest.fixture
def ask(net: SimNet) -> Callable[..., Reply]:
    """ask(node, handle, …) of a whole hierarchy."""
    tree = Tree(net)
    nodes = {each.name: each for each in (tree.root, tree.second, tree.maker)}
    return lambda name, *words, **more: read(
        send(Client(nodes[name].app.wsgi_app), posted(request(1, question(*words), **more)))
    )


def test_a_record_comes_in_one_post(ask: Callable[..., Reply]) -> None:
    reply = ask("maker", HANDLE)
    assert (reply.code, reply.values[0]["data"]) == (1, b"https://id.example.cn/88.118.8/P1")
    assert [value["index"] for value in ask("maker", HANDLE, (2001,)).values] == [2001]
    assert ask("maker", f"{MAKER}/NONE").code == 100
    assert ask("maker", f"{MAKER}/值?index=1").code == 100
    assert ask("maker", HANDLE, (1,), flags=("certify",)).values[-1]["type"] == "HS_SIGNATURE"


def test_a_level_above_refers_to_an_address_of_the_web(ask: Callable[..., Reply]) -> None:
    reply = ask("auto", HANDLE)
    (site,) = [value["site"] for value in reply.values]
    assert (reply.code, site["attributes"]) == (302, {"domain": "maker.test"})
    assert site["servers"][0]["interfaces"] == [("HTTPS", 443, True, False)]


def test_other_posts_are_none_of_ours() -> None:
    app = Flask("inner")
    app.add_url_rule("/", view_func=lambda: "inside", methods=["POST"])
    client = Client(Tunnel(app.wsgi_app))
    assert client.post("/", data={"a": "b"}).text == "inside"
    assert client.get("/", headers={"Content-Type": TYPE}).status_code == 405


@pytest.mark.parametrize("body", [b"", b"x" * 19, posted(b"x" * 30)[:-1], posted(b"x" * 30) + b"y"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    assert send(Client(Tunnel(Flask("inner").wsgi_app)), body).status_code == 400


def test_a_post_that_is_too_long_is_not_read() -> None:
    answer = send(Client(Tunnel(Flask("inner").wsgi_app)), b"x" * (MOST_BODY + 1))
    assert answer.status_code == 413


@given(st.binary(max_size=120) | st.binary(max_size=90).map(lambda rest: posted(request(1, rest))))
def test_whatever_is_posted_gets_an_answer(body: bytes) -> None:
    answer = send(Client(Tunnel(Flask("inner").wsgi_app)), body)
    assert answer.status_code in {200, 400}


def test_cookies_and_passwords_of_the_post_count_for_nothing() -> None:
    app = Flask("inner")
    seen: list[str] = []

    @app.get("/api/handles/<path:handle>")
    def show(handle: str) -> tuple[str, int]:
        from flask import request as asked

        seen.append(
            f"{handle} {asked.remote_addr} {asked.cookies} {asked.authorization} {asked.query_string!r}"
        )
        return "", 404

    headers = {"Content-Type": TYPE, "Cookie": "a=b", "Authorization": "Basic YTpi"}
    body = posted(request(1, question(HANDLE), flags=("auth",)))
    Client(Tunnel(app.wsgi_app)).post(
        "/", data=body, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert seen == [f"{HANDLE} 192.0.2.7 ImmutableMultiDict([]) None b'auth=true'"]
