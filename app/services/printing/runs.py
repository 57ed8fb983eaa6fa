"""Print runs as people ask for them and look at them: template, stock and printer are frozen when a run is asked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.printers import DOWNLOAD
from app.errors import N_, Conflict, Malformed, Refused, Unknown
from app.services import label_templates, stocks
from app.services.printing import choosing
from app.services.printing.asked import RunAsked, check, check_quantity, checked_reason
from app.services.printing.choosing import AT_ONCE
from app.store import printing as rows
from app.store.printing import Wanted
from app.store.tables import PrintChunk, PrintPiece, PrintRun
from labels import templates
from labels.errors import LabelError
from labels.spec import dots_per_mm
from labels.stock import Stock, checked_start
from labels.templates import Template

OVER = frozenset({"printed", "stopped"})  # states that a run does not leave any more
LARGEST_ID = 2**53 - 1
LAST = 2**31 - 1  # position that a database takes


@dataclass(frozen=True, slots=True)
class Sheet:
    """A stock as it was when the run was asked for; `x` and `y` (mm) is how far print is moved on it."""

    stock: Stock
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What only the operator can know after a printer or a computer stopped: which of these labels came out last."""

    first: int
    last: int
    first_name: str
    last_name: str


def request_run(session: Session, actor: Actor, asked: RunAsked, now: datetime) -> PrintRun:
    """Writes the run down and takes its first labels; the job (see app.printruns) does the rest.

    Raises what its template, stock and printer raise, Refused `run-too-long`, Conflict `already-printed`.
    """
    actor.require("print")
    check(asked)
    if asked.what.blanks or (asked.what.upload and "identifier" not in asked.what.mapping):
        actor.require("mint")
    run = _drafted(session, actor, asked, now)
    epcs = choosing.chosen(session, actor, asked.what)
    if asked.only_new:
        labelled = rows.with_labels(session, epcs)
        epcs = [epc for epc in epcs if epc not in labelled]
        run.source = {**run.source, "only_new": True}
    elif not asked.reprint:
        choosing.refuse_printed(session, epcs)
    run.quantity = (len(epcs) or asked.what.blanks) * asked.copies
    if not asked.what.upload:
        check_quantity(run.quantity)
    session.add(run)
    session.flush()
    if epcs:
        first = list(choosing.wanted_of(epcs[:AT_ONCE], asked.copies))[:AT_ONCE]
        choosing.take(session, run, first)
        run.last_name = choosing.name_of(epcs[-1])
    return run


def request_reprint(
    session: Session,
    actor: Actor,
    run_id: int,
    positions: Sequence[int],
    reason: str,
    now: datetime,
    **changes: Any,
) -> PrintRun:
    """These labels of a run again, as their next copies, with its template, stock and printer unless `changes` (fields
    of RunAsked) say otherwise. No identifier is minted. Raises as `request_run`, Unknown for labels it has not."""
    run = run_of(session, actor, run_id)
    why = checked_reason(reason)
    old = found_pieces(session, run, positions)
    if any(piece.state == rows.WAITING for piece in old):
        raise _not_printed_yet()
    asked = replace(
        _asked_again(run, tuple(dict.fromkeys(piece.epc for piece in old))), reprint=why, **changes
    )
    check(asked)
    again = _drafted(session, actor, asked, now)
    again.kind, again.of_run, again.quantity = "reprint", run.id, len(old)
    again.source = {"run": run.id, "positions": sorted(piece.position for piece in old)}
    choosing.own_things(session, actor, asked.what.epcs)
    session.add(again)
    session.flush()
    choosing.take(session, again, [Wanted(piece.epc, piece.twin, piece.values) for piece in old])
    return again


def _asked_again(run: PrintRun, epcs: tuple[str, ...]) -> RunAsked:
    return RunAsked(
        choosing.What(epcs=epcs), run.template, run.version, run.stock, run.printer_id, run.form,
        dpi=run.dpi, language=run.language, cut_marks=run.cut_marks,
    )  # fmt: skip


def _drafted(session: Session, actor: Actor, asked: RunAsked, now: datetime) -> PrintRun:
    template = label_templates.template_of(session, actor, asked.template, asked.version)
    form, dpi, device = asked.form, asked.dpi, dict[str, Any]()
    if asked.printer is not None:
        from app.services import printers

        printer = printers.printer_of(session, actor, asked.printer)
        is_sent = printer.connection != DOWNLOAD
        if is_sent:
            printers.target_of(printer)  # refuses now what cannot be printed on
        form, dpi = printer.language, printer.dpi
        device = {"name": printer.name, "sends": is_sent, "setup": asdict(printers.setup_of(printer))}
        asked = replace(asked, stock=asked.stock or printer.stock)
    _checked_dpi(dpi)
    sheet = _sheet(session, actor, asked, template.template) if form == "pdf" else None
    return PrintRun(
        organisation_id=actor.organisation_id, operator_id=actor.operator_id, operator=actor.name,
        kind=asked.what.kind, source=choosing.source_of(asked.what),
        template=template.ref, version=template.version, design=templates.data_of(template.template),
        stock=asked.stock, sheet=_frozen(sheet) if sheet else {},
        printer_id=asked.printer, device=device, form=form, dpi=dpi, language=asked.language,
        start=asked.start, skip=sorted(asked.skip), copies=asked.copies, cut_marks=asked.cut_marks,
        reason=checked_reason(asked.reprint) if asked.reprint else "", record_time=now,
    )  # fmt: skip


