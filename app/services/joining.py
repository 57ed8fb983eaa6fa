"""Our own zone: applying at the node above, following what becomes of it, keeping the statement, asking for changes.

Half of it talks to the parent (`fetch`), the other half keeps what it said (`session`): never both at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from sqlmodel import Session

from app.domain import applications, calls, zones
from app.domain.chains import read_delegation
from app.domain.delegations import NATIVE, Delegation, delegation_of, endpoint_of
from app.domain.messages import Ask, Fetch, Told
from app.domain.trust import PublicKey, Signed, public_key_of, sign
from app.errors import N_, PeerFailed, Refused, TraceError, Unknown
from app.services import moving
from app.store import memberships as rows
from app.store.tables import Membership

MOST_BYTES = 300_000
SECONDS = 10.0
LONGEST_TOLD = 300
PATH = "/api/network"
JSON = (("Content-Type", "application/json"), ("Accept", "application/json"))


@dataclass(frozen=True, slots=True)
class Own:
    """This node as it asks for a zone: its zone, its key's seed, the address others reach it under, and the port of the
    native Handle protocol at the same host (0: it does not speak it)."""

    zone: str
    seed: bytes
    url: str
    handle_port: int = 0

    @property
    def parent(self) -> str:
        return zones.parent(self.zone) or zones.ROOT

    @property
    def endpoints(self) -> list[dict[str, Any]]:
        host = {"host": urlsplit(self.url).hostname or "", "port": self.handle_port}
        native = [host | {"protocol": protocol} for protocol in NATIVE] if self.handle_port else []
        return [{"url": self.url}, *native]

    @property
    def key(self) -> PublicKey:
        return public_key_of(self.seed)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the parent made of an application: the secret to follow it by, where people follow it, its state."""

    follow: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Heard:
    """How things stand at the parent. `statement` is None until the zone is handed out."""

    state: str
    reason: str
    statement: Signed | None


# --- what is signed ---


def application(
    own: Own, subject: Mapping[str, str], nonce: str, now: datetime, *, share: bool = False
) -> Signed:
    body = {
        "zone": own.zone,
        "subject": dict(subject),
        "keys": [own.key.jwk],
        "endpoints": own.endpoints,
        "share": share,
    }
    return _call(own, moving.APPLICATION, body, nonce, now)


def move(own: Own, endpoints: Sequence[Mapping[str, Any]], nonce: str, now: datetime) -> Signed:
    told = [endpoint_of(dict(each)).wire for each in endpoints]
    return _call(own, moving.CHANGE, moving.change_body("move", own.zone, endpoints=told), nonce, now)


def rotation(own: Own, new_seed: bytes, nonce: str, now: datetime) -> Signed:
    """Signed with the present key; the new one signs the zone and the nonce, to prove itself."""
    proof = sign(moving.PROOF, {"zone": own.zone, "nonce": nonce}, new_seed)
    more = {"key": public_key_of(new_seed).jwk, "proof": proof.wire}
    return _call(own, moving.CHANGE, moving.change_body("rotate", own.zone, **more), nonce, now)


def leave(own: Own, nonce: str, now: datetime) -> Signed:
    return _call(own, moving.CHANGE, moving.change_body("leave", own.zone), nonce, now)


# --- at the parent ---


def send_application(fetch: Fetch, parent_url: str, signed: Signed) -> Sent:
    """Refused `parent-refused` with what the parent said; PeerFailed."""
    body = _asked(fetch, Ask(f"{parent_url}{PATH}/applications", "POST", JSON, orjson.dumps(signed.wire)))
    follow, url, state = (str(body.get(name, "")) for name in ("follow", "url", "state"))
    if not 20 <= len(follow) <= 100 or state not in applications.STATES:
        raise _senseless(parent_url)
    return Sent(follow, url[:LONGEST_TOLD], state)


def send_change(fetch: Fetch, parent_url: str, signed: Signed) -> Heard:
    body = _asked(fetch, Ask(f"{parent_url}{PATH}/delegations", "POST", JSON, orjson.dumps(signed.wire)))
    return Heard(_state(body, parent_url), "", Signed.from_wire(body.get("delegation")))


def look(fetch: Fetch, parent_url: str, zone: str, follow: str) -> Heard:
    """How the application stands, or, where none is followed, the newest statement."""
    if not follow:
        body = _asked(fetch, Ask(f"{parent_url}{PATH}/delegations/{quote(zone, safe='')}", headers=JSON))
        signed = Signed.from_wire(body)
        return Heard(delegation_of(signed.peek()).state, "", signed)
    body = _asked(fetch, Ask(f"{parent_url}{PATH}/applications/{quote(follow, safe='')}", headers=JSON))
    wire = body.get("delegation")
    reason = _shown(body.get("reason", ""))
    return Heard(_state(body, parent_url), reason, Signed.from_wire(wire) if wire else None)


