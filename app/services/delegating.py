"""Handing out zones: the signed statement on each zone below ours, every change to it, and the log of every step.

Who may ask for what is decided in `reviewing` (people) and `moving` (the zone's own key). A statement is never taken
back, only followed by a newer one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.domain import zones
from app.domain.applications import ZONE_STEPS, moved
from app.domain.delegations import (
    ACTIVE,
    KIND,
    LEFT,
    MOST_ENDPOINTS,
    Delegation,
    Endpoint,
    delegation_of,
    endpoint_of,
)
from app.domain.handles.trust import certified
from app.domain.people import Actor
from app.domain.trust import MOST_KEYS, PublicKey, Signed, keys_of, public_key_of, sign
from app.errors import N_, Conflict, Refused, Unknown
from app.services import auditing, meshing
from app.store import applications
from app.store import zones as rows
from app.store.database import Taken
from app.store.tables import Application, DelegationStep
from app.store.tables import Delegation as Row

NODE_KEY, APPLICANT = "key", "applicant"
RENEWED_BEFORE = 3  # a statement is renewed when a third of its time is left
MOST_RENEWED = 500  # in one round


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who hands out: the node's zone and the seed of its signing key. A statement holds for `validity`; a key that its
    holder replaced counts for `overlap` more."""

    zone: str
    seed: bytes = field(repr=False)
    validity: timedelta = timedelta(days=30)
    overlap: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a step: a reviewer, the applicant, or the zone's own key."""

    name: str
    operator_id: int | None = None
    organisation_id: int = 0

    @classmethod
    def actor(cls, actor: Actor) -> "By":
        return cls(actor.name, actor.operator_id, actor.organisation_id)


@dataclass(frozen=True, slots=True)
class Change:
    """What a new statement says that the one before did not; None for what stays."""

    keys: tuple[PublicKey, ...] | None = None
    endpoints: tuple[Endpoint, ...] | None = None
    subject: Mapping[str, str] | None = None
    retiring: Mapping[str, datetime] | None = None


NOTHING = Change()


def hand_out(session: Session, issuer: Issuer, zone: str, change: Change, now: datetime) -> Row:
    """The first statement on a zone, or the next on one that was left; the caller notes the step. Refused
    `not-our-zone`; Conflict `zone-taken`."""
    check_ours(issuer, zone)
    before = rows.locked(session, zone)
    if before is not None and before.state != LEFT:
        raise zone_taken(zone)
    try:
        with session.begin_nested():
            return _state(session, issuer, zone, before, ACTIVE, change, now)
    except Taken:
        raise zone_taken(zone) from None


def take_step(
    session: Session,
    issuer: Issuer,
    zone: str,
    step: str,
    by: By,
    now: datetime,
    change: Change = NOTHING,
    *,
    reason: str = "",
    application_id: int | None = None,
) -> Row:
    """One of ZONE_STEPS on a zone that was handed out: a newer statement, and a line in the log. Refused
    `not-in-this-state`; Unknown for a zone that nobody was given."""
    before = rows.locked(session, zone)
    if before is None:
        raise unknown_zone(zone)
    state = moved(ZONE_STEPS, step, before.state)
    row = _state(session, issuer, zone, before, state, change, now)
    note(session, zone, step, by, now, reason=reason, application_id=application_id, detail=detail_of(row))
    return row


def note(
    session: Session,
    zone: str,
    step: str,
    by: By,
    now: datetime,
    *,
    reason: str = "",
    application_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """One line of the log; a reviewer's step stands in the audit trail of the node's company as well."""
    applications.add_step(
        session,
        DelegationStep(
            application_id=application_id,
            zone=zone,
            step=step,
            by=by.name,
            operator_id=by.operator_id,
            reason=reason,
            detail=dict(detail or {}),
            record_time=now,
        ),
    )
    if by.operator_id is not None and by.organisation_id:
        subject = zone or f"#{application_id or 0}"
        auditing.record_of(
            session, by.organisation_id, by.operator_id, by.name, f"zone-{step}", now, subject=subject, detail=reason
        )  # fmt: skip


def renew(session: Session, issuer: Issuer, now: datetime) -> int:
    """Renews the statements that run out, and drops the keys whose overlap is over; how many there were. At most
    MOST_RENEWED at a time, so that one transaction stays short. What another holder of our zone signed is left to it
    for half of that time, so that the two do not state the same twice."""
    soon = now + issuer.validity / RENEWED_BEFORE
    late = now + issuer.validity / (2 * RENEWED_BEFORE)
    own = public_key_of(issuer.seed).key_id
    found = rows.running_out(session, soon, MOST_RENEWED)
    mine = [row.zone for row in found if row.statement.get("key") == own or row.not_after < late]
    for zone in mine:
        take_step(session, issuer, zone, "renew", By("node"), now)
    return len(mine)


def statement_of(session: Session, zone: str) -> dict[str, object]:
    """The newest statement on a zone, as it travels; Unknown for a zone that nobody was given."""
    row = rows.find_delegation(session, zone)
    if row is None:
        raise unknown_zone(zone)
    return row.statement


def holders(session: Session, zone: str) -> Sequence[Application]:
    """The nodes that hold a zone now, the first in front: several where a zone is shared."""
    return applications.of_zone(session, zone, {"approved"}, {"join", "share"})


def with_holders(session: Session, zone: str) -> tuple[tuple[PublicKey, ...], tuple[Endpoint, ...]]:
    """Present keys and endpoints of all who hold a zone."""
    found = holders(session, zone)
    keys = [key for holder in found for key in (keys_of(holder.keys) if holder.keys else ())]
    told = [endpoint_of(wire) for holder in found for wire in holder.endpoints]
    return tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(told))


