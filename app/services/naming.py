"""How what is minted gets its names: under which prefix, by which pattern, inside whose reserved range."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from sqlmodel import Session

from app.domain import check_characters, identifiers, patterns, serials
from app.domain.pattern_words import Token
from app.domain.patterns import Pattern
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, Unknown
from app.services import allotting
from app.services.mint_requests import MintRequest
from app.store import allotments, counters
from app.store.tables import Organisation, Product, ReservedRange

DAY_OF = timezone(
    timedelta(hours=8)
)  # a day without a production date is one of the factory's: China has one time zone


@dataclass(frozen=True, slots=True)
class Naming:
    """`pattern` None draws 80 random bits. `reserved` is the range it happens in, and `owner` then the prefix by which
    the company is known that reserved it; '' otherwise."""

    prefix: str
    organisation_id: int
    product_id: int = 0
    pattern: Pattern | None = None
    values: Mapping[str, str] | None = None
    suffix: str = ""
    reserved: ReservedRange | None = None
    owner: str = ""
    kept_free: tuple[str, ...] = ()  # what names must not begin with, since it is reserved for suppliers

    @property
    def is_fixed(self) -> bool:
        """Whether drawing again gives the same name."""
        return bool(self.suffix) or (
            self.pattern is not None and not self.pattern.counter and not self.pattern.random_bits
        )

    def take_room(self, session: Session, count: int) -> None:
        """Counts the new names against the quotas they fall under; raises Refused when they do not fit."""
        if self.reserved:
            allotting.take_from_range(session, self.reserved, count)
        else:
            key = f"{self.prefix}/{self.suffix}" if self.suffix else ""
            allotting.require_room(session, self.prefix, key, self.organisation_id, count)

    def draw(self, session: Session, count: int, now: datetime) -> list[str]:
        """New names as epcs. Random ones may be taken already: the database says so; counted ones are counted once."""
        if self.suffix:
            suffixes = [self.suffix]
        elif self.pattern is None or self.values is None:
            suffixes = serials.suffixes_from(secrets.token_bytes(serials.RANDOM_BYTES * count), count)
        else:
            suffixes = self._by_pattern(session, self.pattern, self.values, count, now)
        return [f"hdl:{self.prefix}/{suffix}" for suffix in suffixes]

    def _by_pattern(
        self, session: Session, pattern: Pattern, values: Mapping[str, str], count: int, now: datetime
    ) -> list[str]:
        values = {"date": now.astimezone(DAY_OF).date().isoformat()} | dict(values)
        first = 0
        if pattern.counter:
            scope = patterns.scope_of(pattern, values)
            within = f"{self.reserved.start} {scope}" if self.reserved else scope
            first = counters.take(session, self.product_id, within, count)
        data = secrets.token_bytes(patterns.bytes_needed(pattern, count))
        suffixes = patterns.generate(pattern, count, data, first, values)
        identifiers.check_suffix_for_minting(suffixes[0])  # a long lot number may make it too long
        if self.kept_free and (bad := next((s for s in suffixes if s.startswith(self.kept_free)), "")):
            raise allotting.reserved_name(f"{self.prefix}/{bad}")
        return suffixes


def naming_of(session: Session, actor: Actor, request: MintRequest, product: Product | None) -> Naming:
    """Raises Malformed, Unknown or Refused for names the organisation cannot give. `request` is tidied."""
    reserved = range_of(session, actor, request)
    prefix = reserved.prefix if reserved else request.prefix or actor.prefix
    if not reserved and prefix not in allotting.prefixes_of(session, actor.organisation_id):
        allotting.require_room(session, prefix, "", actor.organisation_id, 0)
    naming = Naming(
        prefix,
        actor.organisation_id,
        product_id=product.id or 0 if product else 0,
        suffix=identifiers.check_suffix_for_minting(request.suffix) if request.suffix else "",
        reserved=reserved,
        owner=session.get_one(Organisation, reserved.organisation_id).prefix if reserved else "",
    )
    if reserved:
        _check_within(reserved, request, naming.suffix)
    pattern = _pattern_of(product, reserved)
    if naming.suffix and pattern and pattern.check:
        _check_character(pattern.check, naming.suffix)
    if not naming.suffix and pattern:
        values = {"lot": request.lot, "part": product.part_number if product else ""}
        if request.produced_on:
            values["date"] = request.produced_on.isoformat()
        free = (
            []
            if reserved
            else [r.start for r in allotments.ranges_of(session, [prefix]) if r.state == "open"]
        )
        naming = replace(naming, pattern=pattern, values=values, kept_free=tuple(free))
    return naming


def range_of(session: Session, actor: Actor, request: MintRequest) -> ReservedRange | None:
    """The range the request is to be minted in, which has to be one for the actor's company."""
    if request.range_id is None:
        return None
    found = session.get(ReservedRange, request.range_id)
    if found is None or found.supplier_id != actor.organisation_id:
        raise Unknown(
            "unknown-range",
            N_("There is no such range for your organisation."),
            N_("Choose one from the list of ranges."),
            field="range",
        )
    return found


def _pattern_of(product: Product | None, reserved: ReservedRange | None) -> Pattern | None:
    """The product's; inside a range with the range's start in front, so that a check character covers it as well."""
    pattern = (
        patterns.parse(product.pattern, tracing=product.tracing) if product and product.pattern else None
    )
    if not reserved:
        return pattern
    tokens = pattern.tokens if pattern else patterns.parse("{serial:random16}").tokens
    return Pattern((Token("text", reserved.start), *tokens))


def _check_character(system: str, suffix: str) -> None:
    """Names chosen by hand keep the promise that a mistyped name of this product is found out."""
    if not check_characters.holds(system, suffix):
        stem = suffix[: -check_characters.LENGTHS[system]]
        raise Malformed(
            "wrong-check-character",
            N_("'{suffix}' does not end with the check character of the product's pattern."),
            N_("After {stem} it is {check}."),
            suffix=suffix,
            stem=stem or "—",
            check=check_characters.check_of(system, stem),
            field="suffix",
        )


def _check_within(reserved: ReservedRange, request: MintRequest, suffix: str) -> None:
    """What has to be unique for the owner's product begins as the range does: else a supplier could find out by trying
    which lot and serial numbers others have."""
    numbers = {
        "suffix": suffix,
        "lot": request.lot.upper() if request.level == "lot" else "",
        "serial_start": request.serial_start.upper(),
    }
    for field, number in numbers.items():
        if number and not number.startswith(reserved.start):
            raise Refused(
                "outside-range",
                N_("'{number}' does not begin with {start}, as all numbers of this range do."),
                N_("Put {start} in front of it."),
                number=number,
                start=reserved.start,
                field=field,
            )
    if request.level not in {"lot", "serial"}:
        raise Malformed(
            "range-is-for-products",
            N_("In a reserved range only lots and items of its product are minted."),
            N_("Mint your own logistic units without a range."),
            field="level",
        )
