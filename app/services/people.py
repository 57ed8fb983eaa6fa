"""The people of an organisation: invitations, roles, places, and the node's first administrator.

Not here: how a person proves who they are (authenticating). Passwords arrive hashed, since hashing must not hold a
transaction. Every change ends the person's sign-ins where it takes something away, and is in the audit trail.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain.people import RIGHTS, Actor
from app.errors import N_, Conflict, Forbidden, Malformed, Refused, Unknown
from app.services import auditing, masterdata
from app.services.authenticating import digest
from app.store import masterdata as rows
from app.store import people
from app.store.tables import Invitation, Operator, Organisation

INVITATION_DAYS = 7
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,98}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Person:
    """An operator as the list of people shows them; `invited` while they have no password yet."""

    operator: Operator
    site_ids: tuple[int, ...]

    @property
    def invited(self) -> bool:
        return not self.operator.password_hash


@dataclass(frozen=True, slots=True)
class Invited:
    """Whose invitation a link holds; `operator` is None for the node's first administrator."""

    operator: Operator | None
    organisation: Organisation | None


def first_invitation(session: Session, now: datetime) -> str | None:
    """The token of the one-time link that sets up a node; None when somebody has. A new one ends the one before."""
    if people.any_operator(session):
        return None
    people.use_up_invitations(session, None)
    return _invitation(session, None, now)


def invitation_of(session: Session, token: str, now: datetime) -> Invited:
    """What a link invites to. Unknown when it is used, too old or made up."""
    found = people.invitation(session, digest(token), now)
    if found is None or (found.operator_id is None and people.any_operator(session)):
        raise Unknown(
            "unknown-invitation",
            N_("This link has been used already, or is too old."),
            N_("Ask your administrator for a new one."),
        )
    if found.operator_id is None:
        return Invited(None, None)
    operator = session.get(Operator, found.operator_id)
    if operator is None or not operator.active:
        raise Unknown("unknown-invitation", N_("This link has been used already, or is too old."))
    return Invited(operator, session.get(Organisation, operator.organisation_id))


def set_up_node(
    session: Session,
    token: str,
    *,
    prefix: str,
    name_zh: str,
    name_en: str,
    person: str,
    login: str,
    password_hash: str,
    now: datetime,
) -> int:
    """The first administrator accepts: makes the organisation that runs the node and an operator; returns their id."""
    if invitation_of(session, token, now).operator is not None:
        raise Unknown("unknown-invitation", N_("This link has been used already, or is too old."))
    organisation = masterdata.add_organisation(session, prefix, name_zh, name_en, now, runs_node=True)
    operator = _add_operator(session, organisation, login, person, "administrator", password_hash, now)
    people.use_up_invitations(session, None)
    auditing.record_of(
        session,
        organisation.id or 0,
        operator.id or 0,
        operator.name,
        "node-set-up",
        now,
        subject=organisation.prefix,
    )
    return operator.id or 0


def accept_invitation(session: Session, token: str, password_hash: str, now: datetime) -> int:
    """A colleague's acceptance: the password is set, the link used up. The operator's id."""
    operator = invitation_of(session, token, now).operator
    if operator is None:
        raise Unknown("unknown-invitation", N_("This link has been used already, or is too old."))
    operator.password_hash = password_hash
    people.use_up_invitations(session, operator.id)
    people.drop_attempts(session, key=f"login:{operator.login}")
    organisation_id, operator_id = operator.organisation_id, operator.id or 0
    auditing.record_of(
        session,
        organisation_id,
        operator_id,
        operator.name,
        "invitation-accepted",
        now,
        subject=operator.login,
    )
    return operator_id


def create_operator(
    session: Session,
    actor: Actor,
    *,
    login: str,
    name: str,
    role: str,
    now: datetime,
    password_hash: str = "",
    site_ids: Iterable[int] = (),
    organisation_id: int | None = None,
) -> Operator:
    """A person of the actor's organisation; of another one only for administrators of the node. Without a password
    they cannot sign in until they accept an invitation."""
    organisation = _organisation_for(session, actor, organisation_id)
    operator = _add_operator(session, organisation, login, name, role, password_hash, now)
    _bind(session, operator, site_ids)
    auditing.record(
        session, actor, "person-invited", now, subject=operator.login, detail=f"{role} {organisation.prefix}"
    )
    return operator


def invite(
    session: Session,
    actor: Actor,
    *,
    login: str,
    name: str,
    role: str,
    now: datetime,
    site_ids: Iterable[int] = (),
    organisation_id: int | None = None,
) -> str:
    """The same, and the token of the one-time link with which they set their password."""
    operator = create_operator(
        session,
        actor,
        login=login,
        name=name,
        role=role,
        now=now,
        site_ids=site_ids,
        organisation_id=organisation_id,
    )
    return _invitation(session, operator.id, now)


def reset(session: Session, actor: Actor, operator_id: int, now: datetime) -> str:
    """Takes the password away and gives a new link. Ends every sign-in; API keys stay until they are revoked."""
    operator = person_of(session, actor, operator_id).operator
    if not operator.active:
        raise Refused(
            "person-inactive",
            N_("{name} is deactivated."),
            N_("Activate the person first."),
            name=operator.name,
        )
    _keep_an_administrator(session, operator)
    operator.password_hash = ""
    people.use_up_invitations(session, operator.id)
    people.drop_sign_ins(session, operator_id=operator_id)
    auditing.record(session, actor, "person-reset", now, subject=operator.login)
    return _invitation(session, operator.id, now)


