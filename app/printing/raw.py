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
IN_HAND = 3  # labels that a printer has taken out of its memory, and whose printing it does not count


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

    def print(self, chunk: Chunk) -> tuple[int, int, str]:
        """(certain, uncertain, trouble)."""
        if self._cancelled():
            return 0, 0, CANCELLED
        try:
            trouble = self._wait_until_idle()
        except WireError as error:
            return 0, 0, error.code
        if trouble:
            return 0, 0, trouble
        written = self._wire.write(chunk.data, self._patience, self._cancelled)
        if written.trouble:
            return self._broken(self._labels_in(chunk, written.bytes), written.trouble)
        try:
            if self._answers and self._talk and self._talk.settles:
                return self._wait_until_out(chunk)
            trouble = self._wire.delivered(self._patience, self._cancelled)
            return 0, chunk.labels, trouble or self._complaint()
        except WireError as error:
            return 0, chunk.labels, error.code

    def _report(self) -> Report | None:
        return asked(self._wire, self._talk) if self._talk and self._answers is not False else None

    def _complaint(self) -> str:
        report = self._report()
        return report.troubles[0] if report and report.troubles else ""

    def _wait_until_idle(self) -> str:
        """Nothing of others before ours, and nothing wrong; the trouble when that takes too long."""
        state: object = None
        moved = time.monotonic()
        while True:
            report = self._report()
            if self._answers is None:
                self._answers = report is not None
            if not self._answers or (
                report and not report.troubles and not report.waiting and not report.busy
            ):
                return ""
            if report != state:
                state, moved = report, time.monotonic()
            if self._cancelled():
                return CANCELLED
            if time.monotonic() - moved > self._patience:
                return report.troubles[0] if report and report.troubles else "stuck" if report else "silent"
            self._wire.pause(POLL_SECONDS)

    def _wait_until_out(self, chunk: Chunk) -> tuple[int, int, str]:
        """Idle twice in a row, without a complaint, is printed: between two labels a printer may look idle."""
        state: object = None
        moved, idle, waiting = time.monotonic(), 0, chunk.labels
        while True:
            report = self._report()
            if report is not None:
                waiting = waiting if report.waiting is None else min(report.waiting, chunk.labels)
                calm = not report.troubles and not report.waiting and not report.busy
                idle = idle + 1 if calm else 0
                if idle >= 2:
                    return chunk.labels, 0, ""
                if report != state:
                    state, moved = report, time.monotonic()
            trouble = self._given_up(report, moved)
            if trouble:
                return self._taken_back(chunk, waiting, trouble)
            self._wire.pause(POLL_SECONDS)

    def _given_up(self, report: Report | None, moved: float) -> str:
        if self._cancelled():
            return CANCELLED
        if time.monotonic() - moved <= self._patience:
            return ""
        if report is None:
            return "silent"
        return report.troubles[0] if report.troubles else "stuck"

    def _taken_back(self, chunk: Chunk, waiting: int, trouble: str) -> tuple[int, int, str]:
        """What the printer has not printed is dropped there. If it says that it was, those labels surely never come."""
        certain = max(0, chunk.labels - waiting - IN_HAND)
        dropped = 0
        if self._talk and self._talk.drop:
            self._wire.ask(self._talk.drop, bool, 0.5)
            report = self._report()
            if report is not None and report.waiting == 0:
                dropped = waiting
        return certain, chunk.labels - certain - dropped, trouble

    def _broken(self, handed: int, trouble: str) -> tuple[int, int, str]:
        """Sent in part: whole labels in what the system took may come out, the others were never there."""
        if trouble != "broken-off" and self._talk and self._talk.drop and self._answers:
            try:
                self._wire.ask(self._talk.drop, bool, 0.5)
            except WireError:
                return 0, handed, trouble
        return 0, handed, trouble

    def _labels_in(self, chunk: Chunk, count: int) -> int:
        if not count:
            return 0
        if self._talk and self._talk.end:
            return min(chunk.data[:count].count(self._talk.end), chunk.labels)
        return chunk.labels
