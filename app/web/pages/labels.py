"""Labels: choose what to print, how and on what, look at it, and start the run. Single labels as pictures."""

import base64
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from app import printruns
from app.domain import identifiers
from app.errors import N_, Malformed, TraceError, Unknown
from app.services import (
    contents,
    label_previews,
    label_templates,
    listing,
    print_looks,
    printers,
    printing,
    single_labels,
    stocks,
    uploads,
)
from app.services.print_looks import Look
from app.services.printing import RunAsked, What
from app.services.printing.runs import PrintRun
from app.services.stocks import Loaded
from app.web import edge, i18n, numbers, print_choices
from app.web.errors import translate_error
from app.web.print_choices import RESOLUTIONS, Choices
from app.web.print_forms import new_nonce, started
from app.web.sheet_picture import picture_of

blueprint = Blueprint("labels", __name__)
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
        _check_first(what, chosen)
        run_id = started(lambda session: _ask(session, what, chosen))
    except TraceError as error:
        return _form(what, chosen, error), error.http_status
    response = make_response(redirect(url_for("label_runs.show", run_id=run_id), 303))
    print_choices.remember(response, chosen)
    return response


@blueprint.get("/labels/<prefix>/<path:suffix>.<any(png, svg):form>")
@edge.require("print")
def single(prefix: str, suffix: str, form: str) -> ResponseReturnValue:
    """Of the usual template, or of the one that is asked for."""
    chosen = print_choices.choices(request.args)
    name = identifiers.parse(f"{prefix}/{suffix}")
    base_url = edge.node().settings.base_url
    with edge.reading() as session:
        (content,) = contents.contents_of(session, edge.actor(), [name.epc], base_url, chosen.language)
        chosen = _still_there(session, chosen)
        template = label_templates.template_of(session, edge.actor(), chosen.template).template
    picture = single_labels.drawn(template, content, form, chosen.dpi, chosen.language)
    response = Response(picture, mimetype=single_labels.FORMS[form])
    if "download" in request.args:
        filename = f"{content.identifier}.{form}".replace("/", "_")  # as minted, not as somebody wrote it
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _check_first(what: What, chosen: Choices) -> None:
    """A label that cannot be drawn is said now, and not by the job."""
    with edge.reading() as session:
        chosen, roll = _at_printer(session, chosen)
        asked = chosen.run(what, _positions(session, chosen))
        base_url, upload = edge.node().settings.base_url, _upload(what)
        look = print_looks.look(session, edge.actor(), asked, base_url, upload=upload, roll=roll)
    print_looks.refuse_misfit(look)
    document = label_templates.data_of(look.chosen.template)
    for problem in label_previews.drawn(document, chosen.dpi, chosen.language, look.content).problems:
        raise problem.error


def _upload(what: What) -> uploads.Upload | None:
    node, actor = edge.node(), edge.actor()
    return (
        uploads.of_token(node.settings.uploads_dir, actor.organisation_id, what.upload)
        if what.upload
        else None
    )


def _ask(session: Session, what: What, chosen: Choices) -> PrintRun:
    positions, reason = _positions(session, chosen), request.form.get("reprint", "")
    asked = chosen.run(what, positions, reason, "only_new" in request.form)
    return printruns.ask(session, edge.actor(), asked, i18n.language(), edge.now())


def _form(what: What, chosen: Choices, error: TraceError | None = None) -> str:
    """The form with a look at what it would print."""
    actor = edge.actor()
    number = min(max(numbers.asked("n") or 1, 1), printing.MOST)
    with edge.reading() as session:
        chosen = _still_there(session, chosen)
        everything = stocks.stocks_of(session, actor)
        size = _size(session, chosen.template)
        chosen, roll = _at_printer(session, _with_stock(chosen, everything, size))
        reachable = _printers(session)
        positions = _positions(session, chosen)
        try:
            asked = chosen.run(what, positions)
        except Malformed as wrong:  # places that the sheet has not: said, and the rest is shown
            error, asked = error or wrong, replace(chosen, used="").run(what, positions)
        base_url, upload = edge.node().settings.base_url, _upload(what)
        look = print_looks.look(session, actor, asked, base_url, number=number, upload=upload, roll=roll)
        own, fitting, others = print_looks.choices_for(session, actor, print_looks.purpose_of(look.content))
    return render_template(
        "labels/print.html",
        chosen=chosen,
        fields=print_choices.in_query(what),
        nonce=new_nonce(),
        what=what,
        look=look,
        preview=_drawn(look, chosen),
        picture=_picture(look, asked),
        own=own,
        fitting=fitting,
        others=others,
        stock_groups=_groups(everything, size),
        printers=reachable,
        on_paper=look.loaded is not None,
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


def _picture(look: Look, asked: RunAsked) -> Any:
    """Of the first sheet; nothing where it has one place."""
    if look.loaded is None or look.loaded.stock.positions == 1:
        return None
    of = look.loaded.stock
    return picture_of(of, asked.start, asked.skip, look.labels or of.positions)


def _at_printer(session: Session, chosen: Choices) -> tuple[Choices, str]:
    """With the resolution of the printer that was chosen, and the stock that is said to be in it."""
    if chosen.printer is None:
        return chosen, ""
    printer = printers.printer_of(session, edge.actor(), chosen.printer)
    known = printer.stock in {each.code for each in stocks.stocks_of(session, edge.actor())}
    return replace(chosen, dpi=printer.dpi), printer.stock if known and printer.language != "pdf" else ""


def _still_there(session: Session, chosen: Choices) -> Choices:
    """What was chosen last time and is gone since gives way to what everybody has."""
    usual = Choices()
    checks = {
        "template": lambda: label_templates.template_of(session, edge.actor(), chosen.template),
        "stock": lambda: stocks.stock_of(session, edge.actor(), chosen.stock),
        "output": lambda: _on_paper(session, chosen),
    }
    for name, check in checks.items():
        if name not in request.values:
            try:
                check()
            except Unknown:
                chosen = replace(chosen, **{name: getattr(usual, name)})
    return chosen


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


def _on_paper(session: Session, chosen: Choices) -> bool:
    """Whether a PDF of sheets or rows is made; label printers are told of each label in their own language."""
    if chosen.printer is None:
        return chosen.form == "pdf"
    return printers.printer_of(session, edge.actor(), chosen.printer).language == "pdf"


def _positions(session: Session, chosen: Choices) -> int:
    """Of a sheet, so that places which it has not are refused; 0 where there are no sheets."""
    if not _on_paper(session, chosen):
        return 0
    return stocks.stock_of(session, edge.actor(), chosen.stock).stock.positions


def _printers(session: Session) -> list[printers.Printer]:
    """Those that can be reached from here."""
    found = printers.printers(session, edge.actor(), active_only=True)
    return [each for each in found if each.connection != printers.DOWNLOAD]
