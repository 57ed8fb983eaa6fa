"""Makes the file of a chunk and reads every label of it back. Knows no database, and loads what draws when asked."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from app.services.printing.runs import Sheet, sheet_of, told
from app.store.tables import PrintRun
from labels import templates
from labels.errors import LabelError
from labels.fields import Content


@dataclass(frozen=True, slots=True)
class Made:
    """A file and what its proof says: labels, symbols, who read how many of which, seconds."""

    data: bytes
    proof: dict[str, Any]


class Press:
    """For all chunks of one run: the template is compiled once, and the processes that prove are kept."""

    def __init__(self, run: PrintRun) -> None:
        from labels.composing import Plan

        self._form, self._sheet, self._setup = run.form, sheet_of(run), run.device.get("setup", {})
        self._cut_marks = run.cut_marks
        self._stack = ExitStack()
        try:
            template = templates.template_of(run.design)
            self._plan = Plan(template, run.dpi, "zh" if run.language == "zh" else "en")
        except LabelError as error:
            raise told(error) from error

    def __enter__(self) -> Self:
        from labels.proof import Prover

        self._prover = self._stack.enter_context(Prover())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def make(self, contents: Sequence[Content], start: int = 1, skip: frozenset[int] = frozenset()) -> Made:
        """Raises Refused for what cannot be put on its label, or was not read back."""
        try:
            placed = list(self._plan.placed(contents))
            if self._sheet is not None:
                return self._sheets(placed, self._sheet, start, skip)
            return self._commands(placed)
        except LabelError as error:
            raise told(error) from error

    def _sheets(self, placed: Sequence[Any], sheet: Sheet, start: int, skip: frozenset[int]) -> Made:
        from labels.sheets import sheet_pdf

        stock, offset = sheet.stock, (sheet.x, sheet.y)
        data = sheet_pdf(placed, stock, start, offset, self._cut_marks, skip)
        return Made(data, _figures(self._prover.pdf(data, placed, stock, start, skip, offset)))

    def _commands(self, placed: Sequence[Any]) -> Made:
        from labels.thermal.setup import Setup
        from labels.thermal.writers import writer

        setup = Setup(**self._setup)
        data = b"".join(writer(self._form, setup).stream(placed))
        offset = setup.offset_x, setup.offset_y
        return Made(data, _figures(self._prover.commands(data, placed, self._form, offset)))


def _figures(proof: Any) -> dict[str, Any]:
    names = ("labels", "symbols", "by_zxing", "by_zbar", "for_zbar", "by_dmtx", "for_dmtx", "seconds")
    return {name: round(getattr(proof, name), 3) for name in names}
