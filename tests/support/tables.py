"""Tables as a test brings them to the jobs of import and export, and what became of them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.people import Actor
from app.services import certifying, column_memory, uploads, verifying
from app.services.intake import Plan
from app.store.database import reading, writing
from app.store.tables import Job, Record, Thing
from tests.support.job_desk import JobDesk

PREFIX = "88.118.1001"


def text_of(*rows: Sequence[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def brought(desk: JobDesk, content: bytes, by: Actor | None = None) -> uploads.Upload:
    actor = by or desk.world.ana
    return uploads.keep(desk.node.uploads_dir, actor, "table.csv", io.BytesIO(content), 0.0)


def run(desk: JobDesk, upload: uploads.Upload, plan: Plan, mode: str = "", by: Actor | None = None) -> Job:
    kind = "import" if mode else "import-check"
    job_id = desk.ask(kind, by=by, upload=upload.token, name="t", mode=mode, **asdict(plan))
    return desk.run(job_id)


def guess(desk: JobDesk, upload: uploads.Upload, target: str, product: str = "", **more: object) -> Plan:
    with reading(desk.engine) as session:
        version = column_memory.version_of(session, desk.world.ana, target, product)
        mapping = column_memory.guessed(session, desk.world.ana, target, upload.header, version)
    return Plan(target, tuple(mapping), PREFIX, product, **more)  # type: ignore[arg-type]


def lines(desk: JobDesk, job: Job) -> list[list[str]]:
    with desk.result(job.id).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def count(desk: JobDesk, table: type = Record, *conditions: object) -> int:
    with reading(desk.engine) as session:
        return session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()  # type: ignore[arg-type]


def items_there(desk: JobDesk) -> int:
    return count(desk, Thing, col(Thing.level) == "serial")


def is_sound(desk: JobDesk) -> bool:
    keys = desk.node.data_dir / "keys"
    with writing(desk.engine) as session:
        certifying.checkpoint(session, keys, "node.test", datetime.now(UTC))
    with reading(desk.engine) as session:
        return verifying.verify_log(session, certifying.verifier_key(keys, "node.test")).sound
