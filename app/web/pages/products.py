"""Products: the part numbers of the organisation, how each is traced and counted."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.domain.conversions import LONGEST
from app.domain.masterdata import TRACING, UNITS
from app.services import gtins, masterdata, templating
from app.web import edge, i18n, numbers
from app.web.forms import offered, optional, required, respond

blueprint = Blueprint("products", __name__, url_prefix="/products")


class ProductForm(FlaskForm):
    name_zh = StringField(_l("Name in Chinese"), optional())
    name_en = StringField(_l("Name in English"), optional())
    tracing = RadioField(_l("Traced"), choices=offered(TRACING))
    unit = SelectField(_l("Counted in"), choices=offered(UNITS))
    shelf_life_days = IntegerField(_l("Shelf life in days"), [Optional()])
    gtin = StringField(_l("GTIN"), optional(20))
    conversions = StringField(_l("Further units"), optional(LONGEST))
    template_id = SelectField(_l("Template"), validate_choice=False)
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
    form.template_id.choices = _templates(None)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            made = masterdata.create_product(
                session, edge.actor(), part_number=form.part_number.data, now=edge.now(), **_values(form)
            )
            templating.assign(session, edge.actor(), made, _template(form), edge.now())
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
    form.template_id.choices = _templates(product.template_id)

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            masterdata.change_product(
                session, edge.actor(), product_id, edge.now(), active=form.active.data, **_values(form)
            )
            row = masterdata.product_of(session, edge.actor(), product_id)
            templating.assign(session, edge.actor(), row, _template(form), edge.now())
        flash(_("Saved."))
        return redirect(url_for(".index"), 303)

    return respond(form, save, "products/form.html", product=product)


def _templates(current: int | None) -> list[SelectChoice]:
    """Those in use, and the one that the product has."""
    with edge.reading() as session:
        found = templating.listed(session, edge.actor())
    usable = [each for each in found if each.active or each.template_id == current]
    return [SelectChoice("", _("None"))] + [
        SelectChoice(str(each.template_id), f"{i18n.localised(each)} · {each.key}") for each in usable
    ]


def _template(form: ProductForm) -> int | None:
    """0, nobody's template, for what is no number at all."""
    text = form.template_id.data or ""
    return (int(text) if numbers.NUMBER.fullmatch(text) else 0) if text and text != "None" else None


def _values(form: ProductForm) -> dict[str, Any]:
    return {
        "name_zh": form.name_zh.data or "",
        "name_en": form.name_en.data or "",
        "tracing": form.tracing.data,
        "unit": form.unit.data,
        "shelf_life_days": form.shelf_life_days.data,
        "gtin": form.gtin.data or "",
        "conversions": form.conversions.data or "",
        "public": form.public.data,
    }
