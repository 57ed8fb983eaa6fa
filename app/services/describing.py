"""What the values of things tell to whom, and what a template's own identifier resolves to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.domain import templates as rules
from app.domain.identifiers import Identifier
from app.domain.people import Actor
from app.services.template_views import MARK, Version, view_of
from app.store import attributes, browsing, items
from app.store import templates as rows
from app.store.tables import Organisation, Thing


@dataclass(frozen=True, slots=True)
class Described:
    """The values of one thing that this reader may know, in the order of their template."""

    template: str
    version: int
    name_zh: str
    name_en: str
    shown: tuple[rules.Shown, ...]

    def as_json(self) -> dict[str, Any]:
        return {each.field.name: each.value for each in self.shown}


def described(
    session: Session, things: Iterable[Thing], reader: Actor | None, *, partner: bool = False
) -> dict[str, Described]:
    """By epc, for those that have a template: all values of one's own things; of others what is public, and with
    `partner` what is for partners: the caller has seen that the reader may trace them. One query, however many."""
    with_values = [thing for thing in things if thing.attributes_id is not None]
    given = attributes.of_ids(session, [thing.attributes_id for thing in with_values])
    found = {}
    for thing in with_values:
        row = given[thing.attributes_id or 0]
        owners = (thing.organisation_id, row.owner)  # of the thing, of its product
        own = reader is not None and reader.organisation_id in owners
        audience = "owner" if own else "partner" if partner else "public"
        found[thing.epc] = Described(
            template=row.epc.removeprefix("hdl:"),
            version=row.version.version,
            name_zh=row.version.name_zh,
            name_en=row.version.name_en,
            shown=rules.shown_to(audience, rules.stored(row.version.fields), row.values),
        )
    return found


def public_values(session: Session, thing: Thing) -> tuple[rules.Shown, ...]:
    """What anybody may know of a thing whose product is public."""
    found = described(session, [thing], None).get(thing.epc)
    return found.shown if found else ()


def template_at(session: Session, name: Identifier, number: int = 0) -> Version | None:
    """The template with that identifier, in whatever case it was typed; that version, or the latest."""
    if not name.suffix.upper().startswith(MARK):
        return None
    epc = Identifier(name.prefix, f"{MARK}{name.suffix[len(MARK) :].lower()}").epc
    template = rows.by_epc(session, epc)
    if template is None:
        return None
    row = rows.version_of(session, template.id or 0, number or template.latest)
    return view_of(template, row) if row else None


def owner_of(session: Session, version: Version) -> Organisation:
    """Whose template it is."""
    return browsing.organisation(session, version.organisation_id)


def schema(version: Version, base_url: str, *, whole: bool) -> dict[str, Any]:
    """JSON Schema of the version; without `whole` only of the fields that everybody may see."""
    fields = [field for field in version.fields if whole or field.public]
    head: Mapping[str, Any] = {
        "$id": f"{base_url.rstrip('/')}/{version.identifier}?version={version.number}",
        "title": version.name("en"),
        "x-title": {"zh": version.name("zh"), "en": version.name("en")},
        "x-version": version.number,
        "x-industry": version.industry,
    }
    return rules.schema_of(fields, **head)


def schema_text(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def of_epcs(session: Session, epcs: Iterable[str], reader: Actor) -> dict[str, Described]:
    """Of things that the reader is known to see, by epc."""
    return described(session, items.of_epcs(session, epcs).values(), reader, partner=True)


def pairs(shown: Iterable[rules.Shown]) -> list[tuple[str, str]]:
    """(name of the field, value as text), one for each value of a list: as handle records have them."""
    return [(each.field.name, _plain(value)) for each in shown for value in each.values]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).removeprefix("hdl:")
