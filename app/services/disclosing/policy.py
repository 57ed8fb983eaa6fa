"""A company's rules of disclosure, and who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import disclosure
from app.domain.disclosure import Introduction, Rule
from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import auditing
from app.store import browsing, masterdata
from app.store import disclosure as rows
from app.store.tables import DisclosureRequest, DisclosureRule

MOST_RULES = 500


@dataclass(frozen=True, slots=True)
class Asker:
    """The zone that asks, proven by its signature, and the verified words of those who stand between us and it."""

    zone: str
    introductions: tuple[Introduction, ...] = ()


def rules(session: Session, actor: Actor) -> Sequence[DisclosureRule]:
    actor.require("browse")
    return rows.rules(session, actor.organisation_id)


def general_policy(session: Session, actor: Actor, now: datetime) -> Mapping[str, str]:
    """For whom each kind of thing is at the moment, rules for single companies apart."""
    held = disclosure.in_force(rules_of(session, actor.organisation_id), now)
    sharing = browsing.organisation(session, actor.organisation_id).sharing
    return {what: disclosure.audience_of(what, held, sharing) for what in disclosure.WHAT}


def add_rule(
    session: Session,
    actor: Actor,
    what: str,
    audience: str,
    now: datetime,
    *,
    party: str = "",
    until: datetime | None = None,
) -> DisclosureRule:
    """From now on, until `until`. A rule for one company names one that is known here."""
    actor.require("master")
    made = disclosure.rule(what, audience, party, until)
    if party and masterdata.organisation_by_prefix(session, party) is None:
        raise Unknown(
            "unknown-partner",
            N_("There is no company {prefix} here."),
            N_("Add it as a partner first."),
            prefix=party,
            field="party",
        )
    row = DisclosureRule(
        organisation_id=actor.organisation_id,
        what=made.what,
        audience=made.audience,
        party=made.party,
        until=made.until,
        record_time=now,
    )
    rows.add(session, row)
    auditing.record(session, actor, "disclosure-rule-added", now, subject=what, detail=_told(row))
    return row


def remove_rule(session: Session, actor: Actor, rule_id: int, now: datetime) -> None:
    """What is disclosed was disclosed; from now on the rules that are left hold."""
    actor.require("master")
    row = rows.rule(session, rule_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise Unknown("unknown-disclosure-rule", N_("There is no such rule."), N_("Choose one of the list."))
    auditing.record(session, actor, "disclosure-rule-removed", now, subject=row.what, detail=_told(row))
    rows.remove_rule(session, row)


def requests(session: Session, actor: Actor, limit: int = 50) -> Sequence[DisclosureRequest]:
    """Who asked this node, newest first: for people of the company that runs it; after whose things is not said."""
    actor.require("browse")
    return rows.requests(session, limit) if actor.node else ()


def rules_of(session: Session, organisation_id: int) -> list[Rule]:
    return [
        Rule(row.what, row.audience, row.party, row.until) for row in rows.rules(session, organisation_id)
    ]


def _told(row: DisclosureRule) -> str:
    until = f" until {row.until:%Y-%m-%d}" if row.until else ""
    return f"{row.audience} {row.party}".strip() + until
