"""The rules of custody that can be judged otherwise: how each speaks, at every step or at one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.custody_settings import EVERY_STEP, OFF, REFUSE, WARN
from app.domain.steps import STEPS
from app.errors import N_
from app.services import custody_setting
from app.services.custody_setting import RIGHT
from app.web import edge

blueprint = Blueprint("custody_rules", __name__, url_prefix="/rules")
VERDICT_NAMES = {REFUSE: N_("Refuse"), WARN: N_("Record and warn"), OFF: N_("Record and say nothing")}


@blueprint.get("")
@edge.require(RIGHT)
def index() -> ResponseReturnValue:
    with edge.reading() as session:
        settings = custody_setting.settings_of(session, edge.actor())
    return render_template(
        "custody_rules.html",
        settings=settings,
        verdict_names=VERDICT_NAMES,
        step_names={name: step.title for name, step in STEPS.items()},
        every=EVERY_STEP,
    )


@blueprint.post("")
@edge.require(RIGHT)
def save() -> ResponseReturnValue:
    given = {name: request.form.get(name, "") for name in ("rule", "step", "verdict")}
    with edge.writing() as session:
        custody_setting.put(session, edge.actor(), given["rule"], given["step"], given["verdict"], edge.now())
    flash(_("The rule is set. It holds for what is recorded from now on."), "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/remove")
@edge.require(RIGHT)
def remove() -> ResponseReturnValue:
    code, step = request.form.get("rule", ""), request.form.get("step", "")
    with edge.writing() as session:
        custody_setting.remove(session, edge.actor(), code, step, edge.now())
    flash(_("The rule speaks as it does by itself again."), "success")
    return redirect(url_for(".index"), 303)
