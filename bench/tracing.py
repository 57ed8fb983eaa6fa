"""The trace page of packs, pallets and lots of the worked chain, and the report of a pack as PDF.

The baseline of the provenance is the plain way: the same rows asked for one thing at a time, as an ORM invites one to.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from app import create_app
from app.demo import chain
from app.demo.floor import Floor
from app.demo.setup import set_up
from app.domain import epcis
from app.domain.people import Actor
from app.domain.provenance import Provenance
from app.services import authenticating, tracing
from app.settings import Settings
from app.store.database import engine_for, reading, writing
from app.store.migrate import migrate
from app.store.tables import Edge, Entry, EntryThing, Organisation, Party, Product, Site, Thing
from app.translating import gettext_in

STORY_DAYS = 42
PACKS = 40
TIMES = 5


@dataclass(frozen=True)
class World:
    floor: Floor
    goods: chain.Goods
    actor: Actor
    client: FlaskClient


def figures() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        world = _world(Path(folder))
        yield from _pages(world)
        yield from _provenance(world)
        yield _pdf(world)
        world.floor.engine.dispose()


def _world(folder: Path) -> World:
    settings = Settings(data_dir=folder, secret_key="bench", fast_hash=True)
    migrate(settings.sqlalchemy_url)
    floor = Floor(engine_for(settings.sqlalchemy_url), datetime.now(UTC) - timedelta(days=STORY_DAYS))
    set_up(floor, fast_hash=True)
    goods = chain.mint_goods(floor)
    chain.tell(floor, goods)
    actor = floor.people["packs"]
    app = create_app(settings)
    with writing(floor.engine) as session:
        token = authenticating.sign_in_as(session, actor.operator_id, datetime.now(UTC), 12)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return World(floor, goods, actor, client)


def _pages(world: World) -> Iterator[dict[str, Any]]:
    with reading(world.floor.engine) as session:
        kinds = {
            "pack": list(world.goods.packs[:PACKS]),
            "pallet": _epcs(session, "logistic"),
            "lot": _epcs(session, "lot"),
        }
    for kind, epcs in kinds.items():
        times = sorted(_ms(partial(_open, world.client, epc)) for epc in epcs for _ in range(TIMES))
        middle, slowest = statistics.median(times), times[int(len(times) * 0.99)]
        yield {"figure": f"trace page of a {kind} (p50 of {len(times)})", "value": middle, "unit": "ms"}
        yield {"figure": f"trace page of a {kind} (p99 of {len(times)})", "value": slowest, "unit": "ms"}


def _epcs(session: Session, level: str) -> list[str]:
    return list(session.execute(select(col(Thing.epc)).where(col(Thing.level) == level)).scalars())


def _open(client: FlaskClient, epc: str) -> None:
    answer = client.get(f"/trace/{epc.removeprefix('hdl:')}")
    if answer.status_code not in {200, 404}:  # 404: a lot the pack maker never dealt with
        raise RuntimeError(f"{epc}: {answer.status_code}")


def _provenance(world: World) -> Iterator[dict[str, Any]]:
    for kind, epc in (("pack", world.goods.packs[0]), ("pallet", world.goods.pallets[0])):
        value = statistics.median(_ms(partial(_trace, world, epc)) for _ in range(3 * TIMES))
        baseline = statistics.median(_ms(partial(_one_by_one, world, epc)) for _ in range(TIMES))
        yield {
            "figure": f"provenance of a {kind}, no page",
            "value": value,
            "unit": "ms",
            "baseline": baseline,
        }


def _trace(world: World, epc: str) -> Provenance:
    with reading(world.floor.engine) as session:
        return tracing.trace(session, world.actor, epc, now=datetime.now(UTC))


def _one_by_one(world: World, epc: str) -> None:
    with reading(world.floor.engine) as session:
        subject = session.execute(select(Thing).where(col(Thing.epc) == epc)).scalar_one()
        for here, there in ((Edge.target_id, "source_id"), (Edge.source_id, "target_id")):
            waiting, seen = [subject.id], set()
            while waiting:
                key = waiting.pop()
                if key not in seen:
                    seen.add(key)
                    edges = session.execute(select(Edge).where(col(here) == key)).scalars()
                    waiting += [getattr(edge, there) for edge in edges]
                    _plain_thing(session, key or 0, world.actor)


def _plain_thing(session: Session, key: int, actor: Actor) -> None:
    thing = session.get_one(Thing, key)
    session.get_one(Organisation, thing.organisation_id)
    if thing.product_id:
        session.get_one(Product, thing.product_id)
    mine = col(Party.organisation_id) == actor.organisation_id
    session.execute(select(Party).where(col(Party.thing_id) == key, mine)).first()
    for mention in session.execute(select(EntryThing).where(col(EntryThing.thing_id) == key)).scalars():
        event = epcis.parse(session.get_one(Entry, mention.seq).body)
        session.execute(select(Site).where(col(Site.epc) == event.read_point)).first()


def _pdf(world: World) -> dict[str, Any]:
    from labels import fonts
    from reports import provenance as report

    found = _trace(world, world.goods.packs[0])
    make = partial(
        report.pdf,
        found,
        language="zh",
        base_url="https://id.example.com",
        asked_by="Bench",
        asked_at=found.as_of,
        report_id="BENCH",
        gettext=gettext_in("zh"),
        cut=fonts.cut,
    )
    make()  # the first one loads the fonts
    return {
        "figure": "report of a pack as PDF",
        "value": statistics.median(_ms(make) for _ in range(3)) / 1000,
        "unit": "s",
    }


def _ms(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
