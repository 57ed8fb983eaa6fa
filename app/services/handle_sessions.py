"""Sessions of the Handle API: a nonce to sign, and who has proven to be whom with it.

A session that nobody has used yet is written nowhere: its id carries its own proof, so that a stranger who asks for a
thousand of them leaves nothing behind. It gets a row when an identity is proven, or when it is ended.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from app.domain.handles import Identity, Value, dump, identity_of, key_of, load
from app.services.authenticating import count_try, digest
from app.services.keeping import secret_of
from app.store import browsing, people, records
from app.store import handle_sessions as rows
from app.store.tables import HandleSession

KEY_FILE = "sessions.key"
KEY_BYTES = 32
RANDOM_BYTES, TIME_BYTES, MAC_BYTES = 16, 5, 16
NONCE_BYTES = 16
MARK_LETTERS = 16
ANSWER_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a client is given to prove itself with."""

    session_id: str
    nonce: bytes

    @property
    def nonce_text(self) -> str:
        return base64.b64encode(self.nonce).decode()


@dataclass(frozen=True, slots=True)
class State:
    """A session: `identity` is None until proven; an ended one proves nothing any more."""

    challenge: Challenge
    identity: Identity | None = None
    ended: bool = False


def challenge(keys_dir: Path, now: datetime) -> Challenge:
    """A new session, good for ten minutes. No row is written."""
    expires = int((now + ANSWER_WITHIN).timestamp()).to_bytes(TIME_BYTES, "big")
    body = secrets.token_bytes(RANDOM_BYTES) + expires
    session_id = base64.urlsafe_b64encode(body + _mac(keys_dir, b"session", body)).decode().rstrip("=")
    return Challenge(session_id, _nonce(keys_dir, session_id))


def state_of(session: Session, session_id: str, keys_dir: Path, now: datetime) -> State | None:
    """None for what was never a session here, or has run out."""
    found = Challenge(session_id, _nonce(keys_dir, session_id))
    row = rows.find(session, digest(session_id), now)
    if row is None:
        return State(found) if _is_open(session_id, keys_dir, now) else None
    text, _, mark = row.identity.rpartition(" ")
    identity = identity_of(text)
    if not mark or _mark(session, identity) != mark:
        return State(found, ended=True)
    return State(found, identity)


def prove(session: Session, found: Challenge, identity: Identity, now: datetime, hours: int) -> None:
    """From now on the session is this identity's, for so many hours or until its key is changed or taken away."""
    _keep(session, found, f"{identity} {_mark(session, identity)}", now, timedelta(hours=hours))


def end(session: Session, found: Challenge, now: datetime, hours: int) -> None:
    """Nothing can be proven with it again, though its proof may still be on its way."""
    _keep(session, found, "", now, timedelta(hours=hours))


def keys_of(session: Session, identity: Identity) -> list[Value]:
    """The public and secret keys of a handle of this node; none for what is elsewhere, or a deactivated company's."""
    stored = records.find(session, key_of(identity.handle))
    if stored is None or not browsing.organisation(session, stored.organisation_id).active:
        return []
    return [value for value in load(stored.values) if value.type.startswith(("HS_PUBKEY", "HS_SECKEY"))]


def count_attempt(
    session: Session, identity: Identity, address: str, now: datetime, *, limit: int, window: timedelta
) -> tuple[int, ...]:
    """As `authenticating.count_try`, for an identity of the Handle System."""
    return count_try(session, _attempts_of(identity), address, now, limit=limit, window=window)


def forget_attempts(session: Session, identity: Identity, ids: tuple[int, ...]) -> None:
    people.drop_attempts(session, key=_attempts_of(identity), ids=ids)


def _mark(session: Session, identity: Identity) -> str:
    """Of the key that this identity is; '' when it has none."""
    for value in keys_of(session, identity):
        if value.index == identity.index:
            return digest(dump([value]).decode())[:MARK_LETTERS]
    return ""


def _attempts_of(identity: Identity) -> str:
    return f"handle:{identity.key}"[:200]


def _keep(session: Session, found: Challenge, identity: str, now: datetime, time: timedelta) -> None:
    row = HandleSession(
        id_hash=digest(found.session_id), nonce=found.nonce_text, identity=identity[:320], expires=now + time
    )
    rows.keep(session, row, now)


def _is_open(session_id: str, keys_dir: Path, now: datetime) -> bool:
    try:
        whole = base64.b64decode(session_id + "=" * (-len(session_id) % 4), b"-_", validate=True)
    except ValueError:
        return False
    body, mac = whole[:-MAC_BYTES], whole[-MAC_BYTES:]
    if len(body) != RANDOM_BYTES + TIME_BYTES or not hmac.compare_digest(
        mac, _mac(keys_dir, b"session", body)
    ):
        return False
    return int.from_bytes(body[RANDOM_BYTES:], "big") > now.timestamp()


def _nonce(keys_dir: Path, session_id: str) -> bytes:
    return _mac(keys_dir, b"nonce", session_id.encode())[:NONCE_BYTES]


def _mac(keys_dir: Path, purpose: bytes, content: bytes) -> bytes:
    key = secret_of(keys_dir / KEY_FILE, KEY_BYTES)
    return hmac.digest(key, purpose + b"\0" + content, hashlib.sha256)[:MAC_BYTES]
