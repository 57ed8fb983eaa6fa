"""The recall report as a PDF: cover, what is suspect, what it reaches, where it is, who got it, who answered, whether
it adds up, who was asked, how the log stood. Long lists are an annex; the recall as data is attached.

PDF/A-3 with bookmarks and embedded fonts. Takes CPU time and no database: make it outside transactions.
"""

from collections.abc import Callable
from typing import Any

from app.domain.provenance import LogPosition
from reports import annexed, documents, printing, registers, typefaces
from reports.annex import Annex, Running
from reports.annexed import Faces, Shown
from reports.asked import Asked
from reports.reader import N_, Reader, clean
from reports.recall import affected, amounts, exercise, follow_up, front
from reports.recall.case import Case, number, percent, product
from reports.rows import Table
from reports.symbol import qr

Build = Callable[[], Table]


def pdf(
    case: Case, reader: Reader, asked: Asked, *, cut: typefaces.Cut | None = None, faces: Faces | None = None
) -> bytes:
    """`faces` writes the annex; without them long tables are laid out like short ones, which takes 20 times as long.

    Some 1 s, and 0.2 s for each 1,000 rows of the annex. The same input gives the same bytes.
    """
    annex = _annex(case, reader, asked, faces)
    text = html(case, reader, asked, _tables(case, reader, asked, annex))
    rules = typefaces.rules(frozenset(text), cut) if cut else ""
    made = printing.printed(text, rules, asked.id, annexed.variant(annex), ("provenance", "recall"))
    return printing.completed(made, annex, [case.attached])


def customers_pdf(
    case: Case, reader: Reader, asked: Asked, *, cut: typefaces.Cut | None, faces: Faces | None
) -> bytes:
    """Who got affected goods: one line each, then every shipment with quantity, date and documents."""
    annex = _annex(case, reader, asked, faces)
    built: dict[str, Build] = {
        "customers": lambda: affected.customers(case, reader),
        "consignments": lambda: affected.consignments(case, reader),
    }
    text = _rendered("customers", case, reader, asked, tables=_placed(built, reader, annex))
    rules = typefaces.rules(frozenset(text), cut) if cut else ""
    made = printing.printed(text, rules, asked.id, annexed.variant(annex), ("provenance", "recall"))
    return printing.completed(made, annex, ())


def exercise_pdf(
    case: Case, reader: Reader, asked: Asked, *, cut: typefaces.Cut | None, faces: Faces | None
) -> bytes:
    """The sign-off of a mock recall: two pages and its documents. Only for a case with an exercise."""
    mock = case.recall.mock
    if mock is None:
        raise ValueError(f"recall {case.recall.number} is no exercise")
    annex = _annex(case, reader, asked, faces)
    built: dict[str, Build] = {
        "found": lambda: exercise.found(mock, reader),
        "papers": lambda: exercise.papers(mock, reader),
        "signatures": lambda: exercise.signatures(mock, reader),
        "suspects": lambda: affected.suspects(case, reader),
        "differences": lambda: amounts.differences(case.balances, names(case, reader), reader),
        "sources": lambda: registers.asked(case.recall.sources, reader),
        "trail": lambda: follow_up.trail(case, reader),
    }
    text = _rendered(
        "exercise",
        case,
        reader,
        asked,
        tables=_placed(built, reader, annex),
        sheet=exercise.sheet(case, mock, reader),
        mock=mock,
        in_time=exercise.in_time(mock),
    )
    rules = typefaces.rules(frozenset(text), cut) if cut else ""
    made = printing.printed(text, rules, asked.id, annexed.variant(annex), ("provenance", "recall"))
    return printing.completed(made, annex, [case.attached])


def html(case: Case, reader: Reader, asked: Asked, tables: dict[str, Shown]) -> str:
    """What the PDF's front is laid out from."""
    mock = case.recall.mock
    return _rendered(
        "recall",
        case,
        reader,
        asked,
        tables=tables,
        tiles=front.tiles(case, reader),
        standing=front.standing(case, reader),
        effectiveness=follow_up.effectiveness(case, reader),
        sheet=exercise.sheet(case, mock, reader) if mock else (),
        mock=mock,
    )


