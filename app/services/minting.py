"""Minting: new identifiers under the organisation's own prefix, by the one or by the hundred thousand."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from app.domain import gs1
from app.domain.epcis import Event, Quantity
from app.domain.identifiers import Key
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.errors import N_, Conflict, Malformed
from app.services.capturing import capture
from app.services.mint_requests import MintRequest, check, tidied
from app.services.naming import Naming, naming_of, range_of
from app.store import database, items, masterdata
from app.store.tables import Organisation, Product

PER_EVENT = 1_000  # keeps one event's text near 40 kB
SSCC_ROUNDS = 20
TRIES = 3  # a collision of 80 random bits is a rarity; three in a row is a broken random source
PATTERN_TRIES = 20  # a pattern may be short, and numbers of a counter taken by hand


def mint(session: Session, actor: Actor, request: MintRequest, now: datetime) -> list[str]:
    """New identifiers as epcs, reserved (active with `activate_at`), in random order. All or none."""
    request, product = checked(session, actor, request)
    database.lock_log(session)  # before any counter or quota, so that two who mint never wait for each other
    naming = naming_of(session, actor, request, product)
    naming.take_room(session, request.count)
    common = _common(request, product)
    epcs: list[str] = []
    for first in range(0, request.count, PER_EVENT):
        count = min(PER_EVENT, request.count - first)
        epcs += _mint_block(session, actor, request, naming, common, first, count, now)
    if request.activate_at:
        _commission(session, actor, request, common, epcs, now)
    return epcs


def checked(session: Session, actor: Actor, request: MintRequest) -> tuple[MintRequest, Product | None]:
    """The request as it will be minted, and its product. Raises now what a job would only say later."""
    actor.require("mint")
    request = tidied(request)
    product = _product_of(session, actor, request)
    check(request, product)
    naming_of(session, actor, request, product)
    return request, product


def _mint_block(
    session: Session,
    actor: Actor,
    request: MintRequest,
    naming: Naming,
    common: dict[str, Any],
    first: int,
    count: int,
    now: datetime,
) -> list[str]:
    """One event's worth; what is taken of drawn names is drawn again, a taken name or number is told."""
    epcs: list[str] = []
    owner = (("owning_party", f"hdl:{naming.owner}"),) if naming.owner else ()
    for _ in range(PATTERN_TRIES if naming.pattern else TRIES):
        epcs += naming.draw(session, count - len(epcs), now)
        ilmd = common | {"suyuan:serials": list(_numbered(request.serial_start, first, count))}
        if request.level == "logistic" and (aliases := _sscc_aliases(session, actor, epcs)):
            ilmd["suyuan:aliases"] = aliases
        filled = {name: value for name, value in ilmd.items() if value}
        event = _event(
            "mint", now, epc_list=tuple(epcs), ilmd=filled, order=request.order, destination_list=owner
        )
        try:
            with session.begin_nested():
                capture(session, event, actor, now)
            return epcs
        except database.Taken:
            free = _not_taken(session, epcs)
            if naming.is_fixed or (len(free) == len(epcs) and (request.lot or request.serial_start)):
                raise _taken(request, epcs) from None
            epcs = free if len(free) < len(epcs) else []
    raise _no_free_name(naming)


def _no_free_name(naming: Naming) -> Conflict:
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


def _numbered(start: str, first: int, count: int) -> Iterator[str]:
    if start:
        head = start.rstrip("0123456789")
        digits = start[len(head) :]
        yield from (f"{head}{int(digits) + first + offset:0{len(digits)}d}" for offset in range(count))


def _sscc_aliases(session: Session, actor: Actor, epcs: list[str]) -> dict[str, list[str]]:
    """One SSCC each, where the organisation has a GS1 company prefix; at most 9 digits of it are ours to draw,
    so those in use are stepped over (the constraint stays the judge)."""
    company = session.get_one(Organisation, actor.organisation_id).gs1_prefix
    if not company:
        return {}
    free: dict[str, None] = {}
    for _ in range(SSCC_ROUNDS):
        drawn = [_random_sscc(company) for _ in range(len(epcs) - len(free))]
        used = items.of_epcs(session, drawn)
        free |= dict.fromkeys(key for key in drawn if key not in used)
        if len(free) == len(epcs):
            return {epc: [key] for epc, key in zip(epcs, free, strict=True)}
    raise Conflict(
        "no-free-sscc",
        N_("Too few SSCC numbers are left under the GS1 company prefix {company}."),
        N_("Enter another company prefix for your organisation, or mint fewer at a time."),
        company=company,
    )


def _random_sscc(company: str) -> str:
    digits = 16 - len(company)
    return Key("sscc", gs1.sscc("3", company, f"{secrets.randbelow(10**digits):0{digits}d}")).epc


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
        raise Malformed(
            "unknown-product",
            N_("'{product}' is not a product of your organisation."),
            N_("Create the product first, or choose one from the list."),
            product=request.product_epc.removeprefix("hdl:"),
            field="product",
        )
    return product


def _common(request: MintRequest, product: Product | None) -> dict[str, Any]:
    expires = request.expires_on
    if product and product.shelf_life_days and request.produced_on and not expires:
        expires = request.produced_on + timedelta(days=product.shelf_life_days)
    return {
        "suyuan:level": request.level,
        "suyuan:product": product.epc if product else "",
        "suyuan:lot": request.lot.strip(),
        "suyuan:unit": product.unit if product else "",
        "suyuan:producedOn": request.produced_on.isoformat() if request.produced_on else "",
        "suyuan:expiresOn": expires.isoformat() if expires else "",
    }


def _commission(
    session: Session,
    actor: Actor,
    request: MintRequest,
    common: dict[str, Any],
    epcs: list[str],
    now: datetime,
) -> None:
    if request.level == "lot":
        if request.quantity is None:
            raise Malformed(
                "quantity-missing",
                N_("A lot needs its quantity when it is activated."),
                N_("Type how much was made."),
                field="quantity",
            )
        counted = (Quantity(epcs[0], request.quantity, common["suyuan:unit"]),)
        capture(
            session,
            _event("commission", now, quantity_list=counted, read_point=request.activate_at),
            actor,
            now,
        )
        return
    for first in range(0, len(epcs), PER_EVENT):
        block = tuple(epcs[first : first + PER_EVENT])
        capture(
            session, _event("commission", now, epc_list=block, read_point=request.activate_at), actor, now
        )


def _event(step: str, now: datetime, *, order: str = "", read_point: str = "", **values: Any) -> Event:
    kind = STEPS[step]
    orders = (("po", order),) if order else ()
    return Event(
        kind.event_type,
        now,
        action=kind.action,
        biz_step=kind.biz_step,
        disposition=kind.disposition,
        read_point=read_point,
        biz_location=read_point,
        biz_transaction_list=orders,
        extensions={"suyuan:step": step},
        **values,
    )