# --- here ---


def began(
    session: Session,
    own: Own,
    parent_url: str,
    sent: Sent,
    now: datetime,
    subject: Mapping[str, str] | None = None,
) -> Membership:
    """Notes that we applied, and with which `subject`. One that was kept before is forgotten, but for a statement in
    force."""
    row = rows.of_zone(session, own.zone) or Membership(
        zone=own.zone, parent_url=parent_url, state=sent.state, record_time=now
    )
    row.parent_url, row.follow, row.state, row.reason = parent_url, sent.follow, sent.state, ""
    row.checked_time = now
    if subject is not None:
        row.subject = dict(subject)
    return rows.keep(session, row)


def known(session: Session, zone: str) -> Membership | None:
    """What is kept about our zone; None for a node that never applied."""
    return rows.of_zone(session, zone)


def membership_of(session: Session, zone: str) -> Membership:
    row = known(session, zone)
    if row is None:
        raise Unknown(
            "never-applied",
            N_("This node never applied for the zone {zone}."),
            N_("Apply at the node above first."),
            zone=zone,
        )
    return row


def take_in(
    session: Session, own: Own, parent_url: str, heard: Heard, parent_keys: Sequence[PublicKey], now: datetime
) -> Membership:
    """Keeps how things stand. A statement is believed when one of the parent's keys signed it (none known: the root
    hints are missing, and it is kept as it came, unverified), when it is about our zone, and when it is no older than
    the one that is kept: a parent that is put back from a backup, or a liar, does not take us back."""
    row = rows.of_zone(session, own.zone) or Membership(
        zone=own.zone, parent_url=parent_url, state=heard.state, record_time=now
    )
    row.parent_url, row.checked_time = parent_url, now
    row.state, row.reason = heard.state, heard.reason
    if heard.statement is not None:
        told = _believed(own, heard.statement, parent_keys)
        if told.serial >= row.serial:
            row.statement, row.serial, row.not_after = dict(heard.statement.wire), told.serial, told.not_after
            row.parent_keys = [key.jwk for key in parent_keys]
            row.state = told.state
    return rows.keep(session, row)


def statement(row: Membership) -> Delegation | None:
    """The statement that is kept, read."""
    return delegation_of(Signed.from_wire(row.statement).peek()) if row.statement else None


def took_next_key(row: Membership, next_key: PublicKey | None) -> bool:
    """Whether the parent holds the next key for our present one: then it is, even if the parent's answer to the change
    was lost on its way."""
    told = statement(row)
    if told is None or next_key is None:
        return False
    return next_key in told.keys and next_key.key_id not in told.retiring


def _believed(own: Own, signed: Signed, parent_keys: Sequence[PublicKey]) -> Delegation:
    told = read_delegation(signed, own.parent, parent_keys) if parent_keys else delegation_of(signed.peek())
    if told.zone != own.zone or told.issuer != own.parent:
        raise Refused(
            "not-our-statement",
            N_("The node above sent a statement on {zone}, which is not the zone of this node."),
            N_("Compare the settings ZONE here and at the node above."),
            zone=told.zone,
        )
    return told


def _call(own: Own, kind: str, body: Mapping[str, Any], nonce: str, now: datetime) -> Signed:
    return calls.seal(kind, body, seed=own.seed, sender=own.zone, audience=own.parent, nonce=nonce, now=now)


def _asked(fetch: Fetch, ask: Ask) -> dict[str, Any]:
    told = fetch(Ask(ask.url, ask.method, ask.headers, ask.body, SECONDS, MOST_BYTES))
    body = _json(told, ask.url)
    if told.status >= 400:
        code, detail = _shown(body.get("code", "")), _shown(body.get("detail", ""))
        raise Refused(
            "parent-refused",
            N_("The node above does not do it: {detail} ({reply})"),
            N_("Correct what it names, and ask again."),
            detail=detail or str(told.status),
            reply=code or str(told.status),
        )
    return body


def _json(told: Told, url: str) -> dict[str, Any]:
    try:
        body = orjson.loads(told.body)
    except orjson.JSONDecodeError:
        raise _senseless(url) from None
    if not isinstance(body, dict):
        raise _senseless(url)
    return body


def _state(body: Mapping[str, Any], url: str) -> str:
    state = body.get("state")
    if state not in applications.STATES | applications.ZONE_STATES:
        raise _senseless(url)
    return str(state)


def _shown(text: object) -> str:
    """What a peer says, cut and without anything unprintable; pages escape it."""
    plain = text if isinstance(text, str) else ""
    return "".join(letter for letter in plain[:LONGEST_TOLD] if letter.isprintable())


def _senseless(url: str) -> TraceError:
    return PeerFailed(
        "parent-senseless",
        N_("{url} does not answer as a node above does."),
        N_("Check the address of the node above."),
        url=url[:LONGEST_TOLD],
    )
