"""Alerts as an organisation sees them: raised by the watch, looked into, closed; its rules, and whom it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import trouble
from app.domain.epcis import time_text
from app.domain.people import Actor
from app.domain.trouble import RULES, Point, Signal
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import auditing, webhooks
from app.store import alerts as rows
from app.store import watching
from app.store.tables import Alert, AlertRule, AlertTarget, PlacePosition, Site

OPEN, SEEN, CLOSED = "open", "seen", "closed"
TRUE, FALSE = "true", "false"  # endings of an alarm
STATES = {OPEN: N_("New"), SEEN: N_("Being looked into"), CLOSED: N_("Closed")}
ENDINGS = {TRUE: N_("There was trouble"), FALSE: N_("False alarm")}
SOURCE = "alerts"  # of the messages that tell of them
LONGEST_NOTE = 1_000
MOST_COUNT = 1_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How one rule stands: switched on, and its threshold."""

    active: bool
    threshold: float


# --- raised ---


def settings_of(session: Session, organisation_id: int) -> dict[str, Setting]:
    """Of every rule, as the organisation has set it or as it comes."""
    own = rows.rules(session, organisation_id)
    return {
        rule: Setting(own[rule].active, own[rule].threshold)
        if rule in own
        else Setting(active=True, threshold=known.threshold)
        for rule, known in RULES.items()
    }


def raise_one(session: Session, organisation_id: int, signal: Signal, now: datetime) -> bool:
    """True for a new alert, which is also sent on. One that is known is counted; when it was closed as true trouble it
    is open again, and as a false alarm it stays closed: somebody has looked, and said so."""
    row = rows.find(session, organisation_id, signal.rule, signal.key)
    evidence = orjson.dumps(signal.evidence).decode()
    if row is None:
        row = rows.add(
            session,
            Alert(
                organisation_id=organisation_id,
                rule=signal.rule,
                key=signal.key,
                subject=signal.subject[:300],
                evidence=evidence,
                event_time=signal.time,
                record_time=now,
                last_time=now,
            ),
        )
        _send(session, row, now)
        return True
    row.count, row.last_time = min(row.count + 1, MOST_COUNT), now
    if row.state == CLOSED and row.ending == FALSE:
        return False
    row.evidence, row.event_time = evidence, signal.time
    if row.state == CLOSED:
        row.state, row.ending, row.state_time = OPEN, "", now
        _send(session, row, now)
        return True
    return False


def _send(session: Session, row: Alert, now: datetime) -> None:
    """A full queue loses nothing: the alert itself stands on the page."""
    target = rows.target(session, row.organisation_id)
    if target is None:
        return
    body = orjson.dumps({"type": "suyuan-alert", **told(row)})
    try:
        webhooks.enqueue(
            session, row.organisation_id, target.url, body, now, token=target.sealed, source=SOURCE
        )
    except Refused:
        return


def told(row: Alert) -> dict[str, Any]:
    """As programs are told."""
    return {
        "id": row.id,
        "rule": row.rule,
        "subject": row.subject,
        "count": row.count,
        "state": row.state,
        "ending": row.ending,
        "note": row.note,
        "event_time": time_text(row.event_time),
        "record_time": time_text(row.record_time),
        "last_time": time_text(row.last_time),
        "evidence": orjson.loads(row.evidence),
    }


# --- looked into ---


