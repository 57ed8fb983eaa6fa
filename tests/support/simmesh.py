"""Holders of one zone in the simulated network, with the statements of their parent and their own made by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app import rounds_of_mesh
from app.domain import trust
from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.trust import Signed
from app.rounds import Turn
from app.services import certifying, meshing
from app.store import zones
from app.store.tables import Delegation, Membership
from tests.support.simnet import SimNet, SimNode

ZONE = "88"
NATIONAL = ("beijing", "shanghai", "guangzhou", "wuhan", "chongqing")
ROOT_SEED = b"r" * 32
SUBJECT = {"name_zh": "某节点", "name_en": "Some node", "industry": "C36", "region": "420100"}


def body_of(zone: str, issuer: str, serial: int, now: datetime, **changes: Any) -> dict[str, Any]:
    """What a parent states of a child; `keys` and `endpoints` are to be given."""
    standard = {
        "zone": zone,
        "issuer": issuer,
        "serial": serial,
        "keys": [],
        "endpoints": [{"url": f"https://node-{zone.replace('.', '-')}.test"}],
        "state": "active",
        "not_before": time_text(now - timedelta(hours=1)),
        "not_after": time_text(now + timedelta(days=365)),
        "subject": SUBJECT,
    }
    return standard | changes


class Mesh:
    """`names` hold ZONE together. `state` makes a statement at one of them, `pull` lets one read the others."""

    def __init__(self, net: SimNet, names: Sequence[str] = NATIONAL) -> None:
        self.net = net
        self.serial = 0
        for name in names:
            net.node(name, zone=ZONE, roles=("national",))
        self.told_by_root(names)

    def told_by_root(self, names: Sequence[str], *, to: Sequence[str] | None = None) -> None:
        """The root states that these hold the zone, and they (or only those in `to`) hear of it."""
        self.serial += 1
        holders = [self.net[name] for name in names]
        body = body_of(
            ZONE,
            "",
            self.serial,
            self.net.clock(),
            keys=[each.jwk for each in holders],
            endpoints=[{"url": each.url} for each in holders],
        )
        wire = dict(trust.sign(KIND, body, ROOT_SEED).wire)
        for name in names if to is None else to:
            self._hear(self.net[name], wire, self.serial)

    def _hear(self, node: SimNode, wire: dict[str, Any], serial: int) -> None:
        with node.writing() as session:
            session.merge(
                Membership(
                    zone=ZONE,
                    parent_url="https://root.test",
                    state="active",
                    statement=wire,
                    serial=serial,
                    record_time=node.now(),
                )
            )

    def statement(self, by: str, zone: str, serial: int, **changes: Any) -> Signed:
        """Signed by a holder, and not kept anywhere."""
        node = self.net[by]
        body = body_of(zone, node.zone, serial, self.net.clock(), **changes)
        return trust.sign(KIND, body, certifying.signing_key(node.settings.keys_dir))

    def state(self, by: str, zone: str, serial: int, **changes: Any) -> Signed:
        """A holder states something of a zone below and keeps it, as a reviewer's decision does."""
        signed = self.statement(by, zone, serial, **changes)
        node = self.net[by]
        with node.writing() as session:
            zones.put(session, meshing.row_of(delegation_of(signed.peek()), signed, node.now()))
        return signed

    def turn(self, name: str) -> Turn:
        node = self.net[name]
        return Turn(node.settings, node.engine, node.now(), node.fetch)

    def pull(self, *names: str) -> None:
        for name in names:
            rounds_of_mesh.pull(self.turn(name))

    def held(self, name: str) -> dict[str, Delegation]:
        with self.net[name].reading() as session:
            return {row.zone: row for row in zones.every(session)}

    def digests(self, name: str) -> dict[str, str]:
        return {zone: row.digest for zone, row in self.held(name).items()}

    def view(self, name: str) -> meshing.View:
        node = self.net[name]
        with node.reading() as session:
            return meshing.view(session, node.zone, node.url, node.now())
