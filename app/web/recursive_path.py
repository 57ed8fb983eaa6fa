"""What a recursive node remembers, told before Flask sees the request. Whatever is not remembered, or asked for in an
odd way, is left to those behind, who say the same (recursion.told).
"""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from app.domain import handles
from app.domain.handles import answers
from app.domain.resolution import RECORD
from app.services import counting
from app.services.recursing import Recursor, Resolution
from app.services.recursing.memory import Bounded
from app.web import fastpath, recursion
from app.web.edge import Node
from app.web.fastpath import BEGAN, PLACE, Application, Environ, FastPath, Headers
from app.web.handle_queries import Asked, asked_by

READY_SHARE = 4  # of the memory for answers, one part in so many holds them ready to be sent
READY_BYTES = 1_500  # headers and tuples of one, about
OUTCOMES = {200: counting.FOUND, 404: counting.MISSING}


class _Ready(NamedTuple):
    of: Resolution
    key: str
    prefix: str
    status: str
    headers: Headers
    body: bytes
    outcome: str


class RecursivePath:
    """A WSGI application in front of the fast path."""

    def __init__(self, inner: FastPath, node: Node, recursor: Recursor) -> None:
        self._inner: Application = inner
        self._fast = inner
        self._recursor = recursor
        self._now = node.now
        self._place = len(PLACE)
        self._ready: Bounded[_Ready] = Bounded((node.settings.recursion_cache_mb << 20) // READY_SHARE)
        self._headers = [*inner.hardened(answers.JSON_TYPE), ("Cache-Control", "no-store")]

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if path.startswith(PLACE) and environ["REQUEST_METHOD"] in fastpath.READS:
            environ[BEGAN] = time.perf_counter()
            sent = self._sent(environ, path)
            if sent is not None:
                self._fast.note(sent.prefix, sent.outcome, environ)
                start(sent.status, sent.headers)
                return [sent.body if environ["REQUEST_METHOD"] == "GET" else b""]
        return self._inner(environ, start)

    def close(self) -> None:
        self._fast.close()
        self._recursor.close()

    def _sent(self, environ: Environ, path: str) -> _Ready | None:
        if "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ:
            return None
        query: str = environ["QUERY_STRING"]
        if not query and (ready := self._ready.get(path)) is not None:
            moment = self._now().timestamp()
            if ready.of.until > moment:
                if moment >= ready.of.refresh_at:
                    self._recursor.prefetch(ready.key, ready.of)
                return ready
        if fastpath.ODD.search(path) or environ.get("SCRIPT_NAME"):
            return None
        asked = asked_by(query) if query.isascii() and not fastpath.ODD.search(query) else None
        if asked is None or asked.callback or "auth" in query:
            return None
        try:
            handle = path[self._place :].encode("latin-1").decode()
        except UnicodeError:
            return None
        return self._made(path, handle, asked, is_whole=not query)

    def _made(self, path: str, handle: str, asked: Asked, *, is_whole: bool) -> _Ready | None:
        key = handles.key_of(handle)
        found = self._recursor.remembered(key)
        if found is None:
            return None
        answer = answers.dressed(
            recursion.told(found, handle, asked.indexes, asked.types), pretty=asked.pretty
        )
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        outcome = OUTCOMES.get(answer.status, counting.FAILED)
        headers += self._headers
        status = fastpath.STATUS[answer.status]
        ready = _Ready(found, key, handles.prefix_of(key), status, headers, answer.body, outcome)
        if is_whole and found.outcome == RECORD:
            self._ready.put(path, ready, len(answer.body) + len(path) + READY_BYTES)
        return ready
