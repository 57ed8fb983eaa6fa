"""Minting: new identifiers under the organisation's own prefix, by the one or by the thousand (more: bulk_minting)."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed
from app.services import mint_events
from app.services.capturing import capture
from app.services.filling import fitted
from app.services.mint_events import PER_EVENT
from app.services.mint_requests import MOST, MOST_AT_ONCE, MintRequest, check, tidied
from app.services.naming import Naming, naming_of, range_of
from app.store import database, items, masterdata
from app.store.tables import Product

TRIES = 3  # a collision of 80 random bits is a rarity; three in a row is a broken random source
PATTERN_TRIES = 20  # a pattern may be short, and numbers of a counter taken by hand
FEW_TRIES = 200  # of few names: the last free one of a short pattern is seldom drawn


def mint(session: Session, actor: Actor, request: MintRequest, now: datetime) -> list[str]:
    """New identifiers as epcs, reserved (active with `activate_at`), unsorted. All or none, by one transaction."""
    request, product = checked(session, actor, request, MOST_AT_ONCE)
    database.lock_log(session)  # before any counter or quota, so that two who mint never wait for each other
    naming = naming_of(session, actor, request, product)
    naming.take_room(session, request.count)
    epcs: list[str] = []
    for first in range(0, request.count, PER_EVENT):
        count = min(PER_EVENT, request.count - first)
        epcs += _mint_block(session, actor, request, naming, product, first, count, now)
    if request.activate_at:
        mint_events.commission(session, actor, request, product, epcs, now)
    return epcs


def checked(
    session: Session, actor: Actor, request: MintRequest, most: int = MOST
) -> tuple[MintRequest, Product | None]:
    """The request as it will be minted, and its product. Raises now what a job would only say later."""
    actor.require("mint")
    request = tidied(request)
    product = _product_of(session, actor, request)
    check(request, product, most)
    values, template = fitted(session, product, request.values, request.template or ())
    request = replace(request, values=values, template=template)
    naming_of(session, actor, request, product)
    return request, product


def _mint_block(
    session: Session,
    actor: Actor,
    request: MintRequest,
    naming: Naming,
    product: Product | None,
    first: int,
    count: int,
    now: datetime,
) -> list[str]:
    """One event's worth; what is taken of drawn names is drawn again, a taken name or number is told."""
    epcs: list[str] = []
    for _ in range(tries_of(naming, count)):
        epcs += naming.draw(session, count - len(epcs), now)
        event = mint_events.minted(session, actor, request, product, naming, epcs, first, now)
        try:
            with session.begin_nested():
                capture(session, event, actor, now)
            return epcs
        except database.Taken:
            epcs = still_free(session, naming, request, epcs)
    raise no_free_name(naming)


def tries_of(naming: Naming, count: int) -> int:
    return max(PATTERN_TRIES, min(FEW_TRIES, 1_000 // count)) if naming.pattern else TRIES


def still_free(session: Session, naming: Naming, request: MintRequest, epcs: list[str]) -> list[str]:
    """After a refusal by the database: what can be kept of the drawn names, the rest being drawn again. Raises Conflict
    where the name or number was not drawn but wanted."""
    free = _not_taken(session, epcs)
    if naming.is_fixed or (len(free) == len(epcs) and (request.lot or request.serial_start)):
        raise _taken(request, epcs)
    return free if len(free) < len(epcs) else []


def no_free_name(naming: Naming) -> Conflict:
    if naming.pattern:
        return Conflict(
            "pattern-used-up",
            N_("Nearly all names that the pattern {pattern} can form are in use."),
            N_("Give the pattern of the product more random characters, or its part number."),
            pattern=naming.pattern.text,
        )
    return Conflict(
        "no-free-identifier",
        N_("No unused identifier was found."),
        N_("Check the random source of this machine."),
    )


def _taken(request: MintRequest, epcs: list[str]) -> Conflict:
    name = request.suffix or (request.lot if request.level == "lot" else request.serial_start) or epcs[0]
    return Conflict(
        "identifier-taken",
        N_("'{name}' is in use already; an identifier, lot or serial number is never given twice."),
        N_("Choose another, or search for the existing one."),
        name=name,
    )


def _not_taken(session: Session, epcs: list[str]) -> list[str]:
    """Without repetitions among themselves."""
    used = items.of_epcs(session, epcs)
    return [epc for epc in dict.fromkeys(epcs) if epc not in used]


def product_of(session: Session, actor: Actor, epc: str) -> Product:
    """A product of the actor's organisation that is in use. Raises Malformed."""
    product = masterdata.product_by_epc(session, actor.organisation_id, epc)
    if product is None or not product.active:
        raise _unknown_product(epc)
    return product


def _product_of(session: Session, actor: Actor, request: MintRequest) -> Product | None:
    if request.level not in ("lot", "serial"):
        return None
    if reserved := range_of(session, actor, request):
        product = session.get(Product, reserved.product_id)
        if product and request.product_epc not in ("", product.epc):
            product = None
    else:
        product = masterdata.product_by_epc(session, actor.organisation_id, request.product_epc)
    if product is None or not product.active:
        raise _unknown_product(request.product_epc)
    return product


def _unknown_product(epc: str) -> Malformed:
    return Malformed(
        "unknown-product",
        N_("'{product}' is not a product of your organisation."),
        N_("Create the product first, or choose one from the list."),
        product=epc.removeprefix("hdl:"),
        field="product",
    )
