"""Minting: new identifiers under the organisation's own prefix, by the one or by the hundred thousand."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.domain import gs1, identifiers, serials
from app.domain.epcis import Event, Quantity
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.errors import Conflict, Malformed, N_, Refused
from app.services.capturing import capture
from app.store.tables import Organisation, Product

MOST = 100_000
PER_EVENT = 1_000  # keeps one event's text near 40 kB
LEVELS = ("lot", "serial", "logistic", "location", "product")
RANDOM_BYTES = 10  # 80 bits: DESIGN §4
TRIES = 3  # a collision of 80 random bits is a rarity; three in a row is a broken random source


@dataclass(frozen=True, slots=True)
class MintRequest:
    """What to mint. Lots and serials need a product; `suffix` only for one hand-chosen identifier.

    `serial_start` numbers the pieces for people ("SN-0041" counts on from 41); the identifiers stay random.
    `activate_at` (a site epc) commissions at once; a lot then needs its quantity in the product's unit.
    """

    level: str
    count: int = 1
    product_epc: str = ""
    lot: str = ""
    serial_start: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    suffix: str = ""
    activate_at: str = ""
    quantity: Decimal | None = None
    order: str = ""


def mint(session: Session, actor: Actor, request: MintRequest, now: datetime) -> list[str]:
    """New identifiers as epcs, reserved (active with `activate_at`), in random order. All or none."""
    actor.require("mint")
    product = _product_of(session, actor, request)
    _check(request, product)
    common = _common(request, product)
    epcs: list[str] = []
    for first in range(0, request.count, PER_EVENT):
        count = min(PER_EVENT, request.count - first)
        epcs += _mint_block(session, actor, request, common, first, count, now)
    if request.activate_at:
        _commission(session, actor, request, common, epcs, now)
    return epcs


def _mint_block(
    session: Session,
    actor: Actor,
    request: MintRequest,
    common: dict[str, Any],
    first: int,
    count: int,
    now: datetime,
) -> list[str]:
    """One event's worth; a collision of random suffixes is drawn again, a taken name is told."""
    for _ in range(TRIES):
        epcs = _epcs(actor.prefix, request.suffix, count)
        ilmd = common | {"suyuan:serials": list(_numbered(request.serial_start, first, count))}
        if request.level == "logistic" and (aliases := _sscc_aliases(session, actor, epcs)):
            ilmd["suyuan:aliases"] = aliases
        event = _event(
            "mint", now, epc_list=tuple(epcs), ilmd={k: v for k, v in ilmd.items() if v}, order=request.order
        )
        try:
            with session.begin_nested():
                capture(session, event, actor, now)
            return epcs
        except IntegrityError:
            if request.suffix or request.lot or request.serial_start:
                raise _taken(request) from None
    raise Conflict(
        "no-free-identifier",
        N_("No unused identifier was found."),
        N_("Check the random source of this machine."),
    )


def _taken(request: MintRequest) -> Conflict:
    name = request.suffix or (request.lot if request.level == "lot" else request.serial_start)
    return Conflict(
        "identifier-taken",
        N_("'{name}' is in use already; an identifier, lot or serial number is never given twice."),
        N_("Choose another, or search for the existing one."),
        name=name,
    )


def _epcs(prefix: str, suffix: str, count: int) -> list[str]:
    if suffix:
        return [Identifier(prefix, identifiers.check_suffix_for_minting(suffix)).epc]
    return [
        f"hdl:{prefix}/{text}"
        for text in serials.suffixes_from(secrets.token_bytes(RANDOM_BYTES * count), count)
    ]


def _numbered(start: str, first: int, count: int) -> Iterator[str]:
    if start:
        head = start.rstrip("0123456789")
        digits = start[len(head) :]
        yield from (f"{head}{int(digits) + first + offset:0{len(digits)}d}" for offset in range(count))


def _sscc_aliases(session: Session, actor: Actor, epcs: list[str]) -> dict[str, list[str]]:
    query = select(Organisation.gs1_prefix).where(col(Organisation.id) == actor.organisation_id)
    company = session.execute(query).scalar_one()
    if not company:
        return {}
    digits = 16 - len(company)
    numbers = [f"{secrets.randbelow(10**digits):0{digits}d}" for _ in epcs]
    return {
        epc: [Key("sscc", gs1.sscc("3", company, number)).epc]
        for epc, number in zip(epcs, numbers, strict=True)
    }


def _product_of(session: Session, actor: Actor, request: MintRequest) -> Product | None:
    if request.level not in ("lot", "serial"):
        return None
    query = select(Product).where(
        col(Product.epc) == request.product_epc, col(Product.organisation_id) == actor.organisation_id
    )
    product = session.execute(query).scalar_one_or_none()
    if product is None or not product.active:
        raise Malformed(
            "unknown-product",
            N_("'{product}' is not a product of your organisation."),
            N_("Create the product first, or choose one from the list."),
            product=request.product_epc.removeprefix("hdl:"),
        )
    return product


def _check(request: MintRequest, product: Product | None) -> None:
    if request.level not in LEVELS:
        raise Malformed(
            "unknown-level",
            N_("'{level}' cannot be minted."),
            N_("Known: {known}."),
            level=request.level,
            known=", ".join(LEVELS),
        )
    if not 1 <= request.count <= MOST:
        raise Malformed(
            "bad-count",
            N_("{count} identifiers were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=request.count,
            most=MOST,
        )
    if request.count > 1 and (request.suffix or request.level in {"lot", "location", "product"}):
        raise Malformed(
            "one-at-a-time",
            N_("{count} of the same name were asked for."),
            N_("Mint these one at a time."),
            count=request.count,
        )
    if request.serial_start and not request.serial_start[-1].isdecimal():
        raise Malformed(
            "bad-serial-start",
            N_("'{start}' does not end in a number."),
            N_("Write for example SN-0001."),
            start=request.serial_start,
        )
    if product and product.tracing != request.level:
        raise Refused(
            "wrong-tracing",
            N_("{part_number} is traced by {tracing}, not by {level}."),
            N_("Mint what the product is traced by."),
            part_number=product.part_number,
            tracing=product.tracing,
            level=request.level,
        )
    if request.level == "lot" and not request.lot.strip():
        raise Malformed(
            "lot-missing",
            N_("A lot needs a lot number."),
            N_("Type the number that stands on the batch papers."),
        )
    if request.produced_on and request.expires_on and request.expires_on < request.produced_on:
        raise Malformed(
            "expires-before-made",
            N_("The expiry date {expires} is before the production date {produced}."),
            N_("Check both dates."),
            expires=request.expires_on,
            produced=request.produced_on,
        )


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
