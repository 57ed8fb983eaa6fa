"""Messages to other systems, queued in the transaction they tell of and sent by a round: signed, tried again with
growing pauses, and given up in the open. Whoever enqueues knows nothing of the network."""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from sqlmodel import Session

from app.domain.messages import Ask
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services.keeping import secret_of
from app.store import webhooks as rows
from app.store.tables import WebhookMessage
from app.store.webhooks import GIVEN_UP, SENT, WAITING, Address

KEY_FILE = "webhooks.key"
KEY_BYTES, NONCE_BYTES = 32, 12
PURPOSE = b"suyuan webhook token"
SIGNATURE = "GS1-Signature"
LONGEST_URL, LONGEST_TOKEN = 2_000, 1_000
MOST_BODY = 8_000_000
MOST_WAITING, MOST_BYTES = 10_000, 256_000_000  # of one company
PATIENCE = timedelta(days=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
LEASE = timedelta(minutes=10)
SENT_KEPT, GIVEN_UP_KEPT = timedelta(days=7), timedelta(days=30)
SECONDS = 10.0
OF_THE_MESSAGE = range(300, 500)  # answers that say no to this message, and nothing of the next one
BUSY = frozenset({408, 425, 429})
GONE = 410
STATES = {WAITING: N_("Waiting"), SENT: N_("Sent"), GIVEN_UP: N_("Given up")}


# --- tokens ---


def sealed(token: str, keys_dir: Path) -> str:
    """A client's `signatureToken` as it may be kept in the database; '' for none. Malformed `bad-signature-token`."""
    if not token:
        return ""
    if len(token) > LONGEST_TOKEN or not token.isprintable():
        raise Malformed(
            "bad-signature-token",
            N_("The signature token is longer than {most} characters, or has some that cannot be printed."),
            N_("Take 32 random letters and digits."),
            most=LONGEST_TOKEN,
        )
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    key = AESGCM(secret_of(keys_dir / KEY_FILE, KEY_BYTES))
    return base64.b64encode(nonce + key.encrypt(nonce, token.encode(), PURPOSE)).decode()


def opened(sealed_token: str, keys_dir: Path) -> str:
    """The token again. Refused `seal-broken` where it was sealed with another key."""
    if not sealed_token:
        return ""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.b64decode(sealed_token)
    try:
        key = AESGCM(secret_of(keys_dir / KEY_FILE, KEY_BYTES))
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], PURPOSE).decode()
    except InvalidTag:
        raise Refused(
            "seal-broken",
            N_("The token that this message is signed with cannot be read any more."),
            N_("Subscribe again, or put the folder of keys back from a backup."),
        ) from None


def signature(token: str, body: bytes) -> str:
    """What stands in `GS1-Signature`: HMAC-SHA256 of the body under the token, in lower-case hexadecimal."""
    return hmac.new(token.encode(), body, "sha256").hexdigest()


# --- queued ---


