"""Who the caller is, and what people change about themselves: language, password, API keys, signed-in browsers."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from flask import session as cookie
from pydantic import Field
from sqlmodel import Session

from app.domain.people import RIGHTS
from app.errors import N_, Refused
from app.services import accounts, authenticating, masterdata
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, nothing, page
from app.web.api.v1.models import Line, Organisation, Page, Sent, Text, Told

blueprint = blueprint_of("me", "Me")


class Me(Told):
    __doc__ = N_("The person this cookie or key belongs to.")

    id: int
    login: str
    name: str
    role: str = Field(examples=["manager"])
    rights: list[str] = Field(description=N_("What the role may do; each call says which right it needs."))
    language: str = Field(description=N_("en, zh or empty: as the browser asks."))
    places: list[str] | None = Field(
        description=N_("The sites one may scan at; null for all of the organisation.")
    )
    node_administrator: bool = Field(description=N_("May create organisations on this node."))
    organisation: Organisation


class MyLanguage(Sent):
    language: Literal["en", "zh"]


class NewPassword(Sent):
    current: Annotated[Text, Field(max_length=1000, description=N_("The present password."))]
    password: Annotated[Text, Field(max_length=1000, description=N_("The new one, 8 to 200 characters."))]


class ApiKey(Told):
    __doc__ = N_("A personal key. Whoever has it may do what its owner may do.")

    id: int
    name: str
    start: str = Field(description=N_("How the key begins, after sy_; the rest is kept as a hash only."))
    last_used: datetime | None
    record_time: datetime


class ApiKeyPage(Page[ApiKey]):
    pass


class NewApiKey(Sent):
    name: Annotated[
        Line,
        Field(min_length=1, max_length=100, description=N_("What will use it."), examples=["MES line 2"]),
    ]


class CreatedApiKey(ApiKey):
    __doc__ = N_("A new key, with the key itself.")

    key: str | None = Field(
        description=N_("Send it as `Authorization: Bearer …`. Shown this once; null in a repeated answer.")
    )


@blueprint.get("/me")
@blueprint.doc(summary=N_("Who am I, and what may I do"))
@blueprint.output(Me)
def show() -> Response:
    return answer(_me())


@blueprint.patch("/me")
@blueprint.doc(summary=N_("Choose my language"))
@blueprint.input(MyLanguage, arg_name="sent")
@blueprint.output(Me)
def choose_language(sent: MyLanguage) -> Response:
    with edge.writing() as session:
        accounts.choose_language(session, edge.actor(), sent.language)
    return answer(_me())


@blueprint.post("/me/password")
@blueprint.doc(
    summary=N_("Change my password"),
    description=N_("All my other browsers are signed out."),
    responses={204: N_("Changed."), 429: N_("Too many wrong passwords.")},
)
@blueprint.input(NewPassword, arg_name="sent")
def change_password(sent: NewPassword) -> Response:
    """The present password counts as a try, so that a stolen key cannot be used to guess it."""
    person = edge.actor()
    with edge.reading() as session:
        login = accounts.login_of(session, person)
    try:
        candidate = edge.try_password(login, sent.current)
    except authenticating.SignInFailed as error:
        raise Refused(
            "wrong-password",
            N_("This is not your present password."),
            N_("Check it and send it again."),
            field="current",
        ) from error
    hashed = edge.hashed(sent.password)
    with edge.writing() as session:
        authenticating.forget_attempts(session, candidate)
        accounts.change_password(session, person, hashed, edge.now(), keep_token=_token())
    return nothing()


@blueprint.post("/me/sign-out-everywhere")
@blueprint.doc(summary=N_("Sign out all my other browsers"), responses={204: N_("Signed out.")})
def sign_out_everywhere() -> Response:
    with edge.writing() as session:
        authenticating.sign_out_everywhere(session, edge.actor(), edge.now(), but_token=_token())
    return nothing()


@blueprint.get("/api-keys")
@blueprint.doc(summary=N_("My API keys"))
@blueprint.output(ApiKeyPage)
def keys() -> Response:
    with edge.reading() as session:
        found = authenticating.api_keys(session, edge.actor())
    return page(ApiKeyPage, found)


@blueprint.post("/api-keys")
@blueprint.doc(summary=N_("Create an API key"))
@blueprint.input(NewApiKey, arg_name="sent")
@blueprint.output(CreatedApiKey, 201)
@idempotent
def create_key(session: Session, sent: NewApiKey) -> Made:
    key = authenticating.create_key(session, edge.actor(), sent.name, edge.now())
    start = key.split("_")[1]
    row = next(row for row in authenticating.api_keys(session, edge.actor()) if row.start == start)
    told = CreatedApiKey(**ApiKey.model_validate(row).model_dump(), key=key)
    return Made(told, kept=told.model_copy(update={"key": None}))


@blueprint.delete(f"/api-keys/{ID}")
@blueprint.doc(summary=N_("Revoke an API key"), responses={204: N_("Revoked; it opens nothing any more.")})
def revoke_key(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        authenticating.revoke_key(session, edge.actor(), id, edge.now())
    return nothing()


def _me() -> Me:
    person = edge.actor()
    with edge.reading() as session:
        return Me(
            id=person.operator_id,
            login=accounts.login_of(session, person),
            name=person.name,
            role=person.role,
            rights=sorted(RIGHTS[person.role]),
            language=accounts.language_of(session, person.operator_id),
            places=None if person.places is None else sorted(person.places),
            node_administrator=person.node and person.may("people"),
            organisation=Organisation.model_validate(masterdata.own_organisation(session, person)),
        )


def _token() -> str:
    return "" if edge.api_key() is not None else str(cookie.get("token", ""))
