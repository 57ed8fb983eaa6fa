"""What one node sends another in its own name: who asks whom, until when, and that it is asked once. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from app.domain import zones
from app.domain.chains import SKEW
from app.domain.delegations import time_of, time_text
from app.domain.trust import PublicKey, Signed, sign, verify
from app.errors import N_, Malformed, Refused

LONGEST = timedelta(seconds=300)
NONCE_LENGTH = (16, 64)  # characters; at least 96 random bits in base64url
ENVELOPE = ("from", "audience", "nonce", "issued", "expires", "kind")


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose signature was verified. `sender` is a zone, `body` what it says beside its envelope. Its nonce has
    to be remembered until `forget`."""

    sender: str
    nonce: str
    expires: datetime
    body: Mapping[str, Any]

    @property
    def forget(self) -> datetime:
        return self.expires + SKEW


def seal(
    kind: str,
    body: Mapping[str, Any],
    *,
    seed: bytes,
    sender: str,
    audience: str,
    nonce: str,
    now: datetime,
    seconds: int = 120,
) -> Signed:
    """A call of the zone `sender` to a node of the zone `audience`, or the reply to one, which takes the call's nonce.
    `nonce` is drawn by whoever calls: random, and used once."""
    envelope = {
        "from": sender,
        "audience": audience,
        "nonce": nonce,
        "issued": time_text(now),
        "expires": time_text(now + min(timedelta(seconds=seconds), LONGEST)),
    }
    return sign(kind, {**body, **envelope}, seed)


def claimed_sender(signed: Signed) -> str:
    """The zone that the call says it is from: not proven, only whose keys to look for. Malformed `bad-call`."""
    return _zone(signed.peek().get("from"))


def open_call(
    signed: Signed, kind: str, keys: Iterable[PublicKey], *, sender: str, audience: str, now: datetime
) -> Call:
    """A call to us, `audience`, from the zone `sender`, whose keys these are. Replays are not seen here.

    Refused with one of `verify`'s codes, `wrong-audience`, `wrong-sender` or `call-not-now`; Malformed `bad-call`.
    """
    body = verify(signed, keys, kind)
    if _zone(body.get("from")) != sender:
        raise Refused(
            "wrong-sender",
            N_("The call is not from the zone “{zone}”."),
            N_("A node signs calls in the name of its own zone only."),
            zone=sender,
        )
    if _zone(body.get("audience")) != audience:
        raise Refused(
            "wrong-audience",
            N_("The call is meant for the zone “{zone}”."),
            N_("Send it to a node of that zone."),
            zone=_zone(body.get("audience")),
        )
    nonce, issued, expires = body.get("nonce"), time_of(body.get("issued")), time_of(body.get("expires"))
    if (
        not isinstance(nonce, str)
        or not NONCE_LENGTH[0] <= len(nonce) <= NONCE_LENGTH[1]
        or not nonce.isascii()
    ):
        _bad("nonce")
    if issued is None or expires is None or not timedelta() < expires - issued <= LONGEST:
        _bad("expires")
    if not issued - SKEW <= now <= expires + SKEW:
        raise Refused(
            "call-not-now",
            N_("The call was made at {issued}, and here it is {now}."),
            N_("Compare the clocks of the two nodes with a time server, and call again."),
            issued=time_text(issued),
            now=time_text(now),
        )
    return Call(sender, nonce, expires, {name: body[name] for name in body if name not in ENVELOPE})


def open_reply(
    signed: Signed,
    kind: str,
    keys: Iterable[PublicKey],
    *,
    sender: str,
    audience: str,
    nonce: str,
    now: datetime,
) -> Mapping[str, Any]:
    """What the zone that we called replies, to this very call. Refused `wrong-reply` for the reply to another one, and
    as `open_call` does."""
    reply = open_call(signed, kind, keys, sender=sender, audience=audience, now=now)
    if reply.nonce != nonce:
        raise Refused(
            "wrong-reply",
            N_("The reply belongs to another call."),
            N_("Call again; if it stays, somebody between the nodes sends old replies."),
        )
    return reply.body


def _zone(text: object) -> str:
    try:
        if isinstance(text, str) and zones.zone(text) == text:
            return text
    except Malformed:
        pass
    return _bad("from")


def _bad(part: str) -> NoReturn:
    raise Malformed(
        "bad-call",
        N_("This is not a call between nodes: its part “{part}” cannot be used."),
        N_("It needs from, audience, nonce, issued and expires, at most 300 seconds apart."),
        part=part,
    )
