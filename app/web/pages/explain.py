"""How a name is resolved through the network: every node that was asked, what it said, and what that is worth."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.errors import N_
from app.services.recursing import FAILED, Resolution, TooManyLookUps, reasons
from app.web import edge, recursion

blueprint = Blueprint("explain", __name__)

STATES = {
    "verified": (N_("Verified"), "green"),
    "unsigned": (N_("Unsigned"), "yellow"),
    "expired": (N_("Expired"), "orange"),
    "forged": (N_("Forged"), "red"),
}
OUTCOMES = {
    "record": N_("Record found"),
    "referral": N_("Referred further"),
    "missing": N_("No such identifier"),
    "suspended": N_("Zone suspended"),
    FAILED: N_("No answer"),
}


@blueprint.get("/explain")
@edge.public
def show() -> ResponseReturnValue:
    handle = request.args.get("handle", "").strip()
    found: Resolution | None = None
    too_many: TooManyLookUps | None = None
    if handle:
        try:
            found = recursion.explained(handle, fresh=request.args.get("fresh") == "1")
        except TooManyLookUps as error:
            too_many = error
    page = render_template(
        "network/explain.html",
        handle=handle,
        found=found,
        values=recursion.words_of(found) if found else [],
        too_many=too_many,
        states=STATES,
        outcomes=OUTCOMES,
        reasons=reasons.REASONS,
    )
    return page, 429 if too_many else 200
