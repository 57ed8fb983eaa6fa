"""Printers: what there is and how it is, new ones, a label to try one. Only administrators make and change them."""

import math
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from app.domain.printers import CONNECTIONS, DOWNLOAD, LANGUAGES, STATES, TROUBLES
from app.errors import N_, Malformed, TraceError
from app.services import printer_trials, printers, stocks
from app.services.printers import CUTTERS, DRAWINGS, MEDIA, RESOLUTIONS, Draft
from app.web import edge
from app.web.errors import translate_error
from app.web.forms import offered, optional, required, respond

blueprint = Blueprint("printers", __name__, url_prefix="/labels/printers")
COLOURS = {
    "ready": "green",
    "printing": "azure",
    "waiting": "orange",
    "off": "dark",
    "silent": "secondary",
    "refused": "red",
}
STATE_BADGES = {code: (title, COLOURS[code]) for code, title in STATES.items()}


class PrinterForm(FlaskForm):
    name = StringField(_l("Name"), required(printers.LONGEST_NAME))
    connection = SelectField(_l("Connection"), choices=offered(CONNECTIONS), default="raw")
    address = StringField(_l("Address"), optional(300))
    language = SelectField(
        _l("Printer language"),
        choices=[SelectChoice(code, title) for code, title in LANGUAGES.items()],
        default="zpl",
    )
    dpi = SelectField(
        _l("Resolution"), choices=[SelectChoice(str(dpi), f"{dpi} dpi") for dpi in RESOLUTIONS], default="203"
    )
    drawing = SelectField(_l("How labels are drawn"), choices=offered(DRAWINGS), default="exact")
    stock = SelectField(_l("What is loaded"), choices=[], default="")
    media = SelectField(_l("How it finds the next label"), choices=offered(MEDIA), default="gap")
    gap = StringField(_l("Gap, or height of the mark, mm"), optional(20), default="3")
    cutter = SelectField(_l("After a label"), choices=offered(CUTTERS), default="tear")
    darkness = StringField(_l("Darkness, 0 to 100"), optional(20))
    speed = StringField(_l("Speed, inches a second"), optional(20))
    turned = BooleanField(_l("Upside down"))
    offset_x = StringField(_l("To the right, mm"), optional(20), default="0")
    offset_y = StringField(_l("Down, mm"), optional(20), default="0")


class EditForm(PrinterForm):
    active = BooleanField(_l("In use"))


