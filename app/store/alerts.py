"""Rows of alerts, of the rules that look for them, and of whom they are sent to."""

from collections.abc import Sequence

from sqlalchemy import func, literal_column, select
from sqlmodel import Session, col

from app.store.tables import Alert, AlertRule, AlertTarget

_UNCLOSED = col(Alert.state) != literal_column("'closed'")  # as the partial index says it


def find(session: Session, organisation_id: int, rule: str, key: str) -> Alert | None:
    same = (col(Alert.organisation_id) == organisation_id, col(Alert.rule) == rule, col(Alert.key) == key)
    return session.execute(select(Alert).where(*same)).scalar_one_or_none()


def by_id(session: Session, alert_id: int) -> Alert | None:
    return session.get(Alert, alert_id)


def add(session: Session, row: Alert) -> Alert:
    session.add(row)
    session.flush()
    return row


def page(
    session: Session, organisation_id: int, rule: str, closed: bool, before: int | None, limit: int
) -> Sequence[Alert]:
    """The newest first; `rule` '' for all, `closed` for those that are over."""
    query = select(Alert).where(
        col(Alert.organisation_id) == organisation_id, col(Alert.state) == "closed" if closed else _UNCLOSED
    )
    if rule:
        query = query.where(col(Alert.rule) == rule)
    if before is not None:
        query = query.where(col(Alert.id) < before)
    return session.execute(query.order_by(col(Alert.id).desc()).limit(limit)).scalars().all()


def open_count(session: Session, organisation_id: int) -> int:
    query = select(func.count()).select_from(Alert)
    return int(
        session.execute(query.where(col(Alert.organisation_id) == organisation_id, _UNCLOSED)).scalar_one()
    )


def tallies(session: Session, organisation_id: int) -> dict[str, dict[str, int]]:
    """How many of each rule, by how they ended ('' for those that have not)."""
    query = (
        select(col(Alert.rule), col(Alert.ending), func.count())
        .where(col(Alert.organisation_id) == organisation_id)
        .group_by(col(Alert.rule), col(Alert.ending))
    )
    found: dict[str, dict[str, int]] = {}
    for rule, ending, count in session.execute(query):
        found.setdefault(rule, {})[ending] = count
    return found


def rules(session: Session, organisation_id: int) -> dict[str, AlertRule]:
    query = select(AlertRule).where(col(AlertRule.organisation_id) == organisation_id)
    return {row.rule: row for row in session.execute(query).scalars()}


def target(session: Session, organisation_id: int) -> AlertTarget | None:
    return session.get(AlertTarget, organisation_id)
