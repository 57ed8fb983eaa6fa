"""A hierarchy in the simulated network: a root, two national nodes that share 88, a second-level node and an enterprise
with records. Each is stated by the one above it by hand, not by application."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson

from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.handles import Value, text_value
from app.domain.people import Actor
from app.domain.trust import Signed, sign
from app.services import meshing, registering
from app.services.handle_rights import Who
from app.services.recursing import Recursor, hints_of
from app.store import zones
from tests.support import handle_desk, tenants
from tests.support.simnet import SimNet, SimNode

MAKER = handle_desk.PREFIX  # 88.118.8
HANDLE = f"{MAKER}/P0000001"
SUBJECT = {"name_zh": "某节点", "name_en": "Some node", "industry": "C36", "region": "420100"}


class Tree:
    """`recursor` resolves as a node of its own called `recursive`, from the root's hints."""

    def __init__(self, net: SimNet) -> None:
        self.net = net
        self.root = net.node("root", roles=("root",))
        self.nationals = [net.node(name, zone="88", roles=("national",)) for name in ("beijing", "shanghai")]
        self.second = net.node("auto", zone="88.118", roles=("second-level",))
        self.maker = net.node("maker", zone=MAKER, roles=("enterprise",))
        self.serial = 0
        self.dee: Actor = self._furnish()
        self.state([self.root], self.nationals)
        self.state(self.nationals, [self.second])
        self.state([self.second], [self.maker])
        self.recursor = self.new_recursor()

    def _furnish(self) -> Actor:
        with self.maker.writing() as session:
            ana = tenants.found(session, self.maker.now()).ana
            return handle_desk.furnish(session, ana, self.maker.settings.keys_dir, self.maker.now())

    def state(self, by: Sequence[SimNode], of: Sequence[SimNode], **changes: Any) -> Signed:
        """Those of `by` keep a new statement about the zone of `of`, signed by the first of them."""
        self.serial += 1
        now = self.net.clock()
        body: dict[str, Any] = {
            "zone": of[0].zone,
            "issuer": by[0].zone,
            "serial": self.serial,
            "keys": [each.jwk for each in of],
            "endpoints": [{"url": each.url} for each in of],
            "state": "active",
            "not_before": time_text(now - timedelta(hours=1)),
            "not_after": time_text(now + timedelta(days=365)),
            "subject": SUBJECT,
        }
        signed = sign(KIND, body | changes, by[0].seed)
        for node in by:
            with node.writing() as session:
                zones.put(session, meshing.row_of(delegation_of(signed.peek()), signed, node.now()))
        return signed

    def new_recursor(self, **more: Any) -> Recursor:
        hints = hints_of(orjson.loads(self.net.root_hints("root").read_bytes()))

        def fetch(ask: Any) -> Any:
            return self.net.wire.carry("recursive", ask, self.net.deliver)

        return Recursor(fetch, hints, self.net.clock, **more)

    def register(self, suffix: str, values: Sequence[Value] | None = None, ttl: int = 86_400) -> str:
        """A record at the maker; its handle."""
        handle = f"{MAKER}/{suffix}"
        these = list(values or [text_value(1, "URL", f"https://maker.test/{suffix}", ttl=ttl)])
        with self.maker.writing() as session:
            registering.put(session, Who(actor=self.dee), handle, these, now=self.maker.now())
        return handle

    def asked(self, name: str) -> int:
        """How many questions for answers were sent to a node."""
        return len(self.net.wire.asked(name, "api/network/answers"))