@blueprint.get("")
@edge.require("print")
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        found = printers.printers(session, edge.actor())
    return render_template(
        "printers/list.html", found=found, connections=CONNECTIONS, languages=LANGUAGES, states=STATE_BADGES
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("people")
def new() -> ResponseReturnValue:
    form = PrinterForm()
    with edge.reading() as session:
        form.stock.choices = _stocks(session)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            row = printers.create(session, edge.actor(), _draft(form), edge.now())
            printer_id = row.id
        flash(_("The printer is entered. Ask it how it is, and print a test label."), "success")
        return redirect(url_for(".show", printer_id=printer_id), 303)

    return respond(form, save, "printers/form.html", printer=None)


@blueprint.route("/<int:printer_id>/edit", methods=["GET", "POST"])
@edge.require("people")
def edit(printer_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        row = printers.printer_of(session, edge.actor(), printer_id)
        values = printers.draft_of(row)
        choices = _stocks(session, row.stock)
    form = EditForm(data={name: _typed(getattr(values, name)) for name in Draft.__dataclass_fields__})
    form.stock.choices = choices

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            printers.change(session, edge.actor(), printer_id, _draft(form), edge.now())
        flash(_("Saved."), "success")
        return redirect(url_for(".show", printer_id=printer_id), 303)

    return respond(form, save, "printers/form.html", printer=row)


@blueprint.get("/<int:printer_id>")
@edge.require("print")
def show(printer_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        row = printers.printer_of(session, edge.actor(), printer_id)
        try:
            loaded = stocks.stock_of(session, edge.actor(), row.stock).stock.name if row.stock else ""
        except TraceError:
            loaded = row.stock
    return render_template(
        "printers/show.html",
        printer=row,
        loaded=loaded,
        sends=row.connection != DOWNLOAD and row.active,
        connections=CONNECTIONS,
        languages=LANGUAGES,
        drawings=DRAWINGS,
        media=MEDIA,
        cutters=CUTTERS,
        states=STATE_BADGES,
        troubles=[TROUBLES[code] for code in row.troubles.split() if code in TROUBLES],
    )


@blueprint.post("/<int:printer_id>/status")
@edge.require("print")
def status(printer_id: int) -> ResponseReturnValue:
    """Asks the printer, outside any transaction, and keeps what it said."""
    with edge.reading() as session:
        target = printers.target_of(printers.printer_of(session, edge.actor(), printer_id))
    found = edge.node().printing.status(target)
    with edge.writing() as session:
        printers.note_status(session, edge.actor(), printer_id, found, edge.now())
    return redirect(url_for(".show", printer_id=printer_id), 303)


@blueprint.post("/<int:printer_id>/test")
@edge.require("print")
def test(printer_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        row = printers.printer_of(session, edge.actor(), printer_id)
        target, chunk = (
            printers.target_of(row),
            printer_trials.chunk(session, edge.actor(), row, edge.now()),
        )
    try:
        sent = list(
            edge.node().printing.send(target, [chunk], lambda: False, patience=printer_trials.PATIENCE)
        )
    except TraceError as error:
        flash(" ".join(part for part in translate_error(error) if part), "warning")
    else:
        well, text = printer_trials.outcome(sent[-1] if sent else None)
        flash(_(text), "success" if well else "warning")
    return redirect(url_for(".show", printer_id=printer_id), 303)


@blueprint.get("/<int:printer_id>/test-label")
@edge.require("print")
def trial_label(printer_id: int) -> ResponseReturnValue:
    """The same label as a file, for a printer that this node cannot reach."""
    with edge.reading() as session:
        row = printers.printer_of(session, edge.actor(), printer_id)
        chunk = printer_trials.chunk(session, edge.actor(), row, edge.now())
    response = Response(
        chunk.data, mimetype="application/pdf" if row.language == "pdf" else "application/octet-stream"
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"test-{printer_id}.{row.language}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _stocks(session: Session, chosen: str = "") -> Sequence[SelectChoice]:
    found = {each.code: each.stock.name for each in stocks.stocks_of(session, edge.actor())}
    more = {chosen: chosen} if chosen and chosen not in found else {}
    every = {"": _("Not known"), **more, **found}
    return [SelectChoice(code, title) for code, title in every.items()]


def _draft(form: PrinterForm) -> Draft:
    return Draft(
        name=form.name.data or "",
        connection=form.connection.data,
        address=form.address.data or "",
        language=form.language.data,
        dpi=int(form.dpi.data),
        drawing=form.drawing.data,
        media=form.media.data,
        gap=_number(form, "gap") or 0.0,
        darkness=_whole(form, "darkness"),
        speed=_whole(form, "speed"),
        cutter=form.cutter.data,
        turned=form.turned.data,
        offset_x=_number(form, "offset_x") or 0.0,
        offset_y=_number(form, "offset_y") or 0.0,
        stock=form.stock.data or "",
        active=form.active.data if isinstance(form, EditForm) else True,
    )


def _number(form: PrinterForm, name: str) -> float | None:
    text = (form[name].data or "").strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Malformed(
            "bad-printer",
            N_("A printer cannot have “{value}” there."),
            N_("Give a number."),
            value=text[:60],
            field=name,
        )
    return value


def _whole(form: PrinterForm, name: str) -> int | None:
    value = _number(form, name)
    if value is None:
        return None
    if abs(value) > 1_000 or not value.is_integer():
        raise Malformed(
            "bad-printer",
            N_("A printer cannot have “{value}” there."),
            N_("Give a whole number."),
            value=str(value)[:60],
            field=name,
        )
    return int(value)


def _typed(value: object) -> object:
    """As it stands in an input."""
    if isinstance(value, bool) or value is None:
        return value
    return f"{value:g}" if isinstance(value, float) else str(value)
