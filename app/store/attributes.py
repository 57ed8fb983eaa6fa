"""The values that things were minted with: one row for all things that have the same, and the words they are found by.

An index of the log, like the things themselves.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session, col

from app.domain import templates as rules
from app.store import keyed, templates
from app.store.tables import Attributes, Template, TemplateVersion, ValueIndex

KIND = "attributes"


def index(session: Session, ilmd: Any, organisation_id: int) -> int | None:
    """The row for what a mint says of its things, made where there is none like it; None where it says nothing.

    Raises ValueError for a template or a version of it that is not here.
    """
    if not (named := ilmd.get("suyuan:template")):
        return None
    epc, number = named
    template = templates.by_epc(session, epc)
    version = templates.version_of(session, template.id or 0, int(number)) if template else None
    if version is None:
        raise ValueError(f"there is no version {number} of the template {epc}")
    values = dict(ilmd.get("suyuan:values") or {})
    row = Attributes(
        organisation_id=organisation_id,
        template_id=version.template_id,
        template_version=version.version,
        digest=hashlib.sha256(rules.canonical(values)).hexdigest(),
        values=values,
    )
    if (known := _like(session, row)) is not None:
        return known
    session.add(row)
    session.flush()
    _index_words(session, row, rules.stored(version.fields))
    return row.id


class Given(NamedTuple):
    """Values as they were given, with the version of the template they fit; `epc` and `owner` are the template's."""

    values: dict[str, Any]
    version: TemplateVersion
    epc: str
    owner: int


def of_ids(session: Session, ids: Iterable[int | None]) -> dict[int, Given]:
    """By the id of their row, in one statement."""
    found: dict[int, Given] = {}
    for chunk in keyed.chunks(list({key for key in ids if key is not None})):
        for key, *given in session.execute(_given(), {"keys": chunk}):
            found[key] = Given(*given)
    return found


@cache
def _given() -> Any:
    """Built once: putting a statement together costs more than running it."""
    same_version = (col(TemplateVersion.template_id) == col(Attributes.template_id)) & (
        col(TemplateVersion.version) == col(Attributes.template_version)
    )
    of_template = (col(Template.epc), col(Template.organisation_id))
    query = select(col(Attributes.id), col(Attributes.values), TemplateVersion, *of_template)
    joined = query.join(TemplateVersion, same_version)
    joined = joined.join(Template, col(Template.id) == col(Attributes.template_id))
    return joined.where(col(Attributes.id).in_(bindparam("keys", expanding=True)))


def clear(session: Session) -> None:
    """Only for a rebuild from the log; the words of records stay, which are no part of it."""
    session.execute(delete(ValueIndex).where(col(ValueIndex.kind) == KIND))
    session.execute(delete(Attributes))


def _like(session: Session, row: Attributes) -> int | None:
    same = [
        getattr(Attributes, name) == getattr(row, name)
        for name in ("organisation_id", "template_id", "template_version", "digest")
    ]
    return session.execute(select(col(Attributes.id)).where(*same)).scalar()


def _index_words(session: Session, row: Attributes, fields: Iterable[rules.Field]) -> None:
    rows = [
        {
            "value": word,
            "type": field.name,
            "kind": KIND,
            "ref": row.id,
            "organisation_id": row.organisation_id,
            "public": field.public,
        }
        for field in fields
        if field.searchable and field.name in row.values
        for word in rules.search_keys(row.values[field.name])
    ]
    if rows:
        session.execute(insert(ValueIndex), sorted(rows, key=lambda each: str(each["value"])))
