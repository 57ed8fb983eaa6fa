"""Label templates of a company: made, copied from ready-made ones, given new versions, brought back, put aside.

What a template may say is the business of `labels.templates`; how it looks is drawn by `label_previews`.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Refused, Unknown
from app.services.template_views import unknown_version
from app.store import label_templates as rows
from app.store.tables import LabelTemplate, LabelTemplateVersion
from labels import fields, readymade, templates
from labels.elements import KINDS
from labels.errors import LabelError
from labels.templates import Template

READY, OWN = "ready:", "own:"
SIDES = templates.LEAST_SIDE, templates.MOST_SIDE  # mm


@dataclass(frozen=True, slots=True)
class Chosen:
    """A template to print with. Ready-made ones have one version, 1."""

    ref: str
    version: int
    template: Template


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list of templates: `ready:product-70x37` or `own:12`; sizes in mm. `changed_by` is empty for
    ready-made ones."""

    ref: str
    name_zh: str
    name_en: str
    width: float
    height: float
    version: int = 1
    purpose: str = ""
    active: bool = True
    changed: datetime | None = None
    changed_by: str = ""

    @property
    def own(self) -> bool:
        return self.ref.startswith(OWN)

    @property
    def template_id(self) -> int:
        return int(self.ref.removeprefix(OWN)) if self.own else 0

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template of one's own; `document` is what `labels.templates.data_of` gives."""

    template_id: int
    number: int
    latest: int
    active: bool
    name: str
    copied_from: str
    document: dict[str, Any]
    record_time: datetime

    @property
    def ref(self) -> str:
        return f"{OWN}{self.template_id}"


def choices(session: Session, actor: Actor) -> list[Choice]:
    """What one can print with: the templates of the company that are in use, and the ready-made ones."""
    return [*listed(session, actor, active_only=True), *ready_made()]


def listed(session: Session, actor: Actor, *, active_only: bool = False) -> list[Choice]:
    """The company's own, those in use first, each in its latest version."""
    actor.require("print")
    return [
        Choice(
            f"{OWN}{template.id}", line.name, line.name, line.width, line.height, line.number,
            active=template.active, changed=line.record_time, changed_by=line.operator_name,
        )
        for template, line in rows.of_organisation(session, actor.organisation_id, active_only=active_only)
    ]  # fmt: skip


def ready_made() -> list[Choice]:
    """Those that come with the program: everybody's, and nobody's to change."""
    return [
        Choice(f"{READY}{name}", one.title.zh, one.title.en, one.width, one.height, purpose=one.purpose)
        for name, one in readymade.templates().items()
    ]


def template_of(session: Session, actor: Actor, ref: str, version: int = 0) -> Chosen:
    """To print with or to look at; without `version` the latest. Those put aside are still found, for reprints.

    Raises Unknown for what is neither ready-made nor of the actor's company.
    """
    actor.require("print")
    if ref.startswith(READY):
        return Chosen(ref, 1, ready_of(ref.removeprefix(READY)))
    number = ref.removeprefix(OWN)
    if not ref.startswith(OWN) or not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise _unknown()
    found = version_of(session, actor, int(number), version)
    return Chosen(found.ref, found.number, read(found.document))


def version_of(session: Session, actor: Actor, template_id: int, number: int = 0) -> Version:
    """Of the actor's own company; without `number` the latest."""
    template = own_row(session, actor, template_id)
    return view_of(template, row_of(session, template, number or template.latest))


def history(session: Session, actor: Actor, template_id: int) -> list[rows.Line]:
    """All versions without their documents, the newest first."""
    return list(rows.history(session, own_row(session, actor, template_id).id or 0))


def read(document: object) -> Template:
    """The template that a document describes. Raises Refused as `labels.templates` says."""
    with told():
        return templates.template_of(document)


def data_of(template: Template) -> dict[str, Any]:
    """The document of which `read` makes it."""
    return templates.data_of(template)


def defaults() -> dict[str, dict[str, Any]]:
    """What each kind of element is like where a document does not say, by kind and property."""
    return {
        kind: {
            field.name: field.default
            for field in dataclasses.fields(made)
            if field.default is not dataclasses.MISSING
        }
        for kind, made in KINDS.items()
    }


def field_titles() -> dict[str, fields.Field]:
    """What can stand on a label, by the name it has in texts; `title` is a msgid."""
    return fields.FIELDS


@contextmanager
def told() -> Iterator[None]:
    """What labels refuse, as the application says it."""
    try:
        yield
    except LabelError as error:
        raise refused(error) from error


def refused(error: LabelError) -> Refused:
    """What was sent stands in the values, and need not be text that can be told again."""
    values = {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in error.values.items()
    }
    return Refused(error.code, error.message, error.hint, **values)


def ready_of(name: str) -> Template:
    """Raises Unknown."""
    found = readymade.templates().get(name)
    if found is None:
        raise _unknown()
    return found


def own_row(session: Session, actor: Actor, template_id: int, *, lock: bool = False) -> LabelTemplate:
    actor.require("print")
    found = rows.by_id(session, template_id, lock=lock)
    if found is None or found.organisation_id != actor.organisation_id:
        raise _unknown()
    return found


def _unknown() -> Unknown:
    return Unknown(
        "unknown-label-template",
        N_("There is no such label template in your company."),
        N_("Choose one from the list of label templates."),
    )


def row_of(session: Session, template: LabelTemplate, number: int) -> LabelTemplateVersion:
    found = rows.version_of(session, template.id or 0, number)
    if found is None:
        raise unknown_version(template.name, number, template.latest)
    return found


def view_of(template: LabelTemplate, row: LabelTemplateVersion) -> Version:
    return Version(
        template_id=template.id or 0,
        number=row.version,
        latest=template.latest,
        active=template.active,
        name=row.name,
        copied_from=template.copied_from,
        document=row.document,
        record_time=row.record_time,
    )
