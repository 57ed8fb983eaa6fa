"""Label templates of a company made, copied, given new versions, brought back and put aside."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.errors import N_, Conflict, Refused
from app.services import auditing, label_templates
from app.services.label_templates import OWN, READY, Version
from app.store import database
from app.store import label_templates as rows
from app.store.tables import LabelTemplate, LabelTemplateVersion
from labels import templates
from labels.elements import Words
from labels.templates import Template

MOST_TEMPLATES = 500
MOST_VERSIONS = 2_000


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
    made = label_templates.read(document)
    database.lock_log(session)  # one after the other, so that a form sent twice at once makes one
    if nonce and (known := rows.by_nonce(session, actor.organisation_id, nonce)):
        return label_templates.version_of(session, actor, known.id or 0)
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
    return label_templates.view_of(template, first)


def copy(
    session: Session, actor: Actor, ref: str, language: str, now: datetime, *, nonce: str | None = None
) -> Version:
    """A template of one's own that begins as another, in the language of who copies it."""
    chosen = label_templates.template_of(session, actor, ref)
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
    new = label_templates.read(document)
    template = label_templates.own_row(session, actor, template_id, lock=True)
    _require_latest(session, template, based_on)
    old = label_templates.row_of(session, template, template.latest)
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
    template = label_templates.own_row(session, actor, template_id, lock=True)
    _require_latest(session, template, based_on)
    if number == template.latest:
        raise Refused(
            "already-latest",
            N_("Version {number} is the latest already."),
            N_("Choose an earlier one."),
            number=str(number),
        )
    earlier = label_templates.row_of(session, template, number)
    return _add_version(session, actor, template, label_templates.read(earlier.document), number, now)


def set_active(session: Session, actor: Actor, template_id: int, now: datetime, *, active: bool) -> None:
    """What is put aside is offered to nobody, and keeps all that was printed with it."""
    actor.require("master")
    template = label_templates.own_row(session, actor, template_id, lock=True)
    if template.active == active:
        return
    template.active = active
    session.flush()
    action = "label-template-restored" if active else "label-template-retired"
    auditing.record(session, actor, action, now, subject=template.name, detail=f"{OWN}{template.id}")


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
    return label_templates.view_of(template, row)


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
