"""A node that hands out zones, its reviewers, and applicants with keys of their own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine

from app.domain import calls
from app.domain.delegations import Delegation, delegation_of
from app.domain.people import Actor
from app.domain.trust import Signed, public_key_of, sign, verify
from app.errors import TraceError
from app.services import applying, delegating, moving, reviewing
from app.services.delegating import Issuer
from app.store import masterdata as masterdata_rows
from app.store import zones as zone_rows
from app.store.database import reading, writing
from app.store.tables import Application, Operator, Organisation

SEED = b"p" * 32
SUBJECT = {
    "name_zh": "安娜电池有限公司",
    "name_en": "Ana Batteries",
    "nature": "enterprise",
    "id_type": "uscc",
    "id_number": "91350100M000100Y43",
    "industry": "C3841",
    "region": "420100",
    "address": "武汉市东湖新技术开发区1号",
    "legal_name": "安娜",
    "legal_id_type": "resident",
    "legal_id_number": "11010519491231002X",
    "contact_name": "波",
    "contact_phone": "+86 27 8888 0000",
    "contact_email": "bo@ana.example",
}
OTHER_NUMBER = "91110000100000000R"


def refused(act: Callable[[], object]) -> TraceError:
    with pytest.raises(TraceError) as caught:
        act()
    return caught.value


def at(desk: "Registrar", act: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """One service call in a transaction of its own."""
    with writing(desk.engine) as session:
        return act(session, *given, **more)


def seed_of(name: str) -> bytes:
    return name.encode().ljust(32, b".")


def url(name: str) -> dict[str, str]:
    return {"url": f"https://{name}.example"}


class Registrar:
    """The node above: Ana reviews, Olga reads, Cy is of another company on the node."""

    def __init__(self, engine: Engine, now: datetime, zone: str = "88.118") -> None:
        self.engine, self.now = engine, now
        self.issuer = Issuer(zone, SEED)
        self.nonces = count(1)
        with writing(engine) as session:
            ours = self._company(session, "88.118.0", "Registrar", runs_node=True)
            other = self._company(session, "88.118.9999", "Cy Trading", runs_node=False)
            self.ana = self._person(session, ours, "ana", "administrator", node=True)
            self.olga = self._person(session, ours, "olga", "auditor", node=True)
            self.mike = self._person(session, ours, "mike", "manager", node=True)
            self.cy = self._person(session, other, "cy", "administrator", node=False)

    def _company(self, session: Any, prefix: str, name: str, *, runs_node: bool) -> Organisation:
        company = Organisation(
            prefix=prefix, name_zh=name, name_en=name, runs_node=runs_node, record_time=self.now
        )
        return masterdata_rows.add_organisation(session, company)

    def _person(self, session: Any, company: Organisation, name: str, role: str, *, node: bool) -> Actor:
        row = Operator(
            organisation_id=company.id or 0,
            login=name,
            name=name.title(),
            password_hash="",
            role=role,
            record_time=self.now,
        )
        session.add(row)
        session.flush()
        return Actor(row.id or 0, company.id or 0, company.prefix, row.name, role, node=node)

    def tick(self, **duration: float) -> datetime:
        self.now += timedelta(**(duration or {"seconds": 1}))
        return self.now

    # --- the applicant ---

    def wish(self, name: str = "ana", zone: str = "88.118.1001", **more: Any) -> applying.Wish:
        subject = SUBJECT | more.pop("subject", {})
        given = {"keys": [public_key_of(seed_of(name)).jwk], "endpoints": [url(name)]} | more
        return applying.Wish(zone=zone, subject=subject, **given)

    def apply(self, name: str = "ana", zone: str = "88.118.1001", **more: Any) -> tuple[int, str]:
        """The application's number and the secret of its link."""
        with writing(self.engine) as session:
            row, token = applying.apply(session, self.issuer, self.wish(name, zone, **more), self.tick())
            return row.id or 0, token

    def approve(self, number: int, zone: str = "", by: Actor | None = None) -> Delegation:
        with writing(self.engine) as session:
            row = reviewing.approve(
                session, by or self.ana, self.issuer, number, self.tick(), zone=zone, verification="registry"
            )
            return self.told(row.statement)

    def holding(self, name: str = "ana", zone: str = "88.118.1001", **more: Any) -> str:
        """A holder of the zone, applied and approved; the secret of its link."""
        number, token = self.apply(name, zone, **more)
        self.approve(number)
        return token

    def signed_change(self, op: str, name: str = "ana", zone: str = "88.118.1001", **more: Any) -> Signed:
        nonce = more.pop("nonce", f"nonce-of-a-change-{next(self.nonces):04d}")
        audience = more.pop("audience", self.issuer.zone)
        if new := more.pop("new", ""):
            proof = sign(moving.PROOF, {"zone": zone, "nonce": nonce}, seed_of(more.pop("proven_by", new)))
            more |= {"key": public_key_of(seed_of(new)).jwk, "proof": proof.wire}
        body = moving.change_body(op, zone, **more)
        return calls.seal(
            moving.CHANGE,
            body,
            seed=seed_of(name),
            sender=zone,
            audience=audience,
            nonce=nonce,
            now=self.tick(),
        )

    def change(self, op: str, name: str = "ana", zone: str = "88.118.1001", **more: Any) -> Delegation:
        return self.send(self.signed_change(op, name, zone, **more))

    def send(self, signed: Signed) -> Delegation:
        with writing(self.engine) as session:
            return self.told(moving.change_signed(session, self.issuer, signed, self.now).statement)

    # --- what is there ---

    def told(self, statement: Any) -> Delegation:
        """The statement, its signature verified."""
        key = public_key_of(self.issuer.seed)
        return delegation_of(verify(Signed.from_wire(statement), [key], "delegation"))

    def statement(self, zone: str = "88.118.1001") -> Delegation:
        with reading(self.engine) as session:
            return self.told(delegating.statement_of(session, zone))

    def application(self, number: int) -> Application:
        with reading(self.engine) as session:
            return session.get_one(Application, number)

    def steps(self, zone: str = "88.118.1001") -> list[str]:
        """Of the zone's log, in the order in which they were made."""
        with reading(self.engine) as session:
            from app.store import applications

            return [step.step for step in applications.steps_of_zone(session, zone)][::-1]

    def zone_state(self, zone: str = "88.118.1001") -> str:
        with reading(self.engine) as session:
            row = zone_rows.find_delegation(session, zone)
            return row.state if row else ""
