"""When a node below stays down: whether it does, by the share of probes that failed, and another node in its place.

The docking guide lets the node above act when at least 51 % of the probes in the given time found it down. Nothing is
taken over by itself: a person decides, and hands back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.delegations import Endpoint
from app.domain.trust import PublicKey
from app.errors import N_, Refused
from app.services import delegating, incidents
from app.services.delegating import By, Change, Issuer
from app.store import probes as rows
from app.store.tables import Delegation

SHARE = 0.51
FEWEST = 10  # attempts, a minute apart: what the given time is
WELL_AGAIN = 3  # answers in a row
CAUSE = "probes:"  # begins the cause of faults that were noticed here, and by nobody


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of all recent attempts to reach a zone's nodes."""

    attempts: int
    failed: int
    newest: str

    @property
    def is_down(self) -> bool:
        return self.attempts >= FEWEST and self.failed >= SHARE * self.attempts

    @property
    def is_well(self) -> bool:
        return self.newest == "+" * WELL_AGAIN


def judged(session: Session, zone: str) -> Judgement:
    found = rows.of_zone(session, zone)
    recent = "".join(row.recent for row in found)
    newest = max((row.recent[-WELL_AGAIN:] for row in found), key=lambda each: each.count("+"), default="")
    return Judgement(len(recent), recent.count("-"), newest)


def noted(session: Session, zone: str, endpoint: str, now: datetime, *, well: bool) -> None:
    """One attempt; begins a fault when the zone is down by now, and ends it when it is well again."""
    rows.note(session, zone, endpoint, now, well=well)
    verdict = judged(session, zone)
    standing = [fault for fault in incidents.standing(session, zone) if fault.cause.startswith(CAUSE)]
    if verdict.is_down and not standing:
        cause = f"{CAUSE} {verdict.failed} of {verdict.attempts} failed"
        incidents.begin(session, zone, cause, incidents.NETWORK, now)
    elif verdict.is_well:
        for fault in standing:
            incidents.end(session, fault, now)


def take_over(
    session: Session, issuer: Issuer, zone: str, url: str, key: PublicKey, by: By, now: datetime
) -> Delegation:
    """States that the zone is answered for at `url` with `key`; its own keys still count, for what they signed.

    Refused `not-down` while the probes do not say that it stays down, `key-is-known` when the key is its own.
    """
    verdict = judged(session, zone)
    if not verdict.is_down:
        raise Refused(
            "not-down",
            N_(
                "{failed} of the last {attempts} probes of {zone} failed; that is not enough to take it over."
            ),
            N_("It takes 51 in a hundred, and at least {fewest} probes."),
            failed=verdict.failed,
            attempts=verdict.attempts,
            zone=zone,
            fewest=FEWEST,
        )
    told = delegating.told_by(_known(session, zone))
    if key in told.keys:
        raise Refused(
            "key-is-known",
            N_("This is a key of the node that is to be stood in for."),
            N_("Name the key of the node that stands in."),
        )
    change = Change(keys=(key, *told.keys), endpoints=(Endpoint(url=url),))
    return delegating.take_step(session, issuer, zone, "move", by, now, change, reason=f"take-over: {url}")


def hand_back(session: Session, issuer: Issuer, zone: str, by: By, now: datetime) -> Delegation:
    """Keys and addresses as those who hold the zone had them approved. Refused `nobody-to-hand-back-to`."""
    _known(session, zone)
    keys, endpoints = delegating.with_holders(session, zone)
    if not keys or not endpoints:
        raise Refused(
            "nobody-to-hand-back-to",
            N_("No node that holds {zone} is known by an application."),
            N_("Let its node ask for its address with its own key."),
            zone=zone,
        )
    change = Change(keys=keys, endpoints=endpoints)
    return delegating.take_step(session, issuer, zone, "move", by, now, change, reason="handed back")


def _known(session: Session, zone: str) -> Delegation:
    row = delegating.rows.find_delegation(session, zone)
    if row is None:
        raise delegating.unknown_zone(zone)
    return row


def due(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """(zone, address) to be asked next."""
    return rows.due(session, limit)


def forget_others(session: Session, places: Sequence[tuple[str, str]]) -> None:
    """What was noted of addresses that nobody has any more."""
    rows.keep_only(session, places)
