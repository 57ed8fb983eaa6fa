"""The URL on a label: a page for whoever scans it, JSON, a linkset or a redirect; only what its owner made public."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter, PathConverter

from app.domain import link_choice, negotiation
from app.domain.link_choice import HTML, JSON
from app.domain.link_rules import PATH_START
from app.domain.link_types import NAMES
from app.domain.linkset import LINKSET, Link
from app.domain.people import Actor
from app.errors import Unknown
from app.services import link_levels, publishing, short_urls
from app.services.record_urls import RecordView
from app.services.short_urls import Answer, Resolved
from app.web import edge, i18n, recursion, template_pages

blueprint = Blueprint("resolver", __name__)


class PrefixConverter(BaseConverter):
    """Only what begins like an identifier is one: no path of ours, mistyped or with the wrong method, ends here."""

    regex = PATH_START.pattern


class SuffixConverter(PathConverter):
    """The rest of the path; also one that begins with a slash, which would else be led to another identifier."""

    regex = r"(?s:/?.+?)"


@blueprint.before_request
def tell_programs_apart() -> None:
    """What is wrong is told to a program as JSON here, too."""
    media = negotiation.media(request.headers.get("Accept", ""))
    programs = max(negotiation.names(media, JSON), negotiation.names(media, LINKSET))
    g.for_program = programs > negotiation.quality(media, HTML)


@blueprint.after_request
def open_to_all(response: Response) -> Response:
    for name, value in (*short_urls.OPEN_TO_ALL, short_urls.VARY):
        response.headers.setdefault(name, value)
    return response


@blueprint.get("/<identifier:prefix>/<suffix:suffix>")
@edge.public
def resolve(prefix: str, suffix: str) -> ResponseReturnValue:
    """404 in the same words for what does not exist and for what is no identifier at all; 400 for a wrong GS1 key."""
    if (template := template_pages.page_of(prefix, suffix)) is not None:
        return template
    try:
        return _ours(prefix, suffix)
    except Unknown:
        if (elsewhere := recursion.printed(f"{prefix}/{suffix}")) is None:
            raise
        return elsewhere


def _ours(prefix: str, suffix: str) -> ResponseReturnValue:
    reader = _reader()
    with edge.reading() as session:
        resolved = short_urls.resolve(session, f"{prefix}/{suffix}", *_asked(), root(), reader)
        if resolved.answer is not None:
            return _sent(resolved.answer)
        if resolved.record is not None:
            return _record(resolved, resolved.record)
        view = publishing.view_of(session, resolved.found, reader)
    if resolved.asked.linkset or len(resolved.links) > 1:
        return _list(resolved, view)
    return _page(resolved, view)


@blueprint.get("/things/<identifier:prefix>/<suffix:suffix>")
@edge.public
def thing(prefix: str, suffix: str) -> ResponseReturnValue:
    """Our own page, to which the default link leads where the owner has none: it never redirects."""
    reader = _reader()
    with edge.reading() as session:
        found = short_urls.named(session, f"{prefix}/{suffix}")
        levels = link_levels.levels_of(session, found, root(), reader)
        view = publishing.view_of(session, found, reader)
    if request.args.get("as") == "json" or g.for_program:
        return Response(publishing.as_json(view), content_type=JSON)
    return _page(Resolved(found, levels, link_choice.read("")), view)


@blueprint.get("/.well-known/gs1resolver")
@edge.public
def description() -> ResponseReturnValue:
    """The resolver description file (GS1-Conformant resolver 1.2, section 3)."""
    with edge.reading() as session:
        name = publishing.node_name(session)
    return jsonify(short_urls.description(root(), name))


def root() -> str:
    return edge.node().settings.base_url.rstrip("/")


def _reader() -> Actor | None:
    """Without a cookie or a key nobody: then nothing of the answer depends on who asks."""
    return edge.visitor() if request.cookies or "Authorization" in request.headers else None


def _asked() -> tuple[str, str, str]:
    query = request.query_string.decode("utf-8", "replace")
    return query, request.headers.get("Accept", ""), request.headers.get("Accept-Language", "")


def _sent(answer: Answer) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))


def _page(resolved: Resolved, view: publishing.PublicView) -> ResponseReturnValue:
    shown = link_choice.for_people(resolved.levels, i18n.language())
    return _with_link(
        resolved,
        render_template(
            "public/thing.html",
            thing=view,
            links=[link for link in shown if not _is_ours(link)],
            manages=_manages(resolved),
            missing_number=re.sub(r"\([0-9]+\)", " ", view.missing).strip(),
            **_words(resolved),
        ),
    )


def _record(resolved: Resolved, record: RecordView) -> ResponseReturnValue:
    shown = resolved.levels[0].links if resolved.asked.linkset else ()
    return _with_link(
        resolved, render_template("public/record.html", record=record, links=shown, **_words(resolved))
    )


def _manages(resolved: Resolved) -> bool:
    """Whether the reader's organisation makes the links of this very thing."""
    reader, found = _reader(), resolved.found
    owns = reader is not None and reader.organisation_id == found.thing.organisation_id
    return owns and reader is not None and reader.may("master") and not found.missing


def _words(resolved: Resolved) -> dict[str, Any]:
    return {
        "relation_names": NAMES,
        "host_of": host_of,
        "linkset_url": f"{resolved.levels[0].anchor}?linkType=linkset",
    }


def host_of(address: str) -> str:
    return urlsplit(address).netloc


def _is_ours(link: Link) -> bool:
    """What the page itself is, or has a button for."""
    return link.href.startswith((f"{root()}{link_levels.THINGS}", f"{root()}/trace/"))


def _list(resolved: Resolved, view: publishing.PublicView) -> ResponseReturnValue:
    several = len(resolved.links) > 1 and not resolved.asked.linkset
    page = render_template(
        "public/links.html",
        thing=view,
        levels=resolved.levels,
        chosen=resolved.links if several else (),
        **_words(resolved),
    )
    return _with_link(resolved, page), short_urls.CHOICES if several else 200


def _with_link(resolved: Resolved, page: str) -> Response:
    return Response(
        page, content_type="text/html; charset=utf-8", headers=[short_urls.link_header(resolved.levels)]
    )
