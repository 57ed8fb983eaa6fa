"""Named queries of a company, and subscriptions: who is sent what they find, and when (see subscription_turns)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.domain.epcis import queries, schedules
from app.domain.epcis.queries import Query
from app.domain.epcis.query_values import is_text, moment_of
from app.domain.epcis.schedules import BadControls
from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Refused
from app.services import webhooks
from app.services.querying import CHECK_IT, NOT_HERE, NoSuchName
from app.store import log, tables
from app.store import subscriptions as rows

MOST_QUERIES, MOST_SUBSCRIPTIONS = 1_000, 200  # of one company
LONGEST_NAME = 200
OUT_OF_ORDER = timedelta(minutes=5)  # how far times of recording may be from the order of the log
_KNOWN = {"dest", "signatureToken", "secret", "reportIfEmpty", "initialRecordTime", "stream", "schedule"}
_IGNORED = {"subscriptionID", "createdAt", "queryName"}  # what a subscription that was read back says as well


@dataclass(frozen=True, slots=True)
class NamedQuery:
    name: str
    query: Query
    created: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """`schedule` is empty when it is told at once (`stream`). `error` is the code of why its last turn failed."""

    subscription_id: str
    query_name: str
    dest: str
    created: datetime
    initial_record_time: datetime | None
    schedule: Mapping[str, str]
    report_if_empty: bool
    last_turn: datetime | None = None
    told: int = 0
    error: str = ""

    @property
    def stream(self) -> bool:
        return not self.schedule

    @property
    def min_record_time(self) -> datetime:
        """Events recorded before are not told."""
        return self.initial_record_time or self.created


def source_of(row: tables.Subscription) -> str:
    """How the queue of messages knows whose they are."""
    return f"subscription:{row.id}"


# --- named queries ---


def create_query(
    session: Session,
    actor: Actor,
    name: str,
    parameters: Mapping[str, Any],
    namespaces: Mapping[str, str],
    now: datetime,
) -> NamedQuery:
    """Raises BadQuery for what is no query, Conflict for a name that is taken, Refused when there are too many."""
    actor.require("trace")
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise Malformed(
            "bad-query-name",
            N_("“{name}” cannot be the name of a query."),
            N_("Use up to {most} characters on one line."),
            name=name[:100],
            most=LONGEST_NAME,
        )
    query = queries.parse(parameters, namespaces)
    if rows.query(session, actor.organisation_id, name) is not None:
        raise Conflict(
            "query-exists",
            N_("There is a query “{name}” already."),
            N_("Remove it, or take another name."),
            name=name,
        )
    if rows.count(session, tables.NamedQuery, actor.organisation_id) >= MOST_QUERIES:
        _too_many(MOST_QUERIES)
    row = tables.NamedQuery(
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        name=name,
        parameters=dict(parameters),
        namespaces=dict(namespaces),
        record_time=now,
    )
    rows.add(session, row)
    return NamedQuery(name, query, now)


def query_of(session: Session, actor: Actor, name: str) -> NamedQuery:
    return _named(_query_row(session, actor, name))


def queries_of(session: Session, actor: Actor, token: str, per_page: int) -> tuple[list[NamedQuery], str]:
    """By name; the token is the last one's."""
    actor.require("trace")
    found = rows.queries(session, actor.organisation_id, token if is_text(token) else "", per_page + 1)
    shown = [_named(row) for row in found[:per_page]]
    return shown, shown[-1].name if len(found) > per_page else ""


def remove_query(session: Session, actor: Actor, name: str) -> None:
    """Its subscriptions end with it, and nothing of them is sent any more."""
    row = _query_row(session, actor, name)
    for subscription, _ in rows.subscriptions(
        session, actor.organisation_id, row.id, 0, MOST_SUBSCRIPTIONS + 1
    ):
        webhooks.take_back(session, actor.organisation_id, source_of(subscription))
    rows.remove_query(session, row)


# --- subscriptions ---


