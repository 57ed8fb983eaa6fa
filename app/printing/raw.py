"""Printing over a plain TCP connection (port 9100), with the printer asked how it is before and after each chunk.

The next chunk goes out when the printer says that the one before is printed, so that whatever happens, no more than
one chunk is in doubt. A printer that does not answer gets its labels all the same; then nobody can say what came out.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from app.domain.printers import CANCELLED, Chunk, Sent
from app.printing.talks import Report, Talk
from app.printing.wire import Wire, WireError

ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.3
LABEL_SECONDS = 20.0  # however slow a printer is, and whatever it says
IN_HAND = 3  # labels that a printer has taken out of its memory, and whose printing it does not count
PIECE = 16_384

Outcome = tuple[int, int, str]  # certain, uncertain, trouble


def printed(
    wire: Wire, talk: Talk | None, chunks: Iterable[Chunk], cancelled: Callable[[], bool], patience: float
) -> Iterator[Sent]:
    """One `Sent` a chunk. Never raises."""
    dialogue = _Dialogue(wire, talk, cancelled, patience)
    for index, chunk in enumerate(chunks):
        certain, uncertain, trouble = dialogue.print(chunk)
        yield Sent(index, chunk.labels, certain, uncertain, trouble)
        if trouble:
            return


def asked(wire: Wire, talk: Talk) -> Report | None:
    """How the printer is; None when it does not say. WireError `broken-off`."""
    until = time.monotonic() + ANSWER_SECONDS
    for number, question in enumerate(talk.questions):
        left = max(until - time.monotonic(), 0.0) / (len(talk.questions) - number)
        report = question.read(wire.ask(question.text, question.complete, left))
        if report is not None:
            return report
    return None


class _Dialogue:
    def __init__(self, wire: Wire, talk: Talk | None, cancelled: Callable[[], bool], patience: float) -> None:
        self._wire = wire
        self._talk = talk
        self._cancelled = cancelled
        self._patience = patience
        self._answers: bool | None = None if talk else False  # not known before the first question
        self._settles = False

    def print(self, chunk: Chunk) -> Outcome:
        if self._cancelled():
            return 0, 0, CANCELLED
        try:
            trouble = self._wait_until_idle()
        except WireError as error:
            return 0, 0, error.code
        if trouble:
            return 0, 0, trouble
        handed, trouble = self._write(chunk)
        try:
            if trouble:
                return self._taken_back(handed, None, trouble)
            if self._settles:
                return self._wait_until_out(chunk)
            trouble = self._wire.delivered(self._patience, self._cancelled)
            return 0, chunk.labels, trouble or self._complaint()
        except WireError as error:
            return 0, handed, trouble or error.code

    def _write(self, chunk: Chunk) -> tuple[int, str]:
        """(labels of which every byte was taken, trouble). Somebody who cancels is heard between labels."""
        handed = 0
        for piece, labels in _pieces(chunk, self._talk.end if self._talk else b""):
            if handed and self._cancelled():
                return min(handed, chunk.labels), CANCELLED
            written = self._wire.write(piece, self._patience, self._cancelled)
            if written.trouble:
                begun = piece[: written.bytes].count(self._talk.end) if self._talk else int(written.bytes > 0)
                return min(handed + begun, chunk.labels), written.trouble
            handed += labels
        return chunk.labels, ""

    def _report(self) -> Report | None:
        return asked(self._wire, self._talk) if self._talk and self._answers is not False else None

    def _complaint(self) -> str:
        report = self._report()
        return report.troubles[0] if report and report.troubles else ""

    def _wait_until_idle(self) -> str:
        """Nothing of others before ours, and nothing wrong; the trouble when that takes too long."""
        state: object = None
        began = moved = time.monotonic()
        while True:
            report = self._report()
            if self._answers is None:
                self._answers = report is not None
            if not self._answers:
                return ""
            if report and report.calm:
                self._settles = report.settles
                return ""
            if report != state:
                state, moved = report, time.monotonic()
            if time.monotonic() - began > 10 * self._patience:
                moved = began
            if trouble := self._given_up(report, moved):
                return trouble
            self._wire.pause(POLL_SECONDS)

    def _wait_until_out(self, chunk: Chunk) -> Outcome:
        """Idle twice in a row is printed: between two labels a printer may look idle."""
        state: object = None
        began = moved = time.monotonic()
        idle, waiting = 0, chunk.labels
        while True:
            report = self._report()
            if report is not None:
                waiting = waiting if report.waiting is None else min(report.waiting, chunk.labels)
                idle = idle + 1 if report.calm and report.settles else 0
                if idle >= 2:
                    return chunk.labels, 0, ""
                if report != state:
                    state, moved = report, time.monotonic()
            if time.monotonic() - began > self._patience + LABEL_SECONDS * chunk.labels:
                moved = began
            if trouble := self._given_up(report, moved):
                return self._taken_back(chunk.labels, waiting, trouble)
            self._wire.pause(POLL_SECONDS)

    def _given_up(self, report: Report | None, moved: float) -> str:
        if self._cancelled():
            return CANCELLED
        if time.monotonic() - moved <= self._patience:
            return ""
        if report is None:
            return "silent"
        return report.troubles[0] if report.troubles else "stuck"

    def _taken_back(self, handed: int, waiting: int | None, trouble: str) -> Outcome:
        """Of `handed` labels those that are not printed are dropped in the printer. If it says that it has none any
        more, those that waited a moment ago surely never come."""
        if not (self._settles and self._talk) or trouble == "broken-off":
            return 0, handed, trouble
        if waiting is None and (report := self._report()) is not None:
            waiting = report.waiting
        certain = max(0, handed - waiting - IN_HAND) if waiting is not None else 0
        try:
            self._wire.ask(self._talk.drop, bool, 0.5)
            report = self._report()
        except WireError:
            report = None
        dropped = min(waiting or 0, handed) if report is not None and report.waiting == 0 else 0
        return certain, handed - certain - dropped, trouble


def _pieces(chunk: Chunk, end: bytes) -> Iterator[tuple[bytes, int]]:
    """(data, labels) of some whole labels each; all at once where nothing says where one ends."""
    start = place = labels = 0
    while end and (found := chunk.data.find(end, place)) >= 0:
        place = found + len(end)
        labels += 1
        if place - start >= PIECE:
            yield chunk.data[start:place], labels
            start, labels = place, 0
    if start < len(chunk.data):
        yield chunk.data[start:], max(labels, 1)
