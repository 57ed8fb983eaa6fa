"""What is asked of minting, and the checks that need no look at what exists already."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.errors import N_, Malformed, Refused
from app.services.template_views import MARK
from app.store.tables import Product

MOST = 1_000_000
MOST_AT_ONCE = 100_000  # in one transaction, for which everybody else waits
LEVELS = ("lot", "serial", "logistic", "location", "product", "blank")
LONGEST_NUMBER = 80
YEARS = range(1990, 2200)  # outside these a date is a typing mistake


@dataclass(frozen=True, slots=True)
class MintRequest:
    """What to mint. Lots and serials need a product; `suffix` only for one hand-chosen identifier.

    `serial_start` numbers the pieces for people ("SN-0041" counts on from 41); the identifiers stay random.
    `activate_at` (a site epc) commissions at once; a lot then needs its quantity in the product's unit.
    `prefix` is one of the organisation's own, '' the one it is called by; `range_id` a range reserved for it under the
    prefix of another, for that company's product. `values` are those of the product's template; `template` names the
    version they fit, once that is settled.
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
    prefix: str = ""
    range_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    template: tuple[str, int] | None = None


def tidied(request: MintRequest) -> MintRequest:
    """Numbers as people mean them: without outer spaces, full-width characters as ASCII."""
    lot, start = (unicodedata.normalize("NFKC", text).strip() for text in (request.lot, request.serial_start))
    return replace(
        request, lot=lot, serial_start=start, order=request.order.strip(), prefix=request.prefix.strip()
    )


def check(request: MintRequest, product: Product | None, most: int = MOST) -> None:
    """Raises Malformed or Refused with the first thing that is wrong. `request` is tidied."""
    _check_level_and_count(request, most)
    if request.level == "blank" and (request.activate_at or request.lot or request.serial_start):
        raise Malformed(
            "blank-is-nothing-yet",
            N_("A blank label belongs to nothing yet; it has no number and is nowhere."),
            N_("Say what it is when it is used."),
        )
    _check_suffix(request.suffix)
    _check_texts(request)
    _check_dates(request)
    if product and product.tracing != request.level:
        raise Refused(
            "wrong-tracing",
            N_("{part_number} is traced by {tracing}, not by {level}."),
            N_("Mint what the product is traced by."),
            part_number=product.part_number,
            tracing=product.tracing,
            level=request.level,
        )
    if request.level == "lot" and not request.lot:
        raise Malformed(
            "lot-missing",
            N_("A lot needs a lot number."),
            N_("Type the number that stands on the batch papers."),
            field="lot",
        )


def _check_level_and_count(request: MintRequest, most: int) -> None:
    if request.level not in LEVELS:
        raise Malformed(
            "unknown-level",
            N_("'{level}' cannot be minted."),
            N_("Known: {known}."),
            level=request.level[:40],
            known=", ".join(LEVELS),
        )
    if not 1 <= request.count <= most:
        raise Malformed(
            "bad-count",
            N_("{count} identifiers were asked for."),
            N_("Ask for 1 to {most} at a time."),
            field="count",
            count=request.count,
            most=most,
        )
    if request.count > 1 and (request.suffix or request.level in {"lot", "location", "product"}):
        raise Malformed(
            "one-at-a-time",
            N_("{count} of the same name were asked for."),
            N_("Mint these one at a time."),
            field="count",
            count=request.count,
        )


def _check_suffix(suffix: str) -> None:
    if suffix.upper().startswith(MARK):
        raise Refused(
            "suffix-of-templates",
            N_("'{suffix}' begins like the name of a template."),
            N_("Choose another name; those that begin with {mark} are for templates."),
            suffix=suffix[:60],
            mark=MARK,
            field="suffix",
        )


def _check_texts(request: MintRequest) -> None:
    for text in (request.lot, request.serial_start, request.order):
        check_number(text)
    if request.serial_start and request.serial_start[-1] not in "0123456789":
        raise Malformed(
            "bad-serial-start",
            N_("'{start}' does not end in a number."),
            N_("Write for example SN-0001."),
            field="serial_start",
            start=request.serial_start,
        )


def check_number(text: str) -> None:
    """Whether a lot, serial or order number is one line of text that can be printed and found again."""
    if len(text) > LONGEST_NUMBER or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise Malformed(
            "bad-number",
            N_("'{text}' is too long or has characters that are not text."),
            N_("Use one line of at most {most} characters."),
            text=text[:LONGEST_NUMBER].encode("utf-8", "replace").decode().replace("\0", "\ufffd"),
            most=LONGEST_NUMBER,
        )


def _check_dates(request: MintRequest) -> None:
    for day in (request.produced_on, request.expires_on):
        if day and day.year not in YEARS:
            raise Malformed(
                "bad-date",
                N_("{date} cannot be the date of a product."),
                N_("Check the year."),
                date=day.isoformat(),
            )
    if request.produced_on and request.expires_on and request.expires_on < request.produced_on:
        raise Malformed(
            "expires-before-made",
            N_("The expiry date {expires} is before the production date {produced}."),
            N_("Check both dates."),
            field="expires_on",
            expires=request.expires_on,
            produced=request.produced_on,
        )
