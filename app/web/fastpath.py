"""Look-ups answered before Flask sees them: public reads of the Handle API and the machine forms of printed URLs, over
connections held open and out of memory (docs/decisions/0008).

Whatever it cannot answer exactly as Flask would, it leaves to Flask: other methods, whoever shows credentials or a
cookie, anything odd in path or query, a database in trouble. Both answer by the same rules (domain.handles,
services.resolving, services.short_urls), and what both answer is counted here.
"""

import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from app.domain import handles
from app.domain.handles import answers
from app.errors import TraceError
from app.services import counting, resolving, short_urls
from app.services.remembering import Answers, Kept
from app.store import database
from app.web import resolver, security, signed_answers
from app.web.edge import Node
from app.web.handle_queries import WHOLE, asked_by
from app.web.signed_answers import SignedAnswers
from app.web.tallying import Counting

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Sent = tuple[str, Headers, bytes]  # status line, headers, body
Application = Callable[[Environ, Any], Iterable[bytes]]

PLACE = "/api/handles/"
_LENGTH = len(PLACE)
MINTING = "/api/v1/items"
BEGAN = "suyuan.began"  # in the environ: when the request came, by the clock that measures
READS = frozenset({"GET", "HEAD"})
_REGISTERS = frozenset({"PUT", "POST"})
_URL = re.compile(rf"/({resolver.PrefixConverter.regex})/.")
ODD = re.compile(r"//|[\x00-\x1f\x7f]|/$|%00")  # Flask redirects or refuses these
OK, WRONG = 200, 400
STATUS = {each.value: f"{each.value} {each.phrase.upper()}" for each in HTTPStatus}  # as werkzeug puts it
_OUTCOMES = {400: counting.ELSEWHERE, 401: counting.REFUSED, 403: counting.REFUSED, 404: counting.MISSING}
_EMPTY = b'{"responseCode":200'
_JSON = ("Content-Type", answers.JSON_TYPE)


