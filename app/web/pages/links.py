"""Links: where the printed URLs of one's own things lead, and what a phone or a program would get there."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from app.domain import link_choice
from app.domain.link_types import NAMES, TYPES
from app.errors import TraceError
from app.services import linking, publishing
from app.services.linking import Draft
from app.web import edge, numbers
from app.web.errors import translate_error
from app.web.forms import optional, required, respond
from app.web.resolver import host_of, root
from app.web.telling import identifier

blueprint = Blueprint("links", __name__, url_prefix="/links")

OTHER = "other"
PHONE = "text/html,application/xhtml+xml,*/*;q=0.8"
KINDS = {"phone": PHONE, "json": "application/json", "linkset": "application/linkset+json"}


class LinkForm(FlaskForm):
    relation = SelectField(_l("Kind of link"))
    vocabulary = StringField(_l("Another kind, by its web address"), optional(200))
    href = StringField(_l("Leads to"), required(2000))
    title = StringField(_l("Title"), required(200))
    languages = StringField(_l("Languages of the page"), optional(200))
    media_type = StringField(_l("Media type"), optional(100))
    contexts = StringField(_l("Contexts"), optional(400))
    is_default = BooleanField(_l("A scan that asks for nothing leads here"))
    public = BooleanField(_l("Anyone who scans a label may see it"))
    forward_query = BooleanField(_l("What follows “?” in a request goes along"))
    active = BooleanField(_l("Active"))


def _form(**values: Any) -> LinkForm:
    form = LinkForm(**values)
    known = [SelectChoice(name, _(title)) for name, title in TYPES.items()]
    form.relation.choices = [*known, SelectChoice(OTHER, _("Another vocabulary…"))]
    return form


class _Filled:
    """A row as its form shows it."""

    def __init__(self, row: linking.Link, shown: dict[str, str]) -> None:
        self.__dict__.update(row.model_dump() | shown)


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    text = request.args.get("id", "").strip()
    return _of_thing(text) if text else _list()


def _list(fault: str = "", status: int = 200) -> ResponseReturnValue:
    after = numbers.asked("after")
    with edge.reading() as session:
        found, following = linking.links(session, edge.actor(), after=after)
    return render_template(
        "links/list.html",
        links=found,
        fault=fault,
        text=request.args.get("id", ""),
        identifier=identifier,
        relation_names=NAMES,
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    ), status


def _of_thing(text: str) -> ResponseReturnValue:
    try:
        with edge.reading() as session:
            found = linking.own(session, edge.actor(), text)
            rows = linking.links_of(session, edge.actor(), text)
            levels = linking.levels(session, found, root())
            view = publishing.view_of(session, found, edge.actor())
    except TraceError as error:
        return _list(" ".join(part for part in translate_error(error) if part), error.http_status)
    asked = _asked()
    rehearsals = [
        (title, linking.tried(found, levels, link_choice.wanting(accept=PHONE, accept_language=language)))
        for title, language in ((_("A phone in Chinese"), "zh-CN,zh;q=0.9"), (_("A phone in English"), "en"))
    ]
    return render_template(
        "links/thing.html",
        thing=view,
        rows=rows,
        levels=levels,
        rehearsals=rehearsals,
        asked=request.args,
        tried=linking.tried(found, levels, asked) if "try" in request.args else None,
        kinds=KINDS,
        types=TYPES,
        host_of=host_of,
        relation_names=NAMES,
    )


def _asked() -> link_choice.Asked:
    values = {name: request.args.get(name, "")[:200] for name in ("type", "context", "language")}
    accept = KINDS.get(request.args.get("kind", ""), PHONE)
    return link_choice.wanting(values["type"], values["context"], accept, values["language"])


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    text = request.args.get("id", "").strip()
    with edge.reading() as session:
        found = linking.own(session, edge.actor(), text)
        view = publishing.view_of(session, found, edge.actor())
    form = _form(data={"public": True, "forward_query": True, "active": True})

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            linking.create(session, edge.actor(), text, _draft(form), root(), edge.now())
        flash(_("The link is made."))
        return redirect(url_for(".index", id=view.identifier), 303)

    return respond(form, save, "links/form.html", thing=view, link=None)


@blueprint.route("/<int:link_id>", methods=["GET", "POST"])
@edge.require("master")
def edit(link_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        row = linking.link_of(session, edge.actor(), link_id)
        view = publishing.view_of(session, linking.own(session, edge.actor(), row.anchor), edge.actor())
    known = row.relation in TYPES
    chosen = {"relation": row.relation if known else OTHER, "vocabulary": "" if known else row.relation}
    lists = {"languages": ", ".join(row.languages.split()), "contexts": ", ".join(row.contexts.split())}
    form = _form(obj=_Filled(row, chosen | lists))

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            linking.change(session, edge.actor(), link_id, _draft(form), root(), edge.now())
        flash(_("Saved."))
        return redirect(url_for(".index", id=view.identifier), 303)

    return respond(form, save, "links/form.html", thing=view, link=row)


@blueprint.post("/<int:link_id>/remove")
@edge.require("master")
def remove(link_id: int) -> ResponseReturnValue:
    with edge.writing() as session:
        row = linking.link_of(session, edge.actor(), link_id)
        linking.remove(session, edge.actor(), link_id, edge.now())
        back = url_for(".index", id=identifier(row.anchor))
    flash(_("The link is removed."))
    return redirect(back, 303)


def _draft(form: LinkForm) -> Draft:
    other = form.relation.data == OTHER
    return Draft(
        relation=(form.vocabulary.data if other else form.relation.data) or "",
        href=form.href.data or "",
        title=form.title.data or "",
        languages=form.languages.data or "",
        media_type=form.media_type.data or "",
        contexts=form.contexts.data or "",
        forward_query=form.forward_query.data,
        public=form.public.data,
        is_default=form.is_default.data,
        active=form.active.data,
    )
