"""How things stand, many at a time and without the rows themselves: what a block of captured events begins with.

`items` gives rows that a session keeps; making those takes several times as long as reading what is in them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, union
from sqlmodel import Session, col

from app.domain import custody
from app.store import keyed
from app.store.items import STATE_COLUMNS
from app.store.mints import SHOWN
from app.store.ready import Ready
from app.store.tables import Alias, Balance, Thing
from app.store.types import amount, filled


class Standing(NamedTuple):
    id: int
    epc: str
    level: str
    organisation_id: int
    product_id: int | None
    brought: bool
    last_seq: int | None
    state: custody.State


_OWN = ("id", "epc", "level", "organisation_id", "product_id", "brought", "last_seq", "unit")
_COLUMNS = [col(getattr(Thing, name)) for name in (*_OWN, *STATE_COLUMNS)]
_TIME = STATE_COLUMNS.index("last_time")
_EPCS: Any = bindparam("epcs", expanding=True)
_BY_EPC = Ready(select(*_COLUMNS).where(col(Thing.epc).in_(_EPCS), SHOWN), "epcs")
_BY_ALIAS = Ready(
    select(col(Alias.name), *_COLUMNS)
    .join(Thing, col(Thing.id) == col(Alias.thing_id))
    .where(col(Alias.name).in_(_EPCS), SHOWN),
    "epcs",
)
# A union, since PostgreSQL reads the whole table where one side of an OR is a sub-select.
_INSIDE = Ready(
    select(*_COLUMNS).where(
        col(Thing.id).in_(
            union(
                select(col(Thing.id)).where(filled(Thing.container), col(Thing.container).in_(_EPCS)),
                select(col(Balance.thing_id)).where(col(Balance.container).in_(_EPCS)),
            )
        )
    ),
    "epcs",
)
_PLACES = ("holder", "site", "to", "container", "origin", "quantity")
_BALANCES = Ready(
    select(col(Balance.thing_id), *(col(getattr(Balance, name)) for name in _PLACES))
    .where(col(Balance.thing_id).in_(bindparam("things", expanding=True)))
    .order_by(col(Balance.id)),
    "things",
)


def of_names(session: Session, names: Iterable[str]) -> dict[str, Standing]:
    """Things by the name they were asked for (epc or alias); names that nothing has are left out."""
    wanted = list(dict.fromkeys(name for name in names if name))
    rows: dict[str, Sequence[Any]] = {}
    for chunk in keyed.chunks(wanted):
        rows |= {row[1]: row for row in _BY_EPC.rows(session, epcs=chunk)}
    for chunk in keyed.chunks([name for name in wanted if name not in rows]):
        rows |= {name: row for name, *row in _BY_ALIAS.rows(session, epcs=chunk)}
    return _stood(session, rows)


def inside(session: Session, things: Iterable[Standing]) -> list[Standing]:
    """Everything packed or built into these things now, at any depth, serials and lots alike. One query per level."""
    found: dict[str, Sequence[Any]] = {}
    level = [thing.epc for thing in things if thing.level in {"logistic", "serial"}]
    while level:
        children: dict[str, Sequence[Any]] = {}
        for chunk in keyed.chunks(level):
            children |= {row[1]: row for row in _INSIDE.rows(session, epcs=chunk)}
        level = [epc for epc in children if epc not in found]
        found |= children
    return list(_stood(session, found).values())


def _stood(session: Session, rows: dict[str, Sequence[Any]]) -> dict[str, Standing]:
    lots = [row[0] for row in rows.values() if row[2] == "lot"]
    balances: dict[int, list[custody.Balance]] = {}
    for chunk in keyed.chunks(lots):
        for key, *told in _BALANCES.rows(session, things=chunk):
            values = dict(zip(_PLACES, told, strict=True))
            values["quantity"] = amount(values["quantity"])
            balances.setdefault(key, []).append(custody.Balance(**values))
    return {name: _standing(row, tuple(balances.get(row[0], ()))) for name, row in rows.items()}


def _standing(row: Sequence[Any], balances: tuple[custody.Balance, ...]) -> Standing:
    key, epc, level, owner, product, brought, last_seq, unit, *told = row
    last_time = datetime.fromisoformat(told[_TIME]) if told[_TIME] else None
    values = dict(zip(STATE_COLUMNS, told, strict=True)) | {"last_time": last_time}
    state = custody.State(level=level, unit=unit, balances=balances, **values)
    return Standing(key, epc, level, owner, product, bool(brought), last_seq, state)
