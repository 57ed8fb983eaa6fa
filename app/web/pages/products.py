"""Products: the part numbers of the organisation, how each is traced and counted."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from app.domain.masterdata import TRACING, UNITS
from app.services import gtins, masterdata
from app.web import edge
from app.web.forms import offered, optional, required, respond

blueprint = Blueprint("products", __name__, url_prefix="/products")


class ProductForm(FlaskForm):
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    tracing = RadioField(_l("Traced"), choices=offered(TRACING))
    unit = SelectField(_l("Counted in"), choices=offered(UNITS))
    shelf_life_days = IntegerField(_l("Shelf life in days"), [Optional()])
    gtin = StringField(_l("GTIN"), optional(20))
    public = BooleanField(_l("Anyone who scans a label may see what it is"))


class NewForm(ProductForm):
    part_number = StringField(_l("Part number"), required(100))


class EditForm(ProductForm):
    active = BooleanField(_l("Active"))


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    text, after = request.args.get("q", ""), request.args.get("after", "")
    with edge.reading() as session:
        found, following = masterdata.products(session, edge.actor(), text=text, after=after)
        known = gtins.of(session, found)
    return render_template(
        "products/list.html",
        products=found,
        gtins=known,
        text=text,
        next_url=url_for(".index", q=text or None, after=following) if following else "",
        first_url=url_for(".index", q=text or None) if after else "",
    )


@blueprint.route("/new", methods=["GET", "POST"])
@edge.require("master")
def new() -> ResponseReturnValue:
    form = NewForm(data={"tracing": "serial", "unit": "H87", "public": True})

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.create_product(
                session, edge.actor(), part_number=form.part_number.data, now=edge.now(), **_values(form)
            )
        flash(_("The product is created. Its identifiers can be minted now."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "products/form.html", product=None)


@blueprint.route("/<int:product_id>", methods=["GET", "POST"])
@edge.require("master")
def edit(product_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        product = masterdata.product_of(session, edge.actor(), product_id)
        gtin = gtins.of(session, [product]).get(product_id, "")
    form = EditForm(obj=product, gtin=gtin)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.change_product(
                session, edge.actor(), product_id, edge.now(), active=form.active.data, **_values(form)
            )
        flash(_("Saved."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "products/form.html", product=product)


def _values(form: ProductForm) -> dict[str, Any]:
    return {
        "name_zh": form.name_zh.data or "",
        "name_en": form.name_en.data or "",
        "tracing": form.tracing.data,
        "unit": form.unit.data,
        "shelf_life_days": form.shelf_life_days.data,
        "gtin": form.gtin.data or "",
        "public": form.public.data,
    }
