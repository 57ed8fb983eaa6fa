"""Labels of things: what stands on them, and the files to print. Every file was read back before it is returned."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services.capturing import unknown_identifier
from app.services.contents import contents_of
from app.store import browsing, items
from app.store.tables import Product, Site, Thing
from labels.errors import LabelError
from labels.spec import A4_3X8, DOTS_PER_MM, Label, Stock

__all__ = ["contents_of", "first_of_batch", "labels_of", "labels_of_batch", "png", "sheet", "svg"]

MOST = 100_000
STOCK = A4_3X8
RESOLUTIONS = tuple(sorted(DOTS_PER_MM))
CAPTIONS = {
    "lot": "批次 Lot",
    "serial": "序列号 Serial",
    "part": "料号 Part",
    "made": "生产 Made",
    "expires": "有效期至 Expires",
    "sscc": "SSCC",
    "location": "位置 Location",
}
UNIT_TITLE = ("物流单元", "Logistic unit")


def labels_of(session: Session, actor: Actor, epcs: Iterable[str], base_url: str) -> list[Label]:
    """One label per identifier, in the order given. Only the organisation's own, and nothing void.

    Raises Unknown for what is not the actor's own (refusal looks like absence), Refused for void identifiers.
    """
    actor.require("print")
    wanted = list(epcs)
    _check_count(len(wanted))
    things = items.of_epcs(session, wanted)
    for epc in wanted:
        if epc not in things or things[epc].organisation_id != actor.organisation_id:
            raise unknown_identifier(epc)
    return _labels(session, [things[epc] for epc in wanted], base_url)


def labels_of_batch(
    session: Session, actor: Actor, first_seq: int, last_seq: int, base_url: str
) -> list[Label]:
    """Labels of what the entries `first_seq` to `last_seq` of the actor's organisation minted, but for what is void."""
    _check_batch(session, actor, first_seq, last_seq)
    things = browsing.minted_between(session, actor.organisation_id, first_seq, last_seq)
    return _labels(session, things, base_url)


def first_of_batch(
    session: Session, actor: Actor, first_seq: int, last_seq: int, base_url: str
) -> tuple[Label, int]:
    """The first label of `labels_of_batch`, and how many there would be: for a look before a long run."""
    count = _check_batch(session, actor, first_seq, last_seq)
    things = browsing.minted_between(session, actor.organisation_id, first_seq, last_seq, limit=1)
    return _labels(session, things, base_url)[0], count


def sheet(
    labels: Sequence[Label],
    stock: Stock = STOCK,
    start: int = 1,
    dpi: int = 300,
    progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """A PDF of label sheets, every symbol decoded from the finished pages. Needs no session: call it outside one."""
    return _proven("proven_sheet", labels, stock, start, dpi, progress)


def png(label: Label, dpi: int = 300) -> bytes:
    return _proven("proven_png", label, dpi=dpi)


def svg(label: Label, dpi: int = 300) -> bytes:
    return _proven("proven_svg", label, dpi=dpi)


def _proven(name: str, *values: Any, **options: Any) -> bytes:
    """Imports the drawing late: it costs tens of megabytes that a process which prints nothing need not have."""
    from labels import proof

    try:
        made: bytes = getattr(proof, name)(*values, **options)
        return made
    except LabelError as error:
        raise Refused(error.code, error.message, error.hint, **error.values) from error


def _check_batch(session: Session, actor: Actor, first_seq: int, last_seq: int) -> int:
    actor.require("print")
    count = browsing.count_minted(session, actor.organisation_id, first_seq, last_seq)
    if not count or last_seq - first_seq > MOST:
        raise Unknown("unknown-batch", N_("There is no such batch."), N_("Choose one from the list."))
    _check_count(count)
    return count


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=count,
            most=MOST,
        )


def _labels(session: Session, things: Sequence[Thing], base_url: str) -> list[Label]:
    for thing in things:
        if thing.lifecycle == "void":
            raise Refused(
                "identifier-void",
                N_("{identifier} is void; a void identifier gets no label."),
                N_("Mint a new one."),
                identifier=str(identifiers.from_epc(thing.epc)),
            )
    products: dict[Any, Product] = dict(
        browsing.products_by_id(session, [thing.product_id for thing in things])
    )
    products |= browsing.products_by_epc(session, [thing.epc for thing in things if thing.level == "product"])
    sites = browsing.sites_by_epc(session, [thing.epc for thing in things if thing.level == "location"])
    aliases = browsing.aliases_of(session, [thing.id or 0 for thing in things if thing.level == "logistic"])
    return [_label(thing, products, sites, aliases, base_url) for thing in things]


def _label(
    thing: Thing, products: dict[Any, Product], sites: dict[str, Site], aliases: dict[int, str], base_url: str
) -> Label:
    identifier = identifiers.from_epc(thing.epc)
    product = products.get(thing.product_id or thing.epc)
    site = sites.get(thing.epc)
    title, subtitle = (product.name_zh, product.name_en) if product else UNIT_TITLE
    if site:
        title, subtitle = site.name_zh, site.name_en
    values = {
        "part": product.part_number if product else "",
        "lot": thing.lot,
        "serial": thing.serial,
        "sscc": str(identifiers.from_epc(aliases[thing.id])) if thing.id in aliases else "",
        "location": site.address if site else "",
        "made": thing.produced_on.isoformat() if thing.produced_on else "",
        "expires": thing.expires_on.isoformat() if thing.expires_on else "",
    }
    return Label(
        payload=identifiers.short_url(base_url, identifier),
        identifier=str(identifier),
        title=title or subtitle,
        subtitle=subtitle if title else "",
        details=tuple((CAPTIONS[name], value) for name, value in values.items() if value),
    )
