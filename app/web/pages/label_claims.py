"""The form that says what a blank label is for; the scan page leads here."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from app.domain import identifiers
from app.domain.templates import BadValues
from app.services import claiming, filling, masterdata
from app.services.claiming import Claim
from app.services.template_views import Version
from app.web import edge, i18n, value_forms
from app.web.forms import optional, respond, typed_amount

blueprint = Blueprint("label_claims", __name__)
MOST_PRODUCTS = 500


class ClaimForm(FlaskForm):
    code = StringField(_l("Blank label"), optional(2_000))
    product = SelectField(_l("Product"), validate_choice=False)
    lot = StringField(_l("Lot number"), optional(80))
    serial = StringField(_l("Serial number"), optional(80))
    quantity = StringField(_l("Quantity of the lot"), optional(20))
    produced_on = DateField(_l("Production date"), [Optional()])
    expires_on = DateField(_l("Expiry date"), [Optional()])
    activate_at = SelectField(_l("Activate at once at"), validate_choice=False)


@blueprint.route("/labels/claim", methods=["GET", "POST"])
@edge.require("scan")
def show() -> ResponseReturnValue:
    form = ClaimForm(code=request.args.get("code", ""), product=request.args.get("product", ""))
    code = form.code.data or ""
    with edge.reading() as session:
        blank = claiming.blank_of(session, edge.actor(), code) if code and not form.is_submitted() else None
        products, _ = masterdata.products(session, edge.actor(), limit=MOST_PRODUCTS, active_only=True)
        sites = masterdata.places(session, edge.actor())
    form.product.choices = [("", gettext("None: a carton or a pallet"))] + [
        (each.epc, f"{each.part_number} · {i18n.localised(each)}") for each in products
    ]
    form.activate_at.choices = [("", gettext("No, the first scan activates it"))] + [
        (each.epc, i18n.localised(each)) for each in sites
    ]
    version = _version(form)
    wrong: dict[str, str] = {}
    shown: dict[str, Any] = {
        "identifier": str(identifiers.from_epc(blank.epc)) if blank else code,
        "version": version,
        "wrong": wrong,
    }
    if "fetch" in request.form:  # a product was chosen: its own fields are wanted, nothing else
        return render_template("labels/claim.html", form=form, **shown)

    def act() -> ResponseReturnValue:
        try:
            return _claim(form, version)
        except BadValues as error:
            raise value_forms.refusal(error, wrong) from error

    return respond(form, act, "labels/claim.html", **shown)


def _claim(form: ClaimForm, version: Version | None) -> ResponseReturnValue:
    wanted = Claim(
        identifier=form.code.data or "",
        product=form.product.data or "",
        lot=form.lot.data or "",
        serial=form.serial.data or "",
        produced_on=form.produced_on.data,
        expires_on=form.expires_on.data,
        quantity=typed_amount(form.quantity.data),
        place=form.activate_at.data or "",
        values=value_forms.sent(version.fields) if version else {},
    )
    with edge.writing() as session:
        card = claiming.claim(session, edge.actor(), wanted, edge.now())
    title = (card.title_zh if i18n.language() == "zh" else card.title_en) or card.title_zh or card.title_en
    named = " ".join(part for part in (title, card.serial or card.lot) if part) or gettext("Logistic unit")
    flash(
        gettext("%(label)s is %(thing)s now. Scan it again.", label=card.identifier, thing=named), "success"
    )
    return redirect(url_for("scan.show"), 303)


def _version(form: ClaimForm) -> Version | None:
    """Of the chosen product's template."""
    if not form.product.data:
        return None
    with edge.reading() as session:
        return filling.of_product_named(session, edge.actor(), form.product.data)
