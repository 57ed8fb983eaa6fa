"""Proving who someone is: passwords, signed-in browsers and API keys. Not here: who may be invited (see people).

A password takes tens of milliseconds to check, so it is checked between two transactions, never inside one:
`begin_sign_in` counts the try, `password_fits` works, `finish_sign_in` hands out the token.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services import auditing
from app.store import people
from app.store.tables import ApiKey, Attempt, SignIn

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200  # an argon2 hash of a megabyte of text is a cheap way to keep a server busy
ADDRESS_FACTOR = 5  # a whole shop floor may share one address
PROLONG_AFTER = 10  # the expiry moves when a tenth of the session has passed, so that few requests write
KEY_SEEN_EVERY = timedelta(minutes=10)
KEY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class TooManyAttempts(Refused):
    http_status = 429


class SignInFailed(Refused):
    """Login or password is wrong, or the person may no longer sign in: the same words for all three."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sign-in under way; `operator_id` is 0 for a login that does not exist."""

    login: str
    operator_id: int
    password_hash: str
    attempt_ids: tuple[int, ...]


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def hasher(fast: bool) -> PasswordHasher:
    """OWASP's argon2id parameters with the small memory: a node serves sign-ins beside scans on a small machine."""
    return PasswordHasher(1, 8, 1) if fast else PasswordHasher(2, 19_456, 1)


@cache
def nobody(fast: bool) -> str:
    """A hash that no password has: compared with where there is none, so that the time taken tells nothing."""
    return hasher(fast).hash(secrets.token_urlsafe())


def hash_password(password: str, *, fast: bool = False) -> str:
    """Slow on purpose; call it outside any transaction. Malformed when the password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Malformed(
            "bad-password-length",
            N_("The password has {length} characters."),
            N_("Use {shortest} to {longest} characters; a short sentence is easy to remember."),
            length=len(password),
            shortest=SHORTEST_PASSWORD,
            longest=LONGEST_PASSWORD,
            field="password",
        )
    if len(set(password)) < 4:
        raise Malformed(
            "password-too-simple",
            N_("The password repeats the same few characters."),
            N_("Use a short sentence; it is safe and easy to remember."),
            field="password",
        )
    return hasher(fast).hash(password)


def begin_sign_in(
    session: Session, login: str, address: str, now: datetime, *, limit: int, window: timedelta
) -> Candidate:
    """Counts a try against login and address. TooManyAttempts when either has used up its tries within `window`."""
    login = login.strip().lower()[:100]
    ids = count_try(session, f"login:{login}", address, now, limit=limit, window=window)
    operator = people.operator_by_login(session, login)
    if operator is None or not operator.active:
        return Candidate(login, 0, "", ids)
    return Candidate(login, operator.id or 0, operator.password_hash, ids)


def count_try(
    session: Session, name: str, address: str, now: datetime, *, limit: int, window: timedelta
) -> tuple[int, ...]:
    """Counts a try against a name and an address before anybody knows whether it succeeds, so that many at once count
    as many; the ids are for `people.drop_attempts`. TooManyAttempts when either has used up its tries."""
    keys = {name: limit, f"address:{address[:150]}": limit * ADDRESS_FACTOR}
    people.drop_attempts(session, before=now - window)
    if any(people.attempts(session, key, now - window) >= most for key, most in keys.items()):
        raise TooManyAttempts(
            "too-many-attempts",
            N_("There were too many failed sign-ins."),
            N_("Wait {minutes} minutes, or ask your administrator to reset the password."),
            minutes=int(window.total_seconds() // 60),
        )
    rows = [Attempt(key=key, record_time=now) for key in keys]
    session.add_all(rows)
    session.flush()
    return tuple(row.id or 0 for row in rows)


def password_fits(candidate: Candidate, password: str, *, fast: bool = False) -> bool:
    """Takes as long for a login that does not exist. No session: never call it inside a transaction."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        fits = hasher(fast).verify(candidate.password_hash or nobody(fast), password)
    except (VerificationError, InvalidHashError):
        return False
    return fits and candidate.operator_id > 0 and bool(candidate.password_hash)


def forget_attempts(session: Session, candidate: Candidate) -> None:
    """The password was found right: this try and the failures before it count no more."""
    people.drop_attempts(session, key=f"login:{candidate.login}", ids=candidate.attempt_ids)


def finish_sign_in(session: Session, candidate: Candidate, now: datetime, hours: int) -> str:
    """The token of a new sign-in, after the password was found right."""
    forget_attempts(session, candidate)
    return sign_in_as(session, candidate.operator_id, now, hours)


