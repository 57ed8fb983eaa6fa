"""The applicant's side of registration at this node: apply, correct, attach documents, withdraw, ask for a change.

Whoever has the secret of the follow-up link is the applicant. What is asked for by that link waits for a reviewer;
what the zone's own key signs does not (see `moving`).
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import subjects, zones
from app.domain.applications import OPEN, STEPS, moved
from app.domain.delegations import Endpoint, endpoint_of
from app.domain.trust import PublicKey, keys_of
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import application_limits
from app.services.delegating import APPLICANT, NODE_KEY, By, Issuer, check_ours, note, zone_taken
from app.store import applications as rows
from app.store import zones as zone_rows
from app.store.tables import Application, Delegation, DelegationStep

MOST_ENDPOINTS = 4  # of one holder
PER_DAY = 30  # applications from one address


@dataclass(frozen=True, slots=True)
class Wish:
    """What is applied for, as it was sent. `proven` says that the first of the keys signed it."""

    zone: str
    subject: Mapping[str, object]
    keys: Sequence[object] = ()
    endpoints: Sequence[object] = ()
    share: bool = False
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """What the applicant sees behind the link: the application, its log, the zone as it stands, later requests."""

    application: Application
    steps: Sequence[DelegationStep]
    documents: Sequence[tuple[int, str, str, str, str, int]]
    delegation: Delegation | None
    following: Sequence[Application]

    @property
    def halted(self) -> str:
        """Why the zone is out of service, '' while it is not."""
        if self.delegation is None or self.delegation.state == "active":
            return ""
        whys = [step.reason for step in self.steps if step.step in {"suspend", "revoke"}]
        return whys[-1] if whys else ""


def apply(
    session: Session, issuer: Issuer, wish: Wish, now: datetime, *, address: str = ""
) -> tuple[Application, str]:
    """A new application and the secret of its link. Malformed for what cannot be used, with the field's name; Conflict
    `zone-taken`, `already-applied`; Refused `not-our-zone`, `too-many-applications`."""
    application_limits.take(session, "apply", address, PER_DAY, now)
    subject = subjects.subject(wish.subject)
    keys, endpoints = _keys(wish.keys), _endpoints(wish.endpoints)
    zone = zones.zone(wish.zone)
    _check_zone(session, issuer, zone, share=wish.share, keys=keys)
    token = secrets.token_urlsafe(32)
    row = rows.add(
        session,
        Application(
            kind="share" if wish.share else "join",
            state="submitted",
            zone=zone,
            token_hash=hash_of(token),
            subject=dict(subject),
            keys=[key.jwk for key in keys],
            endpoints=[each.wire for each in endpoints],
            proven=wish.proven,
            record_time=now,
        ),
    )
    by = By(NODE_KEY if wish.proven else APPLICANT)
    note(
        session, zone, "apply", by, now, application_id=row.id, detail={"kind": row.kind, "address": address}
    )
    return row, token


def followed(session: Session, token: str) -> Followed:
    """Everything behind a follow-up link; Unknown `unknown-application` for a made-up one."""
    row = of_token(session, token)
    number = row.id or 0
    held = row.state in {"approved", "ended"}
    following = rows.following(session, number)
    mine = {number, *(each.id for each in following)} | ({None} if held else set())
    steps = [
        step
        for step in (*rows.steps_of_zone(session, row.zone), *rows.steps_of_application(session, number))
        if step.application_id in mine
    ]
    return Followed(
        row,
        sorted({step.id: step for step in steps}.values(), key=lambda step: step.id or 0),
        rows.documents(session, number),
        zone_rows.find_delegation(session, row.zone) if held else None,
        following,
    )


def of_token(session: Session, token: str) -> Application:
    found = rows.by_token(session, hash_of(token)) if 20 <= len(token) <= 100 else None
    if found is None:
        raise unknown_application()
    return found


def correct(session: Session, issuer: Issuer, token: str, wish: Wish, now: datetime) -> Application:
    """Other data in place of what was sent, while nobody reviews it or after it was sent back."""
    row = own(session, token)
    row.state = moved(STEPS, "correct", row.state)
    subject = subjects.subject(wish.subject)
    keys, endpoints = _keys(wish.keys), _endpoints(wish.endpoints)
    zone = zones.zone(wish.zone)
    _check_zone(session, issuer, zone, share=row.kind == "share", keys=keys, but=row.id)
    row.proven = row.proven and [key.jwk for key in keys] == row.keys
    row.subject, row.zone = dict(subject), zone
    row.keys, row.endpoints = [key.jwk for key in keys], [each.wire for each in endpoints]
    row.reason = ""
    note(session, zone, "correct", By(APPLICANT), now, application_id=row.id)
    return row


def withdraw(session: Session, token: str, now: datetime) -> Application:
    row = own(session, token)
    row.state = moved(STEPS, "withdraw", row.state)
    row.decided_time = now
    note(session, row.zone, "withdraw", By(APPLICANT), now, application_id=row.id)
    return row


def ask(
    session: Session,
    token: str,
    kind: str,
    now: datetime,
    *,
    key: object = None,
    endpoints: Sequence[object] = (),
) -> Application:
    """A request about a zone that one holds, 'move', 'rotate' or 'leave', to be reviewed like an application. Conflict
    `already-applied` while one of that kind waits."""
    holder = own(session, token)
    if holder.state != "approved":
        raise Refused(
            "no-zone-yet",
            N_("There is no zone yet that could be changed."),
            N_("Wait for the approval, or correct the application."),
        )
    if any(row.kind == kind and row.state in OPEN for row in rows.following(session, holder.id or 0)):
        raise already_applied(holder.zone)
    row = rows.add(
        session,
        Application(
            kind=kind,
            state="submitted",
            zone=holder.zone,
            holder_id=holder.id,
            subject={name: holder.subject.get(name, "") for name in ("name_zh", "name_en")},
            keys=[k.jwk for k in _keys([key])] if kind == "rotate" else [],
            endpoints=[each.wire for each in _endpoints(endpoints, needed=True)] if kind == "move" else [],
            record_time=now,
        ),
    )
    note(session, holder.zone, "apply", By(APPLICANT), now, application_id=row.id, detail={"kind": kind})
    return row


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def unknown_application() -> Unknown:
    return Unknown(
        "unknown-application",
        N_("There is no such application."),
        N_("Check the link; it was shown when the application was sent."),
    )


def already_applied(zone: str) -> Conflict:
    return Conflict(
        "already-applied",
        N_("The same was asked for before and waits for review."),
        N_("Follow the first application, or withdraw it."),
        zone=zone,
    )


def own(session: Session, token: str) -> Application:
    """Locked: two who act on one application take turns."""
    row = rows.locked(session, of_token(session, token).id or 0)
    if row is None:
        raise unknown_application()
    return row


def _check_zone(
    session: Session,
    issuer: Issuer,
    zone: str,
    *,
    share: bool,
    keys: Sequence[PublicKey],
    but: int | None = None,
) -> None:
    if not zone and not share:
        return
    check_ours(issuer, zone)
    there = zone_rows.find_delegation(session, zone)
    if share and (there is None or there.state != "active"):
        raise Refused(
            "nothing-to-share",
            N_("The zone {zone} is in nobody's hands yet, so it cannot be shared."),
            N_("Apply for it as a new zone."),
            zone=zone,
            field="zone",
        )
    if share and not keys:
        raise Malformed(
            "key-missing",
            N_("A node that shares a zone needs a key of its own."),
            N_("Enter the public key of your node; it prints it with flask zone key."),
            field="key",
        )
    if not share and there is not None and there.state != "left":
        raise zone_taken(zone)
    mine = {key.key_id for key in keys}
    for other in rows.of_zone(session, zone, OPEN, {"join", "share"}):
        if other.id != but and mine & {key.key_id for key in (keys_of(other.keys) if other.keys else ())}:
            raise already_applied(zone)


def _keys(sent: Sequence[object]) -> tuple[PublicKey, ...]:
    """At most one: a node has one present key."""
    try:
        return keys_of(list(sent)[:2]) if sent else ()
    except Malformed as error:
        error.values["field"] = "key"
        raise


def _endpoints(sent: Sequence[object], *, needed: bool = False) -> tuple[Endpoint, ...]:
    try:
        found = tuple(dict.fromkeys(endpoint_of(each) for each in sent))
    except Malformed:
        found = ()
        sent = ["?"]
    if len(found) > MOST_ENDPOINTS or (not found and (needed or sent)):
        raise Malformed(
            "bad-endpoint",
            N_("This is not an address under which a node can be asked."),
            N_(
                "Write https:// and the host's name, with a port if it needs one: https://id.example.cn:8443."
            ),
            field="endpoint",
        )
    return found


def view(found: Followed) -> dict[str, Any]:
    """The same as JSON, for the applicant's program."""
    row = found.application
    return {
        "kind": row.kind,
        "state": row.state,
        "zone": row.zone,
        "reason": row.reason,
        "delegation": found.delegation.statement if found.delegation else None,
        "steps": [
            {"step": step.step, "reason": step.reason, "time": step.record_time.isoformat()}
            for step in found.steps
        ],
        "requests": [
            {"kind": each.kind, "state": each.state, "reason": each.reason} for each in found.following
        ],
    }
