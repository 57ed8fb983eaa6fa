"""The zone of this node as the node above knows it: apply, follow, move, change the key, give it back."""

import secrets
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from app.domain import applications, subjects, zones
from app.domain.delegations import endpoint_of
from app.domain.trust import PublicKey
from app.errors import N_, Malformed, Refused, TraceError
from app.services import auditing, certifying, joining, rotating
from app.services.joining import Heard, Own
from app.services.prefixes import require_node
from app.services.recursing import hints
from app.web import edge
from app.web.forms import required, respond
from app.web.zone_forms import HINTS, SECTIONS, ApplyForm, endpoint_text, endpoints_sent, said

blueprint = Blueprint("our_zone", __name__, url_prefix="/our-zone")


class JoinForm(ApplyForm):  # type: ignore[misc,valid-type]
    """The same data as at the node above, and where that is."""

    parent_url = StringField(_l("Address of the node above"), required(300))


@blueprint.get("")
@edge.require("people")
def show() -> ResponseReturnValue:
    require_node(edge.actor())
    if not edge.node().settings.zone:
        return render_template("our_zone/none.html")
    return _page()


@blueprint.route("/apply", methods=["GET", "POST"])
@edge.require("people")
def apply() -> ResponseReturnValue:
    require_node(edge.actor())
    own, form = _own(), JoinForm()

    def save() -> ResponseReturnValue:
        parent_url = _parent_url(form.parent_url.data or "")
        subject = subjects.subject({name: form[name].data or "" for name in subjects.FIELDS})
        signed = joining.application(own, subject, _nonce(), edge.now(), share=bool(form.share.data))
        sent = joining.send_application(edge.node().fetch, parent_url, signed)
        with edge.writing() as session:
            joining.began(session, own, parent_url, sent, edge.now(), subject)
            auditing.record(
                session, edge.actor(), "zone-applied", edge.now(), subject=own.zone, detail=parent_url
            )
        flash(_("The application was sent to the node above."), "success")
        return redirect(url_for(".show"), 303)

    return respond(form, save, "our_zone/apply.html", sections=SECTIONS, hints=HINTS, own=own)


@blueprint.post("/refresh")
@edge.require("people")
def refresh() -> ResponseReturnValue:
    return _changed("refresh")


@blueprint.post("/move")
@edge.require("people")
def move() -> ResponseReturnValue:
    return _changed("move")


@blueprint.post("/rotate")
@edge.require("people")
def rotate() -> ResponseReturnValue:
    return _changed("rotate")


@blueprint.post("/leave")
@edge.require("people")
def leave() -> ResponseReturnValue:
    return _changed("leave")


def _changed(step: str) -> ResponseReturnValue:
    require_node(edge.actor())
    try:
        _change(_own(), step)
    except TraceError as error:
        return _page(error), error.http_status
    flash(_("Done; this is how the node above knows us now."), "success")
    return redirect(url_for(".show"), 303)


def _change(own: Own, step: str) -> None:
    """What the parent is asked for, outside any transaction; then what it said is kept."""
    with edge.reading() as session:
        row = joining.membership_of(session, own.zone)
    fetch, now = edge.node().fetch, edge.now()
    if step == "refresh":
        heard = joining.look(fetch, row.parent_url, own.zone, row.follow)
    elif step == "rotate":
        signed = joining.rotation(own, rotating.next_seed(edge.node().keys), _nonce(), now)
        heard = joining.send_change(fetch, row.parent_url, signed)
    elif step == "move":
        told = endpoints_sent(request.form.get("endpoint", "")) or [{"url": own.url}]
        signed = joining.move(own, [endpoint_of(each).wire for each in told], _nonce(), now)
        heard = joining.send_change(fetch, row.parent_url, signed)
    else:
        heard = joining.send_change(fetch, row.parent_url, joining.leave(own, _nonce(), now))
    _keep(own, row.parent_url, heard, step)


def _keep(own: Own, parent_url: str, heard: Heard, step: str) -> None:
    keys = _parent_keys(own)
    with edge.writing() as session:
        row = joining.take_in(session, own, parent_url, heard, keys, edge.now())
        follows = joining.took_next_key(row, rotating.next_key(edge.node().keys))
        if step != "refresh":
            auditing.record(session, edge.actor(), "zone-changed", edge.now(), subject=own.zone, detail=step)
    if follows:
        rotating.swap(edge.node().keys, edge.now())


def _parent_keys(own: Own) -> Sequence[PublicKey]:
    path = edge.node().settings.root_hints
    if not path:
        return ()
    return hints.read(path).keys if own.parent == zones.ROOT else edge.recursor().keys_of(own.parent)


def _page(error: TraceError | None = None) -> str:
    own = _own()
    with edge.reading() as session:
        row = joining.known(session, own.zone)
    told = joining.statement(row) if row else None
    return render_template(
        "our_zone/show.html",
        own=own,
        row=row,
        told=told,
        error=said(error),
        states=applications.STATES | applications.ZONE_STATES,
        endpoint_text=endpoint_text,
        gone={"refused", "withdrawn", "left", "ended"},
    )


def _own() -> Own:
    node = edge.node()
    zone = zones.zone(node.settings.zone)
    if not zone:
        raise Refused(
            "no-zone-above",
            N_(
                "This node has no zone that another node could hand out: it is the root, or belongs to no network."
            ),
            N_("Set ZONE to the prefix that it is to answer for."),
        )
    settings = node.settings
    seed = certifying.signing_key(node.keys)
    return Own(zone, seed, settings.base_url.rstrip("/"), settings.handle_port)


def _parent_url(text: str) -> str:
    try:
        return endpoint_of({"url": text.strip().rstrip("/")}).url
    except Malformed as error:
        error.values["field"] = "parent_url"
        raise


def _nonce() -> str:
    return secrets.token_urlsafe(24)