def subscribe(
    session: Session,
    actor: Actor,
    name: str,
    body: Mapping[str, Any],
    formats: Mapping[str, str],
    keys_dir: Path,
    now: datetime,
) -> Subscription:
    """Has what the query finds from now on, or from initialRecordTime on, sent to `dest`.

    Raises BadControls for controls that contradict each other or the standard, Malformed for an address or token that
    cannot be, Unknown for a query that is not there.
    """
    actor.require("master")
    query = _query_row(session, actor, name)
    schedule, since = _controls(body)
    token = body.get("signatureToken", body.get("secret", ""))
    dest = body.get("dest")
    if not isinstance(dest, str) or not isinstance(token, str):
        raise _bad("dest" if isinstance(token, str) else "signatureToken")
    webhooks.checked_url(dest)
    if rows.count(session, tables.Subscription, actor.organisation_id) >= MOST_SUBSCRIPTIONS:
        _too_many(MOST_SUBSCRIPTIONS)
    size = log.size(session)
    row = tables.Subscription(
        id=secrets.token_hex(16),
        organisation_id=actor.organisation_id,
        operator_id=actor.operator_id,
        query_id=query.id or 0,
        url=dest,
        token=webhooks.sealed(token, keys_dir),
        schedule=schedule,
        report_if_empty=bool(body.get("reportIfEmpty", False)),
        formats=dict(formats),
        since=since,
        next_seq=size if since is None else rows.first_recorded(session, since - OUT_OF_ORDER, size),
        due=schedules.parse(schedule).after(now) if schedule else now,
        record_time=now,
    )
    rows.add(session, row)
    return _told(row, query)


def subscription_of(session: Session, actor: Actor, name: str, subscription_id: str) -> Subscription:
    return _told(*_subscription_row(session, actor, name, subscription_id))


def subscriptions_of(
    session: Session, actor: Actor, name: str, token: str, per_page: int
) -> tuple[list[Subscription], str]:
    """Of one query or, with the name "", of all, in the order they were made."""
    actor.require("trace")
    query_id = _query_row(session, actor, name).id if name else None
    after = int(token) if token.isdecimal() and len(token) < 18 else 0
    found = rows.subscriptions(session, actor.organisation_id, query_id, after, per_page + 1)
    shown = found[:per_page]
    return [_told(*pair) for pair in shown], str(shown[-1][0].number) if len(found) > per_page else ""


def unsubscribe(session: Session, actor: Actor, name: str, subscription_id: str) -> None:
    """Ends it; what waits to be sent is not sent any more."""
    actor.require("master")
    row, _ = _subscription_row(session, actor, name, subscription_id)
    webhooks.take_back(session, actor.organisation_id, source_of(row))
    rows.remove(session, row)


def _controls(body: Mapping[str, Any]) -> tuple[dict[str, str], datetime | None]:
    """The schedule ({} for at once) and initialRecordTime."""
    if unknown := sorted(set(body) - _KNOWN - _IGNORED):
        raise _bad(unknown[0])
    for name in ("stream", "reportIfEmpty"):
        if not isinstance(body.get(name, False), bool):
            raise _bad(name)
    schedule, stream = body.get("schedule"), body.get("stream", False)
    if schedule is not None and not isinstance(schedule, Mapping):
        raise _bad("schedule")
    if bool(stream) == (schedule is not None):
        raise BadControls(
            "stream-or-schedule",
            N_("A subscription needs “stream” or a “schedule”, and not both."),
            N_('Say {{"stream": true}} to be told at once, or when to ask: {{"schedule": {{"hour": "8"}}}}.'),
        )
    if schedule is not None:
        schedules.parse(schedule)
    since = body.get("initialRecordTime")
    if since is not None and (since := moment_of(since)) is None:
        raise _bad("initialRecordTime")
    return {key: str(value) for key, value in (schedule or {}).items()}, since


def _query_row(session: Session, actor: Actor, name: str) -> tables.NamedQuery:
    actor.require("trace")
    row = rows.query(session, actor.organisation_id, name) if is_text(name) else None
    if row is None:
        raise NoSuchName("unknown-query", NOT_HERE, CHECK_IT, name=name[:200])
    return row


def _subscription_row(
    session: Session, actor: Actor, name: str, subscription_id: str
) -> tuple[tables.Subscription, tables.NamedQuery]:
    query = _query_row(session, actor, name)
    known = is_text(subscription_id)
    row = rows.subscription(session, actor.organisation_id, subscription_id) if known else None
    if row is None or row.query_id != query.id:
        raise NoSuchName("unknown-subscription", NOT_HERE, CHECK_IT, name=subscription_id[:200])
    return row, query


def _named(row: tables.NamedQuery) -> NamedQuery:
    return NamedQuery(row.name, queries.parse(row.parameters, row.namespaces), row.record_time)


def _told(row: tables.Subscription, query: tables.NamedQuery) -> Subscription:
    return Subscription(
        row.id, query.name, row.url, row.record_time, row.since, row.schedule, row.report_if_empty,
        row.last_turn, row.told, row.error,
    )  # fmt: skip


def _bad(name: str) -> BadControls:
    return BadControls(
        "bad-subscription",
        N_("“{field}” of the subscription is missing, unknown, or not of the right kind."),
        N_("Send dest, signatureToken, and stream or schedule."),
        field=name[:60],
    )


def _too_many(most: int) -> None:
    raise Refused(
        "too-many-queries",
        N_("Your company has {most} of them already."),
        N_("Remove those that nobody needs any more."),
        most=most,
    )
