"""What people change about themselves: password and language."""

from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.services import auditing
from app.services.authenticating import digest
from app.store import people
from app.store.tables import Operator


def change_password(
    session: Session, actor: Actor, password_hash: str, now: datetime, *, keep_token: str = ""
) -> None:
    """The actor's own. Every other browser is signed out."""
    operator = session.get_one(Operator, actor.operator_id)
    operator.password_hash = password_hash
    people.drop_sign_ins(session, operator_id=actor.operator_id, but=digest(keep_token) if keep_token else "")
    auditing.record(session, actor, "password-changed", now, subject=operator.login)


def language_of(session: Session, operator_id: int) -> str:
    return session.get_one(Operator, operator_id).language


def choose_language(session: Session, actor: Actor, language: str) -> None:
    session.get_one(Operator, actor.operator_id).language = language


def login_of(session: Session, actor: Actor) -> str:
    return session.get_one(Operator, actor.operator_id).login
