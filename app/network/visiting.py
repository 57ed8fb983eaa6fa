"""A visitor of a node, as a browser or a program is one: pages with cookies and forms, JSON with an API key."""

import re
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SECONDS = 30.0
Failed = (OSError, HTTPException)  # what asking a node that is not there raises


class Wrong(Exception):
    """Something is not as it has to be; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Wrong(f"an answer with status {self.status} is no JSON: {self.body[:200]!r}") from error


@dataclass
class Visitor:
    """Keeps what a browser keeps: the cookies, and the token of the last form."""

    base_url: str
    language: str = "en"
    key: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, path: str, *, seconds: float = SECONDS, **headers: str) -> Reply:
        return self._ask("GET", path, b"", headers, seconds)

    def send(self, path: str, form: dict[str, str], *, seconds: float = SECONDS) -> Reply:
        """A form of the page that was read last."""
        body = urlencode(form | {"csrf_token": self.token}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"}, seconds)

    def post(self, path: str, value: object, *, seconds: float = SECONDS) -> Reply:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        return self._ask("POST", path, orjson.dumps(value), headers, seconds)

    def sign_in(self, login: str, password: str) -> "Visitor":
        self.get("/sign-in")
        reply = self.send("/sign-in", {"login": login, "password": password})
        if reply.status != 303:
            raise Wrong(f"{login} cannot sign in at {self.base_url}: status {reply.status}")
        self.get("/account")
        return self

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str], seconds: float) -> Reply:
        parts = urlsplit(path if "://" in path else self.base_url + path)
        connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body or None, self._headers() | headers)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
            self._remember(answer.headers.get_all("Set-Cookie") or [], reply)
            return reply
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        known = {"Accept-Language": self.language}
        if self.cookies:
            known["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.key:
            known["Authorization"] = f"Bearer {self.key}"
        return known

    def _remember(self, cookies: list[str], reply: Reply) -> None:
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if found := TOKEN.search(reply.text if "html" in reply.headers.get("content-type", "") else ""):
            self.token = found[1]


def expect(reply: Reply, status: int, doing: str) -> Reply:
    """The reply, if it has that status; else Wrong with what it says."""
    if reply.status != status:
        raise Wrong(f"{doing}: status {reply.status} instead of {status}: {reply.text[:300]}")
    return reply


def answers(base_url: str) -> bool:
    """Whether somebody serves the application there."""
    try:
        return Visitor(base_url).get("/sign-in", seconds=5).status == 200
    except Failed:
        return False
