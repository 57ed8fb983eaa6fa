"""Ana's products with GTINs and links of every kind, and ways to ask the resolver of them."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlmodel import Session

from app.domain.people import Actor
from app.services import gtins, linking, masterdata, minting
from app.services.linking import Draft
from app.services.minting import MintRequest
from tests.support.resolver_checks import Reply, Resolver

RICE, POWDER, BARE = "09506000134352", "06901234567892", "04006381333931"


@dataclass(frozen=True)
class Links:
    """epcs: `rice` is a product traced by serial with links, `powder` by lot, `bare` one without any link."""

    rice: str
    powder: str
    bare: str
    piece: str
    lot: str


def product(session: Session, actor: Actor, number: str, gtin: str, now: datetime, **values: Any) -> str:
    values = {"name_zh": f"产品{number}", "name_en": f"Product {number}", "public": True} | values
    row = masterdata.create_product(session, actor, part_number=number, now=now, **values)
    gtins.assign(session, actor, row, gtin, now)
    return row.epc


def found(session: Session, actor: Actor, now: datetime, root: str) -> Links:
    site = masterdata.create_site(session, actor, "工厂", "Plant", "", now).epc
    rice = product(session, actor, "RICE", RICE, now)
    powder = product(session, actor, "POW", POWDER, now, unit="KGM", tracing="lot")
    bare = product(session, actor, "BARE", BARE, now)
    (piece,) = minting.mint(
        session,
        actor,
        MintRequest("serial", 1, product_epc=rice, activate_at=site, serial_start="SN-0001"),
        now,
    )
    lot = MintRequest("lot", product_epc=powder, lot="L-7", activate_at=site, quantity=Decimal(5))
    (batch,) = minting.mint(session, actor, lot, now)
    for epc, draft in (*((rice, each) for each in of_rice()), (batch, of_lot())):
        linking.create(session, actor, epc, draft, root, now)
    return Links(rice, powder, bare, piece, batch)


def of_rice() -> list[Draft]:
    shop = "https://shop.example"
    return [
        Draft("gs1:pip", f"{shop}/zh/{{gtin}}", "米饭", "zh", "text/html", is_default=True),
        Draft("gs1:pip", f"{shop}/en/{{gtin}}?from=label", "Rice", "en", "text/html"),
        Draft("gs1:instructions", f"{shop}/manual.pdf", "Manual", "en", "application/pdf"),
        Draft("gs1:instructions", f"{shop}/manual", "Manual", "en", "text/html"),
        Draft("gs1:instructions", f"{shop}/hand", "Manual in any language"),
        Draft("gs1:certificationInfo", f"{shop}/certificate/1", "Certificate 1", "en"),
        Draft("gs1:certificationInfo", f"{shop}/certificate/2", "Certificate 2", "en"),
        Draft("gs1:relatedVideo", f"{shop}/video/cn", "片子", "zh", contexts="CN"),
        Draft("gs1:relatedVideo", f"{shop}/video/sg", "影片", "zh", contexts="SG"),
        Draft("gs1:relatedVideo", f"{shop}/video", "影片", "zh"),
        Draft("gs1:support", f"{shop}/support?thing={{identifier}}#form", "Support"),
        Draft("gs1:traceability", f"{shop}/piece/{{serial}}", "Where it came from"),
    ]


def of_lot() -> Draft:
    return Draft("gs1:pip", "https://shop.example/lots/{gtin}/{lot}", "The lot", "en", is_default=True)


def asker(app: Flask) -> Callable[[str, str, dict[str, str]], Reply]:
    client = app.test_client()

    def ask(method: str, path: str, headers: dict[str, str]) -> Reply:
        answer = client.open(path, method=method, headers=headers, buffered=True)
        told = {name.lower(): ", ".join(answer.headers.getlist(name)) for name in answer.headers.keys()}  # noqa: SIM118
        return Reply(answer.status_code, told, answer.data)

    return ask


def over(connect: Callable[[], http.client.HTTPConnection], root: str) -> Resolver:
    """A resolver that is asked over the network, a connection for each request."""

    def ask(method: str, path: str, headers: dict[str, str]) -> Reply:
        connection = connect()
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, told, answer.read(), answer.version)
        finally:
            connection.close()

    return Resolver(ask, root)
