"""A recall of ten thousand lots, from pressing the button to its report and workbook, each job in a process of its own.

Nine in ten were made of the first suspect lot of powder, the others of the second; each was shipped to one of forty
customers. The baseline of memory is the recall of the second suspect alone, a tenth of the size.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app import jobs
from app.domain.epcis import Event, Quantity
from app.domain.people import Actor
from app.domain.steps import STEPS
from app.services import capturing, masterdata, people, recalling
from app.services.minting import MintRequest, mint
from app.services.recalling import Asked, Draft
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from app.store.tables import Operator

LOTS, RUN, CUSTOMERS = 10_000, 100, 40
EACH, TAKEN = Decimal(500), Decimal(40)  # pieces of a lot, and kilogrammes of powder in a run


@dataclass
class Plant:
    """The company, its place, and the two lots of powder."""

    engine: Engine
    actor: Actor
    site: str
    powders: list[str]
    now: datetime

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def figures() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="suyuan-bench-") as name:
        folder = Path(name)
        settings = Settings(data_dir=folder)
        migrate(settings.sqlalchemy_url)
        plant = _plant(engine_for(settings.sqlalchemy_url))
        _make(plant)
        small = _recalled(plant, folder, plant.powders[1:])
        large = _recalled(plant, folder, plant.powders)
        plant.engine.dispose()
    lots = f"{LOTS:,} lots"
    for kind, title in (
        ("recall-trace", "found"),
        ("recall-pdf", "report as PDF"),
        ("recall-xlsx", "workbook"),
    ):
        yield {"figure": f"recall of {lots}: {title}", "value": large[kind]["seconds"], "unit": "s"}
    for measure, title in (("seconds", "all of it"), ("cpu", "all of it, CPU alone")):
        whole = sum(job[measure] for job in large.values())
        yield {"figure": f"recall of {lots}: {title}", "value": whole, "unit": "s"}
    for kind, title in (("recall-pdf", "report"), ("recall-xlsx", "workbook")):
        value, baseline = large[kind]["megabytes"], small[kind]["megabytes"]
        figure = f"memory of its {title} (baseline: {LOTS // 10:,} lots)"
        yield {"figure": figure, "value": value, "unit": "MB", "baseline": baseline}


def _plant(engine: Engine) -> Plant:
    now = datetime.now(UTC) - timedelta(days=2)
    with writing(engine) as session:
        token = people.first_invitation(session, now) or ""
        operator_id = people.set_up_node(
            session, token, prefix="88.118.1001", name_zh="测试公司", name_en="Bench Company", person="Boss",
            login="boss", password_hash="none", now=now,
        )  # fmt: skip
        row = session.get_one(Operator, operator_id)
        actor = Actor(operator_id, row.organisation_id, "88.118.1001", "Boss", "administrator", node=True)
        site = masterdata.create_site(session, actor, "一号厂", "Plant 1", "1 Kiln Road", now).epc
        for number in range(CUSTOMERS):
            prefix, zh, en = f"88.118.{6000 + number}", f"客户{number}", f"Customer {number}"
            masterdata.create_organisation(session, actor, prefix, zh, en, now)
        powder = masterdata.create_product(
            session, actor, part_number="NCM", name_zh="正极粉末", name_en="Cathode powder", unit="KGM",
            tracing="lot", now=now,
        ).epc  # fmt: skip
        powders = [_lot(session, actor, powder, f"P{n}", now, site, Decimal(10_000)) for n in (1, 2)]
    return Plant(engine, actor, site, powders, now)


def _make(plant: Plant) -> None:
    with writing(plant.engine) as session:
        cell = masterdata.create_product(
            session,
            plant.actor,
            part_number="CELL",
            name_zh="电芯",
            name_en="Cell",
            tracing="lot",
            now=plant.now,
        ).epc
    for run in range(LOTS // RUN):
        with writing(plant.engine) as session:
            lots = [_lot(session, plant.actor, cell, f"C{run:03d}-{n:03d}", plant.tick()) for n in range(RUN)]
            powder = plant.powders[run >= LOTS // RUN * 9 // 10]
            number = f"urn:uuid:00000000-0000-4000-8000-{run:012d}"
            consumed = {"input_quantity_list": (Quantity(powder, TAKEN, "KGM"),), "transformation_id": number}
            produced = {"output_quantity_list": _pieces(lots, EACH), "transformation_id": number}
            order = (("prodorder", f"MO-{run}"),)
            for step, more in (("consume", consumed), ("produce", produced)):
                event = _event(plant, step, biz_transaction_list=order, **more)
                capturing.capture(session, event, plant.actor, plant.now)
            sides = [
                ("possessing_party", f"hdl:{name}")
                for name in (plant.actor.prefix, f"88.118.{6000 + run % CUSTOMERS}")
            ]
            shipped = _event(
                plant, "ship", quantity_list=_pieces(lots, EACH - 7),
                source_list=(sides[0],), destination_list=(sides[1],),
                biz_transaction_list=(("desadv", f"DN-{run}"),),
            )  # fmt: skip
            capturing.capture(session, shipped, plant.actor, plant.now)


def _lot(
    session: Session,
    actor: Actor,
    product: str,
    lot: str,
    now: datetime,
    site: str = "",
    amount: Decimal | None = None,
) -> str:
    request = MintRequest("lot", product_epc=product, lot=lot, activate_at=site, quantity=amount)
    return mint(session, actor, request, now)[0]


def _pieces(lots: Sequence[str], amount: Decimal) -> tuple[Quantity, ...]:
    return tuple(Quantity(lot, amount, "H87") for lot in lots)


def _event(plant: Plant, step: str, **more: Any) -> Event:
    kind = STEPS[step]
    return Event(
        kind.event_type, plant.tick(), action=kind.action, biz_step=kind.biz_step, disposition=kind.disposition,
        read_point=plant.site, biz_location=plant.site, extensions={"suyuan:step": step}, **more,
    )  # fmt: skip


def _recalled(plant: Plant, folder: Path, suspects: Sequence[str]) -> dict[str, dict[str, float]]:
    """Seconds, megabytes and bytes of each job."""
    with writing(plant.engine) as session:
        draft = Draft("Swollen cells", "NCR-7", [Asked("thing", epc) for epc in suspects])
        recall_id = recalling.begin(session, plant.actor, draft, datetime.now(UTC)).id
    return {
        kind: _done(plant, folder, kind, recall_id) for kind in ("recall-trace", "recall-pdf", "recall-xlsx")
    }


def _done(plant: Plant, folder: Path, kind: str, recall_id: str) -> dict[str, float]:
    with writing(plant.engine) as session:
        parameters = {"recall": recall_id, "zone": "Asia/Shanghai"}
        job_id = jobs.request(session, plant.actor, kind, parameters, "en", datetime.now(UTC))
    command = [sys.executable, "-m", "bench._job", str(folder), job_id]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return told
