"""A call sent twice with the same Idempotency-Key has one effect, and both get the first answer."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed
from app.store import idempotency
from app.store.tables import IdempotencyKey

KEPT = timedelta(days=7)
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the HTTP status and the body as JSON text."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One person's call under a key of theirs; both are kept as hashes, and the key for each person apart."""

    organisation_id: int
    key: str
    fingerprint: str


def call_of(actor: Actor, key: str, content: bytes) -> Call:
    """`content` is all that tells this call from another. Raises Malformed for what cannot be a key."""
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Malformed(
            "bad-idempotency-key",
            N_("The Idempotency-Key cannot be used."),
            N_("Send 1 to {most} printable ASCII characters; a UUID is good."),
            most=LONGEST,
        )
    hashed = hashlib.sha256(f"{actor.operator_id} {key}".encode()).hexdigest()
    return Call(actor.organisation_id, hashed, hashlib.sha256(content).hexdigest())


def answered(session: Session, call: Call, now: datetime) -> Answer | None:
    """The first answer, where there was one. Raises Conflict when the key came with another call."""
    row = idempotency.find(session, call.organisation_id, call.key)
    return _answer(row, call) if row and not _expired(row, now) else None


def claim(session: Session, call: Call, now: datetime) -> Answer | None:
    """The same, to be asked in the transaction of the work: None means that the work is this call's to do, and that
    equal calls wait until it is done."""
    if call.key.startswith("0"):  # now and then is enough
        idempotency.drop(session, call.organisation_id, before=now - KEPT)
    row = idempotency.claim(session, call.organisation_id, call.key, call.fingerprint, now)
    if row and _expired(row, now):
        idempotency.drop(session, call.organisation_id, key=call.key)
        row = idempotency.claim(session, call.organisation_id, call.key, call.fingerprint, now)
    return _answer(row, call) if row else None


def keep(session: Session, call: Call, answer: Answer) -> None:
    """The answer that a repeated call will get."""
    idempotency.fill(session, call.organisation_id, call.key, answer.status, answer.text)


def _expired(row: IdempotencyKey, now: datetime) -> bool:
    return row.record_time < now - KEPT


def _answer(row: IdempotencyKey, call: Call) -> Answer:
    if row.fingerprint != call.fingerprint:
        raise Conflict(
            "idempotency-key-reused",
            N_("This Idempotency-Key came with another call before."),
            N_("Draw a new key for each call, and keep it only when you send the same call again."),
        )
    return Answer(row.status, row.answer)
