"""Label stock: the catalogue, one's own by its measures, and the page that tells how far a printer is off."""

import secrets
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField

from app.errors import N_, Malformed, Unknown
from app.services import stock_measures, stocks
from app.services.stock_measures import ASKED, KINDS, MEASURES
from app.services.stocks import Loaded
from app.web import edge
from app.web.forms import optional, required, respond, show_error
from app.web.sheet_picture import picture_of

blueprint = Blueprint("label_stock", __name__, url_prefix="/labels/stock")
A4 = {"page_width": "210", "page_height": "297"}


class StockForm(FlaskForm):
    nonce = HiddenField()
    name = StringField(_l("Name"), required(stock_measures.LONGEST_NAME))
    page_width = StringField(_l("Width of the page"), optional(20))
    page_height = StringField(_l("Height of the page"), optional(20))
    columns = StringField(_l("Labels side by side"), optional(20))
    rows = StringField(_l("Labels below one another"), optional(20))
    width = StringField(_l("Width of a label"), optional(20))
    height = StringField(_l("Height of a label"), optional(20))
    left = StringField(_l("From the left edge to the first label"), optional(20))
    top = StringField(_l("From the top edge to the first label"), optional(20))
    pitch_x = StringField(_l("From one label to the next, across"), optional(20))
    pitch_y = StringField(_l("From one label to the next, down"), optional(20))
    gap = StringField(_l("Gap between labels"), optional(20))
    radius = StringField(_l("Radius of the corners"), optional(20))
    round = BooleanField(_l("Round or oval labels"))


class OffsetForm(FlaskForm):
    x = StringField(_l("To the right, mm"), optional(20))
    y = StringField(_l("Down, mm"), optional(20))


@blueprint.get("")
@edge.require("print")
def index() -> ResponseReturnValue:
    wanted, kind = request.args.get("q", "")[:100], request.args.get("kind", "")
    with edge.reading() as session:
        everything = stocks.stocks_of(session, edge.actor())
    found = [each for each in stocks.matching(everything, wanted) if kind in ("", each.stock.kind)]
    return render_template("labels/stock.html", found=found, wanted=wanted, kind=kind, kinds=KINDS)


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("print")
def new() -> ResponseReturnValue:
    """Of a kind, from nothing or from a stock that is nearly the same (`from`)."""
    kind = _kind(request.values.get("kind", ""))
    given: dict[str, Any] = dict(A4) if kind == "sheet" else {}
    if (code := request.args.get("from")) is not None:
        with edge.reading() as session:
            like = stocks.stock_of(session, edge.actor(), code).stock
        kind, given = like.kind, _typed(like)
    form = StockForm(nonce=secrets.token_hex(16), **given)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            row = stocks.create(
                session,
                edge.actor(),
                form.name.data or "",
                _measures(form, kind),
                edge.now(),
                nonce=form.nonce.data,
            )
            code = stocks.code_of(row)
        flash(_("The label stock is there. Print its calibration page on plain paper first."), "success")
        return redirect(url_for(".show", code=code), 303)

    return _form_page(form, save, kind)


@blueprint.route("/<code>/edit", methods=["GET", "POST"])
@edge.require("print")
def edit(code: str) -> ResponseReturnValue:
    with edge.reading() as session:
        row = stocks.own_of(session, edge.actor(), _own_id(code))
        name, kind, made = row.name, row.measures.get("kind", "sheet"), stocks.made_of(row)
    form = StockForm(name=name, **_typed(made))

    def save() -> ResponseReturnValue:
        measures = _measures(form, kind)
        with edge.writing() as session:
            stocks.change(session, edge.actor(), _own_id(code), form.name.data or "", measures, edge.now())
        flash(_("Saved."), "success")
        return redirect(url_for(".show", code=code), 303)

    return _form_page(form, save, kind, code=code)


@blueprint.get("/<code>")
@edge.require("print")
def show(code: str) -> ResponseReturnValue:
    return _shown(code, OffsetForm())


