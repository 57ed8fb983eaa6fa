"""Allotting prefixes to organisations: one may hold several; administrators of the node give, suspend, take back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.domain import identifiers, industries
from app.domain.people import Actor
from app.errors import N_, Conflict, Forbidden, Malformed, Refused, Unknown
from app.services import auditing
from app.store import allotments as rows
from app.store.tables import Allotment, Organisation

STATES = {"active": N_("Active"), "suspended": N_("Suspended"), "returned": N_("Returned")}
LARGEST_QUOTA = 10**12


def allot(
    session: Session,
    actor: Actor,
    organisation_id: int,
    prefix: str,
    now: datetime,
    *,
    industry: str = "",
    quota: int | None = None,
) -> Allotment:
    """One more prefix for an organisation; only for administrators of the node. A prefix has one holder for ever."""
    require_node(actor)
    prefix = _checked_prefix(prefix)
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise Unknown("unknown-organisation", N_("There is no such organisation."), field="organisation")
    if rows.by_prefix(session, prefix):
        raise prefix_taken(prefix)
    allotment = Allotment(
        prefix=prefix,
        organisation_id=organisation_id,
        industry=industries.industry(industry),
        quota=_quota(quota),
        used=rows.names_under(session, prefix) if quota is not None else 0,
        record_time=now,
    )
    session.add(allotment)
    session.flush()
    _audit(session, actor, allotment, "prefix-allotted", now, organisation.prefix)
    return allotment


def change(
    session: Session,
    actor: Actor,
    allotment_id: int,
    now: datetime,
    *,
    state: str,
    industry: str = "",
    quota: int | None = None,
) -> Allotment:
    """Suspends, returns or reinstates a prefix, or sets its quota. Names that exist keep resolving."""
    require_node(actor)
    found = session.get(Allotment, allotment_id)
    allotment = rows.locked(session, found.prefix) if found else None
    if allotment is None:
        raise unknown_allotment()
    if state not in STATES:
        raise Malformed(
            "unknown-state",
            N_("There is no state '{state}'."),
            N_("Known: {known}."),
            state=state[:40],
            known=", ".join(STATES),
            field="state",
        )
    organisation = session.get_one(Organisation, allotment.organisation_id)
    if state == "returned" and organisation.prefix == allotment.prefix:
        raise Refused(
            "own-prefix-stays",
            N_("{prefix} is what the organisation is called by; it cannot be returned."),
            N_("Suspend it, or deactivate the organisation."),
            prefix=allotment.prefix,
            field="state",
        )
    allotment.state, allotment.industry, allotment.quota = state, industries.industry(industry), _quota(quota)
    allotment.used = rows.names_under(session, allotment.prefix) if quota is not None else 0
    session.flush()
    detail = f"{state}, {'—' if quota is None else quota}"
    _audit(session, actor, allotment, "prefix-changed", now, detail)
    return allotment


def allotments(
    session: Session, actor: Actor, *, after: str = "", limit: int = 50
) -> tuple[list[tuple[Allotment, Organisation]], str]:
    """One's own prefixes, or all for administrators of the node, by prefix; and the key of the next page."""
    actor.require("browse")
    own = None if _decides(actor) else actor.organisation_id
    found = rows.page(session, own, after, limit + 1)
    return found[:limit], found[limit - 1][0].prefix if len(found) > limit else ""


def allotment_of(session: Session, actor: Actor, allotment_id: int) -> Allotment:
    """One's own, or any for administrators of the node; Unknown for the others."""
    actor.require("browse")
    found = session.get(Allotment, allotment_id)
    if found is None or not (_decides(actor) or found.organisation_id == actor.organisation_id):
        raise unknown_allotment()
    return found


def names_under(session: Session, found: Sequence[Allotment]) -> dict[str, int]:
    """How many names each of these prefixes holds."""
    return {row.prefix: rows.names_under(session, row.prefix) for row in found}


def prefix_taken(prefix: str) -> Conflict:
    return Conflict(
        "prefix-taken",
        N_("The prefix {prefix} belongs to another organisation."),
        N_("Check the number."),
        prefix=prefix,
        field="prefix",
    )


def unknown_allotment() -> Unknown:
    return Unknown(
        "unknown-prefix", N_("There is no such prefix."), N_("Choose one from the list of prefixes.")
    )


def _checked_prefix(text: str) -> str:
    try:
        return identifiers.check_prefix(text)
    except Malformed as error:
        error.values["field"] = "prefix"
        raise


def _quota(quota: int | None) -> int | None:
    if quota is not None and not 0 <= quota <= LARGEST_QUOTA:
        raise Malformed(
            "bad-quota",
            N_("{quota} cannot be a quota."),
            N_("Enter a number from 0 to {most}, or leave it empty for no limit."),
            quota=quota,
            most=LARGEST_QUOTA,
            field="quota",
        )
    return quota


def _audit(
    session: Session, actor: Actor, allotment: Allotment, action: str, now: datetime, detail: str
) -> None:
    """In the trail of the node's company and in that of the company it concerns."""
    for organisation_id in {actor.organisation_id, allotment.organisation_id}:
        auditing.record_of(
            session, organisation_id, actor.operator_id, actor.name, action, now,
            subject=allotment.prefix, detail=detail,
        )  # fmt: skip


def _decides(actor: Actor) -> bool:
    return actor.node and actor.may("people")


def require_node(actor: Actor) -> None:
    actor.require("people")
    if not actor.node:
        raise Forbidden(
            "not-the-node",
            N_("Only administrators of the company that runs this node may allot prefixes."),
            N_("Ask them to do it for you."),
        )
