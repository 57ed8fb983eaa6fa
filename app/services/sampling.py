"""A sample of which identifiers were looked up from where, for the watch: bounded in memory and in the database, so
that no flood of look-ups becomes one of rows."""

import threading
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import unquote

from sqlmodel import Session

from app.domain import identifiers
from app.domain.identifiers import Identifier
from app.errors import Malformed
from app.services.counting import FOUND, MISSING
from app.services.measuring import tidy
from app.store import watching
from app.store.tables import LookedUp

HANDLES = "/api/handles/"
MOST = 200  # pairs of name and address between two keepings, of each outcome
LONGEST = 400
MOST_COUNT = 1_000_000

Taken = dict[tuple[str, str, bool], int]


class Sample:
    """For all threads of the process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seen: Taken = {}
        self._kept = {True: 0, False: 0}

    def __bool__(self) -> bool:
        return bool(self._seen)

    def note_many(self, paths: Iterable[str], outcome: str, address: str) -> None:
        """Each path is what the web server was asked for, all from one address."""
        if outcome not in (FOUND, MISSING):
            return
        found = outcome == FOUND
        with self._guard:
            for path in paths:
                seen = path, address, found
                if seen in self._seen:
                    self._seen[seen] += 1
                elif self._kept[found] < MOST and len(path) <= LONGEST:
                    self._kept[found] += 1
                    self._seen[seen] = 1

    def take(self) -> Taken:
        with self._guard:
            taken, self._seen = self._seen, {}
            self._kept = {True: 0, False: 0}
        return taken


def keep(session: Session, taken: Taken, now: datetime) -> None:
    """Keeps what names something under a prefix of this node, whether it exists or not."""
    named = [
        (name, address, found, count)
        for (path, address, found), count in taken.items()
        if (name := _name(path))
    ]
    ours = watching.owners(session, {name.prefix for name, *_ in named})
    watching.keep_looked_up(
        session,
        [
            LookedUp(
                name=name.epc[:300],
                address=tidy(address),
                found=found,
                count=min(count, MOST_COUNT),
                record_time=now,
            )
            for name, address, found, count in named
            if name.prefix in ours
        ],
    )


def _name(path: str) -> Identifier | None:
    """The identifier in a path of ours; None for a GS1 key, and for what is none."""
    try:
        text = unquote(path.encode("latin-1").decode())
        text = text.removeprefix(HANDLES).removeprefix("/").partition("?")[0]
        found = identifiers.parse(text)
    except (Malformed, UnicodeError):
        return None
    return found if isinstance(found, Identifier) and "\0" not in found.epc else None
