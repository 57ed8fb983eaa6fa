"""Questions to the web process on this machine, over connections held open; one a thread."""

import hashlib
import http.client
import ssl
import threading
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SECONDS = 8.0  # for one answer: a recursive node may have several hops to walk
MOST_ANSWER = 2_000_000  # octets
BUSY = 503
FRESH, SIGNED = WISHES = ("auth", "cert")  # past all caches; with a signature among its values
ASKED_BY = "Suyuan-Asked-By"  # web.beside reads it


@dataclass(frozen=True, slots=True)
class Heard:
    status: int
    body: bytes


class WebProcess:
    """`url` is where it listens. With HTTPS its certificate has to have the SHA-256 `pin`; its name is nobody's on the
    loopback address. For all threads; each keeps a connection."""

    def __init__(self, url: str, pin: str = "", secret: str = "") -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._pin, self._secret = pin, secret
        self._local = threading.local()

    def record(self, handle: str, wishes: Collection[str], client: str) -> Heard:
        """What the Handle API says of it; a 503 of our own where nobody answers. `wishes` are WISHES, `client` is who
        asks, an address."""
        path = f"/api/handles/{quote(handle, safe='')}"
        query = "&".join(f"{wish}=true" for wish in wishes)
        return self._get(f"{path}?{query}" if query else path, client)

    def answer(self, handle: str) -> Heard:
        """What nodes tell one another of it, which names the node to ask instead."""
        return self._get(f"/api/network/answers/{quote(handle, safe='')}")

    def site(self) -> Heard:
        return self._get("/api/site")

    def _get(self, path: str, client: str = "") -> Heard:
        headers = {"Accept": "application/json"}
        if client and self._secret:
            headers[ASKED_BY] = f"{self._secret} {client}"
        for kept in (True, False):  # one held open may have been closed since
            try:
                connection = self._connection(kept=kept)
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                body = response.read(MOST_ANSWER + 1)
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                if isinstance(error, TimeoutError):
                    break
                continue
            if len(body) > MOST_ANSWER:
                self._drop()
                return Heard(502, b"")
            return Heard(response.status, body)
        return Heard(BUSY, b"")

    def _connection(self, *, kept: bool) -> http.client.HTTPConnection:
        held: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if held is not None and kept:
            return held
        self._drop()
        self._local.connection = connection = self._opened()
        return connection

    def _opened(self) -> http.client.HTTPConnection:
        if not self._tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the pin below is stricter
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=SECONDS, context=context)
        connection.connect()
        shown = connection.sock.getpeercert(binary_form=True) or b""
        if hashlib.sha256(shown).hexdigest() != self._pin:
            connection.close()
            raise ssl.SSLError("another certificate")
        return connection

    def _drop(self) -> None:
        held: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if held is not None:
            held.close()
        self._local.connection = None
