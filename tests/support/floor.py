"""A shop floor for tests of scanning over HTTP: Ana's places, products and pieces, and whoever scans them."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app.services import holding, masterdata, minting
from app.services.minting import MintRequest
from app.store.database import writing
from tests.support.tenants import Tenants, Visitor


@dataclass
class Floor:
    """`plant` and `store` are sites of Ana's company, `yard` is Cy's; all as epcs. Codes are as printed on labels."""

    engine: Engine
    people: Tenants
    now: datetime
    places: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owners = {"plant": self.people.ana, "store": self.people.ana, "yard": self.people.cy}
        with writing(self.engine) as session:
            for name, owner in owners.items():
                site = masterdata.create_site(session, owner, f"{name}场地", name.title(), "", self.now)
                self.places[name] = site.epc
            for number, tracing, unit in (("MOD-1", "serial", "H87"), ("POW-1", "lot", "KGM")):
                product = masterdata.create_product(
                    session, self.people.ana, part_number=number, name_zh="模组" if unit == "H87" else "粉末",
                    name_en="Module" if unit == "H87" else "Powder", unit=unit, tracing=tracing, now=self.now,
                )  # fmt: skip
                self.products[number] = product.epc

    def pieces(self, number: int = 1, **more: Any) -> list[str]:
        request = MintRequest(
            "serial", number, product_epc=self.products["MOD-1"], activate_at=self.places["plant"], **more
        )
        return self._mint(request)

    def reserved(self, number: int = 1) -> list[str]:
        return self._mint(MintRequest("serial", number, product_epc=self.products["MOD-1"]))

    def lot(self, name: str, quantity: str) -> str:
        request = MintRequest(
            "lot",
            product_epc=self.products["POW-1"],
            lot=name,
            activate_at=self.places["plant"],
            quantity=Decimal(quantity),
        )
        return self._mint(request)[0]

    def units(self, number: int = 1) -> list[str]:
        return self._mint(MintRequest("logistic", number))

    def hold(self, code: str, reason: str) -> None:
        with writing(self.engine) as session:
            holding.hold(session, self.people.ana, code, reason, self.now)

    def events(self) -> int:
        with writing(self.engine) as session:
            return int(session.connection().exec_driver_sql("SELECT count(*) FROM entry").scalar_one())

    def _mint(self, request: MintRequest) -> list[str]:
        with writing(self.engine) as session:
            return [
                epc.removeprefix("hdl:") for epc in minting.mint(session, self.people.ana, request, self.now)
            ]


nonces = count(1)


def scan_of(
    floor: Floor, code: str, step: str = "inspect", *, place: str = "plant", **more: Any
) -> dict[str, Any]:
    """The body of a scan as the page sends it."""
    values = {"nonce": f"test-nonce-{next(nonces)}", "visit": "visit-1", "event_time": floor.now.isoformat()}
    result = {"result": "pass"} if step == "inspect" else {}
    return {**values, "step": step, "place": floor.places.get(place, place), "code": code, **result, **more}


def send(visitor: Visitor, body: dict[str, Any], path: str = "/api/v1/scans", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.client.post(
        path,
        data=json.dumps(body),
        content_type="application/json",
        headers={"X-CSRFToken": visitor.token} | named,
    )


def assert_sentence(text: str, language: str) -> None:
    """Whole, filled in, of that language, and with nothing of the machine in it."""
    assert text
    assert text[-1] in ".。?？!"
    assert "{" not in text
    assert not re.search(r"hdl:|\bKGM\b|\bH87\b|\d{4}-\d\d-\d\dT", text), text
    assert any("一" <= letter <= "鿿" for letter in text) == (language == "zh"), text
