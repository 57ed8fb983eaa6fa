"""Runs the steps of the check one after the other, says how each went, and remembers whether all went well."""

import sys
import time
from collections.abc import Callable

from app.errors import TraceError
from app.network.visiting import Failed, Wrong

Step = Callable[[], str]


class Checklist:
    """A step that finds something wrong does not keep the others from their turn, unless they `need` it."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.passed = 0

    def step(self, title: str, work: Step) -> bool:
        """`work` returns what it saw, in a few words; raises Wrong for what is not as it has to be."""
        began = time.perf_counter()
        try:
            told = work()
        except (Wrong, TraceError, *Failed) as error:
            self.failed.append(title)
            reason = error.english() if isinstance(error, TraceError) else str(error) or repr(error)
            self._say(began, "FAILED", title, reason)
            return False
        self.passed += 1
        self._say(began, "ok", title, told)
        return True

    def end(self) -> int:
        """The exit code."""
        if not self.failed:
            print(f"\nAll {self.passed} checks passed.", flush=True)
            return 0
        print(f"\n{len(self.failed)} of {self.passed + len(self.failed)} checks failed:", flush=True)
        for title in self.failed:
            print(f"  {title}", flush=True)
        return 1

    def _say(self, began: float, word: str, title: str, told: str) -> None:
        line = f"{time.perf_counter() - began:6.2f} s  {word:6}  {title}"
        print(f"{line}: {told}" if told else line, flush=True, file=sys.stdout)


def must(condition: object, sentence: str) -> None:
    """Wrong with that sentence, unless the condition holds."""
    if not condition:
        raise Wrong(sentence)
