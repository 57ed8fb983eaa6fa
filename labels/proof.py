"""Reads labels back from the finished file before anyone gets it: what a decoder cannot read is not handed out.

The file itself is judged, not the plan of it: PDF pages are rendered by PDFium and SVG by resvg at printer resolution,
commands for printers are drawn again, PNG is decoded as it is. Each symbol must show the dots that were meant and yield
its text at its own place, to zxing-cpp or to the second decoder that knows the kind (zbar; libdmtx, where the machine
has it, for Data Matrix); what only one of them reads is told.
"""

import io
import os
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

from labels.decoders import DECODERS, Decoders, Pixels, wanted_of
from labels.errors import N_, LabelError
from labels.placed import Placed
from labels.places import Grid, Layout, stock_for
from labels.proof_pages import Cell, Findings, Pages, PageWanted, Task, Trouble
from labels.proof_processes import Readers, broken_off
from labels.spec import dots_per_mm
from labels.stock import A4_3X8, Stock

_PER_TASK = 96  # labels
_WORTH_PROCESSES = 480  # labels; starting processes costs as much as reading some hundred


@dataclass(frozen=True)
class Proof:
    """How many labels and symbols were read back, and by whom; `for_zbar` and `for_dmtx` are of kinds that these know.

    `unread` tells up to 100 symbols that only one decoder read: number of the label from 1, text, and who did not.
    `seconds` went by, of which `cpu` were spent, in all processes together.
    """

    labels: int
    symbols: int
    by_zxing: int
    by_zbar: int
    for_zbar: int
    unread: tuple[tuple[int, str, str], ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    by_dmtx: int = 0
    for_dmtx: int = 0

    def __add__(self, other: "Proof") -> "Proof":
        """Of two files one after the other: labels of the second are numbered on."""
        numbers = [(self.labels + number, text, who) for number, text, who in other.unread]
        return Proof(
            self.labels + other.labels,
            self.symbols + other.symbols,
            self.by_zxing + other.by_zxing,
            self.by_zbar + other.by_zbar,
            self.for_zbar + other.for_zbar,
            (*self.unread, *numbers)[:100],
            self.seconds + other.seconds,
            self.cpu + other.cpu,
            self.by_dmtx + other.by_dmtx,
            self.for_dmtx + other.for_dmtx,
        )

    def as_data(self) -> dict[str, Any]:
        """For a record in JSON."""
        return {**self.__dict__, "unread": [list(one) for one in self.unread]}


class Prover:
    """Proves files one after the other; processes for long ones are started when needed and kept until it is closed."""

    def __init__(self, processes: int | None = None) -> None:
        self._most = len(os.sched_getaffinity(0)) if processes is None else processes
        self._readers = Readers(self._most)
        self._here = 0  # labels read in this process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._readers.close()

    def pdf(
        self,
        document: bytes | Path,
        placed: Iterable[Placed],
        stock: Stock = A4_3X8,
        start: int = 1,
        skip: Collection[int] = (),
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> Proof:
        """Of what `sheets.write_sheets` wrote for these labels; 0.6 ms of CPU a label.

        Raises LabelError `label-unreadable`, `label-not-as-meant`, `sheet-incomplete`, `proof-broken-off`, and what the
        layout refuses.
        """
        began = time.perf_counter()
        tasks = _Tasks(Layout(stock, start, skip, offset), placed)
        with _on_disk(document) as path, _opened(path) as pages:
            total = self._findings(pages, tasks.of(str(path)))
        if pages.count != tasks.pages:
            _incomplete(pages.count, tasks.pages)
        return _judged(total, began)

    def bitmaps(
        self,
        drawn: Iterable[NDArray[np.bool_]],
        placed: Iterable[Placed],
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> Proof:
        """Of labels as dots, one by one, True where black, moved by `offset` mm. Raises LabelError as `pdf` does."""
        began, cpu, total = time.perf_counter(), time.process_time(), Findings()
        pictures, number = iter(drawn), 0
        with Decoders() as decoders:
            for number, label in enumerate(placed, 1):
                dots = next(pictures, None)
                if dots is None:
                    _incomplete(number - 1, number)
                picture = np.where(dots, 0, 255).astype(np.uint8)
                per_mm = dots_per_mm(label.dpi)
                wanted = wanted_of(label, round(offset[0] * per_mm), round(offset[1] * per_mm))
                total.look(decoders, picture, Cell(number, 1, wanted), number)
        if next(pictures, None) is not None:
            _incomplete(number + 1, number)
        total.cpu = time.process_time() - cpu
        return _judged(total, began)

    def commands(
        self,
        stream: bytes,
        placed: Iterable[Placed],
        language: str,
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> Proof:
        """Of what a thermal printer is told in `zpl`, `tspl` or `epl`. Raises LabelError `bad-printer-stream` too."""
        from labels.thermal.redraw import pictures

        return self.bitmaps(pictures(stream, language), placed, offset)

    def _findings(self, pages: Pages, tasks: Iterator[Task]) -> Findings:
        """In this process, until it is worth others."""
        total = Findings()
        for task in tasks:
            if self._most > 1 and (self._readers.started or self._here >= _WORTH_PROCESSES):
                total.add(self._readers.findings(chain([task], tasks)))
                break
            self._here += sum(len(page.cells) for page in task.pages)
            try:
                total.add(pages.findings(task))
            except pdfium.PdfiumError as error:
                broken_off(str(error))
        return total


class _Tasks:
    """What is to be found on the pages, a handful at a time, in order; counts them."""

    def __init__(self, layout: Layout, placed: Iterable[Placed]) -> None:
        self.pages = 0
        self._layout = layout
        self._placed = placed

    def of(self, path: str) -> Iterator[Task]:
        number, waiting, labels = 0, [], 0
        grid: Grid | None = None
        for page in self._layout.pages(self._placed):
            if grid is None:
                stock = stock_for(self._layout.stock, page.labels[0])
                grid = Grid(stock, page.labels[0], self._layout.offset)
            cells = [
                Cell(number + place, position + 1, wanted_of(label, *grid.corners[position]))
                for place, (position, label) in enumerate(zip(*page, strict=True), 1)
            ]
            number += len(cells)
            labels += len(cells)
            waiting.append(PageWanted(self.pages, cells))
            self.pages += 1
            if labels >= _PER_TASK:
                yield Task(path, grid.per_mm, grid.page_width, grid.page_height, waiting)
                waiting, labels = [], 0
        if grid is not None and waiting:
            yield Task(path, grid.per_mm, grid.page_width, grid.page_height, waiting)


def prove_picture(drawn: bytes, label: Placed) -> Proof:
    """Of one label as PNG, or as SVG in whatever fonts the machine has. Raises LabelError as `Prover.pdf` does."""
    began, cpu = time.perf_counter(), time.process_time()
    total = Findings()
    with Decoders() as decoders:
        total.look(decoders, _pixels(drawn, label), Cell(1, 1, wanted_of(label)), 1)
    total.cpu = time.process_time() - cpu
    return _judged(total, began)


def _pixels(drawn: bytes, label: Placed) -> Pixels:
    """At printer resolution."""
    if drawn[:1] == b"<":
        import resvg_py

        dpi = dots_per_mm(label.dpi) * 25.4  # and no width: that would stretch it to whole CSS pixels first
        drawn = bytes(resvg_py.svg_to_bytes(svg_string=drawn.decode(), dpi=dpi, background="#ffffff"))
    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as image:
        return np.asarray(image.convert("L"))


@contextmanager
def _on_disk(document: bytes | Path) -> Iterator[Path]:
    if isinstance(document, Path):
        yield document
        return
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(document)
        file.flush()
        yield Path(file.name)


@contextmanager
def _opened(path: Path) -> Iterator[Pages]:
    try:
        pages = Pages(str(path))
    except (pdfium.PdfiumError, OSError) as error:
        broken_off(str(error))
    with pages:
        yield pages


def _incomplete(found: int, expected: int) -> NoReturn:
    raise LabelError(
        "sheet-incomplete",
        N_("The file came out with {found} pages instead of {expected}."),
        N_("Nothing was handed out. Try again."),
        found=found,
        expected=expected,
    )


def _judged(total: Findings, began: float) -> Proof:
    troubles = sorted(total.troubles, key=lambda trouble: trouble.number)
    for trouble in troubles:
        if trouble.what not in DECODERS:
            raise _error(trouble)
    return Proof(
        total.labels,
        total.symbols,
        total.by_zxing,
        total.by_zbar,
        total.for_zbar,
        tuple((trouble.number, trouble.text, trouble.what) for trouble in troubles),
        round(time.perf_counter() - began, 3),
        round(total.cpu, 3),
        total.by_dmtx,
        total.for_dmtx,
    )


def _error(trouble: Trouble) -> LabelError:
    values = {
        "page": trouble.page,
        "position": trouble.position,
        "number": trouble.number,
        "text": trouble.text,
    }
    if trouble.what == "unread":
        return LabelError(
            "label-unreadable",
            N_("The symbol of {text} (page {page}, position {position}) could not be read back."),
            N_("Choose a larger label or a finer printer resolution; nothing was printed."),
            **values,
        )
    if trouble.what == "size":
        return LabelError(
            "label-not-as-meant",
            N_("Page {page} has not the size of the stock."),
            N_("Nothing was handed out. Report this, with the template and the stock."),
            **values,
        )
    return LabelError(
        "label-not-as-meant",
        N_("The symbol of {text} (page {page}, position {position}) does not show the dots that were meant."),
        N_("Nothing was handed out. Report this, with the template and the stock."),
        **values,
    )
