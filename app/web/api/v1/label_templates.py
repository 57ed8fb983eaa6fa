"""Label templates: those of one's own with their versions, the ready-made ones, and drafts drawn at printer dots."""

import base64

from flask import Response
from sqlmodel import Session

from app.errors import N_
from app.services import designing, label_previews, label_templates
from app.services.label_templates import Choice, Version
from app.web import edge, i18n
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, idempotent, page
from app.web.api.v1.label_template_models import (
    AskedTemplates,
    AskedVersion,
    Draft,
    DraftDrawn,
    DraftProblem,
    DraftSymbol,
    LabelTemplate,
    LabelTemplateLine,
    LabelTemplatePage,
    LabelTemplateRestored,
    LabelTemplateSent,
    LabelTemplateState,
    LabelTemplateVersion,
    LabelTemplateVersions,
    NewLabelTemplate,
    PictureKept,
    PictureSent,
    ReadyLabelTemplate,
)
from app.web.errors import translate_error
from app.web.security import may_send

blueprint = blueprint_of("label_templates", "Labels")
LARGEST = 3 * 1024 * 1024  # bytes of JSON: pictures are inside


@blueprint.get("/labels/templates")
@edge.require("print")
@blueprint.doc(summary=N_("Label templates of my company, and the ready-made ones"))
@blueprint.input(AskedTemplates, location="query", arg_name="asked")
@blueprint.output(LabelTemplatePage)
def index(asked: AskedTemplates) -> Response:
    with edge.reading() as session:
        own = label_templates.listed(session, edge.actor(), active_only=asked.active)
    return page(LabelTemplatePage, [_line(one) for one in [*own, *label_templates.ready_made()]])


@blueprint.post("/labels/templates")
@may_send(LARGEST)
@edge.require("master")
@blueprint.doc(summary=N_("Make a label template"))
@blueprint.input(NewLabelTemplate, arg_name="sent")
@blueprint.output(LabelTemplate, 201)
@idempotent
def create(session: Session, sent: NewLabelTemplate) -> Made:
    actor, now = edge.actor(), edge.now()
    if sent.copy_of:
        return Made(_told(designing.copy(session, actor, sent.copy_of, i18n.language(), now)))
    return Made(_told(designing.create(session, actor, sent.document, now)))


@blueprint.get("/labels/templates/ready/<name>")
@edge.require("print")
@blueprint.doc(summary=N_("One ready-made label template"))
@blueprint.output(ReadyLabelTemplate)
def ready(name: str) -> Response:
    found = label_templates.ready_of(name)
    document = label_templates.data_of(found)
    return answer(ReadyLabelTemplate(ref=f"{label_templates.READY}{name}", document=document))


@blueprint.get(f"/labels/templates/{ID}")
@edge.require("print")
@blueprint.doc(summary=N_("One label template, in its latest version or in the one asked for"))
@blueprint.input(AskedVersion, location="query", arg_name="asked")
@blueprint.output(LabelTemplate)
def show(id: int, asked: AskedVersion) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(_told(label_templates.version_of(session, edge.actor(), id, asked.version or 0)))


@blueprint.put(f"/labels/templates/{ID}")
@may_send(LARGEST)
@edge.require("master")
@blueprint.doc(summary=N_("Save a new version of a label template"))
@blueprint.input(LabelTemplateSent, arg_name="sent")
@blueprint.output(LabelTemplate)
def save(id: int, sent: LabelTemplateSent) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        saved = designing.save(session, edge.actor(), id, sent.document, sent.based_on, edge.now())
        return answer(_told(saved))


@blueprint.patch(f"/labels/templates/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Put a label template aside, or bring it back"))
@blueprint.input(LabelTemplateState, arg_name="sent")
@blueprint.output(LabelTemplate)
def change(id: int, sent: LabelTemplateState) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        designing.set_active(session, edge.actor(), id, edge.now(), active=sent.active)
        return answer(_told(label_templates.version_of(session, edge.actor(), id)))


@blueprint.get(f"/labels/templates/{ID}/versions")
@edge.require("print")
@blueprint.doc(summary=N_("All versions of a label template, the newest first"))
@blueprint.output(LabelTemplateVersions)
def versions(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        found = label_templates.history(session, edge.actor(), id)
    told = [
        LabelTemplateVersion(
            version=line.number,
            name=line.name,
            width=line.width,
            height=line.height,
            based_on=line.based_on,
            changed_by=line.operator_name,
            record_time=line.record_time,
        )
        for line in found
    ]
    return page(LabelTemplateVersions, told)


@blueprint.post(f"/labels/templates/{ID}/restore")
@edge.require("master")
@blueprint.doc(summary=N_("Make an earlier version of a label template the newest"))
@blueprint.input(LabelTemplateRestored, arg_name="sent")
@blueprint.output(LabelTemplate, 201)
@idempotent
def restore(session: Session, id: int, sent: LabelTemplateRestored) -> Made:  # noqa: A002  (the name in the path)
    actor = edge.actor()
    return Made(_told(designing.restore(session, actor, id, sent.version, sent.based_on, edge.now())))


@blueprint.post("/labels/templates/preview")
@may_send(LARGEST)
@edge.require("print")
@blueprint.doc(summary=N_("Draw a draft of a label template; nothing is kept"))
@blueprint.input(Draft, arg_name="sent")
@blueprint.output(DraftDrawn)
def preview(sent: Draft) -> Response:
    content = label_previews.sample(sent.sample, sent.language)
    if sent.identifier:
        with edge.reading() as session:
            base_url = edge.node().settings.base_url
            content = label_previews.content_of(
                session, edge.actor(), sent.identifier, base_url, sent.language
            )
    found = label_previews.drawn(sent.document, sent.dpi, sent.language, content)
    problems = [
        DraftProblem(
            element=one.number,
            property=one.property,
            code=one.error.code,
            message=" ".join(translate_error(one.error)).strip(),
        )
        for one in found.problems
    ]
    symbols = [
        DraftSymbol(element=one.number, width=one.width, height=one.height, module=one.module, text=one.text)
        for one in found.symbols
    ]
    return answer(
        DraftDrawn(
            png=base64.b64encode(found.png).decode(),
            width=found.width,
            height=found.height,
            dpi=found.dpi,
            language=found.language,
            problems=problems,
            symbols=symbols,
            hidden=list(found.hidden),
            shortened=list(found.shortened),
        )
    )


@blueprint.post("/labels/templates/pictures")
@edge.require("print")
@blueprint.doc(summary=N_("Turn a picture file into what an image element takes; nothing is kept"))
@blueprint.input(PictureSent, location="files", arg_name="sent")
@blueprint.output(PictureKept)
def picture(sent: PictureSent) -> Response:
    upload = sent.picture.read(label_previews.LARGEST_UPLOAD + 1)
    return answer(PictureKept(data=label_previews.kept_picture(upload)))


def _line(choice: Choice) -> LabelTemplateLine:
    return LabelTemplateLine(
        ref=choice.ref,
        id=choice.template_id or None,
        name=choice.name(i18n.language()),
        width=choice.width,
        height=choice.height,
        version=choice.version,
        active=choice.active,
        changed=choice.changed,
        changed_by=choice.changed_by,
    )


def _told(version: Version) -> LabelTemplate:
    return LabelTemplate(
        ref=version.ref,
        id=version.template_id,
        name=version.name,
        version=version.number,
        latest=version.latest,
        active=version.active,
        copied_from=version.copied_from,
        document=version.document,
        record_time=version.record_time,
    )
