"""What a printed URL names, level by level, with the links of each: the owner's, and ours where the owner made none."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from sqlmodel import Session

from app.domain import link_rules
from app.domain.identifiers import DIGITAL_LINK, Identifier, Key
from app.domain.linkset import Level, Link
from app.domain.people import Actor
from app.services.capturing import unknown_identifier
from app.services.cards import is_visible
from app.store import items, tables
from app.store import links as rows
from app.store.tables import Product, Thing

OUR_PAGE = "gs1:registryEntry"
THINGS = "/things/"  # where our own pages are: an address that never redirects
HANDLE = "hdl:"
GTIN, LOT, SERIAL = "01", "10", "21"
PAGE, HTML = ("zh", "en"), "text/html"  # of our own pages


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that is named. `path` is its address on this node, percent-encoded, as the request began to spell it."""

    thing: Thing
    path: str


@dataclass(frozen=True, slots=True)
class Named:
    """What a name leads to: the things, most granular first; `missing` is the part of the name that was never issued
    here (`(21)X1`), '' when all of it was. `values` are for templates of links, `path` is the whole name's."""

    path: str
    entities: tuple[Entity, ...]
    product: Product | None
    values: dict[str, str]
    missing: str = ""

    @property
    def thing(self) -> Thing:
        return self.entities[0].thing

    @property
    def is_key(self) -> bool:
        """Whether it was asked for by a GS1 key, for which the resolver standard holds, not by a handle."""
        return "." not in self.path.partition("/")[0]


def named(session: Session, name: Identifier | Key) -> Named:
    """Walks up from what is not known here to what is: a lot or serial of a known GTIN is never Unknown."""
    epc = name.epc
    found = _by_key(session, epc) if epc.startswith(DIGITAL_LINK) else _by_name(session, epc)
    if found is None or found.thing.level == "process":
        raise unknown_identifier(str(name))
    return found


def _by_name(session: Session, epc: str) -> Named | None:
    thing = rows.thing_named(session, epc)
    if thing is None:
        return None
    product = rows.product_of(session, thing)
    path = path_of(thing.epc)
    above = _above(session, thing, product)
    return Named(path, (Entity(thing, path), *above), product, _values(session, thing, product))


def _above(session: Session, thing: Thing, product: Product | None) -> list[Entity]:
    """The lot and the product of a piece, the product of a lot, by their own identifiers."""
    if product is None or thing.level == "product":
        return []
    lot = (
        items.piece(session, product.id or 0, lot=thing.lot)
        if thing.level == "serial" and thing.lot
        else None
    )
    over = [each for each in (lot, rows.thing_named(session, product.epc)) if each is not None]
    return [Entity(each, path_of(each.epc)) for each in over]


def _by_key(session: Session, epc: str) -> Named | None:
    pairs = _pairs(epc.removeprefix(DIGITAL_LINK))
    for cut in range(len(pairs), 0, -1):
        thing = rows.thing_named(session, DIGITAL_LINK + _joined(pairs[:cut]))
        if thing is not None:
            break
    else:
        return None
    product = rows.product_of(session, thing)
    values = _values(session, thing, product, dict(pairs))
    if thing.level == "product" and product is not None and cut < len(pairs):
        entities, missing = _below(session, product, thing, pairs, cut)
    else:
        entities = [Entity(thing, _joined(pairs[:cut])), *_above(session, thing, product)]
        missing = _shown(pairs[cut:])
    return Named(_joined(pairs), tuple(entities), product, values, missing)


def _below(
    session: Session, product: Product, thing: Thing, pairs: list[tuple[str, str]], cut: int
) -> tuple[list[Entity], str]:
    """The piece and the lot of a GTIN that the key names, as far as they were issued here."""
    given = {ai: unquote(value) for ai, value in pairs}
    key, lot = product.id or 0, given.get(LOT, "")
    piece = items.piece(session, key, serial=given[SERIAL]) if SERIAL in given else None
    if piece and lot and piece.lot not in ("", lot):
        piece = None  # that serial is of another lot: the label was put together from two
    batch = items.piece(session, key, lot=lot or (piece.lot if piece else "")) if lot or piece else None
    top = _joined(pairs[:cut])
    found = [Entity(piece, _up_to(pairs, SERIAL))] if piece else []
    if batch and batch.lot:
        path = _up_to(pairs, LOT) if lot else f"{top}/{LOT}/{quote(batch.lot, safe='')}"
        found.append(Entity(batch, path))
    known = {SERIAL: piece is not None, LOT: batch is not None or piece is not None}
    missing = _shown([(ai, value) for ai, value in pairs[cut:] if not known.get(ai, ai == "22")])
    return [*found, Entity(thing, top)], missing


