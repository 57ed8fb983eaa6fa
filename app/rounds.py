"""Periodic work: what a node does by itself, how often, and its run in a process of its own.

Light on purpose: the waiting worker imports this and nothing else of ours; functions are named, not imported.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from app.roles import capabilities_of
from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.domain.messages import Fetch
    from app.services.recursing import Recursor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """Work to be done every so often, by nodes with `capability` ('' for all). `function` is 'app.module:function'; it
    takes a `Turn`, opens its own transactions, and must bear being run too often or by two processes at once.
    `alone` is how often a node outside the network does it: None for never, since each turn starts a process. `setting`
    names one without which there is nothing to do."""

    every: timedelta
    function: str
    capability: str = ""
    alone: timedelta | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a round gets: whose it is, the moment it began, the way to other nodes."""

    settings: Settings
    engine: "Engine"
    now: datetime
    fetch: "Fetch"

    @property
    def capabilities(self) -> frozenset[str]:
        return capabilities_of(self.settings.node_roles)

    def recursor(self) -> "Recursor":
        """This node's way to resolve what others answer for; to be closed. Refused without usable root hints."""
        from app.services.recursing import Recursor, hints, kept_floors
        from app.store import database

        ways = partial(database.reading, self.engine), partial(database.writing, self.engine)
        floors = kept_floors(*ways, lambda: self.now)
        return Recursor(self.fetch, hints.read(self.settings.root_hints), lambda: self.now, floors=floors)


ROUNDS = {
    "own-zone": Round(timedelta(minutes=2), "app.rounds_of_zones:refresh"),
    "renew-zones": Round(timedelta(hours=1), "app.rounds_of_zones:renew", "delegate"),
    "restate": Round(timedelta(hours=1), "app.rounds_of_mesh:restate", "delegate"),
    "mesh-forget": Round(timedelta(days=1), "app.rounds_of_mesh:forget", "delegate"),
    "mesh-pull": Round(timedelta(minutes=1), "app.rounds_of_mesh:pull", "delegate"),
    "checkpoint": Round(timedelta(hours=1), "app.rounds_of_log:sign", alone=timedelta(hours=1)),
    "cosign": Round(timedelta(minutes=10), "app.rounds_of_log:cosign", "capture"),
    "settle": Round(timedelta(minutes=1), "app.rounds_of_filing:settle", "answer", timedelta(hours=1)),
    "file": Round(timedelta(minutes=1), "app.rounds_of_filing:file", "file"),
    "probe": Round(timedelta(minutes=1), "app.rounds_of_probing:probe", "delegate"),
    "watch": Round(timedelta(minutes=5), "app.rounds_of_watching:watch", "capture", timedelta(minutes=5)),
    "subscriptions": Round(
        timedelta(minutes=1), "app.rounds_of_subscriptions:tell", "capture", timedelta(minutes=1)
    ),
    "webhooks": Round(timedelta(minutes=1), "app.rounds_of_webhooks:send", "capture", timedelta(minutes=1)),
    "watch-folder": Round(
        timedelta(seconds=15),
        "app.rounds_of_watch_folder:look",
        "label",
        timedelta(seconds=15),
        "watch_folder",
    ),
    "print-files": Round(timedelta(days=1), "app.rounds_of_prints:clear", "label", timedelta(days=1)),
    "escrow": Round(timedelta(days=1), "app.escrow:leave_daily", "file", timedelta(days=1)),
}


def of(settings: Settings) -> dict[str, Round]:
    """The rounds of this node, by name."""
    can = capabilities_of(settings.node_roles)
    mine = {
        name: each
        for name, each in ROUNDS.items()
        if (not each.capability or each.capability in can)
        and (not each.setting or getattr(settings, each.setting))
    }
    if settings.zone or settings.root_hints or "delegate" in can:
        return mine
    return {name: replace(each, every=each.alone) for name, each in mine.items() if each.alone}


def run(
    settings: Settings, engine: "Engine", now: datetime, fetch: "Fetch", names: Iterable[str] | None = None
) -> dict[str, str]:
    """Does these rounds now (default: all of this node's), one after the other; name -> '' or the code of what went
    wrong. One that fails keeps no other from its turn, and is told on the page of the node's rounds."""
    from app.errors import TraceError
    from app.services import turns
    from app.store import database

    told: dict[str, str] = {}
    mine = of(settings)
    for name in mine if names is None else [name for name in names if name in mine]:
        error: TraceError | None = None
        try:
            _function(mine[name].function)(Turn(settings, engine, now, fetch))
        except TraceError as raised:
            error = raised
            log.warning("round %s: %s", name, raised.english())
        told[name] = error.code if error else ""
        with database.writing(engine) as session:
            turns.note(session, name, now, error)
    return told


def _function(name: str) -> Callable[[Turn], None]:
    module, _, function = name.partition(":")
    found: Callable[[Turn], None] = getattr(import_module(module), function)
    return found


def groups(settings: Settings) -> dict[timedelta, list[str]]:
    """Rounds that come equally often share one process: {how often: names}."""
    found: dict[timedelta, list[str]] = {}
    for name, each in of(settings).items():
        found.setdefault(each.every, []).append(name)
    return found


def main() -> None:
    """`python -m app.rounds NAME…` does these now, or all; exit code 1 when one of them failed."""
    from app.fetching import Fetcher
    from app.store import database

    logging.basicConfig(level=logging.WARNING)
    settings = Settings.from_env()
    engine = database.engine_for(settings.sqlalchemy_url)
    fetch = Fetcher(allow_private=settings.allow_private_peers)
    told = run(settings, engine, datetime.now(UTC), fetch, sys.argv[1:] or None)
    sys.exit(any(told.values()))


if __name__ == "__main__":
    main()
