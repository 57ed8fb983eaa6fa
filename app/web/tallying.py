"""Keeps what this process has counted: every few seconds while there is something, and at its end."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from multiprocessing.util import Finalize

from sqlalchemy import Engine

from app.errors import Unavailable
from app.services import counting, measuring, sampling
from app.services.counting import Tally
from app.services.measuring import RESOLVE, Measures, Times
from app.services.sampling import Sample
from app.store import database

SECONDS = 3.0  # so much a power cut may take away
TOGETHER = 256  # notes
LAST = (
    1  # among what a process does at its end; granian's workers end as multiprocessing's do, without atexit
)

logger = logging.getLogger(__name__)


Note = tuple[str, str, str, str, float, float]  # prefix, outcome, address, path, and when it began and ended


class Pending:
    """Answers that were noted and are in neither sum yet: a note costs a look-up next to nothing, and hundreds of them
    are added up together."""

    def __init__(self, tally: Tally, measures: Measures, sample: Sample, now: Callable[[], datetime]) -> None:
        self._sums, self._sample, self._now = (tally, measures), sample, now
        self.notes: deque[Note] = deque()

    def __bool__(self) -> bool:
        return bool(self.notes)

    def add_up(self) -> None:
        """May be called by several threads at once: each note is added by one of them."""
        offset = self._now().timestamp() - time.perf_counter()
        groups: dict[tuple[str, str, str, int], tuple[list[float], list[str]]] = {}
        with suppress(IndexError):  # none is left
            take = self.notes.popleft
            while True:
                prefix, outcome, address, path, began, ended = take()
                alike = prefix, outcome, address, int(offset + ended)
                if (group := groups.get(alike)) is None:
                    group = groups[alike] = [], []
                group[0].append(ended - began)
                group[1].append(path)
        tally, measures = self._sums
        for (prefix, outcome, address, at), (took, paths) in groups.items():
            tally.note(prefix, outcome, len(took))
            total, least, most = (int(each * 1e6) for each in (sum(took), min(took), max(took)))
            measures.note_many(prefix, RESOLVE, address, Times(len(took), total, least, at, most, at))
            self._sample.note_many(paths, outcome, address)


class Counting:
    """`note` is for every answer; the thread that keeps the counts lives while there are any."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._tally = Tally()
        self._measures = Measures()
        self._sample = Sample()
        self._now = now
        self._pending = Pending(self._tally, self._measures, self._sample, now)
        self._notes = self._pending.notes
        self._keep = (self._pending, self._tally, self._measures, self._sample, engine, now)
        self._guard = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._at_the_end = Finalize(self, _keep, self._keep, exitpriority=LAST)

    def note(self, prefix: str, outcome: str, address: str, path: str, began: float) -> None:
        """A look-up that was answered, from where it came, the path that was asked for, and since when by
        `time.perf_counter`."""
        self._notes.append((prefix, outcome, address, path, began, time.perf_counter()))
        if len(self._notes) >= TOGETHER:
            self._pending.add_up()
        if self._thread is None:
            self._start()

    def note_registration(self, prefix: str, seconds: float) -> None:
        moment = int(self._now().timestamp())
        self._measures.note(prefix, measuring.REGISTER, "", int(seconds * 1e6), moment)
        if self._thread is None:
            self._start()

    def flush(self) -> bool:
        """Whether there was anything to keep."""
        return _keep(*self._keep)

    def close(self) -> None:
        self._ending.set()
        if (thread := self._thread) is not None:
            thread.join()
        self._at_the_end()

    def _start(self) -> None:
        with self._guard:
            if self._thread is None and not self._ending.is_set():
                self._thread = threading.Thread(target=self._run, name="suyuan-counting", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while not self._ending.wait(SECONDS) and self.flush():
                pass
        finally:
            with self._guard:
                self._thread = None
        if (
            self._pending or self._tally or self._measures
        ):  # counted since by somebody who saw this thread alive
            self._start()


def _keep(
    pending: Pending,
    tally: Tally,
    measures: Measures,
    sample: Sample,
    engine: Engine,
    now: Callable[[], datetime],
) -> bool:
    pending.add_up()
    taken, measured, looked_up = tally.take(), measures.take(), sample.take()
    if not taken and not measured:
        return False
    try:
        with database.writing(engine) as session:
            counting.keep(session, taken, now())
            measuring.keep(session, measured, now())
            if looked_up:
                sampling.keep(session, looked_up, now())
    except Unavailable as error:
        tally.give_back(taken)
        measures.give_back(measured)
        logger.warning("counts of resolutions wait: %s", error)
    except BaseException:
        tally.give_back(taken)
        measures.give_back(measured)
        raise
    return True
