"""The event log for auditors: its head, what was signed, and the proof that an entry is in it."""

import orjson
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.steps import STEPS
from app.errors import TraceError
from app.services import certifying, cosigning, offering
from app.web import edge
from app.web.errors import translate_error

blueprint = Blueprint("log", __name__, url_prefix="/log")
CHECKPOINTS = 10


@blueprint.get("")
@edge.require("audit")
def index() -> ResponseReturnValue:
    asked = request.args.get("entry", "").strip()
    has_partners = edge.actor().node and "capture" in edge.node().capabilities
    trouble, proven, event = "", None, ""
    with edge.reading() as session:
        size, root = certifying.head(session)
        rows = certifying.newest_checkpoints(session, CHECKPOINTS)
        notes = {row.size: offering.note_with_cosignatures(session, row.size, row.note) for row in rows}
        trouble_of = [each for each in cosigning.standings(session) if each.grave]
        if asked:
            try:
                proven = certifying.proven_entry(session, edge.actor(), _number(asked))
                event = orjson.dumps(orjson.loads(proven.entry.body), option=orjson.OPT_INDENT_2).decode()
            except TraceError as error:
                trouble = " ".join(translate_error(error))
    page = render_template(
        "log/index.html",
        size=size,
        root=root,
        checkpoints=rows,
        notes=notes,
        partners_path=url_for("log_partners.index") if has_partners else "",
        partner_trouble=len(trouble_of),
        verifier_key=verifier_key(),
        asked=asked,
        trouble=trouble,
        proven=proven,
        event=event,
        step_names={name: step.title for name, step in STEPS.items()},
    )
    return page, 404 if trouble else 200


@blueprint.post("/checkpoints")
@edge.require("people")
def sign() -> ResponseReturnValue:
    node = edge.node()
    with edge.writing() as session:
        origin = certifying.origin_of(node.settings.base_url)
        row = certifying.checkpoint(session, node.keys, origin, edge.now())
    if row:
        flash(gettext("The log is signed up to entry %(seq)s.", seq=row.size - 1), "success")
    return redirect(url_for(".index"), 303)


def verifier_key() -> str:
    node = edge.node()
    return certifying.verifier_key(node.keys, certifying.origin_of(node.settings.base_url))


def _number(asked: str) -> int:
    """What was typed as the number of an entry; -1, which no entry has, for anything else."""
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else -1
