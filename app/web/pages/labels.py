"""Labels: choose what to print, how and on what, look at it, and start the run. Single labels as pictures."""

import base64
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from app import printruns
from app.domain import identifiers
from app.errors import N_, Malformed, TraceError
from app.services import (
    label_previews,
    label_templates,
    labelling,
    listing,
    print_looks,
    printing,
    stocks,
    uploads,
)
from app.services.print_looks import Look
from app.services.printing import What
from app.services.printing.runs import PrintRun
from app.services.stocks import Loaded
from app.web import edge, i18n, numbers, print_choices
from app.web.errors import translate_error
from app.web.print_choices import RESOLUTIONS, Choices
from app.web.print_forms import new_nonce, started
from app.web.sheet_picture import picture_of

blueprint = Blueprint("labels", __name__)
SINGLE = {"png": ("image/png", labelling.png), "svg": ("image/svg+xml", labelling.svg)}
KEPT = ("template", "stock")  # chosen on a page before it is said what is printed


@blueprint.get("/labels")
@edge.require("print")
def index() -> ResponseReturnValue:
    """Without a choice: what can be printed. With one: the form that prints it."""
    what = print_choices.what_of(request.args)
    if what == What():
        with edge.reading() as session:
            batches = listing.batches(session, edge.actor())
            runs = printing.runs_of(session, edge.actor(), limit=5)
        kept = {name: request.args[name][:100] for name in KEPT if name in request.args}
        return render_template("labels/index.html", batches=batches, runs=runs, kept=kept)
    return _form(what, print_choices.choices(request.args))


@blueprint.post("/labels")
@edge.require("print")
def start() -> ResponseReturnValue:
    what = print_choices.what_of(request.form)
    if what == What():
        raise Malformed("nothing-chosen", N_("No label was chosen."), N_("Choose what to print first."))
    chosen = print_choices.choices(request.form)
    try:
        run_id = started(lambda session: _ask(session, what, chosen))
    except TraceError as error:
        return _form(what, chosen, error), error.http_status
    response = make_response(redirect(url_for("label_runs.show", run_id=run_id), 303))
    print_choices.remember(response, chosen)
    return response


@blueprint.get("/labels/<prefix>/<path:suffix>.<any(png, svg):form>")
@edge.require("print")
def single(prefix: str, suffix: str, form: str) -> ResponseReturnValue:
    dpi = _dpi()
    name = identifiers.parse(f"{prefix}/{suffix}")
    with edge.reading() as session:
        (label,) = labelling.labels_of(session, edge.actor(), [name.epc], edge.node().settings.base_url)
    media_type, draw = SINGLE[form]
    response = Response(draw(label, dpi), mimetype=media_type)
    if "download" in request.args:
        filename = f"{label.identifier}.{form}".replace("/", "_")  # as minted, not as somebody wrote it
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _ask(session: Session, what: What, chosen: Choices) -> PrintRun:
    positions, reason = _positions(session, chosen), request.form.get("reprint", "")
    asked = chosen.run(what, positions, reason, "only_new" in request.form)
    return printruns.ask(session, edge.actor(), asked, i18n.language(), edge.now())


def _form(what: What, chosen: Choices, error: TraceError | None = None) -> str:
    """The form with a look at what it would print."""
    node, actor = edge.node(), edge.actor()
    upload = (
        uploads.of_token(node.settings.uploads_dir, actor.organisation_id, what.upload)
        if what.upload
        else None
    )
    number = min(max(numbers.asked("n") or 1, 1), printing.MOST)
    with edge.reading() as session:
        everything = stocks.stocks_of(session, actor)
        size = _size(session, chosen.template)
        chosen = _with_stock(chosen, everything, size)
        asked = chosen.run(what, _positions(session, chosen))
        look = print_looks.look(session, actor, asked, node.settings.base_url, number=number, upload=upload)
        own, fitting, others = print_looks.choices_for(session, actor, print_looks.purpose_of(look.content))
    return render_template(
        "labels/print.html",
        chosen=chosen,
        fields=print_choices.in_query(what),
        nonce=new_nonce(),
        what=what,
        look=look,
        preview=_drawn(look, chosen),
        picture=_picture(look, chosen),
        own=own,
        fitting=fitting,
        others=others,
        stock_groups=_groups(everything, size),
        printers=_printers(),
        forms=printing.FORMS,
        resolutions=RESOLUTIONS,
        most_copies=printing.MOST_COPIES,
        fault=translate_error(error) if error else None,
        reason=request.form.get("reprint", ""),
    )


def _drawn(look: Look, chosen: Choices) -> dict[str, Any]:
    """The label at the printer's dots, and what is wrong with it."""
    document = label_templates.data_of(look.chosen.template)
    drawn = label_previews.drawn(document, chosen.dpi, chosen.language, look.content)
    return {
        "url": "data:image/png;base64," + base64.b64encode(drawn.png).decode(),
        "width": drawn.width,
        "height": drawn.height,
        "problems": [translate_error(each.error) for each in drawn.problems],
        "shortened": bool(drawn.shortened),
    }


def _picture(look: Look, chosen: Choices) -> Any:
    if look.loaded is None or look.loaded.stock.positions == 1:
        return None
    of = look.loaded.stock
    return picture_of(of, chosen.start, chosen.skip(of.positions), look.labels or of.positions)


def _size(session: Session, template: str) -> tuple[float, float]:
    found = label_templates.template_of(session, edge.actor(), template).template
    return found.width, found.height


def _with_stock(chosen: Choices, everything: list[Loaded], size: tuple[float, float]) -> Choices:
    """The stock of last time, where nobody has chosen one now, gives way to one on which the template fits."""
    if "stock" in request.values:
        return chosen
    taking = stocks.that_take(everything, size)
    fits = any(each.code == chosen.stock for each in taking)
    return chosen if fits or not taking else replace(chosen, stock=taking[0].code)


def _groups(everything: list[Loaded], size: tuple[float, float]) -> list[tuple[str, list[Loaded]]]:
    """For a list: what takes the template, the least waste first; then the rest."""
    taking = stocks.that_take(everything, size)
    codes = {each.code for each in taking}
    rest = [each for each in everything if each.code not in codes]
    return [(N_("The label fits on these"), taking), (N_("Too small for it"), rest)]


def _positions(session: Session, chosen: Choices) -> int:
    """Of a sheet, so that places which it has not are refused."""
    if chosen.printer is not None or chosen.form != "pdf":
        return 1
    return stocks.stock_of(session, edge.actor(), chosen.stock).stock.positions


def _printers() -> list[Any]:
    return []


def _dpi() -> int:
    text = request.values.get("dpi", "300")
    known = {str(dpi): dpi for dpi in labelling.RESOLUTIONS}
    if text not in known:
        raise Malformed(
            "bad-resolution",
            N_("'{text}' is not a resolution that labels are drawn for."),
            N_("Choose one of: {known}."),
            text=text[:40],
            known=", ".join(known),
        )
    return known[text]