def checked_url(url: str) -> str:
    """Malformed `bad-webhook-url` for what is no plain web address. Whether it may be asked is seen when it is."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
        parts = urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not sound or not plain or len(url) > LONGEST_URL or "@" in parts.netloc or parts.fragment:
        raise Malformed(
            "bad-webhook-url",
            N_("“{url}” is no address that messages can be sent to."),
            N_("Write a web address with https://, without a name, a password or a # in it."),
            url=url[:200],
            field="url",
        )
    return url


def enqueue(
    session: Session,
    organisation_id: int,
    url: str,
    body: bytes,
    now: datetime,
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
    source: str = "",
) -> int:
    """Will be POSTed after this transaction, in order with what else goes to that address; the message's number.

    `token` is sealed (see `sealed`); `source` says whose it is, e.g. `subscription:7`, and must be printable ASCII.
    Malformed `bad-webhook-url`; Refused `webhook-too-large`, `webhook-queue-full`.
    """
    checked_url(url)
    if len(body) > MOST_BODY:
        raise Refused(
            "webhook-too-large",
            N_("A message of {size} bytes is too large to be sent."),
            N_("At most {most} bytes are sent at once; ask for fewer events at a time."),
            size=len(body),
            most=MOST_BODY,
        )
    count, size = rows.waiting(session, organisation_id)
    if count >= MOST_WAITING or size + len(body) > MOST_BYTES:
        raise Refused(
            "webhook-queue-full",
            N_("{count} messages wait to be sent already."),
            N_("See under Deliveries why the other systems do not take them."),
            count=count,
        )
    row = WebhookMessage(
        organisation_id=organisation_id,
        source=source,
        url=url,
        headers=orjson.dumps({"Content-Type": content_type, **(headers or {})}).decode(),
        body=body,
        size=len(body),
        sealed=token,
        due=now,
        patient_until=now + PATIENCE,
        record_time=now,
    )
    return rows.add(session, row)


def take_back(session: Session, organisation_id: int, source: str) -> None:
    """What waits of this source is not sent any more."""
    rows.drop(session, organisation_id, source)


# --- sent ---


def addresses_due(session: Session, now: datetime, most: int) -> list[Address]:
    return rows.due(session, now, most)


def lease(session: Session, at: Address, now: datetime, most: int) -> list[int]:
    """Numbers of the next messages to this address, which nobody else sends for the next minutes."""
    return rows.lease(session, at, now, now + LEASE, most)


def request_of(session: Session, message_id: int, keys_dir: Path) -> Ask | None:
    """The call to be made; None for a message that is not there any more. Refused `seal-broken`."""
    row = rows.message(session, message_id)
    if row is None or row.state != WAITING:
        return None
    headers = {**orjson.loads(row.headers), "Suyuan-Delivery": str(row.id)}
    if row.sealed:
        headers[SIGNATURE] = signature(opened(row.sealed, keys_dir), row.body)
    return Ask(row.url, "POST", tuple(headers.items()), row.body, seconds=SECONDS)


def delivered(session: Session, message_id: int, status: int, now: datetime) -> None:
    row = rows.message(session, message_id)
    if row is not None:
        row.state, row.status, row.trouble, row.done, row.body = SENT, status, "", now, b""


def failed(session: Session, message_id: int, status: int, trouble: str, now: datetime) -> bool:
    """Notes it, gives up where there is no hope or no patience left, else lets it wait. True when the address itself
    is in trouble: then all that goes there waits, in its order."""
    row = rows.message(session, message_id)
    if row is None or row.state != WAITING:
        return False
    own = (status in OF_THE_MESSAGE and status not in BUSY) or trouble == "seal-broken"
    row.status, row.trouble = status, trouble[:60]
    pause = min(FIRST_PAUSE * 2 ** min(row.tries, 20), LONGEST_PAUSE)
    if status == GONE or trouble in ("address-refused", "seal-broken") or now >= row.patient_until:
        row.state, row.done = GIVEN_UP, now
    elif own:
        row.tries, row.due = row.tries + 1, now + pause
    session.flush()
    if not own:
        rows.postpone(session, Address(row.organisation_id, row.url), now + pause)
    return not own


def release(session: Session, message_ids: Sequence[int], now: datetime) -> None:
    """Leased, and not tried after all."""
    rows.release(session, message_ids, now)


def forget(session: Session, now: datetime) -> None:
    """Drops what was sent a week ago, and what was given up a month ago."""
    rows.forget(session, now - SENT_KEPT, now - GIVEN_UP_KEPT)


# --- seen ---


def messages(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = 50
) -> tuple[Sequence[WebhookMessage], int | None]:
    """The organisation's messages, the newest first, and the number of the next page (None at the end)."""
    actor.require("master")
    found = rows.recent(session, actor.organisation_id, before, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def try_again(session: Session, actor: Actor, message_id: int, now: datetime) -> WebhookMessage:
    """Sends it with the next round, with as much patience as in the beginning. Unknown for a message of others, and
    for one that was sent."""
    actor.require("master")
    row = rows.message(session, message_id)
    if row is None or row.organisation_id != actor.organisation_id or row.state == SENT:
        raise Unknown(
            "unknown-message",
            N_("There is no message {id} of yours that waits."),
            N_("Reload the page."),
            id=message_id,
        )
    row.state, row.tries, row.due, row.done, row.patient_until = WAITING, 0, now, None, now + PATIENCE
    return row
