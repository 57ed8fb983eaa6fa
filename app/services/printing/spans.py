"""How a run is cut into chunks: at whole sheets, in the same places whoever asks."""

from collections.abc import Sequence

from app.services.printing.runs import Sheet, sheet_of
from app.store.tables import PrintChunk, PrintRun

LABELS = 500  # of a chunk, at most: what is lost of the work when a process is killed


def next_span(run: PrintRun, chunks: Sequence[PrintChunk]) -> tuple[int, int] | None:
    """(first label, how many) of what is to be made next; None when every label is in a chunk that has its file."""
    torn = next((chunk for chunk in chunks if chunk.state == "torn"), None)
    if torn is not None:
        return torn.first, torn.count
    first = max((chunk.first + chunk.count for chunk in chunks), default=1)
    if first > run.quantity:
        return None
    return first, min(_most(run, first), run.quantity - first + 1)


def places_of(run: PrintRun, first: int) -> tuple[int, frozenset[int]]:
    """Start position and places to skip for the chunk that begins with this label: only the first sheet is used."""
    return (run.start, frozenset(run.skip)) if first == 1 else (1, frozenset())


def _most(run: PrintRun, first: int) -> int:
    sheet = sheet_of(run)
    if sheet is None:
        return LABELS
    whole = sheet.stock.positions
    begun = _free(run, sheet) if first == 1 else 0
    return begun + max((LABELS - begun) // whole, 0 if begun else 1) * whole


def _free(run: PrintRun, sheet: Sheet) -> int:
    """Places left on the first sheet."""
    return len(set(range(run.start, sheet.stock.positions + 1)) - set(run.skip))
