"""The start page: each role lands where its work is."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.domain.steps import STEPS
from app.services import alerting, holding, overview
from app.web import edge, shell

blueprint = Blueprint("home", __name__)
WORKPLACES = {"operator": "/scan", "supplier": "/labels"}


@blueprint.get("/")
def home() -> ResponseReturnValue:
    person = edge.actor()
    workplace = WORKPLACES.get(person.role)
    if workplace and shell.is_served(workplace):
        return redirect(workplace)
    with edge.reading() as session:
        return render_template(
            "home.html",
            holds=holding.open_holds(session, person, limit=overview.LINES)[0]
            if person.may("hold")
            else None,
            alerts=alerting.open_count(session, person) if person.may("browse") else 0,
            hold_reasons=holding.WITHOUT_WORDS,
            recent=overview.recent(session, person) if person.may("browse") else [],
            done=overview.set_up(session, person) if person.may("people") else {},
            step_names={name: step.title for name, step in STEPS.items()},
        )