def sign_in_as(session: Session, operator_id: int, now: datetime, hours: int) -> str:
    """A new sign-in for someone who has just proven who they are. SignInFailed when they may not sign in any more."""
    actor = actor_from(people.person_by_id(session, operator_id))
    if actor is None:
        raise sign_in_failed()
    token = secrets.token_urlsafe(32)
    people.drop_expired(session, now)
    session.add(
        SignIn(
            token_hash=digest(token),
            operator_id=operator_id,
            expires=now + timedelta(hours=hours),
            record_time=now,
        )
    )
    auditing.record(session, actor, "sign-in", now)
    return token


def sign_in_failed() -> SignInFailed:
    return SignInFailed(
        "sign-in-failed",
        N_("This login and password do not fit together."),
        N_("Check both; after several failures you have to wait a while."),
    )


def sign_out(session: Session, token: str) -> None:
    people.drop_sign_ins(session, token_hash=digest(token))


def sign_out_everywhere(session: Session, actor: Actor, now: datetime, *, but_token: str = "") -> None:
    people.drop_sign_ins(session, operator_id=actor.operator_id, but=digest(but_token) if but_token else "")
    auditing.record(session, actor, "sign-out-everywhere", now)


def sign_ins(session: Session, actor: Actor, now: datetime) -> Sequence[SignIn]:
    return people.sign_ins(session, actor.operator_id, now)


def actor_of_token(session: Session, token: str, now: datetime, hours: int) -> tuple[Actor | None, bool]:
    """Who a browser's token belongs to, and whether its expiry is due to be moved (see `prolong`). One SELECT."""
    rows = people.person_by_token(session, digest(token), now)
    due = bool(rows) and rows[0].seen - now < timedelta(hours=hours) * (1 - 1 / PROLONG_AFTER)
    return actor_from(rows), due


def prolong(session: Session, token: str, now: datetime, hours: int) -> None:
    people.prolong(session, digest(token), now + timedelta(hours=hours))


def actor_of_key(session: Session, key: str, now: datetime) -> tuple[Actor | None, bool]:
    """Who an API key belongs to, and whether its last use is due to be noted (see `note_key_use`). One SELECT."""
    rows = people.person_by_key(session, digest(key))
    due = bool(rows) and (rows[0].seen is None or now - rows[0].seen > KEY_SEEN_EVERY)
    return actor_from(rows), due


def note_key_use(session: Session, key: str, now: datetime) -> None:
    people.key_used(session, digest(key), now)


def create_key(session: Session, actor: Actor, name: str, now: datetime) -> str:
    """A new personal API key `sy_<start>_<secret>`; only its hash is kept, so this is the one time it can be shown."""
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Malformed(
            "bad-key-name",
            N_("A key needs a name of 1 to 100 characters."),
            N_("Name the program that will use it."),
            field="name",
        )
    start, secret = (_random_text(length) for length in (8, 34))  # 34 of 31 characters: 168 bits
    key = f"sy_{start}_{secret}"
    session.add(
        ApiKey(operator_id=actor.operator_id, name=name, start=start, key_hash=digest(key), record_time=now)
    )
    auditing.record(session, actor, "key-created", now, subject=name, detail=start)
    return key


def api_keys(session: Session, actor: Actor) -> Sequence[ApiKey]:
    return people.api_keys(session, actor.operator_id)


def revoke_key(session: Session, actor: Actor, key_id: int, now: datetime) -> None:
    key = session.get(ApiKey, key_id)
    if key is None or key.operator_id != actor.operator_id or not key.active:
        raise Unknown("unknown-key", N_("There is no such API key."), N_("It may have been revoked already."))
    key.active = False
    auditing.record(session, actor, "key-revoked", now, subject=key.name, detail=key.start)


def _random_text(length: int) -> str:
    return "".join(secrets.choice(KEY_ALPHABET) for _ in range(length))


def actor_from(rows: Sequence[Any]) -> Actor | None:
    """The person in the rows of `store.people.person_by_…`."""
    if not rows:
        return None
    first = rows[0]
    places = frozenset(row.place for row in rows if row.place)
    return Actor(
        operator_id=first.operator_id,
        organisation_id=first.organisation_id,
        prefix=first.prefix,
        name=first.name,
        role=first.role,
        places=places or None,
        language=first.language,
        node=first.runs_node,
    )


def actor_of_operator(session: Session, operator_id: int) -> Actor:
    """The person as an actor, for work that goes on after their request; Unknown when they may no longer act."""
    found = actor_from(people.person_by_id(session, operator_id))
    if found is None:
        raise Unknown(
            "unknown-person", N_("This person may no longer act here."), N_("Ask your administrator.")
        )
    return found
