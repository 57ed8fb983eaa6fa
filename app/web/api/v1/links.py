"""Links: where the printed URL of a product, a lot or a piece leads, for whom and in which language."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from app.domain import link_choice
from app.domain.linkset import linkset_header
from app.errors import N_
from app.services import linking
from app.services.linking import Draft
from app.web import edge, resolver
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, Made, answer, changes, idempotent, nothing, page
from app.web.api.v1.items import Code
from app.web.api.v1.models import Asked, AskedAfter, Change, Flag, Line, Page, Sent, Told

blueprint = blueprint_of("links", "Links")

Relation = Annotated[
    Line,
    Field(
        min_length=1,
        max_length=200,
        examples=["gs1:pip"],
        description=N_("Its type: one of GS1's link types."),
    ),
]
Href = Annotated[
    Line,
    Field(
        min_length=1,
        max_length=2000,
        examples=["https://www.example.com/p/{gtin}?lot={lot}"],
        description=N_(
            "A web address; {gtin}, {lot}, {serial} and {identifier} are filled in. A link that names what the request"
            " does not is left out."
        ),
    ),
]
Title = Annotated[Line, Field(min_length=1, max_length=200, examples=["Product page"])]
Languages = Annotated[
    Line,
    Field(
        max_length=200,
        examples=["zh, en-GB"],
        description=N_("Languages of the page, with commas; empty for any."),
    ),
]
MediaType = Annotated[Line, Field(max_length=100, examples=["text/html"])]
Contexts = Annotated[
    Line,
    Field(
        max_length=400,
        examples=["CN"],
        description=N_("Words that a request may name in `context`, with commas."),
    ),
]
ForwardQuery = Annotated[Flag, Field(description=N_("Whether the query of the request goes along."))]
Public = Annotated[Flag, Field(description=N_("Else only those get it who may see the thing, signed in."))]
IsDefault = Annotated[
    Flag, Field(description=N_("Where a scan leads that asks for nothing; one for each thing."))
]


class Link(Told):
    __doc__ = N_("A link of a product, a lot or a piece.")

    id: int
    anchor: str = Field(examples=["hdl:88.118.1001/7Q2K9XW4M3ABCDEF"], description=N_("What it belongs to."))
    scope: str = Field(examples=["product"])
    relation: str
    href: str
    title: str
    languages: list[str]
    media_type: str
    contexts: list[str]
    forward_query: bool
    public: bool
    is_default: bool
    active: bool
    record_time: datetime


class LinkPage(Page[Link]):
    pass


class AskedLinks(AskedAfter):
    identifier: Annotated[Line, Field(max_length=400)] = Field(
        "", description=N_("Only those of this product, lot or piece.")
    )


class NewLink(Sent):
    __doc__ = N_("A link of one product, lot or piece of one's own.")

    identifier: Code
    relation: Relation
    href: Href
    title: Title
    languages: Languages = ""
    media_type: MediaType = ""
    contexts: Contexts = ""
    forward_query: ForwardQuery = True
    public: Public = True
    is_default: IsDefault = False


class LinkChange(Change):
    __doc__ = N_("What is not sent stays as it is. A link that becomes the default takes that from another.")

    relation: Relation = ""
    href: Href = ""
    title: Title = ""
    languages: Languages = ""
    media_type: MediaType = ""
    contexts: Contexts = ""
    forward_query: ForwardQuery = True
    public: Public = True
    is_default: IsDefault = False
    active: Flag = True


class AskedTry(Asked):
    identifier: Annotated[Line, Field(min_length=1, max_length=400)]
    accept: Annotated[Line, Field(max_length=400)] = Field("", description=N_("As the Accept header."))
    accept_language: Annotated[Line, Field(max_length=400)] = Field(
        "", description=N_("As the Accept-Language header.")
    )
    link_type: Annotated[Line, Field(max_length=200)] = ""
    context: Annotated[Line, Field(max_length=200)] = ""


class Target(Told):
    relation: str
    href: str
    title: str


class Try(Told):
    __doc__ = N_("What a request would get.")

    status: int = Field(
        examples=[307],
        description=N_(
            "307 with one link, 300 with several, 404 with none; 200 where the node shows its own page."
        ),
    )
    content: str = Field(
        examples=["page"], description=N_("With 200: page, json (the public facts) or linkset; else empty.")
    )
    links: list[Target]
    link_header: str


@blueprint.get("/links")
@edge.require("browse")
@blueprint.doc(summary=N_("Links of my organisation, newest first"))
@blueprint.input(AskedLinks, location="query", arg_name="asked")
@blueprint.output(LinkPage)
def index(asked: AskedLinks) -> Response:
    with edge.reading() as session:
        if asked.identifier:
            return page(
                LinkPage, [_told(row) for row in linking.links_of(session, edge.actor(), asked.identifier)]
            )
        found, following = linking.links(session, edge.actor(), after=asked.after, limit=asked.limit)
        return page(LinkPage, [_told(row) for row in found], following)


@blueprint.post("/links")
@edge.require("master")
@blueprint.doc(summary=N_("Make a link"))
@blueprint.input(NewLink, arg_name="sent")
@blueprint.output(Link, 201)
@idempotent
def create(session: Session, sent: NewLink) -> Made:
    draft = Draft(**sent.model_dump(exclude={"identifier"}))
    row = linking.create(session, edge.actor(), sent.identifier, draft, resolver.root(), edge.now())
    return Made(_told(row))


@blueprint.get("/links/preview")
@edge.require("browse")
@blueprint.doc(summary=N_("What a request for a thing of mine would get"))
@blueprint.input(AskedTry, location="query", arg_name="asked")
@blueprint.output(Try)
def preview(asked: AskedTry) -> Response:
    with edge.reading() as session:
        found = linking.own(session, edge.actor(), asked.identifier)
        levels = linking.levels(session, found, resolver.root())
    wanted = link_choice.wanting(asked.link_type, asked.context, asked.accept, asked.accept_language)
    tried = linking.tried(found, levels, wanted)
    targets = [Target(relation=link.relation, href=link.href, title=link.title) for link in tried.links]
    return answer(
        Try(
            status=tried.status,
            content=tried.content,
            links=targets,
            link_header=linkset_header(levels[0].anchor),
        )
    )


@blueprint.get(f"/links/{ID}")
@edge.require("browse")
@blueprint.doc(summary=N_("One link"))
@blueprint.output(Link)
def show(id: int) -> Response:  # noqa: A002  (the name in the path)
    with edge.reading() as session:
        return answer(_told(linking.link_of(session, edge.actor(), id)))


@blueprint.patch(f"/links/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Change a link"))
@blueprint.input(LinkChange, arg_name="sent")
@blueprint.output(Link)
def change(id: int, sent: LinkChange) -> Response:  # noqa: A002
    with edge.writing() as session:
        row = linking.link_of(session, edge.actor(), id)
        values = {name: getattr(row, name) for name in LinkChange.model_fields} | changes(sent)
        return answer(
            _told(linking.change(session, edge.actor(), id, Draft(**values), resolver.root(), edge.now()))
        )


@blueprint.delete(f"/links/{ID}")
@edge.require("master")
@blueprint.doc(summary=N_("Remove a link"), responses={204: N_("Removed.")})
def remove(id: int) -> Response:  # noqa: A002
    with edge.writing() as session:
        linking.remove(session, edge.actor(), id, edge.now())
    return nothing()


def _told(row: linking.Link) -> Link:
    values = {name: getattr(row, name) for name in Link.model_fields}
    return Link(**values | {"languages": row.languages.split(), "contexts": row.contexts.split()})
