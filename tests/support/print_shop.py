"""A world that prints: runs asked for, their jobs done, what came of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from app import jobrunner, printruns
from app.domain.people import Actor
from app.services import printing
from app.services.printing import RunAsked, What, files
from app.settings import Settings
from app.store.database import reading, writing
from app.store.tables import PrintRun
from tests.support.world import World

TEMPLATE = "ready:product-70x37"


class Shop:
    """A world that prints."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world, self.settings = world, settings

    def ask(self, what: What, *, by: Actor | None = None, **more: Any) -> PrintRun:
        return self.asked(RunAsked(what, TEMPLATE, form="zpl", **more), by=by)

    def asked(self, asked: RunAsked, *, by: Actor | None = None) -> PrintRun:
        with writing(self.world.engine) as session:
            return printruns.ask(session, by or self.world.ana, asked, "en", self.world.tick())

    def work(self, run: PrintRun) -> PrintRun:
        """Does the run's job."""
        jobrunner.run(self.settings, self.world.engine, self.seen(run).job_id)
        return self.seen(run)

    def seen(self, run: PrintRun) -> PrintRun:
        with reading(self.world.engine) as session:
            return printing.run_of(session, self.world.ana, run.id or 0)

    def resume(self, run: PrintRun, last: int | None = None) -> PrintRun:
        with writing(self.world.engine) as session:
            printruns.resume(session, self.world.ana, run.id or 0, "en", self.world.tick(), last)
        return self.work(run)

    def lines(self, run: PrintRun) -> list[str]:
        path = files.file_of(self.settings.prints_dir, run)
        assert path is not None
        return path.read_text().splitlines()

    def sums(self, run: PrintRun) -> dict[str, int]:
        with reading(self.world.engine) as session:
            found = printing.reconciliation(session, self.seen(run))
        return {name: getattr(found, name) for name in found.__slots__ if getattr(found, name)}

    def do(self, action: Callable[..., Any], *values: Any) -> Any:
        with writing(self.world.engine) as session:
            return action(session, self.world.ana, *values, self.world.tick())

    def modules(self, count: int) -> What:
        return What(epcs=tuple(self.world.mint("module", count)))


def shop_of(engine: Engine, now: datetime, settings: Settings, url: str) -> Shop:
    return Shop(World(engine, now), replace(settings, database_url=url))


def names(what: What) -> list[str]:
    return [f"{epc.removeprefix('hdl:')} " for epc in what.epcs]
