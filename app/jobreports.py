"""The jobs that draw the documents of a recall: report, workbook, list of customers, sign-off of an exercise.

What is read is read in transactions of its own, before anything is drawn.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.errors import N_, Malformed, Refused
from app.jobrunner import Work
from app.store import database, items

if TYPE_CHECKING:
    from reports.asked import Asked
    from reports.reader import Reader
    from reports.recall import Case

FORMS = ("xlsx", "pdf")
STEPS = 4  # read, balanced, judged, drawn


def report(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall (id), zone (its times are told in)."""
    from labels import fonts
    from reports.recall import document

    case, reader, asked = _prepared(work, parameters)
    made = document.pdf(case, reader, asked, cut=fonts.cut, faces=faces())
    return _written(work, f"recall-{case.recall.number}.pdf", made)


def workbook(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall (id), zone."""
    from reports.recall import sheets

    case, reader, asked = _prepared(work, parameters)
    path = work.folder / _file_name(f"recall-{case.recall.number}.xlsx")
    sheets.write(case, reader, asked, path, work.progress)
    return path


def customers(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall (id), zone, form (xlsx or pdf)."""
    from labels import fonts
    from reports.recall import document, sheets

    form = form_of(parameters)
    case, reader, asked = _prepared(work, parameters)
    name = f"customers-{case.recall.number}.{form}"
    if form == "pdf":
        made = document.customers_pdf(case, reader, asked, cut=fonts.cut, faces=faces())
        return _written(work, name, made)
    path = work.folder / _file_name(name)
    sheets.write_customers(case, reader, asked, path)
    return path


def exercise(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall (id), zone. Refused `no-exercise` for a recall in earnest."""
    from labels import fonts
    from reports.recall import document

    case, reader, asked = _prepared(work, parameters)
    if case.recall.mock is None:
        raise Refused(
            "no-exercise",
            N_("Recall {number} is no exercise."),
            N_("Ask for the report of the recall instead."),
            number=case.recall.number,
        )
    made = document.exercise_pdf(case, reader, asked, cut=fonts.cut, faces=faces())
    return _written(work, f"exercise-{case.recall.number}.pdf", made)


def form_of(parameters: dict[str, Any]) -> str:
    form = str(parameters.get("form", FORMS[0]))
    if form not in FORMS:
        raise Malformed(
            "unknown-form",
            N_("There is no form '{form}' of this list."),
            N_("Choose one of: {known}."),
            form=form[:20],
            known=", ".join(FORMS),
        )
    return form


def asked_of(work: Work, now: datetime) -> "Asked":
    from reports.asked import Asked

    return Asked(work.actor.name, now, work.job.id[:12].upper(), work.settings.base_url)


def reader_of(work: Work, parameters: dict[str, Any]) -> "Reader":
    from reports.reader import Reader

    return Reader(work.job.language, work.gettext, ZoneInfo(str(parameters.get("zone", "UTC"))))


def faces() -> Callable[[], Any] | None:
    """What the long tables are written with: the machine's own typefaces; None where none can write Chinese."""
    from labels import fonts
    from labels.embedding import EmbeddedFace
    from labels.errors import LabelError

    try:
        found = fonts.faces()
    except LabelError:
        return None
    return lambda: (EmbeddedFace(found.regular), EmbeddedFace(found.bold))


def _prepared(work: Work, parameters: dict[str, Any]) -> "tuple[Case, Reader, Asked]":
    """The log as it stands is signed first, so that the report can be checked against a checkpoint."""
    from app.services import balancing, certifying, qualifying, recalling
    from reports.recall import Case

    now = datetime.now(UTC)
    with database.writing(work.engine) as session:
        origin = certifying.origin_of(work.settings.base_url)
        certifying.checkpoint(session, work.settings.keys_dir, origin, now)
    with database.reading(work.engine) as session:
        recall = recalling.recall_of(session, work.actor, str(parameters["recall"]), full=True)
        work.progress(1, STEPS)
        lots = items.of_epcs(session, [item.epc for item in recall.affected.lots])
        found = balancing.balances_of(session, work.actor, [int(lot.id or 0) for lot in lots.values()])
        work.progress(2, STEPS)
        scores = qualifying.of_things(session, work.actor, [item.epc for item in recall.affected.items])
    work.progress(3, STEPS)
    case = Case(recall, tuple(found.values()), scores)
    return case, reader_of(work, parameters), asked_of(work, now)


def _written(work: Work, name: str, content: bytes) -> Path:
    path = work.folder / _file_name(name)
    path.write_bytes(content)
    return path


def _file_name(name: str) -> str:
    """What people call a recall need not be what a file may be called."""
    return "".join(sign if sign.isalnum() or sign in "-._" else "_" for sign in name)
