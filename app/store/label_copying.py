"""Label templates with all their versions, and stock of a company's own, as plain values: out of one database and into
another. Who made them is left out, as people are no part of an export; so are print runs, whose labels name people."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from app.store.tables import LabelOffset, LabelStock, LabelTemplate, LabelTemplateVersion

TEMPLATE, STOCK, OFFSET = KINDS = (
    "label_template",
    "label_stock",
    "label_offset",
)  # stock before its offsets
OWN = "own-"  # begins the code of a stock that is a row here, before its id
_LEFT_OUT = {"id", "organisation_id", "template_id", "operator_id", "operator_name", "changed_by"}


def exported(session: Session, prefixes: Mapping[int, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, values) of every template, stock and offset."""
    for template in session.execute(select(LabelTemplate).order_by(col(LabelTemplate.id))).scalars():
        mine = select(LabelTemplateVersion).where(col(LabelTemplateVersion.template_id) == template.id)
        versions = session.execute(mine.order_by(col(LabelTemplateVersion.version))).scalars()
        whose = {"organisation": prefixes[template.organisation_id]}
        yield TEMPLATE, whose | _plain(template) | {"versions": [_plain(each) for each in versions]}
    nonces: dict[str, str] = {}
    for stock in session.execute(select(LabelStock).order_by(col(LabelStock.id))).scalars():
        nonces[f"{OWN}{stock.id}"] = stock.nonce
        yield STOCK, {"organisation": prefixes[stock.organisation_id]} | _plain(stock)
    offsets = select(LabelOffset).order_by(col(LabelOffset.organisation_id), col(LabelOffset.code))
    for offset in session.execute(offsets).scalars():
        values = {"organisation": prefixes[offset.organisation_id]} | _plain(offset)
        if offset.code in nonces:
            values["own"] = nonces[offset.code]
            del values["code"]
        yield OFFSET, values


def restore(session: Session, kind: str, values: dict[str, Any], organisations: Mapping[str, int]) -> None:
    """One of `exported` into an empty database. Raises KeyError, TypeError or ValueError for values that are not."""
    values = dict(values)
    values["organisation_id"] = organisation = organisations[values.pop("organisation")]
    match kind:
        case "label_template":
            versions = values.pop("versions")
            template = _added(session, LabelTemplate, values)
            for each in versions:
                _added(session, LabelTemplateVersion, each | {"template_id": template.id})
        case "label_stock":
            _added(session, LabelStock, values | {"changed_by": ""})
        case _:
            if "own" in values:
                values["code"] = f"{OWN}{_stock(session, organisation, values.pop('own'))}"
            _added(session, LabelOffset, values | {"changed_by": ""})


def _stock(session: Session, organisation_id: int, nonce: str) -> int:
    named = (col(LabelStock.organisation_id) == organisation_id, col(LabelStock.nonce) == nonce)
    found = session.execute(select(col(LabelStock.id)).where(*named)).scalar()
    if found is None:
        raise KeyError(nonce)
    return found


def _added(session: Session, table: type[SQLModel], values: dict[str, Any]) -> Any:
    row = table.model_validate(values)
    for name in ("record_time", "changed"):
        if name in values and getattr(row, name).tzinfo is None:
            raise ValueError(f"'{values[name]}' has no time zone")
    session.add(row)
    session.flush()
    return row


def _plain(row: SQLModel) -> dict[str, Any]:
    values = row.model_dump(exclude=_LEFT_OUT)
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}
