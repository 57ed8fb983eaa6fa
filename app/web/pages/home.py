"""The start page: each role lands where its work is."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.web import edge

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    person = edge.actor()
    if person.role == "operator":
        return redirect("/scan")
    return render_template("home.html")
