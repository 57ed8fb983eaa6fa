"""Which table of a report stands in its section, and which is so long that it becomes an annex."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from reports.annex import Annex, Running, Written
from reports.rows import Table

LONG = 60  # rows of a table that stand in its section
Faces = Callable[[], tuple[Written, Written]]  # regular and bold, new for each document


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in its section, or (`page` above 0) where in the annex its `count` rows are drawn already."""

    table: Table
    count: int
    page: int = 0


def begun(faces: Faces | None, running: Running) -> Annex | None:
    """Without typefaces there is no annex: long tables are then laid out like short ones, 20 times as slow."""
    if faces is None:
        return None
    regular, bold = faces()
    return Annex(regular, bold, running)


def placed(title: str, table: Table, annex: Annex | None) -> Shown:
    """Rows that went into the annex are forgotten: memory holds one long table at a time."""
    count = len(table.rows)
    if annex is not None and count > LONG:
        return Shown(replace(table, rows=()), count, annex.add(title, table))
    return Shown(table, count)


def variant(annex: Annex | None) -> str:
    """Annex pages are searchable, but have no structure for screen readers."""
    return "pdf/a-3u" if annex and annex.size else "pdf/a-3a"
