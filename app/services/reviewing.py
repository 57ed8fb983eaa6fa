"""The reviewer's side of registration: take up, send back, refuse, approve; suspend a zone, resume it, take it back.

Only for administrators of the company that runs the node; its auditors may read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import subjects, zones
from app.domain.applications import STEPS, moved, reason
from app.domain.delegations import Endpoint, endpoint_of
from app.domain.people import Actor
from app.domain.trust import PublicKey, keys_of
from app.errors import N_, Forbidden, Malformed, Refused
from app.services import delegating
from app.services.applying import unknown_application
from app.services.checking_nodes import Checked
from app.services.delegating import By, Change, Issuer, note, take_step
from app.store import applications as rows
from app.store import zones as zone_rows
from app.store.tables import Application, ApplicationDocument, Delegation, DelegationStep

PAGE = 50
FIRST_LABEL = 1001


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the reviewer sees of an application. `holder` is the application that a later request belongs to."""

    application: Application
    holder: Application | None
    steps: Sequence[DelegationStep]
    documents: Sequence[tuple[int, str, str, str, str, int]]
    delegation: Delegation | None

    @property
    def subject(self) -> dict[str, object]:
        return (self.holder or self.application).subject


def listed(
    session: Session,
    actor: Actor,
    *,
    states: Collection[str] = (),
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Application], int | None]:
    """Applications, the newest first, and the key of the next page."""
    require_reader(actor)
    found = rows.page(session, states=states, before=before, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def counts(session: Session, actor: Actor) -> dict[str, int]:
    require_reader(actor)
    return rows.counts(session)


def shown(session: Session, actor: Actor, application_id: int) -> Reviewed:
    require_reader(actor)
    row = session.get(Application, application_id)
    if row is None:
        raise unknown_application()
    return Reviewed(
        row,
        session.get(Application, row.holder_id) if row.holder_id else None,
        rows.steps_of_application(session, application_id),
        rows.documents(session, application_id),
        zone_rows.find_delegation(session, row.zone) if row.zone else None,
    )


def document_of(session: Session, actor: Actor, application_id: int, document_id: int) -> ApplicationDocument:
    require_reader(actor)
    found = rows.document(session, application_id, document_id)
    if found is None:
        raise unknown_application()
    return found


def take(session: Session, actor: Actor, application_id: int, now: datetime) -> None:
    """So that others see who reviews it."""
    row = _stepped(session, actor, application_id, "take")
    row.reviewer_id, row.reviewer_name = actor.operator_id, actor.name
    note(session, row.zone, "take", By.actor(actor), now, application_id=row.id)


def note_check(
    session: Session, actor: Actor, application_id: int, checked: Sequence[Checked], now: datetime
) -> None:
    """Keeps what the applicant's node answered; one that answered rightly has proven its key."""
    row = _stepped(session, actor, application_id, "check")
    row.proven = row.proven or any(not each.code for each in checked)
    told = {each.url: each.code for each in checked}
    note(session, row.zone, "check", By.actor(actor), now, application_id=row.id, detail={"checked": told})


def send_back(session: Session, actor: Actor, application_id: int, why: str, now: datetime) -> None:
    """For correction, with what is wrong."""
    _answer(session, actor, application_id, "return", why, now)


def refuse(session: Session, actor: Actor, application_id: int, why: str, now: datetime) -> None:
    row = _answer(session, actor, application_id, "refuse", why, now)
    row.decided_time = now


def approve(
    session: Session,
    actor: Actor,
    issuer: Issuer,
    application_id: int,
    now: datetime,
    *,
    zone: str = "",
    verification: str = "",
) -> Delegation:
    """Gives what was asked for. For a new zone or one more node `verification` says how the applicant's identity was
    verified (one of subjects.VERIFICATIONS), and `zone` may be another one than was asked for."""
    row = _stepped(session, actor, application_id, "approve")
    row.reviewer_id, row.reviewer_name = actor.operator_id, actor.name
    row.decided_time, row.reason = now, ""
    if row.kind in {"join", "share"}:
        if verification not in subjects.VERIFICATIONS:
            raise Malformed(
                "verification-missing",
                N_("Nobody may hold a zone whose identity was not verified."),
                N_("Choose how you verified it."),
                field="verification",
            )
        row.verification = verification
    by = By.actor(actor)
    given = _effect(session, issuer, row, zones.zone(zone) if zone else row.zone, by, now)
    detail = {"kind": row.kind, "verification": row.verification, "serial": given.serial}
    note(session, row.zone, "approve", by, now, application_id=row.id, detail=detail)
    return given


def suspend(session: Session, actor: Actor, issuer: Issuer, zone: str, why: str, now: datetime) -> Delegation:
    """Takes a zone out of service until it is resumed: who asks is told so, from the next statement they fetch."""
    return _on_zone(session, actor, issuer, zone, "suspend", now, reason(why, needed=True))


def resume(
    session: Session, actor: Actor, issuer: Issuer, zone: str, now: datetime, why: str = ""
) -> Delegation:
    return _on_zone(session, actor, issuer, zone, "resume", now, reason(why, needed=False))


def revoke(session: Session, actor: Actor, issuer: Issuer, zone: str, why: str, now: datetime) -> Delegation:
    """Takes a zone back for good. Its number is given to nobody else."""
    row = _on_zone(session, actor, issuer, zone, "revoke", now, reason(why, needed=True))
    _end_all(session, zone, By.actor(actor), now)
    return row


def suggested(session: Session, issuer: Issuer) -> str:
    """The number after the last one given."""
    labels = (name.rpartition(".")[2] for name in zone_rows.longest_labels(session, issuer.zone, 20))
    last = next((int(label) for label in labels if label.isdecimal()), FIRST_LABEL - 1)
    return f"{issuer.zone}.{last + 1}" if issuer.zone else str(last + 1)


def zone_list(
    session: Session, actor: Actor, *, after: str = "", state: str = "", text: str = "", limit: int = PAGE
) -> tuple[Sequence[Delegation], str]:
    """The zones handed out, and the key of the next page."""
    require_reader(actor)
    found = zone_rows.page(session, after=after, limit=limit + 1, state=state, text=text)
    return found[:limit], found[limit - 1].zone if len(found) > limit else ""


def zone_of(
    session: Session, actor: Actor, zone: str
) -> tuple[Delegation, Sequence[Application], Sequence[DelegationStep]]:
    """A zone, who holds it, and its log."""
    require_reader(actor)
    found = zone_rows.find_delegation(session, zone)
    if found is None:
        raise delegating.unknown_zone(zone)
    return found, delegating.holders(session, zone), rows.steps_of_zone(session, zone)


def require_reader(actor: Actor) -> None:
    _of_node(actor)
    actor.require("audit")


def require_reviewer(actor: Actor) -> None:
    _of_node(actor)
    actor.require("people")


def _of_node(actor: Actor) -> None:
    if not actor.node:
        raise Forbidden(
            "not-the-registrar",
            N_("Only people of the company that runs this node see who applied for what."),
            N_("Follow your own application by the link you were given."),
        )


def _stepped(session: Session, actor: Actor, application_id: int, step: str) -> Application:
    require_reviewer(actor)
    row = rows.locked(session, application_id)
    if row is None:
        raise unknown_application()
    row.state = moved(STEPS, step, row.state)
    return row


def _answer(
    session: Session, actor: Actor, application_id: int, step: str, why: str, now: datetime
) -> Application:
    told = reason(why, needed=True)
    row = _stepped(session, actor, application_id, step)
    row.reviewer_id, row.reviewer_name, row.reason = actor.operator_id, actor.name, told
    note(session, row.zone, step, By.actor(actor), now, reason=told, application_id=row.id)
    return row


def _on_zone(
    session: Session, actor: Actor, issuer: Issuer, zone: str, step: str, now: datetime, why: str
) -> Delegation:
    require_reviewer(actor)
    return take_step(session, issuer, zone, step, By.actor(actor), now, reason=why)


def _effect(
    session: Session, issuer: Issuer, row: Application, zone: str, by: By, now: datetime
) -> Delegation:
    match row.kind:
        case "join":
            return _join(session, issuer, row, zone or suggested(session, issuer), by, now)
        case "share":
            return _share(session, issuer, row, by, now)
    holder = rows.locked(session, row.holder_id or 0)
    if holder is None or holder.state != "approved":
        raise Refused(
            "holder-gone",
            N_("Who asked for this does not hold the zone any more."),
            N_("Refuse the request."),
        )
    return change_holder(session, issuer, row.kind, holder, row.keys, row.endpoints, by, now, row.id)


def _join(session: Session, issuer: Issuer, row: Application, zone: str, by: By, now: datetime) -> Delegation:
    _check_returning(session, zone, row)
    row.zone = zone
    session.flush()
    change = Change(_keys(row), _endpoints(row), subjects.public_part(row.subject))
    given = delegating.hand_out(session, issuer, zone, change, now)
    note(session, zone, "delegate", by, now, application_id=row.id, detail=delegating.detail_of(given))
    return given


def _share(session: Session, issuer: Issuer, row: Application, by: By, now: datetime) -> Delegation:
    session.flush()
    keys, endpoints = delegating.with_holders(session, row.zone)
    change = Change(keys, endpoints)
    return take_step(session, issuer, row.zone, "share", by, now, change, application_id=row.id)


def change_holder(
    session: Session,
    issuer: Issuer,
    kind: str,
    holder: Application,
    keys: list[dict[str, str]],
    endpoints: list[dict[str, object]],
    by: By,
    now: datetime,
    application_id: int | None = None,
    *,
    overlap: bool = False,
) -> Delegation:
    """Moves a holder, gives it another key, or lets it go. With `overlap` its former key counts for a while longer;
    without (it may be lost, or in wrong hands) from now on no more."""
    retiring = {}
    step = kind
    if kind == "move":
        holder.endpoints = endpoints
    elif kind == "rotate":
        if overlap:
            retiring = {key.key_id: now + issuer.overlap for key in _keys(holder)}
        holder.keys, holder.proven = keys, overlap
    else:
        holder.state = moved(STEPS, "end", holder.state)
        note(session, holder.zone, "end", by, now, application_id=holder.id)
    session.flush()
    if kind == "leave" and delegating.holders(session, holder.zone):
        step = "part"
    if step == "leave":
        return take_step(session, issuer, holder.zone, step, by, now, application_id=application_id)
    left, told = delegating.with_holders(session, holder.zone)
    change = Change(left, told, retiring=retiring)
    return take_step(session, issuer, holder.zone, step, by, now, change, application_id=application_id)


def _end_all(session: Session, zone: str, by: By, now: datetime) -> None:
    for holder in delegating.holders(session, zone):
        holder.state = moved(STEPS, "end", holder.state)
        note(session, zone, "end", by, now, application_id=holder.id)
    session.flush()


def _check_returning(session: Session, zone: str, row: Application) -> None:
    """A zone that was left goes to nobody but who had it: labels with its numbers are out in the world."""
    there = zone_rows.find_delegation(session, zone)
    if there is None:
        return
    if there.state != "left":
        raise delegating.zone_taken(zone)
    former = rows.of_zone(session, zone, {"ended"}, {"join", "share"})
    if row.subject.get("id_number") not in {each.subject.get("id_number") for each in former}:
        raise delegating.zone_taken(zone)


def _keys(row: Application) -> tuple[PublicKey, ...]:
    return keys_of(row.keys) if row.keys else ()


def _endpoints(row: Application) -> tuple[Endpoint, ...]:
    return tuple(endpoint_of(wire) for wire in row.endpoints)
