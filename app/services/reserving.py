"""Ranges that an owner reserves for a supplier: so many identifiers under the owner's prefix, which the supplier mints.

The supplier records the mint and has the things; the owner, whose prefix and product they bear, is a party of each of
them from that moment on and sees them. Neither sees more of the other than companies that trade with each other do.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import allotting, auditing, masterdata
from app.services.cards import Card, cards_of
from app.store import allotments as rows
from app.store import browsing
from app.store.tables import Organisation, Product, ReservedRange

STATES = {"open": N_("Open"), "closed": N_("Closed")}
START = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,28}[._-]")  # its end tells it from what merely begins alike
LARGEST = 10**9


@dataclass(frozen=True, slots=True)
class Told:
    """A range with the companies and the product it is about."""

    row: ReservedRange
    owner: Organisation
    supplier: Organisation
    product: Product
    mine: bool  # whether the reader's company reserved it

    @property
    def left(self) -> int:
        return max(0, self.row.quota - self.row.used) if self.row.state == "open" else 0


def reserve(
    session: Session,
    actor: Actor,
    *,
    supplier: str,
    product_id: int,
    start: str,
    quota: int,
    now: datetime,
    prefix: str = "",
) -> Told:
    """For the company called `supplier` (a prefix), for one own product, under one own prefix ('' the first)."""
    actor.require("master")
    product = masterdata.product_of(session, actor, product_id)
    partner = next(
        (row for row in masterdata.partners(session, actor) if row.prefix == supplier.strip()), None
    )
    if partner is None:
        raise Unknown(
            "unknown-supplier",
            N_("'{supplier}' is not another company of this node."),
            N_("Choose one from the list, or ask the node's administrators to admit it."),
            supplier=supplier[:64],
            field="supplier",
        )
    prefix, start = prefix.strip() or actor.prefix, _start(start)
    rows.locked(session, prefix)  # who reserves under one prefix takes turns
    allotting.require_room(session, prefix, "", actor.organisation_id, 0)
    _check_free(session, prefix, start)
    row = ReservedRange(
        organisation_id=actor.organisation_id,
        supplier_id=partner.id or 0,
        product_id=product.id,
        prefix=prefix,
        start=start,
        quota=_quota(quota, 0),
        record_time=now,
    )
    session.add(row)
    session.flush()
    _audit(session, actor, row, "range-reserved", now)
    return _told(session, actor, [row])[0]


def change(session: Session, actor: Actor, range_id: int, now: datetime, *, quota: int, state: str) -> Told:
    """The owner's: a larger or smaller quota, closed, open again. What was minted stays."""
    actor.require("master")
    found = session.get(ReservedRange, range_id)
    row = rows.locked_range(session, range_id) if found else None
    if row is None or row.organisation_id != actor.organisation_id:
        raise unknown_range()
    if state not in STATES:
        raise Malformed(
            "unknown-state",
            N_("There is no state '{state}'."),
            N_("Known: {known}."),
            state=state[:40],
            known=", ".join(STATES),
            field="state",
        )
    row.quota, row.state = _quota(quota, row.used), state
    session.flush()
    _audit(session, actor, row, "range-changed", now)
    return _told(session, actor, [row])[0]


def ranges(
    session: Session, actor: Actor, *, after: int | None = None, limit: int = 50
) -> tuple[list[Told], int | None]:
    """Those the actor's company reserved and those it may mint in, newest first, and the next page's `after`."""
    actor.require("browse")
    found = rows.ranges_page(session, actor.organisation_id, after, limit + 1)
    return _told(session, actor, found[:limit]), found[limit - 1].id if len(found) > limit else None


def range_of(session: Session, actor: Actor, range_id: int) -> Told:
    """Unknown for whom it concerns not."""
    actor.require("browse")
    row = session.get(ReservedRange, range_id)
    if row is None or actor.organisation_id not in (row.organisation_id, row.supplier_id):
        raise unknown_range()
    return _told(session, actor, [row])[0]


def minted_in(
    session: Session, actor: Actor, told: Told, *, after: str = "", limit: int = 50
) -> tuple[list[Card], str]:
    """What was minted in a range, by name, and the key of the next page. Cards tell no more than the reader may see."""
    found = rows.things_in(session, told.row, after, limit + 1)
    return cards_of(session, actor, found[:limit]), found[limit - 1].epc if len(found) > limit else ""


def unknown_range() -> Unknown:
    return Unknown(
        "unknown-range",
        N_("There is no such range for your organisation."),
        N_("Choose one from the list of ranges."),
        field="range",
    )


def _told(session: Session, actor: Actor, found: Sequence[ReservedRange]) -> list[Told]:
    ids = [key for row in found for key in (row.organisation_id, row.supplier_id)]
    companies = rows.organisations_by_id(session, ids)
    products = browsing.products_by_id(session, [row.product_id for row in found])
    return [
        Told(
            row,
            companies[row.organisation_id],
            companies[row.supplier_id],
            products[row.product_id or 0],
            row.organisation_id == actor.organisation_id,
        )
        for row in found
    ]


def _start(text: str) -> str:
    tidy = unicodedata.normalize("NFKC", text).strip().upper()
    if not START.fullmatch(tidy):
        raise Malformed(
            "bad-range-start",
            N_("'{start}' cannot be what the names of a range begin with."),
            N_("Use letters and digits, and end with a hyphen, dot or underscore: S7-."),
            start=tidy[:40],
            field="start",
        )
    return tidy


def _quota(quota: int, used: int) -> int:
    if not 1 <= quota <= LARGEST:
        raise Malformed(
            "bad-quota",
            N_("{quota} cannot be a quota."),
            N_("Enter a number from 0 to {most}, or leave it empty for no limit."),
            quota=quota,
            most=LARGEST,
            field="quota",
        )
    if quota < used:
        raise Refused(
            "quota-below-use",
            N_("{used} identifiers of the range are minted; its quota cannot be {quota}."),
            N_("Close the range instead."),
            used=used,
            quota=quota,
            field="quota",
        )
    return quota


def _check_free(session: Session, prefix: str, start: str) -> None:
    for other in rows.ranges_of(session, [prefix]):
        if other.start.startswith(start) or start.startswith(other.start):
            raise Conflict(
                "range-taken",
                N_("The range {other} exists already; names beginning with {start} would belong to both."),
                N_("Choose another beginning."),
                other=other.start,
                start=start,
                field="start",
            )
    if rows.any_name_under(session, prefix, start):
        raise Conflict(
            "names-exist",
            N_("There are names under {prefix} that begin with {start} already."),
            N_("Choose another beginning."),
            prefix=prefix,
            start=start,
            field="start",
        )


def _audit(session: Session, actor: Actor, row: ReservedRange, action: str, now: datetime) -> None:
    """In the trails of both companies."""
    detail = f"{row.state}, {row.used}/{row.quota}"
    for organisation_id in (row.organisation_id, row.supplier_id):
        auditing.record_of(
            session, organisation_id, actor.operator_id, actor.name, action, now,
            subject=f"{row.prefix}/{row.start}", detail=detail,
        )  # fmt: skip
