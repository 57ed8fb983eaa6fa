"""Zones handed out below us, how they came about, and the zone that was handed to us."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class Delegation(SQLModel, table=True):
    """The newest statement on a zone one label below ours. Everything but `record_time` stands in the statement.

    `state` is 'active', 'suspended' or 'left'; `statement` the signed form as it travels; `digest` the SHA-256 of its
    payload, in hexadecimal, which breaks ties between equal serials; `keys` JWKs, the current one first; `endpoints` as
    in the statement.
    """

    zone: str = Field(primary_key=True, sa_type=KeyText)
    serial: int = Field(sa_type=BigId)
    state: str = Field(max_length=10)
    digest: str = Field(max_length=64)
    statement: dict[str, object] = Field(sa_type=JSON)
    keys: list[dict[str, str]] = Field(sa_type=JSON)
    endpoints: list[dict[str, object]] = Field(sa_type=JSON)
    name_zh: str = Field(default="", max_length=200)
    name_en: str = Field(default="", max_length=200)
    industry: str = Field(default="", max_length=8)
    region: str = Field(default="", max_length=6)
    not_before: datetime = Field(sa_type=UtcDateTime)
    not_after: datetime = Field(sa_type=UtcDateTime, index=True)
    record_time: datetime = Field(sa_type=UtcDateTime)

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en


class Application(SQLModel, table=True):
    """Something asked of us about a zone below ours. `kind` is 'join', 'share' (hold a zone beside who holds it
    already), 'move', 'rotate' or 'leave'; `state` 'submitted', 'in-review', 'returned', 'approved', 'refused' or
    'withdrawn'.

    `zone` is what is asked for, and once approved what was given; '' leaves the choice to the reviewer. `subject` holds
    the organisation data of the docking tables. `keys` and `endpoints` are those asked for; `proven` says that the
    sender signed with the first of the keys. `token_hash` is the SHA-256 of the secret in the applicant's link,
    which a 'join' or 'share' has and what follows it does not; `holder_id` is the one that a later one belongs to.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str = Field(max_length=8)
    state: str = Field(max_length=10, index=True)
    zone: str = Field(sa_type=KeyText, index=True)
    holder_id: int | None = Field(default=None, sa_type=BigId, index=True)
    token_hash: str | None = Field(default=None, unique=True, max_length=64)
    subject: dict[str, object] = Field(sa_type=JSON)
    keys: list[dict[str, str]] = Field(sa_type=JSON)
    endpoints: list[dict[str, object]] = Field(sa_type=JSON)
    proven: bool = False
    verification: str = Field(default="", max_length=16)
    reason: str = Field(default="", max_length=2000)
    reviewer_id: int | None = Field(default=None, sa_type=BigId)
    reviewer_name: str = Field(default="", max_length=200)
    record_time: datetime = Field(sa_type=UtcDateTime)
    decided_time: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApplicationDocument(SQLModel, table=True):
    """A document that proves who the applicant is: a licence, a power of attorney. Seen by the reviewers only."""

    __tablename__ = "application_document"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    application_id: int = Field(foreign_key="application.id", index=True, sa_type=BigId)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=60)
    digest: str = Field(max_length=64)
    content: bytes
    record_time: datetime = Field(sa_type=UtcDateTime)


class DelegationStep(SQLModel, table=True):
    """One step in the life of an application or a zone. Added to and never changed; the database refuses.

    `by` is the reviewer's name, or 'applicant', 'key' (signed by the zone's node), 'peer' (another holder of our zone).
    """

    __tablename__ = "delegation_step"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    application_id: int | None = Field(default=None, sa_type=BigId, index=True)
    zone: str = Field(sa_type=KeyText, index=True)
    step: str = Field(max_length=20)
    by: str = Field(max_length=200)
    operator_id: int | None = Field(default=None, sa_type=BigId)
    reason: str = Field(default="", max_length=2000)
    detail: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """Our own zone as the node above knows it: where we applied, what became of it, the statement we were given.

    `state` is what the parent told last: that of the application until it is approved, then that of the delegation.
    `follow` is the secret of our application there, `subject` the organisation data that we sent with it.
    """

    zone: str = Field(primary_key=True, sa_type=KeyText)
    parent_url: str = Field(max_length=300)
    parent_keys: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    follow: str = Field(default="", max_length=100)
    subject: dict[str, object] | None = Field(default=None, sa_type=JSON)
    state: str = Field(max_length=10)
    reason: str = Field(default="", max_length=2000)
    statement: dict[str, object] | None = Field(default=None, sa_type=JSON)
    serial: int = Field(default=0, sa_type=BigId)
    not_after: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_time: datetime | None = Field(default=None, sa_type=UtcDateTime)
    record_time: datetime = Field(sa_type=UtcDateTime)
