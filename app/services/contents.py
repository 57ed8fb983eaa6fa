"""What stands on the labels of things: values by the names of `labels.fields`, for many things in a few queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.identifiers import Key
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused
from app.services import gtins
from app.services.capturing import unknown_identifier
from app.store import browsing, items
from app.store.tables import Organisation, Product, Site, Thing
from labels.fields import Content

MOST = 2_000  # in one call: whoever prints more asks for them block by block, so that memory stays small
# Words on labels, in the language of the print and not of whoever reads the page.
COPY = {"en": "copy {number}", "zh": "第 {number} 份"}
UNITS = {
    "H87": {"en": "pcs", "zh": "件"},
    "SET": {"en": "sets", "zh": "套"},
    "ROL": {"en": "rolls", "zh": "卷"},
    "TNE": {"en": "t", "zh": "吨"},
    "LTR": {"en": "l", "zh": "升"},
    "KGM": {"en": "kg", "zh": "千克"},
    "GRM": {"en": "g", "zh": "克"},
    "MTR": {"en": "m", "zh": "米"},
    "MTK": {"en": "m²", "zh": "平方米"},
    "MTQ": {"en": "m³", "zh": "立方米"},
    "KWH": {"en": "kWh", "zh": "千瓦时"},
}


def contents_of(
    session: Session,
    actor: Actor,
    epcs: Iterable[str],
    base_url: str,
    language: str,
    copies: Mapping[str, int] | None = None,
) -> list[Content]:
    """One for each identifier, in the order given; at most `MOST`. Only the organisation's own, and nothing void.

    `copies` says which copy of its label this is, where it is not the first. Eight queries, however many things.
    Raises Unknown for what is not the actor's own (refusal looks like absence), Refused for void identifiers.
    """
    actor.require("print")
    wanted = list(epcs)
    if len(wanted) > MOST:
        raise Malformed(
            "bad-label-count",
            N_("{count} labels were asked for."),
            N_("Ask for 1 to {most} at a time."),
            count=len(wanted),
            most=MOST,
        )
    things = items.of_epcs(session, wanted)
    for epc in wanted:
        if epc not in things or things[epc].organisation_id != actor.organisation_id:
            raise unknown_identifier(epc)
    return contents_of_things(session, [things[epc] for epc in wanted], base_url, language, copies)


def contents_of_things(
    session: Session,
    things: Sequence[Thing],
    base_url: str,
    language: str,
    copies: Mapping[str, int] | None = None,
) -> list[Content]:
    """The same for rows that the caller may print."""
    check_printable(things)
    known = _known(session, things)
    words = _Words(base_url, language, copies or {})
    return [_content(thing, known, words) for thing in things]


def check_printable(things: Iterable[Thing]) -> None:
    for thing in things:
        if thing.lifecycle == "void":
            raise Refused(
                "identifier-void",
                N_("{identifier} is void; a void identifier gets no label."),
                N_("Mint a new one."),
                identifier=str(identifiers.from_epc(thing.epc)),
            )


@dataclass(frozen=True, slots=True)
class _Words:
    base_url: str
    language: str
    copies: Mapping[str, int]

    def copy(self, epc: str) -> str:
        number = self.copies.get(epc, 1)
        return COPY[self.spoken].format(number=number) if number > 1 else ""

    def unit(self, code: str) -> str:
        return UNITS[code][self.spoken] if code in UNITS else code

    @property
    def spoken(self) -> str:
        return "zh" if self.language.startswith("zh") else "en"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is told of these things beside their own rows, by id or by epc."""

    products: dict[Any, Product]
    sites: dict[str, Site]
    keys: dict[int, str]  # an SSCC of a logistic unit, a GLN of a place
    gtins: dict[int, str]
    amounts: dict[str, Decimal]
    companies: dict[int, Organisation]


def _known(session: Session, things: Sequence[Thing]) -> _Known:
    products: dict[Any, Product] = dict(
        browsing.products_by_id(session, [each.product_id for each in things])
    )
    products |= browsing.products_by_epc(session, [each.epc for each in things if each.level == "product"])
    named = [each.id or 0 for each in things if each.level in ("logistic", "location")]
    lots = [each for each in things if each.level == "lot"]
    states = items.states_of(session, lots)
    return _Known(
        products=products,
        sites=browsing.sites_by_epc(session, [each.epc for each in things if each.level == "location"]),
        keys=browsing.aliases_of(session, named),
        gtins=gtins.of(session, {row.epc: row for row in products.values()}.values()),
        amounts={
            epc: sum((each.quantity for each in state.balances), Decimal(0)) for epc, state in states.items()
        },
        companies=browsing.organisations_by_id(session, {each.organisation_id for each in things}),
    )


def _content(thing: Thing, known: _Known, words: _Words) -> Content:
    identifier = identifiers.from_epc(thing.epc)
    product = known.products.get(thing.product_id or thing.epc)
    site = known.sites.get(thing.epc)
    company = known.companies[thing.organisation_id]
    named: Product | Site | None = product or site
    amount = known.amounts.get(thing.epc)
    values = {
        "name_zh": named.name_zh if named else "",
        "name_en": named.name_en if named else "",
        "part": product.part_number if product else "",
        "lot": thing.lot,
        "serial": thing.serial,
        "quantity": f"{amount.normalize():f}" if amount else "",
        "unit": words.unit(thing.unit) if amount else "",
        "gtin": known.gtins.get(product.id or 0, "") if product else "",
        "sscc": _key(known, thing, "sscc"),
        "gln": _key(known, thing, "gln"),
        "made": thing.produced_on.isoformat() if thing.produced_on else "",
        "expires": thing.expires_on.isoformat() if thing.expires_on else "",
        "location": site.name(words.spoken) if site else "",
        "address": site.address if site else "",
        "company_zh": company.name_zh,
        "company_en": company.name_en,
        "prefix": company.prefix,
        "copy": words.copy(thing.epc),
    }
    return Content(
        payload=identifiers.short_url(words.base_url, identifier),
        identifier=str(identifier),
        values={name: value for name, value in values.items() if value},
    )


def _key(known: _Known, thing: Thing, kind: str) -> str:
    """The digits of a GS1 key that is another name of the thing."""
    name = identifiers.from_epc(known.keys[thing.id]) if thing.id in known.keys else None
    if name is None and not thing.epc.startswith("hdl:"):
        name = identifiers.from_epc(thing.epc)
    return name.value if isinstance(name, Key) and name.scheme == kind else ""
