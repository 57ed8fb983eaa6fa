"""Calls of other nodes: taken once each, from who signed them. Finding their keys is the caller's, who may fetch."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from app.domain import calls
from app.domain.calls import Call
from app.domain.trust import PublicKey, Signed
from app.errors import N_, Conflict
from app.store import calls as heard


def accept(
    session: Session,
    signed: Signed,
    kind: str,
    keys: Iterable[PublicKey],
    *,
    sender: str,
    audience: str,
    now: datetime,
) -> Call:
    """`calls.open_call`, and Conflict `replayed-call` when it was taken before. Remembered with the transaction: what
    is undone may be sent again."""
    call = calls.open_call(signed, kind, keys, sender=sender, audience=audience, now=now)
    if not heard.claim(session, call.sender, call.nonce, call.forget, now):
        raise Conflict(
            "replayed-call",
            N_("This call was taken already."),
            N_("Sign a new one for each call; nothing was done a second time."),
        )
    return call