class FastPath:
    """A WSGI application in front of `inner`, which is Flask's."""

    def __init__(self, inner: Application, node: Node) -> None:
        self._inner = inner
        self._engine = node.engine
        self._base_url = node.settings.base_url
        self._root = self._base_url.rstrip("/")
        self._proxies = node.settings.trusted_proxies
        self._has_handles = "answer" in node.capabilities
        self._recurses = "recurse" in node.capabilities
        self._answers = Answers(node.engine, node.settings.cache_mb << 20)
        self._signed = SignedAnswers(node, self._answers, self._of_thing)
        self._counting = Counting(node.engine, node.now)
        self._settings = node.settings
        self._for_programs = [*self.hardened(answers.JSON_TYPE), ("Cache-Control", "no-store")]

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        environ[BEGAN] = time.perf_counter()
        is_handle = path.startswith(PLACE)
        if is_handle and (body := self._whole(environ, path)) is not None:
            start("200 OK", [_JSON, ("Content-Length", str(len(body))), *self._for_programs])
            return [body]
        is_signed = path.startswith(signed_answers.PLACE)
        if environ["REQUEST_METHOD"] not in READS or not (is_handle or is_signed or _URL.match(path)):
            if environ["REQUEST_METHOD"] in _REGISTERS and (is_handle or path == MINTING):
                start = self._registered(start, path if is_handle else "", environ)
            return self._inner(environ, start)
        sent = self._sent(environ, path, is_handle=is_handle, is_signed=is_signed)
        if sent is None:
            return self._inner(environ, self._counted(start, path, environ))
        status, headers, body = sent
        start(status, headers)
        return [body if environ["REQUEST_METHOD"] == "GET" else b""]

    def _whole(self, environ: Environ, path: str) -> bytes | None:
        """What nearly everybody asks for: a whole record, in ASCII. None leaves it to the long way round, which says
        the same of it; written out, since most of what a look-up takes is the interpreter's."""
        if (
            environ["REQUEST_METHOD"] != "GET"
            or environ["QUERY_STRING"]
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_COOKIE" in environ
            or environ.get("SCRIPT_NAME")
            or not path.isascii()
            or not path.isprintable()
            or "//" in path
            or "%00" in path
            or path[-1] == "/"
            or not self._has_handles
        ):
            return None
        handle = path[_LENGTH:]
        key = handle.upper()
        try:
            array = self._answers.record_of(key)
        except TraceError:
            return None
        if array is None:
            return None
        address = self._address(environ) if self._proxies else environ.get("REMOTE_ADDR", "")
        outcome = counting.EMPTY if array == b"[]" else counting.FOUND
        self._counting.note(key.partition("/")[0], outcome, address, path, environ[BEGAN])
        return answers.whole(handle, array)

    def close(self) -> None:
        """Keeps the counts and closes the connections. Nobody may be asking any more."""
        self._counting.close()
        self._answers.close()

    def _sent(self, environ: Environ, path: str, *, is_handle: bool, is_signed: bool) -> Sent | None:
        query: str = environ["QUERY_STRING"]
        if "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ or environ.get("SCRIPT_NAME"):
            return None
        if ODD.search(path) or (query and (not query.isascii() or ODD.search(query))):
            return None
        try:
            text = path if path.isascii() else path.encode("latin-1").decode()
            if is_handle or is_signed:
                if not self._has_handles:
                    return None
                if is_signed:
                    return self._of_signed(text[len(signed_answers.PLACE) :], query, environ)
                return self._of_handle(text[len(PLACE) :], query, environ)
            return self._of_url(text[1:], query, environ)
        except (TraceError, UnicodeError):
            return None  # Flask says so in the reader's language

    def _counted(self, start: Any, path: str, environ: Environ) -> Any:
        """Counts what Flask answers by its status."""
        place = next(each for each in (PLACE, signed_answers.PLACE, "/") if path.startswith(each))
        prefix = path[len(place) :].partition("/")[0]

        def counted(status: str, *rest: Any) -> Any:
            code = int(status[:3])
            standard = counting.FOUND if code < WRONG else counting.FAILED
            self.note(prefix, _OUTCOMES.get(code, standard), environ)
            return start(status, *rest)

        return counted

    def _registered(self, start: Any, path: str, environ: Environ) -> Any:
        """Measures what a registration takes, by the prefix in its path if it has one."""
        prefix = path[len(PLACE) :].partition("/")[0]

        def registered(status: str, *rest: Any) -> Any:
            if int(status[:3]) < WRONG:
                self._counting.note_registration(prefix, time.perf_counter() - environ[BEGAN])
            return start(status, *rest)

        return registered

    def note(self, prefix: str, outcome: str, environ: Environ) -> None:
        """Counts one answer; `environ[BEGAN]` is when it was begun."""
        self._counting.note(prefix, outcome, self._address(environ), environ["PATH_INFO"], environ[BEGAN])

    def _address(self, environ: Environ) -> str:
        address: str = environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return address
        told = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")  # as ProxyFix reads it, which is behind us
        return told[-self._proxies].strip() if len(told) >= self._proxies else address

    def hardened(self, content_type: str) -> Headers:
        return security.headers_of(self._settings, content_type)

    # --- handles ---

    def _of_handle(self, handle: str, query: str, environ: Environ) -> Sent | None:
        asked = asked_by(query) if query else WHOLE
        if asked is None:
            return None
        key = handles.key_of(handle)
        array = self._answers.array_of(key, lambda: self._of_thing(handle, key))
        if array is not None:
            answer = handles.found(handle, array, asked.indexes, asked.types)
        else:
            with database.reading(self._engine) as session:
                answer = resolving.answer_of(
                    session, handle, base_url=self._base_url, indexes=asked.indexes, types=asked.types
                )
            if answer.status == WRONG and self._recurses:
                return None  # others may know
        if answer.status == OK:
            outcome = counting.EMPTY if answer.body.startswith(_EMPTY) else counting.FOUND
        else:
            outcome = _OUTCOMES[answer.status]
        self.note(handles.prefix_of(key), outcome, environ)
        if query:
            callback = asked.callback if environ["REQUEST_METHOD"] == "GET" else ""
            answer = answers.dressed(answer, pretty=asked.pretty, callback=callback)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        if answer.content_type == answers.JSON_TYPE:
            headers += self._for_programs
        else:
            headers += [*self.hardened(answer.content_type), ("Cache-Control", "no-store")]
        return STATUS[answer.status], headers, answer.body

    def _of_signed(self, handle: str, query: str, environ: Environ) -> Sent | None:
        """To another node."""
        told = self._signed.told(handle, query)
        if told is None:
            return None
        outcome, body = told
        self.note(handles.prefix_of(handles.key_of(handle)), outcome, environ)
        length = ("Content-Length", str(len(body)))
        return STATUS[OK], [("Content-Type", answers.JSON_TYPE), length, *self._for_programs], body

    def _of_thing(self, handle: str, key: str) -> Kept | None:
        """What is known of a minted thing by its own name; another name of it may come to mean another thing."""
        with database.reading(self._engine) as session:
            thing = resolving.thing_of(session, handle)
            if thing is None or handles.key_of(thing.epc.removeprefix("hdl:")) != key:
                return None
            array = handles.public_json(resolving.values_of_thing(session, thing, self._base_url))
            return Kept(array, len(array), thing.id or 0, thing.last_seq or 0)

    # --- printed URLs ---

    def _of_url(self, path: str, query: str, environ: Environ) -> Sent | None:
        accept, language = environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
        if "html" in accept:  # a browser's: mostly it gets a page
            return None
        key = f"{path}\n{query}\n{accept}\n{language}"
        sent: Sent | None = self._answers.answer_of(key, lambda: self._of_link(path, query, accept, language))
        if sent is not None:
            self.note(path.partition("/")[0], counting.FOUND, environ)
        return sent

    def _of_link(self, path: str, query: str, accept: str, language: str) -> Kept | None:
        with database.reading(self._engine) as session:
            resolved = short_urls.resolve(session, path, query, accept, language, self._root)
        answer = resolved.answer
        if answer is None or resolved.found.missing:  # what is missing may be minted, of which no stamp tells
            return None
        length = str(len(answer.body))
        hardened = self.hardened(dict(answer.headers).get("Content-Type", "text/html"))
        headers = [
            *answer.headers,
            *hardened,
            ("Cache-Control", "no-cache, private"),
            ("Content-Length", length),
        ]
        return Kept((STATUS[answer.status], headers, answer.body), len(answer.body) + 2_000)
