"""A whole country in the simulated network: a root, national nodes, second-level nodes, companies, a recursive node.

Statements are made by hand with each node's own key, so that a test may have any node say anything; registration itself
is not needed for them. Companies have an administrator `ana` (tenants.PASSWORD) and handles that resolve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain import handles, trust, zones
from app.domain.delegations import KIND, delegation_of
from app.domain.trust import Signed
from app.services import meshing, people, registering
from app.services.handle_rights import Who
from app.services.recursing import Recursor, Resolution, hints
from app.store import people as people_rows
from app.store import zones as rows
from app.store.tables import Membership
from tests.support import tenants
from tests.support.simmesh import body_of
from tests.support.simnet import SimNet, SimNode

ROOT, RECURSIVE = "root", "recursive"
CELL, CAR = "88.118.2002/CELL-1", "88.118.5005/CAR-1"
NATIONAL = ("beijing", "wuhan")
BELOW = {"auto": "88.118", "materials": "88.101", "cells": "88.118.2002", "cars": "88.118.5005"}
RECORDS = {"cells": CELL, "cars": CAR}
COMPANY_DEPTH = 3


class Country:
    """`below` are second-level nodes and companies by name, with their zones; those above come before those below."""

    def __init__(
        self,
        net: SimNet,
        *,
        national: Sequence[str] = NATIONAL,
        below: Mapping[str, str] = BELOW,
        records: Mapping[str, str] = RECORDS,
        **settings: Any,
    ) -> None:
        self.net, self.national = net, tuple(national)
        self.serials: dict[str, int] = {}
        net.node(ROOT, roles=("root",), **settings)
        self.hints = net.root_hints(ROOT)
        settings = settings | {"root_hints": str(self.hints)}
        for name in national:
            net.node(name, zone="88", roles=("national",), **settings)
        for name, zone in below.items():
            role = "enterprise" if zones.depth(zone) >= COMPANY_DEPTH else "second-level"
            net.node(name, zone=zone, roles=(role,), **settings)
        net.node(RECURSIVE, roles=("recursive",), **settings)
        self.zones = {"88": self.national} | {zone: (name,) for name, zone in below.items()}
        for zone in self.zones:
            self.state(zone)
        for name, handle in records.items():
            self.found(name)
            self.register(name, handle)
        self.recursor = self.new_recursor()

    def state(self, zone: str, *, by: Sequence[str] = (), **changes: Any) -> Signed:
        """The parent of the zone states it anew, and all who hold the parent's zone (or those in `by`) keep it; the
        zone's own nodes hear of it."""
        parent = zones.parent(zone)
        assert parent is not None
        names = by or ((ROOT,) if parent == zones.ROOT else self.zones[parent])
        signed = self.statement(zone, signer=names[0], **changes)
        for name in names:
            self.keep(name, signed)
        for name in self.zones[zone]:
            self._hear(name, zone, signed)
        return signed

    def statement(self, zone: str, *, signer: str, serial: int = 0, **changes: Any) -> Signed:
        """Signed by a node, whatever its zone, and kept by nobody. Without `serial` the next one."""
        nodes = [self.net[name] for name in self.zones.get(zone, ())]
        self.serials[zone] = serial or self.serials.get(zone, 0) + 1
        standard = {"keys": [each.jwk for each in nodes], "endpoints": [{"url": each.url} for each in nodes]}
        body = body_of(
            zone,
            self.net[signer].zone,
            self.serials[zone],
            self.net.clock(),
            **(standard | changes),
        )
        return trust.sign(KIND, body, self.net[signer].seed)

    def keep(self, name: str, signed: Signed) -> None:
        """Past all rules: what a node's own database says is the node's business."""
        node = self.net[name]
        with node.writing() as session:
            row = meshing.row_of(delegation_of(signed.peek()), signed, node.now())
            before = rows.find_delegation(session, row.zone)
            if before is not None and rows.order(before) >= rows.order(row):
                session.merge(row)
            else:
                rows.put(session, row)

    def _hear(self, name: str, zone: str, signed: Signed) -> None:
        node = self.net[name]
        told = delegation_of(signed.peek())
        with node.writing() as session:
            session.merge(
                Membership(
                    zone=zone,
                    parent_url="https://parent.test",
                    state=told.state,
                    statement=dict(signed.wire),
                    serial=told.serial,
                    not_after=told.not_after,
                    record_time=node.now(),
                )
            )

    def found(self, name: str) -> None:
        """Sets a company's node up: the organisation and its administrator."""
        node = self.net[name]
        with node.writing() as session:
            token = people.first_invitation(session, node.now())
            assert token is not None
            people.set_up_node(
                session,
                token,
                prefix=node.zone,
                name_zh=f"{name}公司",
                name_en=name.title(),
                person="Ana",
                login="ana",
                password_hash=tenants.HASH,
                now=node.now(),
            )

    def register(self, name: str, handle: str, url: str = "", ttl: int = 86_400) -> None:
        node = self.net[name]
        value = handles.text_value(1, "URL", url or f"https://{name}.example/{handle}")
        with node.writing() as session:
            person = people_rows.operator_by_login(session, "ana")
            assert person is not None
            registering.put(
                session,
                Who(actor=tenants.actor(session, person.id or 0)),
                handle,
                [replace(value, ttl=ttl)],
                now=node.now(),
                base_url=node.url,
            )

    def new_recursor(self, name: str = RECURSIVE) -> Recursor:
        """One that remembers nothing."""
        node = self.net[name]
        return Recursor(node.fetch, hints.read(str(self.hints)), node.now)

    def resolve(self, handle: str = CELL, *, fresh: bool = False) -> Resolution:
        """What the recursive node makes of it; FAILED is an outcome."""
        return self.recursor.explain(handle, fresh=fresh)

    def forget(self) -> None:
        self.recursor.close()
        self.recursor = self.new_recursor()

    def node(self, name: str) -> SimNode:
        return self.net[name]

    def close(self) -> None:
        self.recursor.close()