def told_by(row: Row) -> Delegation:
    """The statement behind a row, which was verified when it was taken in."""
    return delegation_of(Signed.from_wire(row.statement).peek())


def check_ours(issuer: Issuer, zone: str) -> None:
    if not zones.is_child(issuer.zone, zone):
        raise Refused(
            "not-our-zone",
            N_("{zone} is not a prefix that this node hands out."),
            N_("It has exactly one part more than the prefix of this node, {own}."),
            zone=zone[: zones.LONGEST],
            own=issuer.zone or "—",
            field="zone",
        )


def unknown_zone(zone: str) -> Unknown:
    return Unknown(
        "unknown-zone",
        N_("Nobody was given the zone {zone} here."),
        N_("Check the number."),
        zone=zone[: zones.LONGEST],
    )


def zone_taken(zone: str) -> Conflict:
    return Conflict(
        "zone-taken",
        N_("The zone {zone} was given to somebody already."),
        N_("Choose another number; a zone has one holder for ever."),
        zone=zone,
        field="zone",
    )


def _state(
    session: Session, issuer: Issuer, zone: str, before: Row | None, state: str, change: Change, now: datetime
) -> Row:
    keys, retiring = _keys(before, change, now)
    endpoints = change.endpoints
    if endpoints is None:
        endpoints = tuple(endpoint_of(wire) for wire in before.endpoints) if before else ()
    if len(change.keys or ()) > MOST_KEYS or len(endpoints) > MOST_ENDPOINTS:
        raise Refused(
            "too-many-holders",
            N_("More nodes cannot hold the zone {zone}: a statement has room for {most} keys."),
            N_("Let one of them leave first."),
            zone=zone,
            most=MOST_KEYS,
        )
    subject = change.subject if change.subject is not None else _subject(before)
    told = Delegation(
        zone=zone,
        issuer=issuer.zone,
        serial=before.serial + 1 if before else 1,
        keys=keys,
        endpoints=endpoints,
        state=state,
        not_before=now,
        not_after=now + issuer.validity,
        subject=subject,
        retiring=retiring,
    )
    signed = sign(KIND, certified(told, issuer.seed).body, issuer.seed)
    row = meshing.row_of(delegation_of(signed.peek()), signed, now)
    if not rows.put(session, row):
        raise zone_taken(zone)
    return row


def _keys(
    before: Row | None, change: Change, now: datetime
) -> tuple[tuple[PublicKey, ...], dict[str, datetime]]:
    """Those of the new statement and when which of them ends: what has ended is dropped."""
    had = keys_of(before.keys) if before is not None and before.keys else ()
    retiring = _retiring(before) | dict(change.retiring or {})
    ended = {key_id for key_id, moment in retiring.items() if moment <= now}
    if change.keys is None:
        wanted = [key for key in had if key.key_id not in ended]
    else:
        leaving = [key for key in had if key.key_id in retiring and key.key_id not in ended]
        wanted = [*change.keys, *(key for key in leaving if key not in change.keys)]
    present = {key.key_id for key in change.keys or ()}
    wanted = list(dict.fromkeys(wanted))[:MOST_KEYS]
    still = {key.key_id for key in wanted} - present
    return tuple(wanted), {key_id: moment for key_id, moment in retiring.items() if key_id in still}


def _retiring(row: Row | None) -> dict[str, datetime]:
    return dict(told_by(row).retiring) if row is not None else {}


def _subject(row: Row | None) -> dict[str, str]:
    names = ("name_zh", "name_en", "industry", "region")
    return {name: getattr(row, name) for name in names} if row is not None else dict.fromkeys(names, "")


def detail_of(row: Row) -> dict[str, Any]:
    """What the log keeps of a statement: enough to tell it from all others and to find it again."""
    keys: Iterable[PublicKey] = keys_of(row.keys) if row.keys else ()
    return {
        "serial": row.serial,
        "digest": row.digest,
        "state": row.state,
        "keys": [key.key_id for key in keys],
        "endpoints": row.endpoints,
    }
