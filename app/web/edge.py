"""The border between a request and the services: whose request it is, on which transaction, and what may pass.

Everything is closed unless its view says `@public`; a view that needs a right says `@require("mint")`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask import session as cookie
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.messages import Fetch
from app.domain.ors import LookUp
from app.domain.people import Actor
from app.domain.printers import Printing
from app.errors import N_, TraceError
from app.services import authenticating
from app.services.recursing import Recursor, hints, kept_floors, others
from app.services.recursing.others import Others, Roots
from app.settings import Settings
from app.store import database

View = TypeVar("View", bound=Callable[..., Any])
BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Node:
    """This process: its settings, database, clock, its ways to other nodes and to printers, the folder of its keys."""

    settings: Settings
    engine: Engine
    now: Callable[[], datetime]
    fetch: Fetch
    keys: Path
    capabilities: frozenset[str]
    look_up: LookUp
    printing: Printing


class NotSignedIn(TraceError):
    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "not-signed-in",
            N_("You are not signed in, or your session has ended."),
            N_("Sign in again; scans that wait in this browser are kept."),
        )


def node() -> Node:
    return cast(Node, current_app.extensions["suyuan"])


def recursor() -> Recursor:
    """The process's own way to resolve what other nodes answer for; made when it is first needed. Refused
    `no-root-hints` where the node has none. Never to be asked inside a transaction."""
    made = current_app.extensions.get("suyuan-recursor")
    if made is None:
        made = current_app.extensions.setdefault("suyuan-recursor", recursor_of(node()))
    return cast(Recursor, made)


def recursor_of(node: Node) -> Recursor:
    """Refused for root hints that are not there or cannot be used."""
    settings = node.settings
    roots = Roots(
        settings.handle_root, others.keys_in(settings.handle_root_keys), settings.oid_root, settings.gs1_root
    )
    return Recursor(
        node.fetch,
        hints.read(settings.root_hints),
        node.now,
        most_bytes=settings.recursion_cache_mb << 20,
        rate=settings.recursion_client_rate,
        others=Others(node.fetch, node.look_up, roots, node.now) if roots else None,
        floors=kept_floors(
            partial(database.reading, node.engine), partial(database.writing, node.engine), node.now
        ),
    )


def now() -> datetime:
    """One moment for the whole request."""
    if "now" not in g:
        g.now = node().now()
    return cast(datetime, g.now)


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction that may write: committed at the end of the block, rolled back on any raise."""
    with database.writing(node().engine) as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One consistent snapshot."""
    with database.reading(node().engine) as session:
        yield session


def public(view: View) -> View:
    """Opens a view to people who are not signed in. Goes below the route decorator."""
    view.public = True  # type: ignore[attr-defined]
    return view


def own_credentials(view: View) -> View:
    """For an API whose clients prove themselves in their own way: public, and the cookie counts for nothing there, so
    that CSRF cannot borrow it. Goes below the route decorator."""
    view.own_credentials = True  # type: ignore[attr-defined]
    return public(view)


def cookie_counts() -> bool:
    """Whether the request may be somebody's by their cookie alone."""
    view = current_app.view_functions.get(request.endpoint or "")
    return api_key() is None and not getattr(view, "own_credentials", False)


def require(right: str) -> Callable[[View], View]:
    """Forbidden for a signed-in person without this right. Goes below the route decorator."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            actor().require(right)
            return view(*args, **values)

        guarded.right = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def actor() -> Actor:
    """Who acts in this request; NotSignedIn when nobody does."""
    found = visitor()
    if found is None:
        raise NotSignedIn
    return found


def visitor() -> Actor | None:
    """The same for pages that also greet strangers."""
    if "actor" not in g:
        g.actor = _by_key(key) if (key := api_key()) is not None else _by_cookie()
    return cast("Actor | None", g.actor)


def api_key() -> str | None:
    """The key in the Authorization header. With it the cookie counts for nothing, so that CSRF cannot borrow it."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix(BEARER).strip() if header.startswith(BEARER) else None


def _by_key(key: str) -> Actor | None:
    with reading() as session:
        found, due = authenticating.actor_of_key(session, key, now())
    if found and due:
        with writing() as session:
            authenticating.note_key_use(session, key, now())
    return found


def _by_cookie() -> Actor | None:
    token = cookie.get("token", "")
    if not token:
        return None
    hours = node().settings.session_hours
    with reading() as session:
        found, due = authenticating.actor_of_token(session, token, now(), hours)
    if found and due:
        with writing() as session:
            authenticating.prolong(session, token, now(), hours)
        cookie.modified = True  # sends the cookie again, so that it lives as long as the sign-in
    return found


def try_password(login: str, password: str) -> authenticating.Candidate:
    """The owner of this login, if the password is theirs. Three steps, since a hash must not hold a transaction."""
    settings = node().settings
    window = timedelta(minutes=settings.login_window_minutes)
    address = request.remote_addr or ""
    with writing() as session:
        candidate = authenticating.begin_sign_in(
            session, login, address, now(), limit=settings.login_attempts, window=window
        )
    if not authenticating.password_fits(candidate, password, fast=settings.fast_hash):
        raise authenticating.sign_in_failed()
    return candidate


def hashed(password: str) -> str:
    return authenticating.hash_password(password, fast=node().settings.fast_hash)


def enter(token: str, language: str = "") -> None:
    """Puts a new sign-in into the cookie and drops what was in it (a session must not survive its owner)."""
    kept = {name: cookie[name] for name in ("language", "theme") if name in cookie}
    cookie.clear()
    cookie.update(kept | {"token": token} | ({"language": language} if language else {}))
    cookie.permanent = True
    for name in ("actor", "csrf_token"):
        g.pop(name, None)


def leave() -> None:
    kept = {name: cookie[name] for name in ("language", "theme") if name in cookie}
    cookie.clear()
    cookie.update(kept)
    g.pop("csrf_token", None)
    g.actor = None


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of ours, or '' for anything that could lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return ""
    if any(ord(letter) < 32 for letter in target):  # browsers drop tabs and line ends: "/\t/elsewhere"
        return ""
    parts = urlsplit(target)
    return "" if parts.scheme or parts.netloc else target


def close_by_default(app: Flask) -> None:
    """Every view needs a signed-in person unless it is `@public`; strangers learn nothing, not even what is missing."""

    @app.before_request
    def closed() -> None:
        endpoint = request.endpoint
        if endpoint is None or endpoint == "static":
            return
        if not getattr(current_app.view_functions[endpoint], "public", False):
            actor()
