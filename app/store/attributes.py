"""The values that things were minted with: one row for all things that have the same, and the words they are found by.

An index of the log, like the things themselves.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from app.domain import templates as rules
from app.store import keyed, templates
from app.store.tables import Attributes, ValueIndex

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


def of_ids(session: Session, ids: Iterable[int | None]) -> dict[int, Attributes]:
    return keyed.rows(session, Attributes, "id", ids)


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
