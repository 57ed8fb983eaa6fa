"""Who asks the Handle API: a password, a session and its proof, a certificate that a proxy passes on, or an API key.

Credentials over plain HTTP are ignored, as if none had been sent, but from this machine itself (HANDLE_TLS_ONLY ends
that, too). Tries count against the same limits as people's sign-ins do.
"""

import hashlib
import ipaddress
import secrets
import threading
from datetime import datetime, timedelta

from flask import Flask, current_app, request

from app.domain.handles import Identity
from app.domain.handles.authorization import Basic, Proof, parse_header
from app.services import handle_certificates, handle_keys, handle_sessions
from app.services.handle_rights import Who
from app.services.handle_sessions import Challenge
from app.web import edge

EXTENSION = "suyuan-handle-passwords"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")
NOT_VERIFIED = "Identity not verified"


class Unproven(Exception):
    """Nobody has proven anything; `reason` is '' where nobody has tried."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason)


class SessionEnded(Exception):
    """The session was ended, has run out, or never was."""


class Remembered:
    """Passwords that fitted a while ago, as keyed hashes in the memory of this process: comparing one takes tens of
    milliseconds on purpose, and programs send theirs with every request. A changed key is not remembered."""

    MOST = 1_000
    FOR = timedelta(minutes=5)

    def __init__(self) -> None:
        self.pepper = secrets.token_bytes(32)
        self.until: dict[bytes, tuple[datetime, int]] = {}
        self.lock = threading.Lock()

    def index_of(self, shown: Basic, hashes: tuple[str, ...], now: datetime) -> int:
        until, index = self.until.get(self._name(shown, hashes), (now, 0))
        return index if until > now else 0

    def add(self, shown: Basic, hashes: tuple[str, ...], index: int, now: datetime) -> None:
        with self.lock:
            if len(self.until) >= self.MOST:
                self.until.clear()
            self.until[self._name(shown, hashes)] = (now + self.FOR, index)

    def _name(self, shown: Basic, hashes: tuple[str, ...]) -> bytes:
        content = "\0".join((str(shown.identity), *hashes)).encode() + b"\0" + shown.password
        return hashlib.blake2b(content, key=self.pepper).digest()


def configure(app: Flask) -> None:
    app.extensions[EXTENSION] = Remembered()


def is_secure() -> bool:
    """Whether what was sent could be read by nobody on the way."""
    settings = edge.node().settings
    if request.is_secure:
        return True
    if settings.handle_tls_only or (
        not settings.trusted_proxies and any(map(request.headers.get, FORWARDED))
    ):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def who() -> Who | None:
    """Who asks; None where nobody says who they are, or not over a way that is secure. Raises Unproven, SessionEnded,
    TooManyAttempts."""
    header = request.headers.get("Authorization", "")
    if not header or not is_secure():
        return None
    if edge.api_key() is not None:
        actor = edge.visitor()
        if actor is None:
            raise Unproven(NOT_VERIFIED)
        return Who(actor=actor)
    shown = parse_header(header)
    if isinstance(shown, Basic):
        return Who(_by_password(shown))
    if isinstance(shown, Proof):
        identity = by_proof(shown)
        return Who(identity) if identity else None
    raise Unproven("Error parsing Authorization")


def required() -> Who:
    found = who()
    if found is None:
        raise Unproven
    return found


def challenge() -> Challenge:
    return handle_sessions.challenge(edge.node().keys, edge.now())


def by_proof(shown: Proof) -> Identity | None:
    """Whose session it is, or whose it becomes with this proof; None where nobody has proven anything in it."""
    if shown.client_cert:
        return _by_certificate()
    if shown.version != "0":
        raise Unproven("Unknown version in Authorization: Handle")
    if not shown.session_id:
        if shown.proves:
            raise Unproven("Missing fields in authentication data")
        return None
    node, now = edge.node(), edge.now()
    with edge.reading() as session:
        state = handle_sessions.state_of(session, shown.session_id, node.keys, now)
    if state is None or state.ended:
        raise SessionEnded
    if not shown.proves or shown.identity is None or state.identity == shown.identity:
        return state.identity
    identity = shown.identity
    with edge.reading() as session:
        keys = handle_sessions.keys_of(session, identity)
    tries = _count(identity)
    index = handle_keys.proof_index(keys, shown, state.challenge.nonce, node.keys)
    if not index:
        raise Unproven(NOT_VERIFIED)
    proven = Identity(identity.handle, index)
    with edge.writing() as session:
        handle_sessions.forget_attempts(session, identity, tries)
        handle_sessions.prove(session, state.challenge, proven, now, node.settings.session_hours)
    return proven


def _by_password(shown: Basic) -> Identity:
    settings, now = edge.node().settings, edge.now()
    remembered: Remembered = current_app.extensions[EXTENSION]
    with edge.reading() as session:
        keys = handle_sessions.keys_of(session, shown.identity)
    hashes = handle_keys.hashes_of(keys, shown.identity.index)
    index = remembered.index_of(shown, hashes, now)
    if not index:
        tries = _count(shown.identity)
        index = handle_keys.password_index(
            keys, shown.identity.index, shown.password, fast=settings.fast_hash
        )
        if not index:
            raise Unproven(NOT_VERIFIED)
        remembered.add(shown, hashes, index, now)
        with edge.writing() as session:
            handle_sessions.forget_attempts(session, shown.identity, tries)
    return Identity(shown.identity.handle, index)


def _by_certificate() -> Identity:
    """Only where a proxy that is trusted says so: without one, anybody could send the header."""
    settings = edge.node().settings
    name = settings.handle_client_cert_header
    text = request.headers.get(name, "") if name and settings.trusted_proxies else ""
    certificate = handle_certificates.certificate_of(text) if text else None
    identity = handle_certificates.identity_in(certificate) if certificate else None
    if certificate is None or identity is None:
        raise Unproven("Unable to parse identity from client-side certificate")
    with edge.reading() as session:
        keys = handle_sessions.keys_of(session, identity)
    index = handle_certificates.key_index(certificate, keys, identity.index, edge.now())
    if not index:
        raise Unproven(NOT_VERIFIED)
    return Identity(identity.handle, index)


def _count(identity: Identity) -> tuple[int, ...]:
    settings = edge.node().settings
    window = timedelta(minutes=settings.login_window_minutes)
    with edge.writing() as session:
        return handle_sessions.count_attempt(
            session,
            identity,
            request.remote_addr or "",
            edge.now(),
            limit=settings.login_attempts,
            window=window,
        )
