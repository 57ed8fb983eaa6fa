"""One try of one print run, as the parts of its job see it; `app.jobprint` makes it."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlmodel import Session

from app.jobrunner import Work
from app.store.tables import PrintRun

MINTED = "minted"  # the key in a run's source that says which mint its things are of


class At(Protocol):
    @property
    def work(self) -> Work: ...
    @property
    def run_id(self) -> int: ...
    def run(self) -> PrintRun: ...
    def writing(self) -> AbstractContextManager[tuple[Session, PrintRun]]: ...
