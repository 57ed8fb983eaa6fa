"""Things and their present state: found by any of their names, turned into `custody.State` and saved back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from sqlalchemy import BindParameter, CompoundSelect, bindparam, delete, select, text, union, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col

from app.domain import custody
from app.domain.identifiers import DIGITAL_LINK, Identifier, Key
from app.store import keyed, mints, plain
from app.store.ready import Ready
from app.store.tables import Alias, Balance, DeclaredAlias, Organisation, Product, Thing
from app.store.types import filled

STATE_COLUMNS = (
    "lifecycle",
    "disposition",
    "holder",
    "site",
    "to",
    "origin",
    "container",
    "bond",
    "held",
    "last_time",
)
_SAVE = Ready(
    update(Thing)
    .where(col(Thing.id) == bindparam("row_id"))
    .values(last_seq=bindparam("row_seq"), **{name: bindparam(f"row_{name}") for name in STATE_COLUMNS})
)
_CONTAINERS: BindParameter[Any] = bindparam("containers", expanding=True)
# A union, since PostgreSQL reads the whole table where one side of an OR is a sub-select.
_INSIDE: CompoundSelect[Any] = union(
    select(col(Thing.id)).where(filled(Thing.container), col(Thing.container).in_(_CONTAINERS)),
    select(col(Balance.thing_id)).where(col(Balance.container).in_(_CONTAINERS)),
)
_ANYTHING = Ready(_INSIDE, "containers")
_THOSE = select(Thing).where(col(Thing.id).in_(bindparam("ids", expanding=True)))
_PARTY = Ready(
    text(
        "INSERT INTO party (thing_id, organisation_id) VALUES (:thing, :organisation) ON CONFLICT DO NOTHING"
    )
)
_DECLARED = select(col(DeclaredAlias.epc)).where(col(DeclaredAlias.name) == bindparam("name"))
_GTIN = f"{DIGITAL_LINK}01/"
_TERMS = 400  # SQLite takes 500 SELECTs in a UNION


def find(session: Session, name: Identifier | Key | str) -> Thing | None:
    """The thing with that identifier, key or epc: by its own, by an alias of the log, or by a declared one.

    Only what people look up goes by declared names; events name things by names that never change (see of_epcs).
    """
    epc = name if isinstance(name, str) else name.epc
    if thing := of_epcs(session, [epc]).get(epc):
        return thing
    declared = session.execute(_DECLARED, {"name": epc}).scalar()
    if declared is None:
        return _by_gtin(session, epc) if epc.startswith(_GTIN) else None
    return of_epcs(session, [declared]).get(declared)


def _by_gtin(session: Session, epc: str) -> Thing | None:
    """The piece or the lot of a product with a GTIN, by its number within that."""
    gtin, *steps = epc.removeprefix(_GTIN).split("/")
    declared = session.execute(_DECLARED, {"name": _GTIN + gtin}).scalar() if steps else None
    product = keyed.rows(session, Product, "epc", [declared]).get(declared)
    given = {ai: unquote(value) for ai, value in zip(steps[::2], steps[1::2], strict=True)}
    if product is None or not given.keys() <= {"10", "21"}:
        return None
    found = piece(session, product.id or 0, lot=given.get("10", ""), serial=given.get("21", ""))
    return found if found and found.lot in ("", given.get("10", found.lot)) else None


def piece(session: Session, product_id: int, *, lot: str = "", serial: str = "") -> Thing | None:
    """The piece with that serial number, else the lot with that name, of a product."""
    level, number = ("serial", col(Thing.serial) == serial) if serial else ("lot", col(Thing.lot) == lot)
    query = select(col(Thing.epc)).where(
        col(Thing.product_id) == product_id, col(Thing.level) == level, number
    )
    epc = session.execute(query.limit(1)).scalar()
    return of_epcs(session, [epc]).get(epc) if epc else None


def of_epcs(session: Session, epcs: Iterable[str]) -> dict[str, Thing]:
    """Things by the name they were asked for (epc or alias); names that nothing has are left out."""
    wanted = list(dict.fromkeys(epcs))
    found: dict[str, Thing] = keyed.rows(session, Thing, "epc", wanted)
    for chunk in keyed.chunks([epc for epc in wanted if epc not in found]):
        aliased = (
            select(col(Alias.name), Thing)
            .join(Thing, col(Thing.id) == Alias.thing_id)
            .where(col(Alias.name).in_(chunk), mints.SHOWN)
        )
        found |= dict(session.execute(aliased).all())
    return found


def of_ids(session: Session, ids: Iterable[int]) -> dict[int, Thing]:
    return keyed.rows(session, Thing, "id", ids)


def states_of(session: Session, things: Iterable[Thing]) -> dict[str, custody.State]:
    """The present state of each thing, by canonical epc."""
    known = list(things)
    lots = [thing.id for thing in known if thing.level == "lot" and thing.id is not None]
    balances: dict[int, list[custody.Balance]] = {}
    for chunk in keyed.chunks(lots):
        query = select(Balance).where(col(Balance.thing_id).in_(chunk)).order_by(col(Balance.id))
        for row in session.execute(query).scalars():
            balances.setdefault(row.thing_id, []).append(_balance(row))
    return {thing.epc: state_of(thing, balances.get(thing.id or 0, ())) for thing in known}


def state_of(thing: Thing, balances: Iterable[custody.Balance] = ()) -> custody.State:
    values: dict[str, Any] = {name: getattr(thing, name) for name in STATE_COLUMNS}
    return custody.State(level=thing.level, unit=thing.unit, balances=tuple(balances), **values)


def in_state(thing: Thing, state: custody.State) -> Thing:
    """A copy of the row, of no session, as it was in that state."""
    return Thing(**thing.model_dump() | {name: getattr(state, name) for name in STATE_COLUMNS})


def fresh_states(session: Session, things: Iterable[Thing]) -> dict[str, custody.State]:
    """The states right after minting, before any event, by epc: where a replay starts."""
    rows = list(things)
    wanted = {thing.organisation_id for thing in rows}
    query = select(col(Organisation.id), col(Organisation.prefix)).where(col(Organisation.id).in_(wanted))
    prefixes = dict(session.execute(query).all()) if wanted else {}
    return {thing.epc: fresh_state(thing, prefixes[thing.organisation_id]) for thing in rows}


def fresh_state(thing: Thing, minted_by: str) -> custody.State:
    """`minted_by` is the prefix of the company that recorded the mint; the epc may begin with another. What an event
    brought in others made, and who holds it is told by events."""
    if thing.brought:
        return custody.State(level=thing.level, unit=thing.unit, lifecycle="active")
    lifecycle = "active" if thing.level in {"product", "location", "process"} else "reserved"
    holder = "" if thing.level == "process" else minted_by
    return custody.State(
        level=thing.level, unit=thing.unit, lifecycle=lifecycle, disposition=lifecycle, holder=holder
    )


def save_states(
    session: Session,
    things: Mapping[str, Thing],
    before: Mapping[str, custody.State],
    after: Mapping[str, custody.State],
    seq: int,
) -> None:
    """Writes the states that `after` holds; `last_seq` says which entry they are the result of."""
    values = [
        {"id": things[epc].id, "seq": seq} | {name: getattr(state, name) for name in STATE_COLUMNS}
        for epc, state in after.items()
    ]
    _SAVE.run_many(session, values)
    for epc, state in after.items():
        keep_in_step(things[epc], state, seq)
        if epc not in before or state.balances != before[epc].balances:
            _save_balances(session, things[epc].id or 0, state.balances)


def in_memory(session: Session, thing_id: int) -> Thing | None:
    """The row as this session has read it, if it has; asks nothing."""
    known = session.identity_map
    found: Thing | None = (
        known.get(identity_key(Thing, thing_id)) if known else None
    )  # making a key takes microseconds
    return found


def keep_in_step(thing: Thing, state: custody.State, seq: int, unit: str = "") -> None:
    """The row in memory as the UPDATE left it, which saves reading it again; `unit` where that was written, too."""
    for name in STATE_COLUMNS:
        set_committed_value(thing, name, getattr(state, name))
    if unit:
        set_committed_value(thing, "unit", unit)
    set_committed_value(thing, "last_seq", seq)


def _save_balances(session: Session, thing_id: int, balances: Sequence[custody.Balance]) -> None:
    session.execute(delete(Balance).where(col(Balance.thing_id) == thing_id))
    plain.insert_rows(session, Balance, [{"thing_id": thing_id} | row for row in balance_rows(balances)])


def add_parties(session: Session, parties: Iterable[tuple[int, int]]) -> None:
    """Who took part in what: (thing, organisation), whether or not that is on record already."""
    rows = [{"thing": thing, "organisation": organisation} for thing, organisation in parties]
    for block in keyed.chunks(rows, plain.AT_A_TIME):
        _PARTY.run_many(session, block)


def balance_rows(balances: Iterable[custody.Balance]) -> list[dict[str, Any]]:
    return [
        {
            "holder": b.holder,
            "site": b.site,
            "to": b.to,
            "container": b.container,
            "origin": b.origin,
            "quantity": b.quantity,
        }
        for b in balances
        if b.quantity
    ]


def _balance(row: Balance) -> custody.Balance:
    return custody.Balance(
        holder=row.holder,
        site=row.site,
        to=row.to,
        container=row.container,
        origin=row.origin,
        quantity=row.quantity,
    )


def contents(session: Session, things: Iterable[Thing]) -> list[Thing]:
    """Everything packed or built into these things now, at any depth, serials and lots alike. One query per level."""
    inside: dict[str, Thing] = {}
    level = [thing.epc for thing in things if thing.level in {"logistic", "serial"}]
    while level:
        children: list[Thing] = []
        ids = [key for chunk in keyed.chunks(level) for (key,) in _ANYTHING.rows(session, containers=chunk)]
        for chunk in keyed.chunks(ids):  # mostly none: most things are in hand, and hold nothing
            children += session.execute(_THOSE, {"ids": chunk}).scalars()
        level = [thing.epc for thing in children if thing.epc not in inside]
        inside |= {thing.epc: thing for thing in children}
    return list(inside.values())


# What of a lot was built in is used up: it goes nowhere with the product, and the product's fate is not its own.
_INSIDE_OF = "e.kind = 'packed' OR (e.kind = 'assembled' AND e.quantity IS NULL)"
_FAMILY = (
    f"SELECT e.source_id FROM edge e JOIN family f ON e.target_id = f.id WHERE {_INSIDE_OF}",
    f"SELECT e.target_id FROM edge e JOIN family f ON e.source_id = f.id WHERE {_INSIDE_OF}",
)


def family(session: Session, things: Iterable[Thing]) -> list[Thing]:
    """These things with all that was ever inside of them, and all that these were ever inside of: what a replay needs
    to be exact about the things and about their contents."""
    found = {int(thing.id or 0) for thing in things}
    for step in _FAMILY:
        for chunk in keyed.chunks(sorted(found), _TERMS):
            start = " UNION ".join(f"SELECT {key}" for key in chunk)
            query = text(f"WITH RECURSIVE family(id) AS ({start} UNION {step}) SELECT id FROM family")
            found.update(session.connection().execute(query).scalars())
    return list(of_ids(session, sorted(found)).values())


def organisation_ids(session: Session, prefixes: Iterable[str]) -> dict[str, int]:
    wanted = sorted({prefix for prefix in prefixes if prefix})
    if not wanted:
        return {}
    rows = session.execute(
        select(col(Organisation.prefix), col(Organisation.id)).where(col(Organisation.prefix).in_(wanted))
    )
    return {prefix: int(key or 0) for prefix, key in rows}
