"""A version of a template as a value, for whatever uses templates: minting, pages, resolving."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import templates as rules
from app.errors import N_, Unknown
from app.store import templates as rows
from app.store.tables import Template, TemplateVersion

MARK = "META_"  # begins the suffix of every template, and of nothing else


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template, with its fields as values. `name_zh` and `name_en` are its titles, `key` is what
    stands after META_."""

    template_id: int
    organisation_id: int
    epc: str
    number: int
    latest: int
    active: bool
    name_zh: str
    name_en: str
    industry: str
    fields: tuple[rules.Field, ...]
    record_time: datetime

    @property
    def identifier(self) -> str:
        return self.epc.removeprefix("hdl:")

    @property
    def key(self) -> str:
        return self.epc.partition(f"/{MARK}")[2]

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en


def row_of(session: Session, template: Template, number: int) -> TemplateVersion:
    found = rows.version_of(session, template.id or 0, number)
    if found is None:
        raise unknown_version(template.epc.removeprefix("hdl:"), number, template.latest)
    return found


def unknown_version(name: str, number: int, latest: int) -> Unknown:
    """Of a template of identifiers, or of labels."""
    return Unknown(
        "unknown-version",
        N_("The template {name} has no version {number}."),
        N_("It has 1 to {latest}."),
        name=name,
        number=str(number),
        latest=str(latest),
    )


def view_of(template: Template, version: TemplateVersion) -> Version:
    return Version(
        template_id=template.id or 0,
        organisation_id=template.organisation_id,
        epc=template.epc,
        number=version.version,
        latest=template.latest,
        active=template.active,
        name_zh=version.name_zh,
        name_en=version.name_en,
        industry=version.industry,
        fields=rules.stored(version.fields),
        record_time=version.record_time,
    )
