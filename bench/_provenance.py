"""The trace of a product over three companies' nodes, all really served on loopback: ten levels of parts, ten thousand
things, of which the company that asks made a few and its supplier and that one's supplier the others. One hop is a
signed question to the supplier alone with its signed answer.
"""

import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import Session, select

from app.domain.epcis import Event
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.fetching import Fetcher
from app.services import adopting, authenticating, capturing, certifying, masterdata, partnering, people
from app.services.calling import Line
from app.services.minting import MintRequest, mint
from app.services.recursing import Recursor, read
from app.services.scan_events import ScanRequest
from app.services.scanning import scan
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from app.store.migrate import migrate
from app.store.tables import Operator, Organisation
from bench import _levels
from bench._levels import Level
from bench._server import running
from tests.support.server import free_port

ZONES = ("88.118.1001", "88.118.3003", "88.118.5005")  # raw parts, assemblies, the product
# how many things on each of the ten levels, and on which level a company's own begin
SIZES = (2_100, 2_100, 2_100, 1_600, 1_000, 600, 300, 150, 49, 1)
FIRST = {"88.118.1001": 0, "88.118.3003": 4, "88.118.5005": 7}
TIMES, HOPS = 20, 20
LONGEST = 10.0


@dataclass
class Company:
    """One of the three: its node, its database and who works there."""

    level: Level
    hints: Path
    actor: Actor = None  # type: ignore[assignment]
    site: str = ""
    product: str = ""

    def __post_init__(self) -> None:
        self.settings = Settings(data_dir=self.level.folder)
        migrate(self.settings.sqlalchemy_url)
        self.engine = engine_for(self.settings.sqlalchemy_url)
        with writing(self.engine) as session:
            self._found(session, datetime.now(UTC) - timedelta(days=2))

    def _found(self, session: Session, now: datetime) -> None:
        token = people.first_invitation(session, now) or ""
        zone = self.level.zone
        people.set_up_node(
            session, token, prefix=zone, name_zh=zone, name_en=zone, person="Ana", login="ana",
            password_hash=authenticating.hash_password("bench bench", fast=True), now=now,
        )  # fmt: skip
        row = session.exec(select(Operator)).one()
        self.actor = authenticating.actor_of_operator(session, row.id or 0)
        session.get_one(Organisation, self.actor.organisation_id).sharing = "chain"
        self.site = masterdata.create_site(session, self.actor, "厂", "Plant", "", now).epc
        made = masterdata.create_product(
            session, self.actor, part_number="PART", name_zh="件", name_en="Part", now=now
        )
        self.product = made.epc

    def line(self) -> Line:
        def now() -> datetime:
            return datetime.now(UTC)

        fetch = Fetcher(allow_private=True)
        recursor = Recursor(fetch, read(str(self.hints)), now)
        seed = certifying.signing_key(self.settings.keys_dir)
        return Line(self.level.zone, seed, fetch, recursor.delegation, now)


def figures() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name, ExitStack() as ends:
        folder = Path(name)
        above, hints = _above(folder)
        companies = [Company(_level(folder, zone, "enterprise"), hints) for zone in ZONES]
        for company in companies:
            _levels.state(above[-1], company.level)
        ends.enter_context(_levels.served(above))
        for company in companies:
            _serve(company, ends)
        product, below = _build(companies)
        yield from _measured(companies, product, below)
        for company in companies:
            company.engine.dispose()


def _level(folder: Path, zone: str, role: str) -> Level:
    made = Level(zone, role, folder / (zone or "root"), free_port())
    made.folder.mkdir(parents=True)
    return made


def _above(folder: Path) -> tuple[list[Level], Path]:
    kinds = (("", "root"), ("88", "national"), ("88.118", "second-level"))
    above = [_level(folder, zone, role) for zone, role in kinds]
    for level in above:
        migrate(Settings(data_dir=level.folder).sqlalchemy_url)
    for upper, lower in pairwise(above):
        _levels.state(upper, lower)
    return above, _levels.hints(folder, above[0])


def _serve(company: Company, ends: ExitStack) -> None:
    level = company.level
    environment = level.environment | {"ROOT_HINTS": str(company.hints)}
    command = _levels.command(level.port, "wsgi", 1)
    ends.enter_context(running(command, level.port, level.folder / "server.log", environment))


