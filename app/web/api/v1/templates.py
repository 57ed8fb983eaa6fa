"""Templates: which values describe a kind of thing, version by version, and as JSON Schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain import templates as rules
from app.domain.templates.fields import MOST_FIELDS
from app.errors import N_
from app.services import describing, templating
from app.services.template_views import Version
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, also, answer, idempotent, page
from app.web.api.v1.models import Asked, Flag, Line, Page, Sent, Told, Whole

blueprint = blueprint_of("templates", "Templates")

SCHEMA = "application/schema+json"
Name = Annotated[Line, Field(max_length=200)]
Number = Annotated[int, Field(ge=1, le=10**9)]
Industry = Annotated[
    Line, Field(max_length=8, examples=["C3841"], description=N_("Code of GB/T 4754; empty for none."))
]


class TemplateChoice(Sent):
    value: Annotated[Line, Field(max_length=100, examples=["LFP"])]
    title_zh: Annotated[Line, Field(max_length=100)] = ""
    title_en: Annotated[Line, Field(max_length=100)] = ""


class TemplateField(Sent):
    __doc__ = N_("One field. Rules that its type does not have are refused.")

    name: Annotated[Line, Field(max_length=40, examples=["capacity"])]
    type: Literal[
        "text", "integer", "decimal", "boolean", "date", "datetime", "choice", "url", "identifier", "hash"
    ]
    title_zh: Annotated[Line, Field(max_length=100)] = ""
    title_en: Annotated[Line, Field(max_length=100)] = ""
    required: Flag = False
    visibility: Literal["public", "partners", "private"] = Field(
        "public",
        description=N_("Who sees it: everyone, partners who may trace the thing, or its owner only."),
    )
    searchable: Flag = Field(False, description=N_("Things are found by it."))
    help_zh: Annotated[Line, Field(max_length=500)] = ""
    help_en: Annotated[Line, Field(max_length=500)] = ""
    unit: Annotated[Line, Field(max_length=20, examples=["Ah"])] = ""
    minimum: float | int | None = None
    maximum: float | int | None = None
    min_length: Whole | None = None
    max_length: Whole | None = None
    pattern: Annotated[Line, Field(max_length=200)] = Field(
        "",
        examples=["[A-Z]{2}\\d{6}"],
        description=N_(
            "The whole text fits it: classes, groups, | and repeats; no look-around, no references."
        ),
    )
    choices: list[TemplateChoice] = Field([], description=N_("Of a choice: what can be chosen."))
    many: Flag = Field(False, description=N_("A list of values."))
    most: Whole | None = Field(None, description=N_("How many values a list has at most."))


class Template(Told):
    __doc__ = N_("A version of a template.")

    id: int
    identifier: str = Field(
        examples=["88.118.1001/META_cell"], description=N_("It resolves to the JSON Schema.")
    )
    version: int
    latest: int
    active: bool
    name_zh: str
    name_en: str
    industry: str
    fields: list[dict[str, Any]] = Field(description=N_("Fields as they were sent, without what is not set."))
    record_time: datetime


class TemplatePage(Page[Template]):
    pass


class FieldChange(Told):
    name: str
    kind: str = Field(
        examples=["removed"],
        description=N_("added, removed, required, narrowed, widened, revealed or hidden."),
    )


class NewVersionMade(Told):
    __doc__ = N_("The new version, and what it changes.")

    template: Template
    changes: list[FieldChange]
    compatible: bool = Field(
        description=N_("Every set of values that fitted the version before fits this one.")
    )


class VersionSent(Sent):
    name_zh: Name = ""
    name_en: Name = ""
    industry: Industry = ""
    fields: list[TemplateField] = Field(min_length=1, max_length=MOST_FIELDS)


class NewTemplate(VersionSent):
    __doc__ = N_("A name is needed in one of the two languages.")

    key: Annotated[Line, Field(min_length=1, max_length=40, examples=["cell"])] = Field(
        description=N_("Its identifier will be the prefix, /META_ and this.")
    )


class NewVersion(VersionSent):
    __doc__ = N_("The whole new version; what was minted under an earlier one keeps it.")

    based_on: Number = Field(description=N_("The latest version, as the caller knows it."))


class TemplateState(Sent):
    active: Flag = Field(description=N_("A retired template is chosen for no more products."))


class AskedTemplates(Asked):
    active: bool = Field(False, description=N_("Only those in use."))


class AskedVersion(Asked):
    version: Number | None = Field(None, description=N_("The latest when it is left out."))


@blueprint.get("/templates")
@edge.require("browse")
@blueprint.doc(summary=N_("Templates of my organisation, each in its latest version"))
@blueprint.input(AskedTemplates, location="query", arg_name="asked")
@blueprint.output(TemplatePage)
def index(asked: AskedTemplates) -> Response:
    with edge.reading() as session:
        found = templating.listed(session, edge.actor(), active_only=asked.active)
    return page(TemplatePage, [_told(version) for version in found])


@blueprint.post("/templates")
@edge.require("master")
@blueprint.doc(summary=N_("Make a template"))
@blueprint.input(NewTemplate, arg_name="sent")
@blueprint.output(Template, 201)
@idempotent
def create(session: Session, sent: NewTemplate) -> Made:
    made = templating.create(session, edge.actor(), key=sent.key, now=edge.now(), **_values(sent))
    return Made(_told(made))


@blueprint.get(f"/templates/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("One template, in its latest version or in the one asked for"))
@blueprint.input(AskedVersion, location="query", arg_name="asked")
@blueprint.output(Template)
def show(id: int, asked: AskedVersion) -> Response:  # noqa: A002  (the name in the path)
    return answer(_told(_version(id, asked)))


@blueprint.get(f"/templates/{ID}/schema")
@edge.require("browse")
@blueprint.doc(
    summary=N_("A template as JSON Schema, draft 2020-12"),
    description=N_(
        "With all its fields; its identifier resolves to the same without those that are not public."
    ),
    responses=also(200, N_("The schema."), {SCHEMA: {"schema": {"type": "object"}}}),
)
@blueprint.input(AskedVersion, location="query", arg_name="asked")
def schema(id: int, asked: AskedVersion) -> Response:  # noqa: A002
    told = describing.schema(_version(id, asked), edge.node().settings.base_url, whole=True)
    return Response(describing.schema_text(told), mimetype=SCHEMA)


@blueprint.post(f"/templates/{ID}/versions")
@edge.require("master")
@blueprint.doc(summary=N_("Make a new version of a template"))
@blueprint.input(NewVersion, arg_name="sent")
@blueprint.output(NewVersionMade, 201)
@idempotent
def revise(session: Session, id: int, sent: NewVersion) -> Made:  # noqa: A002
    made, changes = templating.revise(
        session, edge.actor(), id, based_on=sent.based_on, now=edge.now(), **_values(sent)
    )
    told = [FieldChange(name=change.name, kind=change.kind) for change in changes]
    return Made(NewVersionMade(template=_told(made), changes=told, compatible=rules.compatible(changes)))


@blueprint.patch(f"/templates/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Retire a template, or bring it back"))
@blueprint.input(TemplateState, arg_name="sent")
@blueprint.output(Template)
def change(id: int, sent: TemplateState) -> Response:  # noqa: A002
    with edge.writing() as session:
        templating.set_active(session, edge.actor(), id, edge.now(), active=sent.active)
        return answer(_told(templating.version_of(session, edge.actor(), id)))


def _version(template_id: int, asked: AskedVersion) -> Version:
    with edge.reading() as session:
        return templating.version_of(session, edge.actor(), template_id, asked.version or 0)


def _values(sent: VersionSent) -> dict[str, Any]:
    fields: Sequence[dict[str, Any]] = [
        {name: value for name, value in field.model_dump().items() if value not in (None, "", [])}
        for field in sent.fields
    ]
    return {"name_zh": sent.name_zh, "name_en": sent.name_en, "industry": sent.industry, "fields": fields}


def _told(version: Version) -> Template:
    return Template(
        id=version.template_id,
        identifier=version.identifier,
        version=version.number,
        latest=version.latest,
        active=version.active,
        name_zh=version.name_zh,
        name_en=version.name_en,
        industry=version.industry,
        fields=[rules.as_json(field) for field in version.fields],
        record_time=version.record_time,
    )
