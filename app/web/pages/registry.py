"""The registry: everything that has a name, found by names and values; and one identifier with its life and values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.errors import N_, Malformed, TraceError
from app.services import aliasing, finding, history, voiding
from app.web import edge, i18n
from app.web.errors import translate_error

blueprint = Blueprint("registry", __name__, url_prefix="/registry")

CHANGES = {
    "reserved": N_("Minted, not in use yet"),
    "active": N_("In use"),
    "void": N_("Declared void"),
    "retired": N_("Out of use"),
    "registered": N_("Record registered"),
    "changed": N_("Record changed"),
    "deleted": N_("Record deleted"),
    "added": N_("Alias added"),
}


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    text, kind = request.args.get("q", "").strip(), request.args.get("kind", "")
    after, fault, status = request.args.get("after", ""), "", 200
    found: list[finding.Match] = []
    following = ""
    try:
        with edge.reading() as session:
            found, following = finding.find(session, edge.actor(), text, kind=kind, after=after)
    except TraceError as error:
        fault, status = " ".join(part for part in translate_error(error) if part), error.http_status
    kept: dict[str, Any] = {"q": text or None, "kind": kind or None}
    return render_template(
        "registry/index.html",
        found=found,
        text=text,
        kind=kind,
        kinds=finding.KINDS,
        fault=fault,
        next_url=url_for(".index", **kept, after=following) if following else "",
        first_url=url_for(".index", **kept) if after else "",
    ), status


@blueprint.get("/identifier")
@edge.require("browse")
def identifier() -> ResponseReturnValue:
    """?id= any of its names, ?at= a moment as a browser's field gives it, in the reader's time zone."""
    name, at = request.args.get("id", "").strip(), request.args.get("at", "")
    if not name:
        return redirect(url_for(".index"))
    actor, now = edge.actor(), edge.now()
    fault, then = "", None
    with edge.reading() as session:
        view = history.view(session, actor, name)
        try:
            moment = _moment(at) if at else now
            then = history.as_of(session, actor, view.identifier, moment, now)
        except TraceError as error:
            fault = " ".join(part for part in translate_error(error) if part)
    return render_template(
        "registry/identifier.html",
        view=view,
        then=then,
        at=at,
        fault=fault,
        changes=CHANGES,
        alias_kinds=aliasing.KINDS,
        differences=differences,
    ), 400 if fault else 200


@blueprint.post("/retire")
@edge.require("void")
def retire() -> ResponseReturnValue:
    name = request.form.get("id", "")
    with edge.writing() as session:
        shown = voiding.retire(session, edge.actor(), name, request.form.get("reason", ""), edge.now())
    flash(_("%(name)s is retired now.", name=shown), "success")
    return redirect(url_for(".identifier", id=shown), 303)


@dataclass(frozen=True, slots=True)
class Difference:
    """A value before and after, '' where there was or is none."""

    old: str
    new: str


def differences(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """What changed from one version of a record to the next, by the index of its values."""
    old, new = ({int(each["index"]): _value_text(each) for each in values} for values in (before, after))
    lines = [Difference(old.get(index, ""), new.get(index, "")) for index in sorted({*old, *new})]
    return [line for line in lines if line.old != line.new]


def _value_text(value: Mapping[str, Any]) -> str:
    data = value["data"]["value"]
    shown = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"{value['index']} {value['type']}: {shown}"


def _moment(text: str) -> datetime:
    """A local date and time in the reader's zone, or a moment with a zone of its own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(
            "bad-moment",
            N_("'{text}' is no date and time."),
            N_("Write for example 2026-11-22T14:30."),
            text=text[:40],
            field="at",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(i18n.zone()))
