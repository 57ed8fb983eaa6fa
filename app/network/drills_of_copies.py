"""Drills with a company's copies in escrow: restored beside and compared; taking over for a node that stays down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from app import escrow, escrow_restoring
from app.domain.trust import public_key_of
from app.network.building import Built
from app.network.checking import Checklist, must
from app.network.nodes import Node
from app.network.visiting import Visitor, expect
from app.rounds import Turn
from app.services import applying, joining, sealing
from app.settings import Settings
from app.store import database

COMPANY, ABOVE = "cells", "vehicle-parts"


class CopyDrills:
    def __init__(self, built: Built) -> None:
        self.built = built
        self.network = built.network
        self.node = self.network[COMPANY]
        self.private, public = sealing.new_key()
        folder = str((self.network.folder / "escrow").absolute())
        self.settings: Settings = replace(self.node.settings, escrow_dir=folder, escrow_key=public)
        self.cells = built.goods.cells[0].removeprefix("hdl:")

    def run(self, checks: Checklist) -> None:
        if checks.step("a sealed copy in escrow, restored beside, answers as the node does", self.restored):
            checks.step("a node that stays down is taken over from its copy, and given back", self.taken_over)

    def restored(self) -> str:
        turn = Turn(self.settings, self.node.engine, _now(), self.network.fetch)
        for kind in (escrow.FULL, escrow.DIFFERENTIAL):
            must(escrow.leave(turn, kind), f"no {kind} copy was left")
        folder = escrow.folder_of(self.settings)
        key = public_key_of(self.node.seed)
        done = escrow_restoring.drill(self.settings, folder, self.private, key)
        must(done.passed, f"{done.answered} of {done.asked} identifiers answered, {done.same} as by the node")
        return f"{done.rebuilt.entries} entries, {done.same} of {done.asked} identifiers the same"

    def taken_over(self) -> str:
        """Another node, with a key of its own, on what lies in escrow: the parent is asked by the application's link to
        point there, and to point back when the node has returned."""
        with self._beside() as other:
            self.node.process.kill()
            try:
                self._point_to(other)
                found = self._verified()
                urls = [hop["url"] for hop in found["hops"] if hop["outcome"] == "record"]
                must(urls == [other.url], f"the answer came from {urls} instead of {other.url}")
            finally:
                self.network.start([COMPANY])
                self._point_to(self.node)
        found = self._verified()
        must(found["hops"][-1]["url"] == self.node.url, f"the answer came from {found['hops'][-1]['url']}")
        return f"{other.url}, and back to {self.node.url}"

    @contextmanager
    def _beside(self) -> Iterator[Node]:
        node = self.network.beside(COMPANY)
        folder = escrow.folder_of(self.settings)
        escrow_restoring.restore(folder, self.private, node.engine, key=public_key_of(self.node.seed))
        node.process.start()
        try:
            self.network.wait_for([node])
            yield node
        finally:
            node.process.stop()
            node.engine.dispose()

    def _point_to(self, node: Node) -> None:
        with database.reading(self.node.engine) as session:
            follow = joining.membership_of(session, self.node.plan.zone).follow
        above = self.network[ABOVE]
        with database.writing(above.engine) as session:
            applying.ask(session, follow, "rotate", _now(), key=node.jwk)
            applying.ask(session, follow, "move", _now(), endpoints=[{"url": node.url}])
        for kind in ("rotate", "move"):
            self.built.reviewers.approve(ABOVE, self.node.plan.zone, {kind})

    def _verified(self) -> dict[str, Any]:
        visitor = Visitor(self.network["recursive"].url)
        path = f"/api/network/explanations/{quote(self.cells)}?fresh=1"
        found: dict[str, Any] = expect(visitor.get(path), 200, "explaining").json
        must(found["outcome"] == "record" and not found["stale"], f"{found['outcome']}: {found['reason']}")
        must(found["state"] == "verified", f"{found['state']}: {found['reason']}")
        return found


def _now() -> datetime:
    return datetime.now(UTC)
