"""One process that has the whole application loaded and does nothing but fork nodes off: each starts in a tenth of the
time, shares most of its memory with the others, and ends by the kernel's doing when whoever started all is gone.

Runs no thread, since only the forking one would live on in a child.
"""

import ctypes
import multiprocessing
import os
import select
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from app.web.api import v1
from app.web.pages import PAGES

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15.0


class Child:
    """A process of the nursery; its number stays its own until `forget`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def ended(self, seconds: float = 0.0) -> bool:
        """Waits for so long at most."""
        return bool(select.select([self._handle], [], [], seconds)[0])

    def send(self, sign: signal.Signals) -> None:
        if not self.ended():
            signal.pidfd_send_signal(self._handle, sign)

    def kill(self) -> None:
        """It and what it has started, as a power cut does; none is left when this returns."""
        others = [Child(pid) for pid in self._started()]
        for child in (self, *others):  # the first one first, or it would see the others go and tidy up
            child.send(signal.SIGKILL)
        for child in others:
            child.ended(STOP_SECONDS)
            child.close()

    def freeze(self, sign: signal.Signals = signal.SIGSTOP) -> None:
        """It and what it has started: they hold their connections and say nothing. SIGCONT lets them go on."""
        for pid in self._started():
            os.kill(pid, sign)
        self.send(sign)

    def _started(self) -> list[int]:
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children") if not self.ended() else ()
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def wait(self) -> None:
        """Until it has ended; one that does not in time is killed."""
        if not self.ended(STOP_SECONDS):
            self.send(signal.SIGKILL)
            self.ended(STOP_SECONDS)

    def close(self) -> None:
        os.close(self._handle)


class Nursery:
    """The parent's side. Begin it before any thread is started."""

    def __init__(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        pid = os.fork()
        if not pid:
            ours.close()
            _serve(theirs)
        theirs.close()
        self._process = Child(pid)

    def start(self, target: Callable[..., None], *words: object) -> Child:
        """Runs a function of a module in a process of its own; ends it with the parent at the latest."""
        self._pipe.send((target, words))
        return Child(self._pipe.recv())

    def forget(self, child: Child) -> None:
        """Of one that has ended."""
        self._pipe.send((None, (child.pid,)))
        self._pipe.recv()
        child.close()

    def close(self) -> None:
        self._pipe.close()
        self._process.wait()
        os.waitpid(self._process.pid, 0)
        self._process.close()


def end_with_parent(sign: signal.Signals) -> None:
    """The kernel sends that signal when the parent has ended."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sign))
    if os.getppid() != parent:  # it ended just before
        os._exit(1)


def _serve(pipe: Connection) -> None:
    end_with_parent(signal.SIGTERM)
    os.setpgid(0, 0)  # Ctrl-C is heard by one, who stops the others in order
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sign, signal.SIG_DFL)
    _load_everything()
    while True:
        try:
            target, words = pipe.recv()
        except EOFError:
            os._exit(0)
        if target is None:
            os.waitpid(words[0], 0)
            pipe.send(words[0])
            continue
        pid = os.fork()
        if not pid:
            pipe.close()
            end_with_parent(signal.SIGTERM)
            _run(target, words)
        pipe.send(pid)


def _load_everything() -> None:
    for name in ("app.serving", "app.cli", "granian.server", "granian.wsgi"):
        import_module(name)
    for name in PAGES:
        import_module(f"app.web.pages.{name}")
    for name in v1.MODULES:
        import_module(f"app.web.api.v1.{name}")


def _run(target: Callable[..., None], words: tuple[object, ...]) -> None:
    try:
        target(*words)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        sys.stdout.flush()
        os._exit(0)
