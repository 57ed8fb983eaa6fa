"""Reserved ranges: identifiers under one's own prefix that a supplier mints; the supplier's side of it, too."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from app.domain.templates import BadValues
from app.services import allotting, filling, listing, masterdata, reserving
from app.services.minting import MintRequest, mint
from app.services.reserving import Told
from app.services.template_views import Version
from app.web import edge, i18n, numbers, value_forms
from app.web.forms import offered, optional, required, respond, typed_amount

blueprint = Blueprint("ranges", __name__, url_prefix="/ranges")
WHOLE = _l("Please type a whole number.")


class NewForm(FlaskForm):
    supplier = SelectField(_l("Supplier"), validate_choice=False)
    product = SelectField(_l("Product"), coerce=int, validate_choice=False)
    prefix = SelectField(_l("Prefix"), validate_choice=False)
    start = StringField(_l("Names begin with"), required(30))
    quota = IntegerField(_l("How many"), [InputRequired(WHOLE)])


class EditForm(FlaskForm):
    quota = IntegerField(_l("How many"), [InputRequired(WHOLE)])
    state = SelectField(_l("State"), choices=offered(reserving.STATES))


class MintForm(FlaskForm):
    count = IntegerField(_l("How many"), [InputRequired(WHOLE)], default=1)
    lot = StringField(_l("Lot number"), optional(80))
    serial_start = StringField(_l("First serial number"), optional(80))
    produced_on = DateField(_l("Production date"), [Optional()])
    activate_at = SelectField(_l("Activate at once at"), validate_choice=False)
    quantity = StringField(_l("Quantity of the lot"), optional(20))


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    after = numbers.asked("after")
    with edge.reading() as session:
        found, following = reserving.ranges(session, edge.actor(), after=after)
    return render_template(
        "registry/ranges.html",
        found=found,
        states=reserving.STATES,
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = NewForm()
    actor = edge.actor()
    with edge.reading() as session:
        suppliers = masterdata.partners(session, actor)
        products, _more = masterdata.products(session, actor, limit=500, active_only=True)
        prefixes = allotting.prefixes_of(session, actor.organisation_id)
    form.supplier.choices = [(one.prefix, f"{one.prefix} · {i18n.localised(one)}") for one in suppliers]
    form.product.choices = [(one.id, f"{one.part_number} · {i18n.localised(one)}") for one in products]
    form.prefix.choices = [(one, one) for one in prefixes]

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            told = reserving.reserve(
                session,
                actor,
                supplier=form.supplier.data or "",
                product_id=form.product.data or 0,
                start=form.start.data or "",
                quota=form.quota.data,
                prefix=form.prefix.data or "",
                now=edge.now(),
            )
        flash(_("The range is reserved. The supplier sees it in its own list."), "success")
        return redirect(url_for(".show", range_id=told.row.id), 303)

    return respond(form, save, "registry/range_new.html", suppliers=suppliers, products=products)


@blueprint.get("/<int:range_id>")
@edge.require("browse")
def show(range_id: int) -> ResponseReturnValue:
    return _page(range_id, EditForm(), MintForm())


@blueprint.post("/<int:range_id>")
@edge.require("master")
def change(range_id: int) -> ResponseReturnValue:
    form = EditForm()

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            reserving.change(
                session, edge.actor(), range_id, edge.now(), quota=form.quota.data, state=form.state.data
            )
        flash(_("Saved."), "success")
        return redirect(url_for(".show", range_id=range_id), 303)

    _told, shown = _shown(range_id, form, None)
    return respond(form, save, "registry/range.html", **shown)


@blueprint.post("/<int:range_id>/mint")
@edge.require("mint")
def mint_in(range_id: int) -> ResponseReturnValue:
    form = MintForm()
    told, shown = _shown(range_id, None, form)

    def save() -> ResponseReturnValue:
        try:
            with edge.writing() as session:
                epcs = mint(session, edge.actor(), _request_of(form, told, shown["version"]), edge.now())
                first, last = listing.batch_of(session, epcs)
        except BadValues as error:
            raise value_forms.refusal(error, shown["wrong"]) from error
        flash(ngettext("%(num)d identifier minted.", "%(num)d identifiers minted.", len(epcs)), "success")
        return redirect(url_for("items.index", batch=f"{first}-{last}"), 303)

    return respond(form, save, "registry/range.html", **shown)


def _page(range_id: int, edit: EditForm | None, form: MintForm | None) -> ResponseReturnValue:
    _told, shown = _shown(range_id, edit, form)
    return render_template("registry/range.html", **shown)


def _shown(range_id: int, edit: EditForm | None, form: MintForm | None) -> tuple[Told, dict[str, Any]]:
    actor, after = edge.actor(), request.args.get("after", "")
    with edge.reading() as session:
        told = reserving.range_of(session, actor, range_id)
        cards, following = reserving.minted_in(session, actor, told, after=after)
        sites = masterdata.places(session, actor)
        version = filling.of_product(session, told.product)
    edit, form = edit or EditForm(formdata=None), form or MintForm(formdata=None)
    if not edit.is_submitted() or request.endpoint != "ranges.change":
        edit.quota.data, edit.state.data = told.row.quota, told.row.state
    places = [(site.epc, i18n.localised(site)) for site in sites]
    form.activate_at.choices = [("", _("No, the first scan activates them")), *places]
    return told, {
        "told": told,
        "cards": cards,
        "states": reserving.STATES,
        "edit": edit,
        "mint_form": form,
        "version": version,
        "wrong": {},
        "next_url": url_for(".show", range_id=range_id, after=following) if following else "",
        "first_url": url_for(".show", range_id=range_id) if after else "",
    }


def _request_of(form: MintForm, told: Told, version: Version | None) -> MintRequest:
    of_lot = told.product.tracing == "lot"
    return MintRequest(
        told.product.tracing,
        1 if of_lot else form.count.data,
        lot=form.lot.data or "",
        serial_start="" if of_lot else form.serial_start.data or "",
        produced_on=form.produced_on.data,
        activate_at=form.activate_at.data or "",
        quantity=typed_amount(form.quantity.data) if of_lot else None,
        range_id=told.row.id,
        values=value_forms.sent(version.fields) if version else {},
    )
