"""A store with genealogies: one of a thousand nodes and 20 levels that was really recorded, copied row by row until
there are as many edges as wanted. No figures."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.services import capturing, masterdata, minting
from app.services.minting import MintRequest
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from bench._world import boss_of

LEVELS = 10  # of lots, with a level of runs between each two: 20 in all
WIDTH = 50
READ = 20  # copies with their texts, spread over the store; the others stand for what nobody asks for
DAY = timedelta(days=1)
BARE = ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000")


@dataclass(frozen=True)
class Store:
    """`subjects` are the last lots of the graphs that can be read, by id; `first` is what was really recorded."""

    engine: Engine
    actor: Actor
    subjects: tuple[int, ...]
    first: str
    edges: int


@dataclass(frozen=True)
class Spans:
    """How many rows of each kind one graph takes, and where the first begins."""

    thing: int
    entry: int
    edge: int
    things: int
    entries: int
    edges: int


def store(folder: Path, edges: int, url: str = "") -> Store:
    """With at least that many edges. Made once for each size."""
    settings = Settings(data_dir=folder, database_url=url) if url else Settings(data_dir=folder)
    migrate(settings.sqlalchemy_url)
    engine = engine_for(settings.sqlalchemy_url)
    now = datetime.now(UTC) - DAY
    with writing(engine) as session:
        actor = boss_of(session, now)
        first, before = _recorded(session, actor, now)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, _bare(connection):
        spans = _spans(connection.execute, before)
        copies = max(1, -(-edges // spans.edges) - 1)
        every = max(1, copies // READ)
        for block in _blocks(copies):
            connection.exec_driver_sql("BEGIN")
            for statement in _statements(spans, block, every):
                connection.execute(text(statement))
            connection.exec_driver_sql("COMMIT")
    with engine.begin() as connection:
        _grow_tree(connection)
        subject = connection.execute(
            text("SELECT id FROM thing WHERE epc = :epc"), {"epc": first}
        ).scalar_one()
        total = connection.execute(text("SELECT count(*) FROM edge")).scalar_one()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    subjects = tuple(subject + n * spans.things for n in range(0, copies + 1, every))
    return Store(engine, actor, subjects[:READ], first, total)


@contextmanager
def _bare(connection: Connection) -> Iterator[None]:
    """On SQLite without what keeps millions of rows from going in fast: syncs, indexes filled in any order but
    their own, and triggers, none of which is about a copy. All is there again after."""
    if connection.dialect.name != "sqlite":
        yield
        return
    tables = "('entry', 'thing', 'edge', 'entry_thing', 'party')"
    taken = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_schema "
        f"WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN {tables}"
    ).all()
    for pragma in BARE:
        connection.exec_driver_sql(f"PRAGMA {pragma}").close()
    for kind, name, _ in taken:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    yield
    for _, _, sql in taken:
        connection.exec_driver_sql(sql)
    connection.invalidate()  # the pool makes one with the settings of all others


def _recorded(session: Session, actor: Actor, now: datetime) -> tuple[str, tuple[int, int, int]]:
    """Fifty lots a level, each made in a run of its own of three lots of the level above; the last is made of all."""
    site = masterdata.create_site(session, actor, "厂", "Plant", "", now).epc
    product = masterdata.create_product(
        session, actor, part_number="L", name_zh="料", name_en="Material", unit="KGM", tracing="lot", now=now
    ).epc
    rows = ("SELECT max(id) FROM thing", "SELECT max(seq) FROM entry", "SELECT 0")
    before = tuple(int(session.connection().execute(text(row)).scalar() or 0) for row in rows)

    def lot(level: int, place: int, quantity: int | None) -> str:
        more = {"activate_at": site, "quantity": Decimal(quantity)} if quantity else {}
        request = MintRequest("lot", product_epc=product, lot=f"L{level}-{place}", **more)  # type: ignore[arg-type]
        return minting.mint(session, actor, request, now)[0]

    def make(target: str, sources: list[str], minute: int) -> None:
        step = STEPS["produce"]
        event = Event(
            step.event_type, now + timedelta(minutes=minute), biz_step=step.biz_step, read_point=site,
            biz_location=site, transformation_id=f"urn:uuid:{uuid.uuid4()}",
            input_quantity_list=tuple(Quantity(each, Decimal(1), "KGM") for each in sources),
            output_quantity_list=(Quantity(target, Decimal(100), "KGM"),),
            extensions={"suyuan:step": "produce"},
        )  # fmt: skip
        capturing.capture(session, event, actor, now + DAY)

    above = [lot(0, place, 100) for place in range(WIDTH)]
    for level in range(1, LEVELS):
        below = [lot(level, place, None) for place in range(WIDTH)]
        for place, target in enumerate(below):
            make(target, [above[(place + step) % WIDTH] for step in (0, 1, 7)], level)
        above = below
    last = lot(LEVELS, 0, None)
    make(last, above, LEVELS)
    return last, (before[0], before[1], before[2])


def _grow_tree(connection: Connection) -> None:
    """The nodes that a page asks for to name the root; nobody verifies copies."""
    size = int(connection.execute(text("SELECT max(seq) + 1 FROM entry")).scalar_one())
    for level in range(size.bit_length()):
        row = {"level": level, "idx": (size >> level) - 1, "hash": bytes(32)}
        if size >> level & 1:
            insert = "INSERT INTO merkle_node (level, idx, hash) VALUES (:level, :idx, :hash) ON CONFLICT DO NOTHING"
            connection.execute(text(insert), row)


def _spans(ask: Callable[..., Any], before: tuple[int, int, int]) -> Spans:
    def one(query: str) -> int:
        return int(ask(text(query)).scalar_one())

    thing, entry = before[0] + 1, before[1] + 1
    edges = one("SELECT count(*) FROM edge")
    return Spans(
        thing, entry, one("SELECT min(id) FROM edge"),
        one("SELECT max(id) FROM thing") - before[0], one("SELECT max(seq) FROM entry") - before[1], edges,
    )  # fmt: skip


def _blocks(copies: int) -> Iterator[range]:
    return (range(first, min(first + 100, copies + 1)) for first in range(1, copies + 1, 100))


def _statements(spans: Spans, block: range, every: int) -> Iterator[str]:
    numbers = " UNION ALL ".join(f"SELECT {n} AS k" for n in block)
    copies = f"({numbers}) AS copies"
    thing, entry = f"+ k * {spans.things}", f"+ k * {spans.entries}"
    body = f"CASE WHEN k % {every} = 0 THEN body ELSE '' END"
    yield (
        "INSERT INTO entry (seq, event_id, organisation_id, step, event_time, record_time, version, body, leaf) "
        f"SELECT seq {entry}, event_id || '-' || k, organisation_id, step, event_time, record_time, version, {body}, "
        "leaf "
        f"FROM entry, {copies} WHERE seq >= {spans.entry}"
        f" AND seq < {spans.entry + spans.entries}"
    )
    kept = (
        "level, organisation_id, product_id, serial, unit, lifecycle, disposition, holder, site, "
        '"to", origin, container, bond, held, last_time'
    )
    yield (
        f"INSERT INTO thing (id, epc, lot, minted_seq, last_seq, brought, {kept}) "
        f"SELECT id {thing}, epc || '-' || k, lot || '-' || k, minted_seq {entry}, last_seq {entry}, brought, {kept} "
        f"FROM thing, {copies} WHERE id >= {spans.thing} AND id < {spans.thing + spans.things}"
    )
    yield (
        "INSERT INTO edge (id, source_id, target_id, kind, quantity, seq) "
        f"SELECT id + k * {spans.edges}, source_id {thing}, target_id {thing}, kind, quantity, seq {entry} "
        f"FROM edge, {copies} WHERE id >= {spans.edge} AND id < {spans.edge + spans.edges}"
    )
    own = f"thing_id >= {spans.thing} AND thing_id < {spans.thing + spans.things}"
    yield (
        "INSERT INTO entry_thing (thing_id, seq, role, quantity) "
        f"SELECT thing_id {thing}, seq {entry}, role, quantity FROM entry_thing, {copies} WHERE {own}"
    )
    yield (
        "INSERT INTO party (thing_id, organisation_id) "
        f"SELECT thing_id {thing}, organisation_id FROM party, {copies} WHERE {own}"
    )
