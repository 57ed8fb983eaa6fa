"""Label templates of a company: made, copied from ready-made ones, given new versions, brought back, put aside.

What a template may say is the business of `labels.templates`; how it looks is drawn by `label_previews`.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Refused, Unknown
from app.services import auditing
from app.store import label_templates as rows
from app.store.tables import LabelTemplate, LabelTemplateVersion
from labels import fields, readymade, templates
from labels.elements import KINDS, Words
from labels.errors import LabelError
from labels.templates import Template

READY, OWN = "ready:", "own:"
SIDES = templates.LEAST_SIDE, templates.MOST_SIDE  # mm
MOST_TEMPLATES = 500
MOST_VERSIONS = 2_000


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
    template = _template(session, actor, template_id)
    return _view(template, _row(session, template, number or template.latest))


def history(session: Session, actor: Actor, template_id: int) -> list[rows.Line]:
    """All versions without their documents, the newest first."""
    return list(rows.history(session, _template(session, actor, template_id).id or 0))


def create(
    session: Session,
    actor: Actor,
    document: object,
    now: datetime,
    *,
    nonce: str | None = None,
    copied_from: str = "",
) -> Version:
    """Version 1 of a new template; the same `nonce` again gives the template that it made before.

    Raises Refused for what `labels.templates` refuses, and for more templates than a company may have.
    """
    actor.require("master")
    made = read(document)
    if nonce and (known := rows.by_nonce(session, actor.organisation_id, nonce)):
        return version_of(session, actor, known.id or 0)
    if rows.count(session, actor.organisation_id) >= MOST_TEMPLATES:
        raise Refused(
            "too-many-label-templates",
            N_("Your company has {most} label templates, and no more are kept."),
            N_("Change one of them instead."),
            most=MOST_TEMPLATES,
        )
    template = LabelTemplate(
        organisation_id=actor.organisation_id,
        nonce=nonce or None,
        name=made.name,
        copied_from=copied_from,
        record_time=now,
    )
    first = _new_row(actor, made, 1, 0, now)
    rows.add(session, template, first)
    _note(session, actor, "label-template-created", template, first, now)
    return _view(template, first)


def copy(
    session: Session, actor: Actor, ref: str, language: str, now: datetime, *, nonce: str | None = None
) -> Version:
    """A template of one's own that begins as another, in the language of who copies it."""
    chosen = template_of(session, actor, ref)
    ready = ref.startswith(READY)
    name = chosen.template.title.of("zh" if language == "zh" else "en") if ready else chosen.template.name
    copied = replace(chosen.template, name=_free_name(session, actor, name), title=Words("", ""))
    document, copied_from = templates.data_of(copied), ref.removeprefix(READY) if ready else ""
    return create(session, actor, document, now, nonce=nonce, copied_from=copied_from)


def save(
    session: Session, actor: Actor, template_id: int, document: object, based_on: int, now: datetime
) -> Version:
    """A new version on top of version `based_on`; labels keep the one that printed them.

    Raises Conflict where somebody saved another one meanwhile, Refused where nothing would be different.
    """
    actor.require("master")
    new = read(document)
    template = _template(session, actor, template_id, lock=True)
    _require_latest(session, template, based_on)
    old = _row(session, template, template.latest)
    if templates.data_of(new) == old.document:
        raise Refused(
            "nothing-changed",
            N_("Nothing differs from version {latest}."),
            N_("Change something, or leave the version as it is."),
            latest=str(template.latest),
        )
    return _add_version(session, actor, template, new, template.latest, now)


def restore(
    session: Session, actor: Actor, template_id: int, number: int, based_on: int, now: datetime
) -> Version:
    """An earlier version as the newest one; nothing that came between is lost."""
    actor.require("master")
    template = _template(session, actor, template_id, lock=True)
    _require_latest(session, template, based_on)
    if number == template.latest:
        raise Refused(
            "already-latest",
            N_("Version {number} is the latest already."),
            N_("Choose an earlier one."),
            number=str(number),
        )
    return _add_version(session, actor, template, read(_row(session, template, number).document), number, now)


def set_active(session: Session, actor: Actor, template_id: int, now: datetime, *, active: bool) -> None:
    """What is put aside is offered to nobody, and keeps all that was printed with it."""
    actor.require("master")
    template = _template(session, actor, template_id, lock=True)
    if template.active == active:
        return
    template.active = active
    session.flush()
    action = "label-template-restored" if active else "label-template-retired"
    auditing.record(session, actor, action, now, subject=template.name, detail=f"{OWN}{template.id}")


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


def _template(session: Session, actor: Actor, template_id: int, *, lock: bool = False) -> LabelTemplate:
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


def _row(session: Session, template: LabelTemplate, number: int) -> LabelTemplateVersion:
    found = rows.version_of(session, template.id or 0, number)
    if found is None:
        raise Unknown(
            "unknown-version",
            N_("The template {name} has no version {number}."),
            N_("It has 1 to {latest}."),
            name=template.name,
            number=str(number),
            latest=str(template.latest),
        )
    return found


def _require_latest(session: Session, template: LabelTemplate, based_on: int) -> None:
    if based_on == template.latest:
        return
    by = rows.version_of(session, template.id or 0, template.latest)
    raise Conflict(
        "label-template-changed",
        N_("{name} saved version {latest} meanwhile; yours is based on version {based_on}."),
        N_("Save yours as a new template, or open the latest version and make your changes there."),
        name=by.operator_name if by else "",
        latest=str(template.latest),
        based_on=str(based_on),
    )


def _add_version(
    session: Session, actor: Actor, template: LabelTemplate, new: Template, based_on: int, now: datetime
) -> Version:
    if template.latest >= MOST_VERSIONS:
        raise Refused(
            "too-many-versions",
            N_("{name} has {most} versions, and no more are kept."),
            N_("Save it as a new template."),
            name=template.name,
            most=MOST_VERSIONS,
        )
    row = _new_row(actor, new, template.latest + 1, based_on, now)
    row.template_id = template.id or 0
    session.add(row)
    template.latest, template.name = row.version, new.name
    session.flush()
    _note(session, actor, "label-template-changed", template, row, now)
    return _view(template, row)


def _new_row(
    actor: Actor, template: Template, number: int, based_on: int, now: datetime
) -> LabelTemplateVersion:
    return LabelTemplateVersion(
        template_id=0,
        version=number,
        name=template.name,
        width=template.width,
        height=template.height,
        document=templates.data_of(template),
        based_on=based_on,
        operator_id=actor.operator_id,
        operator_name=actor.name,
        record_time=now,
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    template: LabelTemplate,
    row: LabelTemplateVersion,
    now: datetime,
) -> None:
    detail = f"{OWN}{template.id}, {row.version}"
    auditing.record(session, actor, action, now, subject=template.name, detail=detail)


def _free_name(session: Session, actor: Actor, name: str) -> str:
    """`name`, or with the first number behind it that is free."""
    taken = rows.names(session, actor.organisation_id)
    spellings = (name, *(f"{name[:70]} ({number})" for number in range(2, len(taken) + 3)))
    return next(each for each in spellings if each not in taken)


def _view(template: LabelTemplate, row: LabelTemplateVersion) -> Version:
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
