"""Rows of operators, sign-ins, keys, invitations, attempts and the audit trail."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, select, update
from sqlmodel import Session, col

from app.store.tables import (
    ApiKey,
    Attempt,
    Audit,
    Invitation,
    Operator,
    OperatorSite,
    Organisation,
    SignIn,
    Site,
)
from app.store.types import UtcDateTime

_PERSON: tuple[Any, ...] = (
    col(Operator.id).label("operator_id"),
    col(Operator.organisation_id),
    col(Organisation.prefix),
    col(Operator.name),
    col(Operator.role),
    col(Operator.language),
    col(Organisation.runs_node),
    col(Site.epc).label("place"),
)


def person_by_token(session: Session, token_hash: str, now: datetime) -> Sequence[Row]:
    """One SELECT for a signed-in browser: a row for each place the person is bound to, one with place None for none."""
    return session.execute(_by_token(), {"token_hash": token_hash, "now": now}).all()


def person_by_key(session: Session, key_hash: str) -> Sequence[Row]:
    """The same for an API key."""
    return session.execute(_by_key(), {"key_hash": key_hash}).all()


def person_by_id(session: Session, operator_id: int) -> Sequence[Row]:
    query = _person(None, (col(Operator.id) == operator_id,), col(Operator.record_time))
    return session.execute(query).all()


@cache
def _by_token() -> Select[Any]:
    """Built once, like the next: every request begins with one of them."""
    conditions = (
        col(SignIn.token_hash) == bindparam("token_hash"),
        col(SignIn.expires) > bindparam("now", type_=UtcDateTime),
    )
    return _person(SignIn, conditions, col(SignIn.expires))


@cache
def _by_key() -> Select[Any]:
    conditions = (col(ApiKey.key_hash) == bindparam("key_hash"), col(ApiKey.active))
    return _person(ApiKey, conditions, col(ApiKey.last_used))


def _person(proof: type[SignIn] | type[ApiKey] | None, conditions: Iterable[Any], seen: Any) -> Select[Any]:
    query = select(*_PERSON, seen.label("seen")).select_from(Operator)
    if proof is not None:
        query = query.join(proof, col(proof.operator_id) == col(Operator.id))
    return (
        query.join(Organisation, col(Organisation.id) == col(Operator.organisation_id))
        .outerjoin(OperatorSite, col(OperatorSite.operator_id) == col(Operator.id))
        .outerjoin(Site, col(Site.id) == col(OperatorSite.site_id))
        .where(*conditions, col(Operator.active), col(Organisation.active))
    )


def operator_by_login(session: Session, login: str) -> Operator | None:
    return session.execute(select(Operator).where(col(Operator.login) == login)).scalar_one_or_none()


def operators(session: Session, organisation_id: int) -> Sequence[Operator]:
    query = select(Operator).where(col(Operator.organisation_id) == organisation_id)
    return (
        session.execute(query.order_by(col(Operator.active).desc(), col(Operator.name), col(Operator.id)))
        .scalars()
        .all()
    )


def any_operator(session: Session) -> bool:
    return session.execute(select(col(Operator.id)).limit(1)).first() is not None


def other_administrators(session: Session, organisation_id: int, operator_id: int) -> int:
    """How many active administrators with a password the organisation has besides this one."""
    query = select(func.count()).where(
        col(Operator.organisation_id) == organisation_id,
        col(Operator.role) == "administrator",
        col(Operator.active),
        col(Operator.password_hash) != "",
        col(Operator.id) != operator_id,
    )
    return int(session.execute(query).scalar_one())


def site_ids_of(session: Session, operator_ids: Iterable[int]) -> dict[int, list[int]]:
    query = select(col(OperatorSite.operator_id), col(OperatorSite.site_id)).where(
        col(OperatorSite.operator_id).in_(list(operator_ids))
    )
    found: dict[int, list[int]] = {}
    for operator_id, site_id in session.execute(query):
        found.setdefault(operator_id, []).append(site_id)
    return found


def bind_places(session: Session, operator_id: int, site_ids: Iterable[int]) -> None:
    session.execute(delete(OperatorSite).where(col(OperatorSite.operator_id) == operator_id))
    session.add_all(
        OperatorSite(operator_id=operator_id, site_id=site_id) for site_id in sorted(set(site_ids))
    )
    session.flush()


def attempts(session: Session, key: str, since: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Attempt)
        .where(col(Attempt.key) == key, col(Attempt.record_time) > since)
    )
    return int(session.execute(query).scalar_one())


def drop_attempts(
    session: Session, key: str | None = None, ids: Iterable[int] = (), before: datetime | None = None
) -> None:
    if key is not None:
        session.execute(delete(Attempt).where(col(Attempt.key) == key))
    if taken := list(ids):
        session.execute(delete(Attempt).where(col(Attempt.id).in_(taken)))
    if before is not None:
        session.execute(delete(Attempt).where(col(Attempt.record_time) < before))


def drop_sign_ins(session: Session, *, token_hash: str = "", operator_id: int = 0, but: str = "") -> None:
    """One by its hash, or all of an operator (but one)."""
    where = col(SignIn.token_hash) == token_hash if token_hash else col(SignIn.operator_id) == operator_id
    session.execute(delete(SignIn).where(where, col(SignIn.token_hash) != but))


def drop_expired(session: Session, now: datetime) -> None:
    session.execute(delete(SignIn).where(col(SignIn.expires) <= now))


def sign_ins(session: Session, operator_id: int, now: datetime) -> Sequence[SignIn]:
    query = select(SignIn).where(col(SignIn.operator_id) == operator_id, col(SignIn.expires) > now)
    return session.execute(query.order_by(col(SignIn.record_time).desc())).scalars().all()


def prolong(session: Session, token_hash: str, expires: datetime) -> None:
    session.execute(update(SignIn).where(col(SignIn.token_hash) == token_hash).values(expires=expires))


def invitation(session: Session, token_hash: str, now: datetime) -> Invitation | None:
    query = select(Invitation).where(
        col(Invitation.token_hash) == token_hash,
        col(Invitation.used).is_(False),
        col(Invitation.expires) > now,
    )
    return session.execute(query).scalar_one_or_none()


def use_up_invitations(session: Session, operator_id: int | None) -> None:
    mine = (
        col(Invitation.operator_id).is_(None)
        if operator_id is None
        else col(Invitation.operator_id) == operator_id
    )
    session.execute(update(Invitation).where(mine).values(used=True))


def api_keys(session: Session, operator_id: int) -> Sequence[ApiKey]:
    query = select(ApiKey).where(col(ApiKey.operator_id) == operator_id, col(ApiKey.active))
    return session.execute(query.order_by(col(ApiKey.id))).scalars().all()


def key_used(session: Session, key_hash: str, now: datetime) -> None:
    session.execute(update(ApiKey).where(col(ApiKey.key_hash) == key_hash).values(last_used=now))


def revoke_keys(session: Session, operator_id: int) -> None:
    session.execute(update(ApiKey).where(col(ApiKey.operator_id) == operator_id).values(active=False))


def audits(session: Session, organisation_id: int, before: int | None, limit: int) -> Sequence[Audit]:
    """Newest first, older than the row `before`."""
    query = select(Audit).where(col(Audit.organisation_id) == organisation_id)
    if before is not None:
        query = query.where(col(Audit.id) < before)
    return session.execute(query.order_by(col(Audit.id).desc()).limit(limit)).scalars().all()


def organisations_with_administrator(session: Session, organisation_ids: Iterable[int]) -> frozenset[int]:
    query = select(col(Operator.organisation_id)).where(
        col(Operator.organisation_id).in_(list(organisation_ids)),
        col(Operator.role) == "administrator",
        col(Operator.active),
    )
    return frozenset(session.execute(query).scalars())
