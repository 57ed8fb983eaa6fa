"""The audit trail: who did what besides scanning. Rows are added and never changed; the database refuses."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_
from app.store import people
from app.store.tables import Audit

ACTIONS = {
    "sign-in": N_("Signed in"),
    "sign-out-everywhere": N_("Signed out everywhere"),
    "password-changed": N_("Changed the password"),
    "invitation-accepted": N_("Accepted an invitation"),
    "node-set-up": N_("Set up the node"),
    "person-invited": N_("Invited a person"),
    "person-changed": N_("Changed a person's role or places"),
    "person-reset": N_("Reset a person's password"),
    "person-deactivated": N_("Deactivated a person"),
    "person-activated": N_("Activated a person"),
    "key-created": N_("Created an API key"),
    "key-revoked": N_("Revoked an API key"),
    "organisation-created": N_("Created an organisation"),
    "organisation-changed": N_("Changed an organisation"),
    "site-created": N_("Created a site"),
    "site-changed": N_("Changed a site"),
    "product-created": N_("Created a product"),
    "product-changed": N_("Changed a product"),
    "handle-admin-created": N_("Created a handle administrator"),
    "handle-admin-rotated": N_("Gave a handle administrator a new secret"),
    "handle-admin-removed": N_("Took a handle administrator's rights away"),
    "template-created": N_("Created a template"),
    "template-changed": N_("Made a new version of a template"),
    "template-retired": N_("Retired a template"),
    "template-restored": N_("Brought a template back"),
    "label-template-created": N_("Made a label template"),
    "label-template-changed": N_("Saved a new version of a label template"),
    "label-template-retired": N_("Put a label template aside"),
    "label-template-restored": N_("Brought a label template back"),
    "prefix-allotted": N_("Allotted a prefix"),
    "prefix-changed": N_("Changed an allotted prefix"),
    "range-reserved": N_("Reserved a range for a supplier"),
    "range-changed": N_("Changed a reserved range"),
    "label-stock-created": N_("Added label stock"),
    "label-stock-changed": N_("Changed label stock"),
    "label-stock-withdrawn": N_("Withdrew label stock"),
    "label-stock-calibrated": N_("Corrected where print lies on label stock"),
    "printer-created": N_("Added a printer"),
    "printer-changed": N_("Changed a printer"),
    "link-created": N_("Made a link"),
    "link-changed": N_("Changed a link"),
    "link-removed": N_("Removed a link"),
    "partner-added": N_("Added a company of another node"),
    "disclosure-rule-added": N_("Said what others are told"),
    "disclosure-rule-removed": N_("Took back what others are told"),
    "alias-added": N_("Added an alias"),
    "alias-removed": N_("Removed an alias"),
    "log-partner-named": N_("Named a partner who signs the log"),
    "log-partner-dropped": N_("Took a partner who signs the log off the list"),
    "alert-seen": N_("Began to look into an alert"),
    "alert-closed": N_("Closed an alert"),
    "alert-rules-changed": N_("Changed the rules of alerts"),
    "alert-target-changed": N_("Changed where alerts are sent"),
    "place-located": N_("Said where a place is"),
    "fault-reported": N_("Wrote a fault down"),
    "fault-ended": N_("Wrote down that a fault is over"),
    "zone-take": N_("Took up an application for a zone"),
    "zone-check": N_("Asked the node of who applies for a zone"),
    "zone-return": N_("Sent an application for a zone back"),
    "zone-refuse": N_("Refused an application for a zone"),
    "zone-approve": N_("Approved an application for a zone"),
    "zone-delegate": N_("Handed out a zone"),
    "zone-share": N_("Added a node to a zone"),
    "zone-move": N_("Changed a zone's address"),
    "zone-rotate": N_("Changed a zone's key"),
    "zone-part": N_("Took a node out of a zone"),
    "zone-suspend": N_("Suspended a zone"),
    "zone-resume": N_("Resumed a zone"),
    "zone-leave": N_("Ended a zone at its holder's wish"),
    "zone-revoke": N_("Took a zone back"),
    "zone-end": N_("Ended a node's part in a zone"),
    "rule-changed": N_("Set a rule of custody"),
    "recall-started": N_("Began a recall"),
    "recall-exercised": N_("Began an exercise of a recall"),
    "recall-held": N_("Put what a recall reaches on hold"),
    "recall-released": N_("Released what a recall had on hold"),
    "recall-notice": N_("Changed the notice of a recall"),
    "recall-signed": N_("Signed an exercise of a recall"),
    "recall-closed": N_("Closed a recall"),
    "recall-cancelled": N_("Cancelled a recall"),
    "zone-applied": N_("Applied for our zone at the node above"),
    "zone-changed": N_("Asked the node above for a change of our zone"),
}


def record(
    session: Session, actor: Actor, action: str, now: datetime, *, subject: str = "", detail: str = ""
) -> None:
    """One line of the trail of the actor's organisation, in the caller's transaction."""
    record_of(
        session,
        actor.organisation_id,
        actor.operator_id,
        actor.name,
        action,
        now,
        subject=subject,
        detail=detail,
    )


def record_of(
    session: Session,
    organisation_id: int,
    operator_id: int,
    name: str,
    action: str,
    now: datetime,
    *,
    subject: str = "",
    detail: str = "",
) -> None:
    """The same for a person who is only just becoming an actor."""
    session.add(
        Audit(
            organisation_id=organisation_id,
            operator_id=operator_id,
            operator_name=name,
            action=action,
            subject=subject[:300],
            detail=detail[:2000],
            record_time=now,
        )
    )
    session.flush()


def trail(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = 50
) -> tuple[Sequence[Audit], int | None]:
    """The organisation's trail, newest first, and the key of the next page (None at the end)."""
    actor.require("audit")
    rows = people.audits(session, actor.organisation_id, before, limit + 1)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