def alerts(
    session: Session,
    actor: Actor,
    *,
    rule: str = "",
    closed: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> tuple[Sequence[Alert], int | None]:
    """The organisation's alerts, the newest first, and the number of the next page (None at the end)."""
    actor.require("browse")
    found = rows.page(session, actor.organisation_id, rule, closed, before, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def open_count(session: Session, actor: Actor) -> int:
    return rows.open_count(session, actor.organisation_id)


def tallies(session: Session, actor: Actor) -> dict[str, dict[str, int]]:
    """How many alerts of each rule there were, by their ending: what its false alarms are."""
    return rows.tallies(session, actor.organisation_id)


def alert_of(session: Session, actor: Actor, alert_id: int) -> Alert:
    actor.require("browse")
    row = rows.by_id(session, alert_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-alert", N_("There is no alert {id}."), N_("Look in the list of alerts."), id=alert_id
        )
    return row


def judge(
    session: Session, actor: Actor, alert_id: int, state: str, ending: str, note: str, now: datetime
) -> Alert:
    """Somebody looks into it, or closes it as TRUE or FALSE. Malformed `bad-alert-state`; Conflict `alert-closed` for
    two who close it differently."""
    actor.require("hold")
    row = alert_of(session, actor, alert_id)
    if state not in (SEEN, CLOSED) or (ending in ENDINGS) != (state == CLOSED) or len(note) > LONGEST_NOTE:
        raise Malformed(
            "bad-alert-state",
            N_("An alert is being looked into, or it is closed as trouble or as a false alarm."),
            N_("Choose one of these; a note has at most {most} characters."),
            most=LONGEST_NOTE,
        )
    if row.state == CLOSED and (state, ending) != (row.state, row.ending):
        raise Conflict(
            "alert-closed",
            N_("{name} has closed this alert already."),
            N_("Talk to each other; a new signal opens it again unless it was a false alarm."),
            name=row.operator_name,
        )
    row.state, row.ending, row.note = state, ending, note.strip()
    row.operator_name, row.state_time = actor.name, now
    what = "alert-closed" if state == CLOSED else "alert-seen"
    auditing.record(
        session, actor, what, now, subject=row.subject, detail=f"{row.rule} {ending} {note}".strip()
    )
    return row


# --- set ---


def set_rules(session: Session, actor: Actor, wanted: Mapping[str, Setting], now: datetime) -> None:
    """Malformed `unknown-rule`, `bad-threshold`."""
    actor.require("people")
    known = rows.rules(session, actor.organisation_id)
    for rule, setting in wanted.items():
        trouble.threshold(rule, setting.threshold)
        row = known.get(rule) or AlertRule(
            organisation_id=actor.organisation_id, rule=rule, threshold=setting.threshold
        )
        row.active, row.threshold = setting.active, setting.threshold
        session.add(row)
    session.flush()
    said = ", ".join(
        f"{rule} {setting.threshold:g}{'' if setting.active else ' off'}" for rule, setting in wanted.items()
    )
    auditing.record(session, actor, "alert-rules-changed", now, detail=said)


def target_of(session: Session, actor: Actor) -> AlertTarget | None:
    actor.require("people")
    return rows.target(session, actor.organisation_id)


def set_target(session: Session, actor: Actor, url: str, token: str, keys_dir: Path, now: datetime) -> None:
    """From now on new alerts are sent there; '' sends them nowhere. An empty token keeps the one there is."""
    actor.require("people")
    row = rows.target(session, actor.organisation_id)
    if not url:
        if row is not None:
            session.delete(row)
        webhooks.take_back(session, actor.organisation_id, SOURCE)
    else:
        webhooks.checked_url(url)
        row = row or AlertTarget(organisation_id=actor.organisation_id, url=url, record_time=now)
        row.url, row.record_time = url, now
        row.sealed = webhooks.sealed(token, keys_dir) if token else row.sealed
        session.add(row)
    session.flush()
    auditing.record(session, actor, "alert-target-changed", now, subject=url)


def places(session: Session, actor: Actor) -> list[tuple[Site, PlacePosition | None]]:
    """The organisation's places, with where they are as far as anybody said."""
    actor.require("browse")
    return watching.positions_of(session, actor.organisation_id)


def set_place(
    session: Session, actor: Actor, epc: str, position: Point | None, country: str, now: datetime
) -> None:
    """Where a place of the organisation is; None takes it back. Unknown for others' places, Malformed `bad-country`."""
    actor.require("master")
    if epc not in {site.epc for site, _ in watching.positions_of(session, actor.organisation_id)}:
        raise Unknown(
            "unknown-site", N_("There is no site {site} of yours."), N_("Choose one of yours."), site=epc
        )
    row = session.get(PlacePosition, epc)
    if position is None:
        if row is not None:
            session.delete(row)
    else:
        found = row or PlacePosition(
            epc=epc, organisation_id=actor.organisation_id, latitude=0, longitude=0, record_time=now
        )
        found.latitude, found.longitude = position.latitude, position.longitude
        found.country, found.record_time = trouble.country_of(country), now
        session.add(found)
    session.flush()
    where = f"{position.latitude:g} {position.longitude:g} {country}" if position else ""
    auditing.record(session, actor, "place-located", now, subject=epc, detail=where.strip())


def names_of(session: Session, alerts: Sequence[Alert]) -> dict[str, Site]:
    """The places that evidence names, which are the organisation's own."""
    evidence = [orjson.loads(row.evidence) for row in alerts]
    epcs = {each["place"] for found in evidence for each in found.get("sightings", ()) if each.get("place")}
    return watching.site_names(session, epcs)
