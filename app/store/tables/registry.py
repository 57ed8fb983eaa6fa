"""The registry's own facts: who may name what, how names are formed, and which fields describe a thing."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class Allotment(SQLModel, table=True):
    """A prefix and the organisation that may register under it. `state` is 'active', 'suspended' or 'returned'.

    `admins` lists who administers all of it through the Handle API, as {"handle", "index", "permissions"}; `quota` is
    the most names (minted identifiers and registered records) it may hold, None for no limit, and `used` how many it
    holds, kept only while there is a quota; `industry` a code of GB/T 4754."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    prefix: str = Field(unique=True, max_length=64)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    state: str = Field(default="active", max_length=10)
    industry: str = Field(default="", max_length=8)
    quota: int | None = Field(default=None, sa_type=BigId)
    used: int = Field(default=0, sa_type=BigId)
    admins: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Template(SQLModel, table=True):
    """A set of fields that describe a kind of thing; its own identifier, `prefix/META_x`, resolves to it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    epc: str = Field(unique=True, sa_type=KeyText)
    latest: int = 1
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)


class TemplateVersion(SQLModel, table=True):
    """One version of a template's fields. Never changed: what was minted under it keeps meaning what it meant."""

    __tablename__ = "template_version"

    template_id: int = Field(primary_key=True, foreign_key="template.id")
    version: int = Field(primary_key=True)
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    industry: str = Field(default="", max_length=8)
    fields: list[dict[str, object]] = Field(sa_type=JSON)
    operator_id: int | None = Field(default=None, foreign_key="operator.id")
    record_time: datetime = Field(sa_type=UtcDateTime)


class Attributes(SQLModel, table=True):
    """The values of a template's fields, kept once for all things that have the same; `digest` is the SHA-256 of their
    canonical text. An index of the log: what was minted with them stands there."""

    __table_args__ = (UniqueConstraint("organisation_id", "template_id", "template_version", "digest"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    template_id: int = Field(foreign_key="template.id", index=True)
    template_version: int
    digest: str = Field(max_length=64)
    values: dict[str, object] = Field(sa_type=JSON)


class ReservedRange(SQLModel, table=True):
    """Identifiers that a supplier may mint under the owner's prefix: at most `quota`, their suffixes beginning with
    `start`. `state` is 'open' or 'closed'."""

    __tablename__ = "reserved_range"
    __table_args__ = (UniqueConstraint("prefix", "start"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    supplier_id: int = Field(foreign_key="organisation.id", index=True)
    product_id: int | None = Field(default=None, foreign_key="product.id")
    prefix: str = Field(max_length=64)
    start: str = Field(max_length=64)
    quota: int = Field(sa_type=BigId)
    used: int = Field(default=0, sa_type=BigId)
    state: str = Field(default="open", max_length=10)
    record_time: datetime = Field(sa_type=UtcDateTime)


class Counter(SQLModel, table=True):
    """The next number of a product's suffix pattern; `scope` is what it starts anew for, e.g. a lot or a day."""

    product_id: int = Field(primary_key=True, foreign_key="product.id")
    scope: str = Field(primary_key=True, max_length=100)
    next: int = Field(sa_type=BigId)


class DeclaredAlias(SQLModel, table=True):
    """Another name that an owner gave a thing later: master data, unlike `alias`, which the log gives back. `name` is
    canonical; `kind` is 'vaa', 'oid', 'ecode', 'gs1', 'did', 'handle' or 'part' (a customer's own number)."""

    __tablename__ = "declared_alias"

    name: str = Field(primary_key=True, sa_type=KeyText)
    epc: str = Field(sa_type=KeyText, index=True)
    kind: str = Field(max_length=10)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    operator_id: int | None = Field(default=None, sa_type=BigId)
    record_time: datetime = Field(sa_type=UtcDateTime)
