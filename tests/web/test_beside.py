"""Whose request it is where the native server asks for somebody: believed with the secret, and only with it."""

import pytest
from flask import Flask, request
from werkzeug.test import Client

from app.web.beside import HEADER, Beside

SECRET = "s" * 64


@pytest.fixture
def client() -> Client:
    app = Flask("who")
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {HEADER in request.headers}")
    return Client(Beside(app.wsgi_app, SECRET))


@pytest.mark.parametrize(
    ("told", "who"),
    [
        (f"{SECRET} 192.0.2.7", "192.0.2.7"),
        (f"{SECRET} 2001:db8::7", "2001:db8::7"),
        (SECRET, "127.0.0.1"),
        (f"{SECRET[1:]} 192.0.2.7", "127.0.0.1"),
        (" 192.0.2.7", "127.0.0.1"),
        ("192.0.2.7", "127.0.0.1"),
        ("ÿ 192.0.2.7", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_with_the_secret_only(client: Client, told: str, who: str) -> None:
    answer = client.get("/", headers={HEADER: told}, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert answer.text == f"{who} False"  # nobody behind it sees the secret


def test_without_the_header_the_connection_says_who_it_is(client: Client) -> None:
    assert client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.9"}).text == "192.0.2.9 False"
