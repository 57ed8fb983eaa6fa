"""Things: the list of them, and the form that mints new ones."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from app import jobqueue, jobs
from app.domain.templates import BadValues
from app.services import allotting, filling, listing, masterdata, reserving, voiding
from app.services.minting import MintRequest, checked, mint
from app.services.template_views import Version
from app.web import edge, i18n, numbers, value_forms
from app.web.forms import optional, respond, typed_amount

blueprint = Blueprint("items", __name__)
FILTERS = ("level", "product", "lifecycle", "batch")
AT_ONCE = 2_000  # more than this is a job with a progress bar
LEVELS = {
    "serial": _l("Items with serial numbers"),
    "lot": _l("A lot"),
    "logistic": _l("Logistic units (pallets, cartons)"),
}


class MintForm(FlaskForm):
    level = SelectField(
        _l("What to mint"), choices=[SelectChoice(code, title) for code, title in LEVELS.items()]
    )
    product = SelectField(_l("Product"), validate_choice=False)
    count = IntegerField(_l("How many"), [InputRequired(_l("Please type a whole number."))], default=1)
    lot = StringField(_l("Lot number"), optional(100))
    serial_start = StringField(_l("First serial number"), optional(60))
    produced_on = DateField(_l("Production date"), [Optional()])
    expires_on = DateField(_l("Expiry date"), [Optional()])
    activate_at = SelectField(_l("Activate at once at"), validate_choice=False)
    quantity = StringField(_l("Quantity of the lot"), optional(20))
    order = StringField(_l("Order number"), optional(100))
    prefix = SelectField(_l("Under the prefix"), validate_choice=False)


@blueprint.get("/items")
@edge.require("browse")
def index() -> ResponseReturnValue:
    wanted = _filter()
    with edge.reading() as session:
        cards, after = listing.things(session, edge.actor(), wanted)
        products, _ = masterdata.products(session, edge.actor(), limit=500)
        own = _own_names(session)
    kept: dict[str, Any] = {name: request.args[name] for name in FILTERS if name in request.args}
    next_url = url_for(".index", **kept, after=after) if after else ""
    first_url = url_for(".index", **kept) if wanted.after else ""
    return render_template(
        "items/index.html",
        cards=cards,
        wanted=wanted,
        products=products,
        own=own,
        next_url=next_url,
        first_url=first_url,
    )


@blueprint.route("/items/mint", methods=["GET", "POST"])
@edge.require("mint")
def mint_form() -> ResponseReturnValue:
    form = MintForm(level=request.args.get("level", "serial"), product=request.args.get("product", ""))
    with edge.reading() as session:
        products, _ = masterdata.products(session, edge.actor(), limit=500, active_only=True)
        sites = masterdata.places(session, edge.actor())
        prefixes = allotting.prefixes_of(session, edge.actor().organisation_id)
    form.prefix.choices = [(prefix, prefix) for prefix in prefixes]
    form.product.choices = [("", "—")] + [(p.epc, f"{p.part_number} · {i18n.localised(p)}") for p in products]
    form.activate_at.choices = [("", _l("No, the first scan activates them"))] + [
        (s.epc, i18n.localised(s)) for s in sites
    ]
    version = _version(form)
    wrong: dict[str, str] = {}
    shown: dict[str, Any] = {"products": products, "version": version, "wrong": wrong}
    if "fetch" in request.form:  # a product was chosen without a script: its fields are wanted, nothing else
        return render_template("items/mint.html", form=form, **shown)

    def act() -> ResponseReturnValue:
        try:
            return _mint(_request_of(form, version))
        except BadValues as error:
            raise value_forms.refusal(error, wrong) from error

    return respond(form, act, "items/mint.html", **shown)


@blueprint.post("/items/void")
@edge.require("void")
def void() -> ResponseReturnValue:
    with edge.writing() as session:
        name = voiding.void(
            session, edge.actor(), request.form.get("epc", ""), request.form.get("reason", ""), edge.now()
        )
    flash(gettext("%(name)s is void now.", name=name), "success")
    return redirect(edge.safe_next(request.form.get("next")) or url_for(".index"), 303)


def _mint(wanted: MintRequest) -> ResponseReturnValue:
    actor = edge.actor()
    if wanted.count > AT_ONCE:
        with edge.writing() as session:
            wanted, _ = checked(session, actor, wanted)
            parameters = {name: _json(getattr(wanted, name)) for name in MintRequest.__slots__}
            job_id = jobs.request(session, actor, "mint", parameters, i18n.language(), edge.now())
        jobqueue.enqueue(edge.node().settings, job_id)
        return redirect(url_for("jobs.show", job_id=job_id), 303)
    with edge.writing() as session:
        epcs = mint(session, actor, wanted, edge.now())
        first, last = listing.batch_of(session, epcs)
    flash(ngettext("%(num)d identifier minted.", "%(num)d identifiers minted.", len(epcs)), "success")
    return redirect(url_for(".index", batch=f"{first}-{last}"), 303)


def _own_names(session: Session) -> tuple[str, ...]:
    """What the epcs begin with that the organisation itself mints: only of these it prints labels."""
    actor = edge.actor()
    prefixes = {actor.prefix, *allotting.prefixes_of(session, actor.organisation_id)}
    reserved, _more = reserving.ranges(session, actor, limit=500)
    ranges = [f"{told.row.prefix}/{told.row.start}" for told in reserved if not told.mine]
    return tuple(f"hdl:{start}" for start in (*(f"{prefix}/" for prefix in prefixes), *ranges))


def _version(form: MintForm) -> Version | None:
    """Of the chosen product's template."""
    if form.level.data == "logistic" or not form.product.data:
        return None
    with edge.reading() as session:
        return filling.of_product_named(session, edge.actor(), form.product.data)


def _request_of(form: MintForm, version: Version | None) -> MintRequest:
    level = form.level.data
    of_lot = level == "lot"
    return MintRequest(
        level=level,
        count=form.count.data,
        product_epc="" if level == "logistic" else form.product.data or "",
        lot="" if level == "logistic" else form.lot.data or "",
        serial_start=(form.serial_start.data or "") if level == "serial" else "",
        produced_on=form.produced_on.data,
        expires_on=form.expires_on.data,
        activate_at=form.activate_at.data or "",
        quantity=typed_amount(form.quantity.data) if of_lot else None,
        order=form.order.data or "",
        prefix=form.prefix.data or "",
        values=value_forms.sent(version.fields) if version else {},
    )


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


def _filter() -> listing.Filter:
    return listing.Filter(
        level=request.args.get("level", ""),
        product_id=numbers.asked("product"),
        lifecycle=request.args.get("lifecycle", ""),
        batch=numbers.range_of(request.args.get("batch", "")),
        after=numbers.asked("after"),
    )