def change(
    session: Session,
    actor: Actor,
    operator_id: int,
    *,
    name: str,
    role: str,
    site_ids: Iterable[int],
    now: datetime,
) -> None:
    """Name, role and places. They count from the person's next request."""
    operator = person_of(session, actor, operator_id).operator
    if operator.role == "administrator" and role != "administrator":
        _keep_an_administrator(session, operator)
    operator.name, operator.role = _named(name), _role(role)
    places = ", ".join(_bind(session, operator, site_ids)) or "all sites"
    auditing.record(session, actor, "person-changed", now, subject=operator.login, detail=f"{role}; {places}")


def deactivate(session: Session, actor: Actor, operator_id: int, now: datetime) -> None:
    """Ends sign-ins, keys and invitations. The person stays in the log and the trail."""
    operator = person_of(session, actor, operator_id).operator
    _keep_an_administrator(session, operator)
    operator.active = False
    people.drop_sign_ins(session, operator_id=operator_id)
    people.use_up_invitations(session, operator_id)
    people.revoke_keys(session, operator_id)
    auditing.record(session, actor, "person-deactivated", now, subject=operator.login)


def activate(session: Session, actor: Actor, operator_id: int, now: datetime) -> None:
    operator = person_of(session, actor, operator_id).operator
    operator.active = True
    auditing.record(session, actor, "person-activated", now, subject=operator.login)


def list_people(session: Session, actor: Actor) -> list[Person]:
    actor.require("people")
    found = people.operators(session, actor.organisation_id)
    places = people.site_ids_of(session, [operator.id or 0 for operator in found])
    return [Person(operator, tuple(places.get(operator.id or 0, ()))) for operator in found]


def person_of(session: Session, actor: Actor, operator_id: int) -> Person:
    """A person of the actor's own organisation; Unknown for anyone else's."""
    actor.require("people")
    operator = session.get(Operator, operator_id)
    if operator is None or operator.organisation_id != actor.organisation_id:
        raise Unknown("unknown-person", N_("There is no such person in your organisation."))
    return Person(operator, tuple(people.site_ids_of(session, [operator_id]).get(operator_id, ())))


def administrators(session: Session, organisation_ids: Sequence[int]) -> frozenset[int]:
    """Which of these organisations have an active administrator, invited or not."""
    return people.organisations_with_administrator(session, organisation_ids)


def _invitation(session: Session, operator_id: int | None, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(days=INVITATION_DAYS)
    session.add(
        Invitation(token_hash=digest(token), operator_id=operator_id, expires=expires, record_time=now)
    )
    session.flush()
    return token


def _organisation_for(session: Session, actor: Actor, organisation_id: int | None) -> Organisation:
    actor.require("people")
    if organisation_id is not None and organisation_id != actor.organisation_id and not actor.node:
        raise Forbidden(
            "not-your-organisation",
            N_("Only administrators of the node may invite people of other organisations."),
            N_("Ask the company that runs this node."),
        )
    return session.get_one(Organisation, organisation_id or actor.organisation_id)


def _add_operator(
    session: Session,
    organisation: Organisation,
    login: str,
    name: str,
    role: str,
    password_hash: str,
    now: datetime,
) -> Operator:
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Malformed(
            "bad-login",
            N_("'{login}' cannot be a login."),
            N_("Use 2 to 100 small letters, digits and . _ @ + - ; an e-mail address is fine."),
            login=login,
            field="login",
        )
    if people.operator_by_login(session, login):
        raise Conflict(
            "login-taken",
            N_("The login '{login}' is taken."),
            N_("Add a digit or the name of the company."),
            login=login,
            field="login",
        )
    operator = Operator(
        organisation_id=organisation.id or 0,
        login=login,
        name=_named(name),
        password_hash=password_hash,
        role=_role(role),
        record_time=now,
    )
    session.add(operator)
    session.flush()
    return operator


def _bind(session: Session, operator: Operator, site_ids: Iterable[int]) -> list[str]:
    """Names of the places that the person is bound to from now on."""
    bound = sorted(set(site_ids))
    names = rows.site_names(session, operator.organisation_id)
    if set(bound) - names.keys():
        raise Unknown(
            "unknown-site",
            N_("One of these sites is not a site of the person's organisation."),
            field="site_ids",
        )
    people.bind_places(session, operator.id or 0, bound)
    return [names[site_id] for site_id in bound]


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        raise Malformed("bad-name", N_("A name of 1 to 200 characters is needed."), field="name")
    return name


def _role(role: str) -> str:
    if role not in RIGHTS:
        raise Malformed(
            "unknown-role",
            N_("There is no role '{name}'."),
            N_("Choose one from the list."),
            name=role,
            field="role",
        )
    return role


def _keep_an_administrator(session: Session, operator: Operator) -> None:
    if operator.role != "administrator":
        return
    # two who take the right from each other at once take turns
    session.get_one(Organisation, operator.organisation_id, with_for_update={"key_share": True})
    if not people.other_administrators(session, operator.organisation_id, operator.id or 0):
        raise Refused(
            "last-administrator",
            N_("{name} is the last administrator of the organisation."),
            N_("Make someone else an administrator first."),
            name=operator.name,
        )
