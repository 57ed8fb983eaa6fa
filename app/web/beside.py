"""Who asked, where our own process for the native protocol asks for them: limits and counts are each client's own."""

import hmac
from collections.abc import Callable, Iterable
from typing import Any

HEADER = "Suyuan-Asked-By"  # the secret, a space, the client's address
_NAME = "HTTP_SUYUAN_ASKED_BY"
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Beside:
    """A WSGI application in front of all others. Whoever does not know the secret is who their connection says."""

    def __init__(self, inner: Application, secret: str) -> None:
        self._inner, self._secret = inner, secret.encode()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if (told := environ.pop(_NAME, None)) is not None:
            secret, _, address = told.partition(" ")
            if address and hmac.compare_digest(secret.encode("latin-1", "replace"), self._secret):
                environ["REMOTE_ADDR"] = address
        return self._inner(environ, start)