def _sheet(session: Session, actor: Actor, asked: RunAsked, template: Template) -> Sheet:
    """The stock of a PDF. Raises Refused where labels of the template do not fit on it."""
    loaded = stocks.stock_of(session, actor, asked.stock)
    try:
        for misfit in stocks.misfits(loaded, (template.width, template.height)):
            raise misfit.error()
        checked_start(loaded.stock, asked.start)
    except LabelError as error:
        raise told(error) from error
    free = set(range(asked.start, loaded.stock.positions + 1)) - asked.skip
    if not free or any(not 1 <= place <= loaded.stock.positions for place in asked.skip):
        raise Malformed(
            "bad-start-position",
            N_("Position {start} is not on the sheet."),
            N_("Give a number from 1, top left, to {last}, bottom right."),
            start=max(asked.skip, default=asked.start),
            last=loaded.stock.positions,
            field="skip",
        )
    return Sheet(loaded.stock.cut_to(template.height), loaded.x, loaded.y)


def told(error: LabelError) -> Refused:
    """What `labels` refuses, as an error of ours."""
    return Refused(error.code, error.message, error.hint, **error.values)


def _checked_dpi(dpi: int) -> None:
    try:
        dots_per_mm(dpi)
    except LabelError as error:
        raise told(error) from error


def _frozen(sheet: Sheet) -> dict[str, Any]:
    return {"stock": asdict(sheet.stock), "x": sheet.x, "y": sheet.y}


def sends(run: PrintRun) -> bool:
    """Whether the run goes to its printer by itself, and is not only a file."""
    return bool(run.device.get("sends"))


def sheet_of(run: PrintRun) -> Sheet | None:
    """The stock of a run that makes sheets."""
    if not run.sheet:
        return None
    measures = run.sheet["stock"] | {"numbers": tuple(run.sheet["stock"].get("numbers", ()))}
    return Sheet(Stock(**measures), float(run.sheet["x"]), float(run.sheet["y"]))


# --- looking ---


def run_of(session: Session, actor: Actor, run_id: int, *, lock: bool = False) -> PrintRun:
    """A run of the actor's own organisation. Raises Unknown."""
    actor.require("print")
    run = rows.run(session, run_id, lock=lock) if 0 < run_id <= LARGEST_ID else None
    if run is None or run.organisation_id != actor.organisation_id:
        raise Unknown(
            "unknown-run", N_("There is no print run {run}."), N_("Choose one from the list."), run=run_id
        )
    return run


def runs_of(
    session: Session, actor: Actor, limit: int = 50, before: int | None = None, kind: str = ""
) -> list[PrintRun]:
    """Newest first, from the one below id `before`."""
    actor.require("print")
    return rows.runs(session, actor.organisation_id, limit, before, kind)


def pieces_of(
    session: Session, actor: Actor, run_id: int, after: int = 0, limit: int = 100, state: str = ""
) -> list[PrintPiece]:
    """Labels of a run by their position, from the one behind `after`."""
    run = run_of(session, actor, run_id)
    return rows.pieces(session, run.id or 0, min(after, LAST - 1) + 1, LAST, state=state, limit=limit)


def found_pieces(session: Session, run: PrintRun, positions: Sequence[int]) -> list[PrintPiece]:
    """The labels at these positions. Raises Unknown for the first that the run has not, Malformed for none."""
    wanted = sorted(set(positions))
    if not wanted:
        raise Malformed(
            "no-labels", N_("No label was chosen."), N_("Choose one from the list."), field="positions"
        )
    found = {
        piece.position: piece
        for piece in rows.pieces_at(session, run.id or 0, [each for each in wanted if each <= LAST])
    }
    for position in wanted:
        if position not in found:
            raise Unknown(
                "unknown-label",
                N_("Run {run} has no label {position}."),
                N_("Choose one from the list."),
                run=run.id,
                position=position,
            )
    return [found[position] for position in wanted]


def question_of(session: Session, run: PrintRun) -> Question | None:
    """What has to be answered before the run can go on."""
    chunk = unsure_chunk(session, run)
    if chunk is None:
        return None
    last = chunk.first + chunk.count - 1
    ends = rows.pieces_at(session, run.id or 0, [chunk.first, last])
    return Question(chunk.first, last, choosing.name_of(ends[0].epc), choosing.name_of(ends[-1].epc))


def unsure_chunk(session: Session, run: PrintRun) -> PrintChunk | None:
    return next((each for each in rows.chunks(session, run.id or 0) if each.state == "unsure"), None)


def _not_printed_yet() -> Conflict:
    return Conflict(
        "not-printed-yet",
        N_("A label that was not printed yet cannot be printed again."),
        N_("Wait for its run, or cancel that."),
    )