def names(case: Case, reader: Reader) -> dict[str, tuple[str, str]]:
    """(number, product) of each affected thing by epc."""
    return {epc: (number(item), product(reader, item)) for epc, item in case.items.items()}


def _rendered(name: str, case: Case, reader: Reader, asked: Asked, **more: Any) -> str:
    address = f"{asked.base_url.rstrip('/')}/recalls/{case.recall.id}"
    return documents.template(name).render(
        _=reader.gettext,
        language="zh-CN" if reader.chinese else reader.language,
        case=case,
        recall=case.recall,
        reader=reader,
        asked=asked,
        clean=clean,
        percent=percent,
        symbol=qr(front.symbol(case, address, asked)),
        address=address,
        subject=front.subject(case),
        kind=reader.gettext(front.kind(case)),
        particulars=front.particulars(case, reader, asked),
        log=case.recall.affected.log or LogPosition(0, ""),
        digest=case.attached.digest,
        **more,
    )


# --- which table stands where ---


def _tables(case: Case, reader: Reader, asked: Asked, annex: Annex | None) -> dict[str, Shown]:
    named = names(case, reader)
    built: dict[str, Build] = {
        "suspects": lambda: affected.suspects(case, reader),
        "backward": lambda: affected.backward(case, reader),
        "supplies": lambda: affected.supplies(case, reader),
        "forward": lambda: affected.forward(case, reader),
        "withdrawn": lambda: affected.withdrawn(case, reader),
        "places": lambda: affected.places(case, reader),
        "stock": lambda: affected.stock(case, reader),
        "customers": lambda: affected.customers(case, reader),
        "consignments": lambda: affected.consignments(case, reader),
        "holds": lambda: follow_up.holds(case, reader),
        "notices": lambda: follow_up.notices(case, reader, asked.at),
        "balances": lambda: amounts.balances(case.balances, named, reader),
        "differences": lambda: amounts.differences(case.balances, named, reader),
        "scores": lambda: amounts.scores(case.scores, reader),
        "sources": lambda: registers.asked(case.recall.sources, reader),
        "trail": lambda: follow_up.trail(case, reader),
    }
    if mock := case.recall.mock:
        built["found"] = lambda: exercise.found(mock, reader)
        built["papers"] = lambda: exercise.papers(mock, reader)
    return _placed(built, reader, annex)


def _placed(built: dict[str, Build], reader: Reader, annex: Annex | None) -> dict[str, Shown]:
    """One after the other, so that the rows of two long tables are never in memory together."""
    return {key: annexed.placed(reader.gettext(_TITLES[key]), build(), annex) for key, build in built.items()}


_TITLES = {
    "suspects": N_("Suspects"),
    "backward": N_("What went into it"),
    "supplies": N_("Deliveries from suppliers"),
    "forward": N_("What was made with it and what holds it"),
    "withdrawn": N_("Tied to it by a withdrawn record only"),
    "places": N_("Stock by place"),
    "stock": N_("Where everything is"),
    "customers": N_("Customers"),
    "consignments": N_("Shipments to customers"),
    "holds": N_("Put on hold"),
    "notices": N_("Notices to customers"),
    "balances": N_("Mass balance"),
    "differences": N_("Differences"),
    "scores": N_("Completeness of the events"),
    "sources": N_("Who was asked"),
    "trail": N_("What was done"),
    "found": N_("Found in the exercise"),
    "papers": N_("Documents"),
    "signatures": N_("Signed"),
}


def _annex(case: Case, reader: Reader, asked: Asked, faces: Faces | None) -> Annex | None:
    report = f"{reader.gettext(front.kind(case))} {clean(case.recall.number)} {asked.id}"
    return annexed.begun(faces, Running(front.subject(case), report))
