"""A company with people who scan and items to be scanned, made through the services. No figures."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from app.domain.people import Actor
from app.services import authenticating, masterdata, people
from app.services.minting import MintRequest, mint
from app.settings import Settings
from app.store.database import engine_for, writing
from app.store.migrate import migrate
from app.store.tables import Operator

PASSWORD = "long enough to be hashed"
ITEMS = 40


@dataclass(frozen=True)
class Desk:
    """One person, and the items that only this person scans."""

    login: str
    codes: list[str]


def furnish(data: Path, count: int, now: datetime, url: str = "") -> list[Desk]:
    """In a SQLite file under `data`, or in the empty database `url`."""
    data.mkdir(parents=True)
    settings = Settings(data_dir=data, database_url=url) if url else Settings(data_dir=data)
    migrate(settings.sqlalchemy_url)
    engine = engine_for(settings.sqlalchemy_url)
    hashed = authenticating.hash_password(PASSWORD)
    with writing(engine) as session:
        boss = _boss(session, hashed, now)
        sites = [masterdata.create_site(session, boss, f"{n}号仓", f"Store {n}", "", now).epc for n in (1, 2)]
        product = masterdata.create_product(
            session, boss, part_number="M-100", name_zh="模组", name_en="Module", now=now
        )
        desks = []
        for number in range(count):
            login = f"floor{number}"
            name = f"Floor {number}"
            people.create_operator(
                session, boss, login=login, name=name, role="operator", password_hash=hashed, now=now
            )
            request = MintRequest("serial", ITEMS, product_epc=product.epc, activate_at=sites[0])
            desks.append(Desk(login, [epc.removeprefix("hdl:") for epc in mint(session, boss, request, now)]))
    engine.dispose()
    return desks


def boss_of(session: Session, now: datetime) -> Actor:
    """The node's first company and its administrator, who never signs in by password."""
    return _boss(session, "no password", now)


def _boss(session: Session, hashed: str, now: datetime) -> Actor:
    token = people.first_invitation(session, now)
    operator_id = people.set_up_node(
        session, token or "", prefix="88.118.1001", name_zh="测试公司", name_en="Bench Company", person="Boss",
        login="boss", password_hash=hashed, now=now,
    )  # fmt: skip
    operator = session.get_one(Operator, operator_id)
    return Actor(operator_id, operator.organisation_id, "88.118.1001", "Boss", "administrator", node=True)