def _values(
    session: Session, thing: Thing, product: Product | None, given: dict[str, str] | None = None
) -> dict[str, str]:
    """For {gtin}, {lot}, {serial}: what the request says, else what the owner lets anyone know."""
    said = {ai: unquote(value) for ai, value in (given or {}).items()}
    shown = product is not None and product.public
    gtin = said.get(GTIN) or (rows.gtins(session, [product.epc]).get(product.epc, "") if product else "")
    return {
        "gtin": gtin,
        "lot": said.get(LOT) or (thing.lot if shown else ""),
        "serial": said.get(SERIAL) or (thing.serial if shown else ""),
        "identifier": unquote(path_of(thing.epc)),
    }


def levels_of(session: Session, found: Named, root: str, reader: Actor | None) -> tuple[Level, ...]:
    """The links of each level for this reader, with ours where no level from there upwards has any of the kind.

    What is void has our page alone, so that nothing leads past the word that it was withdrawn."""
    mine = {} if found.thing.lifecycle == "void" else _owners(session, found, reader)
    levels: list[Level] = []
    for place, entity in enumerate(found.entities):
        over = [link for each in found.entities[place:] for link in mine.get(each.thing.epc, ())]
        ours = _ours(found, entity, root, over)
        if place == 0 and _may_trace(session, entity.thing, reader):
            ours.append(_trace(entity.thing, root))
        links = (*mine.get(entity.thing.epc, ()), *ours)
        levels.append(Level(f"{root}/{entity.path}", _description(found, entity, reader), links))
    return tuple(levels)


def _may_trace(session: Session, thing: Thing, reader: Actor | None) -> bool:
    return reader is not None and reader.may("trace") and is_visible(session, reader, thing)


def _trace(thing: Thing, root: str) -> Link:
    address = f"{root}/trace/{path_of(thing.epc)}"
    return Link("gs1:traceability", address, "追溯 Trace", PAGE, HTML, public=False)


def _owners(session: Session, found: Named, reader: Actor | None) -> dict[str, tuple[Link, ...]]:
    kept = rows.of_anchors(session, [entity.thing.epc for entity in found.entities])
    things = {entity.thing.epc: entity.thing for entity in found.entities}
    told: dict[str, tuple[Link, ...]] = {}
    for epc, links in kept.items():
        shown = all(link.public for link in links) or (
            reader is not None and is_visible(session, reader, things[epc])
        )
        ready = (filled(link, found.values) for link in links if link.public or shown)
        told[epc] = tuple(link for link in ready if link is not None)
    return told


def filled(row: tables.Link, values: dict[str, str]) -> Link | None:
    """A row as a link, its address filled in; None where the request names nothing to fill it in with."""
    href = link_rules.fill(row.href, values)
    if href is None:
        return None
    return Link(
        relation=row.relation,
        href=href,
        title=row.title,
        languages=tuple(row.languages.split()),
        media_type=row.media_type,
        contexts=tuple(row.contexts.split()),
        forward_query=row.forward_query,
        public=row.public,
        is_default=row.is_default,
    )


def _ours(found: Named, entity: Entity, root: str, over: list[Link]) -> list[Link]:
    """Our page is the entry of the registry and our JSON the master data; where `over`, the owner's links of this level
    and those above it, has none, our page is the product's too, and the default."""
    # of what was never issued the page says so: it is asked by the whole name
    path = found.path if found.missing and entity is found.entities[0] else entity.path
    page = f"{root}{THINGS}{path}"
    relations = {link.relation for link in over}
    has_default = any(link.is_default for link in over)
    links = [
        Link(OUR_PAGE, page, "标识登记 Registry entry", PAGE, HTML, is_default=not has_default),
        Link("gs1:pip", page, "产品信息 Product information", PAGE, HTML),
        Link("gs1:masterData", f"{page}?as=json", "主数据 Master data", (), "application/json"),
    ]
    return [link for link in links if link.relation not in relations]


def _description(found: Named, entity: Entity, reader: Actor | None) -> str:
    product, thing = found.product, entity.thing
    own = reader is not None and reader.organisation_id == thing.organisation_id
    if product is None or not (product.public or own):
        return unquote(path_of(thing.epc))
    names = dict.fromkeys(name for name in (product.name_zh, product.name_en) if name)
    number = {"serial": thing.serial, "lot": thing.lot}.get(thing.level, "")
    return " ".join([*names, *([number] if number else [])])


def path_of(epc: str) -> str:
    """`88.118.1001/ABC` or `01/…`, percent-encoded: its address here."""
    return epc.removeprefix(HANDLE).removeprefix(DIGITAL_LINK)


def _pairs(path: str) -> list[tuple[str, str]]:
    parts = path.split("/")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _joined(pairs: Sequence[tuple[str, str]]) -> str:
    return "/".join(part for pair in pairs for part in pair)


def _up_to(pairs: list[tuple[str, str]], ai: str) -> str:
    place = [name for name, _ in pairs].index(ai)
    return _joined(pairs[: place + 1])


def _shown(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f"({ai}){unquote(value)}" for ai, value in pairs)
