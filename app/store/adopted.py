"""Rows of what came from companies of other nodes: the companies themselves, their products, their things."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Session, col

from app.domain.epcis import Event
from app.domain.provenance import Party
from app.domain.shipments import Goods, read_one
from app.store import items, keyed, masterdata
from app.store.tables import Alias, Edge, Organisation, Product, Thing


def companies_elsewhere(session: Session, *, active_only: bool = False) -> Sequence[Organisation]:
    query = select(Organisation).where(col(Organisation.elsewhere)).order_by(col(Organisation.prefix))
    if active_only:
        query = query.where(col(Organisation.active))
    return session.execute(query).scalars().all()


def local_companies(session: Session) -> Sequence[Organisation]:
    query = select(Organisation).where(~col(Organisation.elsewhere)).order_by(col(Organisation.id))
    return session.execute(query).scalars().all()


def company(session: Session, party: Party, now: datetime) -> Organisation:
    """The row of a company, made where it is not known yet. What is known is not changed."""
    found = masterdata.organisation_by_prefix(session, party.prefix)
    if found is not None:
        return found
    return masterdata.add_organisation(
        session,
        Organisation(
            prefix=party.prefix,
            name_zh=party.name_zh or party.prefix,
            name_en=party.name_en or party.prefix,
            elsewhere=True,
            record_time=now,
        ),
    )


def bring_in(session: Session, seq: int, event: Event) -> None:
    """The things of an `adopt` entry that are not here yet, with their companies and products, and what is packed in
    what. Their states and who took part follow as for any entry."""
    goods = [read_one(row) for row in event.extension("adopted") or ()]
    things = items.of_epcs(session, [each.epc for each in goods])
    for each in goods:
        known = things.get(each.epc)
        if known is None:
            things[each.epc] = _add(session, seq, event, each)
        elif known.brought:
            _take_over(session, known, each, event.event_time)
    _add_aliases(session, goods, things)
    _tie(session, seq, goods, things)


def _take_over(session: Session, thing: Thing, goods: Goods, now: datetime) -> None:
    """Somebody's captured event told of it before its sender did. It was never that company's."""
    thing.organisation_id = company(session, goods.owner, now).id or 0
    thing.level, thing.brought = goods.level, False
    session.add(thing)
    session.flush()


def _add(session: Session, seq: int, event: Event, goods: Goods) -> Thing:
    owner = company(session, goods.owner, event.event_time)
    product = _product(session, owner, goods, event.event_time)
    thing = Thing(
        epc=goods.epc,
        level=goods.level,
        organisation_id=owner.id or 0,
        product_id=product.id if product else None,
        lot=goods.lot,
        serial=goods.serial,
        unit=goods.unit,
        produced_on=goods.produced_on,
        expires_on=goods.expires_on,
        minted_seq=seq,
        holder=owner.prefix,
    )
    session.add(thing)
    session.flush()
    return thing


def _product(session: Session, owner: Organisation, goods: Goods, now: datetime) -> Product | None:
    """Of a company that is not of this node; its own products nobody else describes."""
    if not goods.product:
        return None
    found: Product | None = keyed.rows(session, Product, "epc", [goods.product]).get(goods.product)
    if found is not None:
        return found if found.organisation_id == owner.id else None
    if not owner.elsewhere or masterdata.product_by_number(session, owner.id or 0, goods.part_number):
        return None
    found = Product(
        organisation_id=owner.id or 0,
        epc=goods.product,
        part_number=goods.part_number or goods.product[-100:],
        name_zh=goods.product_zh,
        name_en=goods.product_en,
        unit=goods.unit or "H87",
        tracing=goods.tracing or ("lot" if goods.level == "lot" else "serial"),
        public=False,
        record_time=now,
    )
    session.add(found)
    session.flush()
    return found


def _add_aliases(session: Session, goods: Iterable[Goods], things: Mapping[str, Thing]) -> None:
    """The SSCC of a pallet, as long as nothing else here has that name."""
    named = {each.alias: each.epc for each in goods if each.alias and each.level == "logistic"}
    taken = items.of_epcs(session, named)
    rows = [{"name": name, "thing_id": things[epc].id} for name, epc in named.items() if name not in taken]
    if rows:
        session.execute(insert(Alias), rows)


def _tie(session: Session, seq: int, goods: Iterable[Goods], things: Mapping[str, Thing]) -> None:
    """What came packed; what went out so and came back as it was is tied already."""
    inside = [(things[each.epc], things[each.container], each) for each in goods if each.container]
    if not inside:
        return
    wanted = [thing.id for thing, _, _ in inside]
    tied: set[tuple[int, int]] = set()
    for chunk in keyed.chunks(wanted):
        query = select(col(Edge.source_id), col(Edge.target_id)).where(
            col(Edge.source_id).in_(chunk), col(Edge.undone_seq).is_(None), col(Edge.kind) == "packed"
        )
        tied |= {(source, target) for source, target in session.execute(query)}
    rows = [
        {"source_id": thing.id, "target_id": box.id, "kind": "packed", "quantity": each.quantity, "seq": seq}
        for thing, box, each in inside
        if (thing.id, box.id) not in tied
    ]
    if rows:
        session.execute(insert(Edge), rows)
