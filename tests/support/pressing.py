"""A press that draws nothing: one line a label, so that runs of thousands take no time. What draws has tests of its own."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from app.services.printing.press import Made
from app.store.tables import PrintRun
from labels.fields import Content


class LinePress:
    """Writes identifier and copy of each label; stands in for `Press` where what is printed does not matter."""

    def __init__(self, run: PrintRun) -> None:
        self.run = run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def make(self, contents: Sequence[Content], _start: int = 1, _skip: frozenset[int] = frozenset()) -> Made:
        lines = [f"{each.identifier} {each.values.get('copy', '')}\n" for each in contents]
        return Made("".join(lines).encode(), {"labels": len(lines), "symbols": len(lines)})
