"""Processes that read pages for a proof, each with its own PDFium, and the way tasks come to them."""

import pickle
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NoReturn

from labels.errors import N_, LabelError
from labels.proof_pages import Findings, Task


class Readers:
    """Started when they are first needed, kept until they are closed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: list[_Reader] = []

    @property
    def started(self) -> bool:
        return bool(self._all)

    def findings(self, tasks: Iterable[Task]) -> Findings:
        """Of all tasks, in no order. Raises LabelError `proof-broken-off`, and whatever comes out of `tasks`."""
        while len(self._all) < self._most:
            self._all.append(_Reader())
        waiting, total = _Waiting(tasks), Findings()
        try:
            with ThreadPoolExecutor(self._most) as threads:
                for answer in list(threads.map(lambda reader: reader.work(waiting), self._all)):
                    total.add(answer)
        except LabelError:
            self.close()  # one may be gone; the next file gets new ones
            raise
        return total

    def close(self) -> None:
        for process in self._all:
            process.close()
        self._all = []


class _Waiting:
    """Tasks that several threads take from; none are left once one has failed."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._lock = Lock()

    def take(self) -> Task | None:
        with self._lock:
            return next(self._tasks, None)

    def drop(self) -> None:
        with self._lock:
            self._tasks = iter(())


class _Reader:
    """Its process is started for its first task: few pages need not many processes."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def work(self, waiting: _Waiting) -> Findings:
        total = Findings()
        try:
            while (task := waiting.take()) is not None:
                total.add(self._answer(task))
        except LabelError:
            waiting.drop()
            raise
        return total

    def _answer(self, task: Task) -> Findings:
        try:
            if self.process is None:
                self.process = _started()
            requests, answers = self.process.stdin, self.process.stdout
            assert requests is not None
            assert answers is not None
            pickle.dump(task, requests)
            requests.flush()
            answer = pickle.load(answers)  # noqa: S301  (our own child)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            broken_off(str(error))
        if not isinstance(answer, Findings):
            broken_off(str(answer))
        return answer

    def close(self) -> None:
        """It ends with its input, behind what it is at."""
        if self.process is None:
            return
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        except OSError:
            self.process.wait()


def _started() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from labels.proof_pages import main; main()"]
    pipe, home = subprocess.PIPE, Path(__file__).parent.parent
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=home)  # noqa: S603  (fixed words)


def broken_off(what: str) -> NoReturn:
    raise LabelError(
        "proof-broken-off",
        N_("The labels could not be read back ({what})."),
        N_("Nothing was handed out. Try again."),
        what=what[:120],
    )
