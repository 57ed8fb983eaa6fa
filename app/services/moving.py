"""Changes that a zone's own key asks for: they take effect at once, since the key proves the holder.

Another address, another key (which proves itself as well), the end. Each call counts once and for this node only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import calls
from app.domain.applications import ZONE_STEPS, moved
from app.domain.delegations import Endpoint, endpoint_of
from app.domain.trust import PublicKey, Signed, keys_of, verify
from app.errors import N_, Malformed, Refused
from app.services import delegating, hearing, reviewing
from app.services.applying import Wish, apply
from app.services.delegating import NODE_KEY, By, Change, Issuer, take_step
from app.store import zones as rows
from app.store.tables import Application, Delegation

APPLICATION, CHANGE, PROOF = "application", "change", "key-proof"
OPS = ("move", "rotate", "leave")
MOST_ENDPOINTS = 4


def apply_signed(
    session: Session, issuer: Issuer, signed: Signed, now: datetime, *, address: str = ""
) -> tuple[Application, str]:
    """An application that the applicant's node signed with the key it brings. As `applying.apply`, and as
    `hearing.accept`."""
    sent = signed.peek()
    keys = keys_of(sent.get("keys"))[:1]
    sender = calls.claimed_sender(signed)
    call = hearing.accept(session, signed, APPLICATION, keys, sender=sender, audience=issuer.zone, now=now)
    subject, told = call.body.get("subject"), call.body.get("endpoints")
    if not isinstance(subject, dict) or not isinstance(told, list) or sender != call.body.get("zone"):
        raise _bad_change()
    wish = Wish(
        zone=sender,
        subject=subject,
        keys=[keys[0].jwk],
        endpoints=told,
        share=call.body.get("share") is True,
        proven=True,
    )
    return apply(session, issuer, wish, now, address=address)


def change_signed(session: Session, issuer: Issuer, signed: Signed, now: datetime) -> Delegation:
    """One of OPS, signed with a present key of the zone. Refused with the codes of `hearing.accept`,
    `not-in-this-state`, `several-holders`; Unknown for a zone that nobody holds."""
    zone = calls.claimed_sender(signed)
    row = rows.locked(session, zone)
    if row is None:
        raise delegating.unknown_zone(zone)
    call = hearing.accept(
        session, signed, CHANGE, present_keys(row), sender=zone, audience=issuer.zone, now=now
    )
    op = str(call.body.get("op"))
    if op not in OPS:
        raise _bad_change()
    moved(ZONE_STEPS, op, row.state)
    keys = [_new_key(zone, call).jwk] if op == "rotate" else []
    told = [each.wire for each in _endpoints(call.body)] if op == "move" else []
    holder = _holder(session, zone, signed.key_id)
    if holder is None:
        return _alone(session, issuer, row, op, keys, told, now)
    return reviewing.change_holder(session, issuer, op, holder, keys, told, By(NODE_KEY), now, overlap=True)


def present_keys(row: Delegation) -> tuple[PublicKey, ...]:
    """Those that may change a zone: none that was replaced, even while others still believe it."""
    told = delegating.told_by(row)
    return tuple(key for key in told.keys if key.key_id not in told.retiring)


def change_body(op: str, zone: str, **more: Any) -> dict[str, Any]:
    """What the holder's node signs as kind CHANGE."""
    if op not in OPS:
        raise ValueError(op)
    return {"op": op, "zone": zone, **more}


def _new_key(zone: str, call: calls.Call) -> PublicKey:
    """The key that takes over, which has signed the zone and this call's nonce: nobody brings another's key."""
    (key,) = keys_of([call.body.get("key")])
    proof = verify(Signed.from_wire(call.body.get("proof")), [key], PROOF)
    if proof.get("zone") != zone or proof.get("nonce") != call.nonce:
        raise Refused(
            "key-not-proven",
            N_("The new key has not signed this change."),
            N_("Sign zone and nonce of the call with the new key, and send that along."),
        )
    return key


def _holder(session: Session, zone: str, key_id: str) -> Application | None:
    for holder in delegating.holders(session, zone):
        if holder.keys and key_id == keys_of(holder.keys)[0].key_id:
            return holder
    return None


def _alone(
    session: Session,
    issuer: Issuer,
    row: Delegation,
    op: str,
    keys: list[dict[str, str]],
    told: list[dict[str, Any]],
    now: datetime,
) -> Delegation:
    """At a holder of our zone that was not the one applied at: the statement is all that is known of the zone, which
    is enough as long as one node holds it."""
    before = present_keys(row)
    if len(before) > 1:
        raise Refused(
            "several-holders",
            N_("Several nodes hold the zone {zone}, and which of them you are is known elsewhere."),
            N_("Ask the node at which you applied."),
            zone=row.zone,
        )
    ends = now + issuer.overlap
    change = {
        "move": Change(endpoints=tuple(endpoint_of(each) for each in told)),
        "rotate": Change(keys_of(keys) if keys else None, retiring={key.key_id: ends for key in before}),
        "leave": Change(),
    }[op]
    return take_step(session, issuer, row.zone, op, By(NODE_KEY), now, change)


def _endpoints(body: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    sent = body.get("endpoints")
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_ENDPOINTS:
        raise _bad_change()
    return tuple(dict.fromkeys(endpoint_of(each) for each in sent))


def _bad_change() -> Malformed:
    return Malformed(
        "bad-change",
        N_("The signed call does not say in this form what is applied for or changed."),
        N_("See the description of the interface between nodes."),
    )
