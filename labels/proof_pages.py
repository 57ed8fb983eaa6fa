"""Reads the labels on pages of a PDF, in this process or, by `main`, in one that is told which.

A process of its own takes requests from its input and answers on its output until the input ends; it renders with its
own PDFium, which cannot be used by two threads.
"""

import pickle
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self

import pypdfium2 as pdfium

from labels.decoders import DECODERS, Decoders, Pixels, Wanted

_PDFIUM = Lock()
_TOLD = 100  # troubles of a kind; a thousand more say nothing new


class Cell(NamedTuple):
    """One label on a page: its number from 1, its position on the page from 1, its symbols."""

    number: int
    position: int
    symbols: list[Wanted]


class PageWanted(NamedTuple):
    number: int  # from 0
    cells: list[Cell]


class Task(NamedTuple):
    """Some pages of a document, which are `width` × `height` dots."""

    document: str
    per_mm: float
    width: int
    height: int
    pages: list[PageWanted]


class Trouble(NamedTuple):
    """`what`: size (of the page), differs (dots of the symbol), unread (by any decoder), or who of DECODERS failed."""

    what: str
    page: int  # from 1
    position: int
    number: int
    text: str


_COUNTED = ("labels", "symbols", "by_zxing", "by_zbar", "for_zbar", "by_dmtx", "for_dmtx", "cpu")


@dataclass
class Findings:
    labels: int = 0
    symbols: int = 0
    by_zxing: int = 0
    by_zbar: int = 0
    for_zbar: int = 0
    by_dmtx: int = 0
    for_dmtx: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    cpu: float = 0.0

    def add(self, other: "Findings") -> None:
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.troubles += other.troubles

    def look(self, decoders: Decoders, picture: Pixels, cell: Cell, page: int) -> None:
        """Counts what the decoders make of one label."""
        self.labels += 1
        for wanted in cell.symbols:
            verdict = decoders.verdict(picture, wanted)
            self.symbols += 1
            self.by_zxing += verdict.zxing
            self.for_zbar += verdict.zbar is not None
            self.by_zbar += bool(verdict.zbar)
            self.for_dmtx += verdict.dmtx is not None
            self.by_dmtx += bool(verdict.dmtx)
            unread = verdict.failed if verdict.read else ["unread"]
            for what in unread if verdict.exact or unread == ["unread"] else [*unread, "differs"]:
                # What only one decoder failed at must never crowd out what neither could read.
                if what not in DECODERS or len(self.troubles) < _TOLD:
                    self.troubles.append(Trouble(what, page, cell.position, cell.number, wanted.text))


class Pages:
    """The pages of a document, open; one after the other."""

    def __init__(self, document: str) -> None:
        self.document = document
        with _PDFIUM:
            self._opened = pdfium.PdfDocument(document)
            self.count = len(self._opened)
        self._decoders = Decoders()
        self._bitmap: pdfium.PdfBitmap | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoders.close()
        with _PDFIUM:
            if self._bitmap is not None:
                self._bitmap.close()
            self._opened.close()

    def findings(self, task: Task) -> Findings:
        """Some 7 ms a page of A4 at 300 dpi, and 0.3 ms a symbol."""
        began, found = time.process_time(), Findings()
        for page in task.pages:
            if page.number >= self.count:
                break  # the number of pages is looked at by who asks
            picture = self._rendered(page.number, task.per_mm)
            if picture.shape != (task.height, task.width):
                found.troubles.append(Trouble("size", page.number + 1, 1, page.cells[0].number, ""))
            for cell in page.cells:
                found.look(self._decoders, picture, cell, page.number + 1)
        found.cpu = time.process_time() - began
        return found

    def _rendered(self, number: int, per_mm: float) -> Pixels:
        """Good until the next one: pages of a size are rendered into the same memory."""
        with _PDFIUM:
            page = self._opened[number]
            bitmap = page.render(scale=per_mm * 25.4 / 72, grayscale=True, bitmap_maker=self._kept)
            page.close()
        pixels: Pixels = bitmap.to_numpy()
        return pixels.reshape(pixels.shape[:2])

    def _kept(self, width: int, height: int, *about: object, **more: object) -> pdfium.PdfBitmap:
        known = self._bitmap
        if known is None or (known.width, known.height) != (width, height):
            if known is not None:
                known.close()
            known = self._bitmap = pdfium.PdfBitmap.new_native(width, height, *about, **more)
        return known


def main() -> None:
    """Answers each pickled `Task` with `Findings`, or with what went wrong. Only our own parent writes here."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    pages: Pages | None = None
    known: object = None
    while True:
        try:
            task = pickle.load(source)  # noqa: S301
        except EOFError:
            return
        answer: Findings | str
        try:
            state = Path(task.document).stat()
            file = task.document, state.st_ino, state.st_mtime_ns
            if pages is None or file != known:
                pages, known = Pages(task.document), file
            answer = pages.findings(task)
        except (pdfium.PdfiumError, OSError, ValueError) as error:
            answer = str(error)
        pickle.dump(answer, answers)
        answers.flush()
