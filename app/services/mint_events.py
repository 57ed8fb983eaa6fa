"""The events that a mint records: what was named, and its activation where that happens at once."""

import secrets
from collections.abc import Iterator, Sequence
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
from app.services.mint_requests import MintRequest
from app.services.naming import Naming
from app.store import items
from app.store.tables import Organisation, Product

PER_EVENT = 1_000  # keeps one event's text near 40 kB
SSCC_ROUNDS = 20


def minted(
    session: Session,
    actor: Actor,
    request: MintRequest,
    product: Product | None,
    naming: Naming,
    epcs: Sequence[str],
    first: int,
    now: datetime,
) -> Event:
    """The event that names these; `first` is how many of the request stand in events before it."""
    ilmd = _common(request, product) | {
        "suyuan:serials": list(_numbered(request.serial_start, first, len(epcs)))
    }
    if request.level == "logistic" and (aliases := _sscc_aliases(session, actor, epcs)):
        ilmd["suyuan:aliases"] = aliases
    filled = {name: value for name, value in ilmd.items() if value}
    owner = (("owning_party", f"hdl:{naming.owner}"),) if naming.owner else ()
    return _event("mint", now, epc_list=tuple(epcs), ilmd=filled, order=request.order, destination_list=owner)


def claimed(
    session: Session,
    actor: Actor,
    request: MintRequest,
    product: Product | None,
    epc: str,
    serial: str,
    now: datetime,
) -> Event:
    """The event by which a blank label becomes what the request says; a logistic unit gets its SSCC as one minted."""
    ilmd = _common(request, product) | {"suyuan:serials": [serial] if serial else []}
    if request.level == "logistic":
        ilmd["suyuan:aliases"] = _sscc_aliases(session, actor, [epc])
    filled = {name: value for name, value in ilmd.items() if value}
    return _event("claim", now, epc_list=(epc,), ilmd=filled, order=request.order)


def _numbered(start: str, first: int, count: int) -> Iterator[str]:
    if start:
        head = start.rstrip("0123456789")
        digits = start[len(head) :]
        yield from (f"{head}{int(digits) + first + offset:0{len(digits)}d}" for offset in range(count))


def _sscc_aliases(session: Session, actor: Actor, epcs: Sequence[str]) -> dict[str, list[str]]:
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
        "suyuan:template": list(request.template or ()),
        "suyuan:values": dict(request.values),
    }


def commission(
    session: Session,
    actor: Actor,
    request: MintRequest,
    product: Product | None,
    epcs: Sequence[str],
    now: datetime,
) -> None:
    """Activates what was minted at the site of the request, a thousand in each event."""
    if request.level == "lot":
        if request.quantity is None:
            raise Malformed(
                "quantity-missing",
                N_("A lot needs its quantity when it is activated."),
                N_("Type how much was made."),
                field="quantity",
            )
        counted = (Quantity(epcs[0], request.quantity, product.unit if product else ""),)
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