def _build(companies: list[Company]) -> tuple[str, list[str]]:
    """Every thing of a level is built into one of the next; what a company hands on goes on one pallet."""
    things: list[str] = []
    handed_on: list[str] = []
    for number, size in enumerate(SIZES):
        company = next(c for c in reversed(companies) if FIRST[c.level.zone] <= number)
        if number and FIRST[company.level.zone] == number:
            sender = companies[companies.index(company) - 1]
            _hand_over(sender, company, things)
            handed_on = things
        with writing(company.engine) as session:
            request = MintRequest(
                "serial", size, product_epc=company.product, activate_at=company.site if not number else ""
            )
            made = mint(session, company.actor, request, datetime.now(UTC))
            for place, parent in enumerate(made if number else ()):
                _capture(session, company, "assemble", parent, things[place::size])
        things = made
    return things[0], handed_on


def _hand_over(sender: Company, receiver: Company, things: list[str]) -> None:
    _meet(sender, receiver)
    with writing(sender.engine) as session:
        (pallet,) = mint(session, sender.actor, MintRequest("logistic"), datetime.now(UTC))
        _capture(session, sender, "pack", pallet, things)
        _scan(session, sender, "ship", pallet, destination=receiver.level.zone)
    with reading(receiver.engine) as session:
        request = ScanRequest("bench-receive-1", "receive", receiver.site, pallet, datetime.now(UTC))
        wanted = adopting.wanted(session, receiver.actor, request)
    assert wanted is not None
    (notice,) = adopting.fetch(receiver.line(), wanted)
    with writing(receiver.engine) as session:
        adopting.adopt(session, receiver.actor, notice, datetime.now(UTC), datetime.now(UTC))
        _scan(session, receiver, "receive", pallet)
        _capture(session, receiver, "unpack", pallet, things)


def _meet(sender: Company, receiver: Company) -> None:
    delegation = sender.line().delegation(receiver.level.zone)
    with writing(sender.engine) as session:
        partnering.add(session, sender.actor, delegation, datetime.now(UTC))


def _scan(session: Session, company: Company, step: str, epc: str, **more: Any) -> None:
    now = datetime.now(UTC)
    verdict = scan(
        session, company.actor, ScanRequest(f"bench-{step}-0", step, company.site, epc, now, **more), now
    )
    if verdict.colour == "red":
        raise RuntimeError(f"{step}: {verdict.code} {verdict.values}")


def _capture(session: Session, company: Company, step: str, parent: str, children: list[str]) -> None:
    kind, now = STEPS[step], datetime.now(UTC)
    event = Event(
        kind.event_type, now, action=kind.action, biz_step=kind.biz_step, disposition=kind.disposition,
        read_point=company.site, biz_location=company.site, parent_id=parent, child_epcs=tuple(children),
        extensions={"suyuan:step": step},
    )  # fmt: skip
    capturing.capture(session, event, company.actor, now)


def _measured(companies: list[Company], product: str, below: list[str]) -> Iterator[dict[str, Any]]:
    last = companies[-1]
    with writing(last.engine) as session:
        key = authenticating.create_key(session, last.actor, "bench", datetime.now(UTC))
    url = f"{last.level.url}/api/v1/trace/{product.removeprefix('hdl:')}"
    found = _asked(url, key)
    if len(found["things"]) != sum(SIZES) or {s["state"] for s in found["sources"]} != {"told"}:
        raise RuntimeError(f"{len(found['things'])} things, {found['sources']}")
    took = sorted(_timed(lambda: _asked(url, key)) for _ in range(TIMES))
    what = "trace of 3 companies, 10 levels, 10,000 things"
    yield {"figure": f"{what}: median", "value": statistics.median(took), "unit": "s"}
    yield {"figure": f"{what}: p95", "value": took[int(TIMES * 0.95) - 1], "unit": "s"}
    line = last.line()

    def hop() -> None:
        line.call(
            ZONES[1], "provenance", "ask-provenance", {"up": below[:1]}, reply="disclosure", seconds=LONGEST
        )

    hop()
    hops = sorted(_timed(hop) * 1000 for _ in range(HOPS))
    yield {"figure": "one hop, asked and answered: median", "value": statistics.median(hops), "unit": "ms"}
    yield {"figure": "one hop, asked and answered: p95", "value": hops[int(HOPS * 0.95) - 1], "unit": "ms"}


def _asked(url: str, key: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = orjson.loads(answer.read())
    return found


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
