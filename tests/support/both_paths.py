"""The fast path and Flask behind it, asked the same."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import create_environ

from app.web.fastpath import FastPath

CHANCE = re.compile(r'(?<=sessionId=")[^"]+|(?<=nonce=")[^"]+')  # in what proves that a login was asked for


@dataclass
class Both:
    """The fast path, and Flask behind it."""

    fast: FastPath
    flask: Any
    fell_through: int = 0

    def ask(self, application: Any, path: str, **more: Any) -> tuple[str, list[tuple[str, str]], bytes]:
        """`path` as it goes over the wire, percent-encoded."""
        environ = create_environ(path, "https://id.example.cn", **more)
        environ["PATH_INFO"] = _decoded(path.partition("?")[0])
        environ["QUERY_STRING"] = path.partition("?")[2]
        told: list[Any] = []
        body = b"".join(application(environ, lambda status, headers, _=None: told.append((status, headers))))
        ((status, headers),) = told
        return status, sorted((name.lower(), CHANCE.sub("…", value)) for name, value in headers), body

    def same(self, path: str, **more: Any) -> tuple[str, bytes]:
        """Asserts that both say the same; what they say, without the headers."""
        fast, flask = self.ask(self.fast, path, **more), self.ask(self.flask, path, **more)
        assert fast == flask, path
        return fast[0], fast[2]

    def fast_and_same(self, path: str, **more: Any) -> tuple[str, bytes]:
        """The same, and without asking Flask."""
        before = self.fell_through
        found = self.same(path, **more)
        assert self.fell_through == before, f"{path} was left to Flask"
        return found

    def left_to_flask(self, path: str, **more: Any) -> None:
        before = self.fell_through
        self.same(path, **more)
        assert self.fell_through == before + 1, f"{path} was not left to Flask"


def _decoded(path: str) -> str:
    """As a server hands it on: bytes behind the percent signs, each as one character."""
    return re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path)


def both_of(app: Flask) -> Both:
    """Notes from now on what the fast path leaves to Flask."""
    fast = app.extensions["suyuan-fast"]
    both = Both(fast, fast._inner)

    def noted(environ: Any, start: Any) -> Iterable[bytes]:
        both.fell_through += 1
        return both.flask(environ, start)  # type: ignore[no-any-return]

    fast._inner = noted
    return both
