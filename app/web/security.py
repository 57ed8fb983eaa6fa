"""Headers, cookies, CSRF, the secret key: what protects a browser that talks to us. Not here: who may do what."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

from app.errors import N_, Malformed
from app.services.keeping import secret_of
from app.settings import Settings
from app.web.edge import cookie_counts, node
from app.web.layers import put_in_front

CONTENT_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",  # zxing-wasm decodes where the browser has no BarcodeDetector
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in CONTENT_POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # CSRF protection over HTTPS looks at the referrer of our own pages
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# For what no browser shows as a page: the others tell how, and would make the answer to a look-up a third longer.
FOR_DATA = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
View = TypeVar("View", bound=Callable[..., Any])
KEY_BYTES = 32
MOST_TEXT = 1024 * 1024  # of JSON: what it becomes in memory is thirty times as large
COOKIE_DAYS = 30  # the sign-in in the database ends first; the cookie only must not


def configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key or secret_key(settings.keys_dir),
        SESSION_COOKIE_NAME="suyuan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=COOKIE_DAYS),
        MAX_CONTENT_LENGTH=(settings.max_upload_mb + 1) * 1024 * 1024,  # one more for the rest of the form
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # a scan page stays open for a shift; the token ends with the session
    )
    app.json = JSON(app)
    app.before_request(_limit_text)
    csrf = CSRFProtect(app)

    @app.before_request
    def check_csrf() -> None:
        if cookie_counts() and request.endpoint is not None:
            csrf.protect()

    app.before_request(_refuse_nul)

    if settings.trusted_proxies:
        count = settings.trusted_proxies
        put_in_front(app, lambda inner: ProxyFix(inner, x_for=count, x_proto=count, x_host=count))

    for_pages, for_data = headers_of(settings, "text/html"), headers_of(settings, "application/json")

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in for_data if _is_data(response.mimetype or "") else for_pages:
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"  # files too, which Flask would let others keep
        elif request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-cache, private")
        return response


def headers_of(settings: Settings, content_type: str) -> list[tuple[str, str]]:
    """What every answer of that type carries, whoever makes it."""
    headers = list((FOR_DATA if _is_data(content_type.partition(";")[0]) else HEADERS).items())
    if settings.secure:
        headers.append(("Strict-Transport-Security", "max-age=31536000"))
    return headers


def _is_data(mimetype: str) -> bool:
    return mimetype == "application/json" or mimetype.endswith("+json")


class JSON(DefaultJSONProvider):
    """What is nested too deeply to be read is as unreadable as any other broken JSON."""

    def loads(self, s: str | bytes, **values: Any) -> Any:
        try:
            return super().loads(s, **values)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def may_send(most: int) -> Callable[[View], View]:
    """For a view that is sent more, or less, than others: so many bytes. Goes innermost."""

    def decorate(view: View) -> View:
        view.may_send = most  # type: ignore[attr-defined]
        return view

    return decorate


def may_send_files(setting: str) -> Callable[[View], View]:
    """The same for a view that takes files; the setting says how many MB."""

    def decorate(view: View) -> View:
        view.may_send_setting = setting  # type: ignore[attr-defined]
        return view

    return decorate


def most_sent(view: Any, settings: Settings) -> int | None:
    """How many bytes this view may be sent, where it says so itself."""
    if setting := getattr(view, "may_send_setting", ""):
        return int(getattr(settings, setting)) * 1024 * 1024
    found: int | None = getattr(view, "may_send", None)
    return found


def _limit_text() -> None:
    """Only files may be large."""
    view = current_app.view_functions.get(request.endpoint or "")
    if most := most_sent(view, node().settings):
        request.max_content_length = most
    elif request.mimetype != "multipart/form-data":
        request.max_content_length = MOST_TEXT


def _refuse_nul() -> None:
    """No text that people type has one, and PostgreSQL stores none. JSON is looked at by its models."""
    texts = [request.path, *_texts(request.args), *_texts(request.form)]
    if any("\0" in text for text in texts):
        raise Malformed(
            "not-text",
            N_("What was sent has characters in it that are no text."),
            N_("Type it again, or scan the label."),
        )


def _texts(values: MultiDict[str, str]) -> Iterator[str]:
    for name, text in values.items(multi=True):
        yield name
        yield text


def secret_key(folder: Path) -> bytes:
    """The key that signs cookies; made on first use. Several workers that start at once agree on one."""
    return secret_of(folder / "session.key", KEY_BYTES)
