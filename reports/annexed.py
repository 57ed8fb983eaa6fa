"""Which table of a report stands in its section, and which is so long that it becomes an annex."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.annex import Annex, Running, Written
from reports.rows import Table

LONG = 60  # rows of a table that stand in its section
Faces = Callable[[], tuple[Written, Written]]  # regular and bold, new for each document


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in its section, or where in the annex it is (`page` above 0)."""

    table: Table
    page: int = 0

    @property
    def count(self) -> int:
        return len(self.table.rows)


def begun(faces: Faces | None, running: Running) -> Annex | None:
    """Without typefaces there is no annex: long tables are then laid out like short ones, 20 times as slow."""
    if faces is None:
        return None
    regular, bold = faces()
    return Annex(regular, bold, running)


def placed(title: str, table: Table, annex: Annex | None) -> Shown:
    if annex is not None and len(table.rows) > LONG:
        return Shown(table, annex.add(title, table))
    return Shown(table)


def variant(annex: Annex | None) -> str:
    """Annex pages are searchable, but have no structure for screen readers."""
    return "pdf/a-3u" if annex and annex.size else "pdf/a-3a"
