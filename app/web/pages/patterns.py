"""Name patterns: how the identifiers of each product are formed, tried out before they are kept."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange, Optional

from app.domain.check_characters import SYSTEMS
from app.domain.pattern_words import WORDS
from app.services import masterdata, patterning
from app.services.patterning import MANY, Preview
from app.web import edge, i18n
from app.web.forms import optional, respond

blueprint = Blueprint("patterns", __name__, url_prefix="/patterns")
MOST = 10**12


class PatternForm(FlaskForm):
    pattern = StringField(_l("Name pattern"), optional(200))
    lot = StringField(_l("Try it with lot"), optional(80))
    count = IntegerField(
        _l("How many of one lot and day"),
        [Optional(), NumberRange(1, MOST, _l("Type a whole number greater than zero."))],
        default=MANY,
    )


@blueprint.get("")
@edge.require("browse")
def index() -> ResponseReturnValue:
    after = request.args.get("after", "")
    with edge.reading() as session:
        found, following = masterdata.products(session, edge.actor(), after=after)
    return render_template(
        "registry/patterns.html",
        products=found,
        next_url=url_for(".index", after=following) if following else "",
        first_url=url_for(".index") if after else "",
    )


@blueprint.route("/<int:product_id>", methods=["GET", "POST"])
@edge.require("master")
def edit(product_id: int) -> ResponseReturnValue:
    with edge.reading() as session:
        product = masterdata.product_of(session, edge.actor(), product_id)
    form = PatternForm(data={"pattern": product.pattern, "count": MANY})
    tried: list[Preview] = []

    def save() -> ResponseReturnValue:
        text = (form.pattern.data or "").strip()
        if "try" in request.form or not text:
            tried[:] = [_preview(product_id, text or "{serial:random16}", form)]
        if "try" in request.form:
            return render_template("registry/pattern.html", form=form, **shown)
        with edge.writing() as session:
            patterning.set_pattern(session, edge.actor(), product_id, text, edge.now())
        flash(_("Saved."), "success")
        return redirect(url_for(".index"), 303)

    shown: dict[str, Any] = {
        "product": product,
        "tried": tried,
        "words": WORDS,
        "systems": SYSTEMS,
        "chance": chance,
    }
    if request.method == "GET":
        tried.append(_preview(product_id, product.pattern or "{serial:random16}", form))
    return respond(form, save, "registry/pattern.html", **shown)


def chance(probability: float) -> str:
    """As people say it: none, 1 in so many, or percent."""
    if not probability:
        return _("none")
    if probability >= 0.001:
        return f"{probability * 100:.3g} %"
    often = 1 / probability
    size = 10 ** max(0, len(f"{often:.0f}") - 2)
    return _("1 in %(number)s", number=i18n.number(Decimal(round(often / size) * size)))


def _preview(product_id: int, text: str, form: PatternForm) -> Preview:
    with edge.reading() as session:
        return patterning.preview_for(
            session,
            edge.actor(),
            product_id,
            text,
            edge.now(),
            lot=form.lot.data or "",
            count=form.count.data or MANY,
        )
