"""What partners on other nodes are told: the rules of this company, and who asked the node."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.domain.disclosure import AUDIENCES, WHAT
from app.services import disclosing, partnering
from app.web import edge, i18n, numbers
from app.web.forms import offered, respond

blueprint = Blueprint("disclosure", __name__, url_prefix="/disclosure")
WHY = {"trace": _l("Trace"), "receive": _l("Goods on their way")}


class RuleForm(FlaskForm):
    what = SelectField(_l("What"), choices=offered(WHAT))
    audience = SelectField(_l("Who is told"), choices=offered(AUDIENCES))
    party = SelectField(_l("Which company"), validate_choice=False)
    until = DateField(_l("Until the end of"), validators=[Optional()])


@blueprint.route("", methods=["GET", "POST"])
@edge.require("browse")
def index() -> ResponseReturnValue:
    person = edge.actor()
    with edge.reading() as session:
        rules = disclosing.rules(session, person)
        policy = disclosing.general_policy(session, person, edge.now())
        partners = partnering.partners(session, person)
        asked = disclosing.requests(session, person)
    form = RuleForm()
    form.party.choices = [
        SelectChoice("", _("None")),
        *(SelectChoice(p.prefix, p.name(i18n.language())) for p in partners),
    ]

    def save() -> ResponseReturnValue:
        with edge.writing() as session:
            disclosing.add_rule(
                session, person, form.what.data or "", form.audience.data or "", edge.now(),
                party=form.party.data or "", until=_end_of(form),
            )  # fmt: skip
        flash(_("The rule holds from now on."), "success")
        return redirect(url_for(".index"), 303)

    names = {partner.prefix: partner for partner in partners}
    return respond(
        form, save, "disclosure.html", rules=rules, policy=policy, names=names, asked=asked, what=WHAT,
        audiences=AUDIENCES, why=WHY, now=edge.now(),
    )  # fmt: skip


@blueprint.post("/remove")
@edge.require("master")
def remove() -> ResponseReturnValue:
    text = request.form.get("id", "")
    rule_id = int(text) if numbers.NUMBER.fullmatch(text) else 0
    with edge.writing() as session:
        disclosing.remove_rule(session, edge.actor(), rule_id, edge.now())
    flash(_("The rule is gone."), "success")
    return redirect(url_for(".index"), 303)


def _end_of(form: RuleForm) -> datetime | None:
    """The day counts to its end, where the reader is."""
    if form.until.data is None:
        return None
    following = form.until.data + timedelta(days=1)
    return datetime.combine(following, datetime.min.time(), ZoneInfo(i18n.zone())).astimezone(UTC)
