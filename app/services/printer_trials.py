"""Tries a printer: the label for it, and what became of it in a sentence. Sends nothing itself."""

from datetime import datetime

from sqlmodel import Session

from app.domain.people import Actor
from app.domain.printers import TROUBLES, Chunk, Sent
from app.errors import N_, TraceError
from app.services import printers, stocks
from app.store.tables import Printer

PATIENCE = 5.0  # s in which nothing moves, while somebody waits before a page


def chunk(session: Session, actor: Actor, row: Printer, now: datetime) -> Chunk:
    """One label in the printer's language, as large as what is loaded."""
    return Chunk(printers.trial(row, actor.name, now, _size(session, actor, row)), 1, "test")


def _size(session: Session, actor: Actor, row: Printer) -> tuple[float, float] | None:
    if not row.stock:
        return None
    try:
        stock = stocks.stock_of(session, actor, row.stock).stock
    except TraceError:
        return None  # withdrawn from the catalogue
    return (stock.width, stock.height) if stock.height and stock.kind != "sheet" else None


def outcome(sent: Sent | None) -> tuple[bool, str]:
    """(whether all is well, a msgid)."""
    if sent is None:
        return False, N_("Nothing was sent.")
    if sent.trouble:
        return False, TROUBLES[sent.trouble]
    if sent.certain:
        return True, N_("The test label is printed.")
    return True, N_("The test label is handed over. This printer does not say whether it has printed it.")