@blueprint.post("/<code>/offset")
@edge.require("print")
def calibrate(code: str) -> ResponseReturnValue:
    form = OffsetForm()
    try:
        with edge.writing() as session:
            x, y = (_number(form[name].data or "0", name) for name in ("x", "y"))
            stocks.calibrate(session, edge.actor(), code, x, y, edge.now())
    except Malformed as error:
        show_error(form, error)
        return _shown(code, form), error.http_status
    flash(_("Saved. What is printed on this stock from now on is moved by that much."), "success")
    return redirect(url_for(".show", code=code), 303)


@blueprint.post("/<code>/withdraw")
@edge.require("print")
def withdraw(code: str) -> ResponseReturnValue:
    with edge.writing() as session:
        stocks.withdraw(session, edge.actor(), _own_id(code), edge.now())
    flash(_("The label stock is offered no more."), "success")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<code>/calibration.pdf")
@edge.require("print")
def calibration(code: str) -> ResponseReturnValue:
    """A sheet of rulers at the places of its labels, moved as everything on this stock is."""
    with edge.reading() as session:
        loaded = stocks.stock_of(session, edge.actor(), code)
    texts = (
        _("Print at 100 %%, without fitting to the page."),
        _("Hold it against a label sheet: what the edge of a label lies beside on its scale is to be added."),
    )
    response = Response(stocks.calibration_page(loaded, texts), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"calibration-{loaded.code}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _shown(code: str, form: OffsetForm) -> str:
    with edge.reading() as session:
        loaded = stocks.stock_of(session, edge.actor(), code)
    if not form.is_submitted():
        form.x.data, form.y.data = f"{loaded.x:g}", f"{loaded.y:g}"
    return render_template(
        "labels/stock_show.html",
        loaded=loaded,
        form=form,
        kinds=KINDS,
        measures=_listed(loaded),
        picture=picture_of(loaded.stock),
        like=stocks.like(loaded) if loaded.own else None,
        titles=MEASURES,
    )


def _form_page(form: StockForm, save: Any, kind: str, code: str = "") -> ResponseReturnValue:
    needed, more = ASKED[kind]
    return respond(
        form, save, "labels/stock_form.html", kind=kind, kinds=KINDS, needed=needed, more=more, code=code
    )


def _listed(loaded: Loaded) -> list[tuple[str, float]]:
    """Measures with their titles; those that say nothing of this kind are left out."""
    needed, more = ASKED[loaded.stock.kind]
    values = ((name, getattr(loaded.stock, name)) for name in (*needed, *more))
    return [(MEASURES[name], value) for name, value in values if value or name in ("left", "top")]


def _typed(stock: Any) -> dict[str, Any]:
    needed, more = ASKED[stock.kind]
    typed: dict[str, Any] = {name: f"{getattr(stock, name):.10g}" for name in (*needed, *more)}
    return typed | {"round": stock.round}


def _measures(form: StockForm, kind: str) -> dict[str, Any]:
    return dict(_numbers(form, kind)) | {"kind": kind, "round": bool(form.round.data)}


def _numbers(form: StockForm, kind: str) -> Iterator[tuple[str, float]]:
    for name in (*ASKED[kind][0], *ASKED[kind][1]):
        if text := (form[name].data or "").strip():
            yield name, _number(text, name)


def _number(text: str, field: str) -> float:
    """A comma is a decimal point here; thousands of millimetres are no label."""
    try:
        return float(text.strip().replace(",", ".").removesuffix("mm"))
    except ValueError:
        raise Malformed(
            "not-a-number",
            N_("'{text}' is not a number."),
            N_("Type digits, with a point for fractions."),
            text=text[:40],
            field=field,
        ) from None


def _kind(text: str) -> str:
    return text if text in KINDS else "sheet"


def _own_id(code: str) -> int:
    match = stocks.OWN.fullmatch(code)
    if match is None:
        raise Unknown(
            "unknown-stock",
            N_("There is no label stock '{name}'."),
            N_("Choose one from the list."),
            name=code[:40],
        )
    return int(match[1])
