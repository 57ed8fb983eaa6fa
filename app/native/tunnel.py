"""The native protocol inside HTTP, for clients whose network lets nothing else through, and where a site names no other
way: a POST of one message, answered with one (`application/x-hdl-message`)."""

from collections.abc import Callable, Collection, Iterable
from io import BytesIO
from typing import Any

from app.domain.handles import wire
from app.domain.handles.octets import Garbled
from app.native import answering
from app.native.asking import MOST_ANSWER, Heard

TYPE = "application/x-hdl-message"
MOST_BODY = wire.ENVELOPE + wire.MOST_REQUEST
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
# of the POST, that are no part of the questions it leads to
_ITS_OWN = ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_COOKIE", "HTTP_AUTHORIZATION", "RAW_URI", "REQUEST_URI")


class Tunnel:
    """A WSGI application in front of all others, which it asks."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or not environ.get("CONTENT_TYPE", "").lower().startswith(
            TYPE
        ):
            return self._inner(environ, start)
        size = environ.get("CONTENT_LENGTH") or "0"
        if not (size.isascii() and size.isdigit() and len(size) < 9 and int(size) <= MOST_BODY):
            return _said(start, "413 CONTENT TOO LARGE")
        try:
            answer = _reply(self._inner, environ, environ["wsgi.input"].read(int(size)))
        except Garbled as error:
            return _said(start, "400 BAD REQUEST", str(error).encode())
        return _said(start, "200 OK", answer, TYPE)


def _reply(inner: Application, environ: Environ, body: bytes) -> bytes:
    envelope, message = wire.read_envelope(body[: wire.ENVELOPE]), body[wire.ENVELOPE :]
    if len(message) != envelope.length:
        raise Garbled("its length is not that of the message")
    return wire.stream(envelope, answering.reply(_Inside(inner, environ), envelope, message))


def _said(start: Any, status: str, body: bytes = b"", kind: str = "text/plain") -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start(status, [*headers, ("X-Content-Type-Options", "nosniff")])
    return [body]


class _Inside:
    """`Web`, without a way between: the same request as another's, from the same address."""

    def __init__(self, inner: Application, environ: Environ) -> None:
        self._inner = inner
        self._environ = {name: value for name, value in environ.items() if name not in _ITS_OWN}

    def record(self, handle: str, wishes: Collection[str], _client: str, /) -> Heard:
        return self._get(f"/api/handles/{handle}", "&".join(f"{wish}=true" for wish in wishes))

    def answer(self, handle: str) -> Heard:
        return self._get(f"/api/network/answers/{handle}")

    def site(self) -> Heard:
        return self._get("/api/site")

    def _get(self, path: str, query: str = "") -> Heard:
        statuses: list[str] = []
        environ = self._environ | {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_ACCEPT": "application/json",
            "wsgi.input": BytesIO(),
        }
        parts = self._inner(environ, lambda status, *_: statuses.append(status))
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        if len(body) > MOST_ANSWER:
            return Heard(502, b"")
        return Heard(int(statuses[-1][:3]), body)
