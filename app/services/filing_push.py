"""The way of a filing to the node above: one call, its signed reply, and what is kept of both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import calls, zones
from app.domain.filings import Filer
from app.domain.messages import Ask, Fetch
from app.domain.trust import PublicKey, Signed, keys_of
from app.errors import N_, Malformed, PeerFailed, TraceError
from app.store import filing as rows
from app.store import filing_facts as facts
from app.store.tables import FilingTarget

CALL, REPLY = "filing", "filing-told"
PLACE = "/api/network/filings"
SECONDS = 30.0
MOST_REPLY = 20_000


@dataclass(frozen=True, slots=True)
class Above:
    """The node that this one files to. `seq` is the newest change it is known to have."""

    zone: str
    url: str
    keys: tuple[PublicKey, ...]
    seq: int


def above(session: Session, zone: str) -> Above | None:
    """None for a node without one: the root, or one that never joined."""
    mine = facts.membership(session, zone) if zone else None
    if mine is None or not mine.parent_url or not mine.statement:
        return None
    seq = acknowledged_by(session, mine.parent_url)
    keys = keys_of(mine.parent_keys) if mine.parent_keys else ()  # none: its replies will not be believed
    return Above(zones.parent(zone) or "", mine.parent_url, keys, seq)


def send(
    fetch: Fetch, above: Above, body: dict[str, Any], *, seed: bytes, sender: str, nonce: str, now: datetime
) -> int:
    """Makes the call; the number of the newest change that the node above says to have.

    Raises PeerFailed `filing-refused` when it does not take it, and as `fetch` and `calls.open_reply` do.
    """
    call = calls.seal(CALL, body, seed=seed, sender=sender, audience=above.zone, nonce=nonce, now=now)
    told = fetch(
        Ask(
            f"{above.url.rstrip('/')}{PLACE}", "POST", (("Content-Type", "application/json"),),
            orjson.dumps(call.wire), SECONDS, MOST_REPLY,
        )
    )  # fmt: skip
    reply = _loaded(told.body)
    if told.status != 200:
        raise PeerFailed(
            "filing-refused",
            N_("The node at {url} did not take the filing: {status} {told}."),
            N_("It is tried again; ask the operator of that node if it lasts."),
            url=above.url,
            status=told.status,
            told=_code(reply),
        )
    opened = calls.open_reply(
        Signed.from_wire(reply), REPLY, above.keys, sender=above.zone, audience=sender, nonce=nonce, now=now
    )
    have = opened.get("have")
    if not isinstance(have, int) or isinstance(have, bool) or have < 0:
        raise Malformed(
            "bad-statement",
            N_("This is not a signed statement of a node."),
            N_("It has the members payload, key, alg and signature, in base64url where they are bytes."),
        )
    return have


def acknowledged(session: Session, above: Above, stream: str, have: int, now: datetime) -> None:
    row = rows.target(session, above.url) or FilingTarget(url=above.url, stream=stream, tried=now)
    row.stream, row.seq, row.tried, row.well, row.error_code = stream, have, now, now, ""
    rows.put_target(session, row)


def acknowledged_by(session: Session, url: str) -> int:
    """The number of our line up to which the node at this address has it; 0 where it has none of this line."""
    row, line = rows.target(session, url), rows.peek_stream(session)
    return row.seq if row is not None and line is not None and row.stream == line.stream else 0


def failed(session: Session, above: Above, error: TraceError, now: datetime) -> None:
    row = rows.target(session, above.url) or FilingTarget(url=above.url, stream="", tried=now)
    row.tried, row.error_code = now, error.code
    rows.put_target(session, row)


def reply(me: Filer, sender: str, have: int, *, seed: bytes, nonce: str, now: datetime) -> Signed:
    """What a node tells whoever filed with it."""
    return calls.seal(REPLY, {"have": have}, seed=seed, sender=me.zone, audience=sender, nonce=nonce, now=now)


def _loaded(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _code(reply: object) -> str:
    """The error code in what a peer told, if it looks like one."""
    code = reply.get("code") if isinstance(reply, dict) else None
    fits = isinstance(code, str) and len(code) <= 60 and code.isascii() and code.replace("-", "").isalnum()
    return str(code) if fits else ""
