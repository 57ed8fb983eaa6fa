"""The drills: nodes lost and cut off, a zone suspended, a key lost, a node that signs with another's name. Each leaves
the network as it found it.
"""

import secrets
import shutil
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from app import rounds_of_zones
from app.domain.trust import Signed
from app.network.building import Built
from app.network.checking import Checklist, must
from app.network.nodes import Node
from app.network.plan import COMPANIES, NATIONAL
from app.network.visiting import Visitor, expect
from app.services import applying, certifying, joining, verifying
from app.services.joining import Own
from app.store import database

NEW_ZONE = "88.140"  # one more second-level zone, approved while a national node is away


class Drills:
    def __init__(self, built: Built) -> None:
        self.built = built
        self.network = built.network
        self.recursive = Visitor(self.network["recursive"].url)
        self.cells = built.goods.cells[0].removeprefix("hdl:")

    def run(self, checks: Checklist) -> None:
        checks.step(
            "every company's log verifies from its first entry, and differs from the others'", self.logs
        )
        checks.step(
            "what was asked before is still told, and said to be stale, while its node is away", self.stale
        )
        checks.step("with one national node of five left, names are resolved and verified", self.one_national)
        checks.step(
            "a zone given out while a national node is away is known there when it is back", self.catch_up
        )
        checks.step("a national node that lost its database has everything again", self.from_nothing)
        checks.step(
            "a suspended company's names are told to be suspended, and answered again later", self.suspended
        )
        checks.step("answers signed with a key that was never registered are forged", self.other_key)

    def logs(self) -> str:
        heads = set()
        for company in COMPANIES:
            node = self.network[company.key]
            key = certifying.verifier_key(node.settings.keys_dir, certifying.origin_of(node.url))
            with database.reading(node.engine) as session:
                report = verifying.verify_log(session, (key,))
            must(report.sound, f"{company.key}: {[fault.english() for fault in report.faults[:3]]}")
            heads.add(report.root)
        must(len(heads) == len(COMPANIES), "two companies have the same log")
        return f"{len(heads)} logs"

    def stale(self) -> str:
        node = self.network["cells"]
        self._verified(self.cells)
        node.process.kill()
        try:
            found = self.explained(self.cells, fresh=False)
            must(found["outcome"] == "record", f"the outcome is {found['outcome']}: {found['reason']}")
            must(found["cached"] or found["stale"], "it is not said to come from memory")
        finally:
            self.network.start(["cells"])
        return "from memory"

    def one_national(self) -> str:
        lost = [plan.key for plan in NATIONAL[:-1]]
        for key in lost:
            self.network[key].process.kill()
        try:
            found = self._verified(self.cells)
        finally:
            self.network.start(lost)
        return f"{found['seconds'] * 1000:.0f} ms by way of {NATIONAL[-1].en}"

    def catch_up(self) -> str:
        away, home = self.network["chongqing"], self.network["beijing"]
        away.process.kill()
        try:
            self._give_out(home, NEW_ZONE)
        finally:
            self.network.start([away.key])
        must(
            self._outcome(away, NEW_ZONE) != "referral", f"{away.key} knows of {NEW_ZONE} before it was told"
        )
        self.network.turn(away.key, "mesh-pull")
        must(self._outcome(away, NEW_ZONE) == "referral", f"{away.key} does not refer to {NEW_ZONE}")
        return f"{NEW_ZONE} given out by {home.key}, answered by {away.key}"

    def from_nothing(self) -> str:
        """Its key and its registration at the root are all that is left; a restored backup has both."""
        node, root = self.network["chongqing"], self.network["root"]
        node.process.stop()
        self.network.empty(node.key)
        own = rounds_of_zones.own_of(node.settings)
        with database.writing(node.engine) as session:
            joining.began(session, own, root.url, joining.Sent("", "", "approved"), _now())
        self.network.start([node.key])
        self.network.turn(node.key, "own-zone", "mesh-pull")
        zones = ("88.101", "88.118", "88.130", NEW_ZONE)
        missing = [zone for zone in zones if self._outcome(node, zone) != "referral"]
        must(not missing, f"it does not know {missing}")
        return f"{len(zones)} zones"

    def suspended(self) -> str:
        zone = self.network["cells"].plan.zone
        reviewers = self.built.reviewers
        reviewers.change("vehicle-parts", zone, "suspend", "演练 Drill")
        try:
            found = self.explained(self.cells)
            must(found["outcome"] == "suspended", f"the outcome is {found['outcome']}: {found['reason']}")
        finally:
            reviewers.change("vehicle-parts", zone, "resume", "")
        self._verified(self.cells)
        return zone

    def other_key(self) -> str:
        """A thief of the address, or a company that lost its key: nobody believes it until its parent knows the new
        key; then at once."""
        node = self.network["cells"]
        key = node.settings.keys_dir / certifying.KEY_FILE
        kept = key.with_suffix(".kept")
        node.process.stop()
        shutil.copyfile(key, kept)
        key.unlink()
        certifying.signing_key(node.settings.keys_dir)
        self.network.start([node.key])
        try:
            found = self.explained(self.cells)
            must(found["outcome"] != "record" or found["stale"], f"it is believed: {found['hops']}")
            states = {hop["state"] for hop in found["hops"] if hop["zone"] == node.plan.zone}
            must("forged" in states, f"it is {states}")
            self._replace_key(node)
            self._verified(self.cells)
        finally:
            node.process.stop()
            kept.replace(key)
            self._replace_key(node)
            self.network.start([node.key])
        self._verified(self.cells)
        return "forged, and verified again when the new key was registered"

    def explained(self, handle: str, *, fresh: bool = True) -> dict[str, Any]:
        path = f"/api/network/explanations/{quote(handle)}" + ("?fresh=1" if fresh else "")
        found: dict[str, Any] = expect(self.recursive.get(path), 200, f"explaining {handle}").json
        return found

    def _verified(self, handle: str) -> dict[str, Any]:
        found = self.explained(handle)
        must(found["outcome"] == "record", f"{handle} is {found['outcome']}: {found['reason']}")
        must(found["state"] == "verified", f"{handle} is {found['state']}: {found['reason']}")
        return found

    def _outcome(self, node: Node, zone: str) -> str:
        path = f"/api/network/answers/{quote(f'{zone}.1001/X', safe='')}?nonce={secrets.token_urlsafe(24)}"
        reply = expect(Visitor(node.url).get(path), 200, f"asking {node.key}")
        return str(Signed.from_wire(reply.json).peek()["outcome"])

    def _give_out(self, node: Node, zone: str) -> None:
        """To an applicant who has nothing but a key and an address."""
        own = Own(zone, secrets.token_bytes(32), "http://127.0.0.1:9")
        subject = self.network["logistics"].plan.subject
        signed = joining.application(own, subject, secrets.token_urlsafe(24), _now())
        joining.send_application(self.network.fetch, node.url, signed)
        self.built.reviewers.approve(node.key, zone, {"join"})

    def _replace_key(self, node: Node) -> None:
        """Asked for by the link of the application, since the old key cannot sign any more; reviewed by a person."""
        parent = self.network[node.plan.above[0]]
        with database.reading(node.engine) as session:
            follow = joining.membership_of(session, node.plan.zone).follow
        with database.writing(parent.engine) as session:
            applying.ask(session, follow, "rotate", _now(), key=node.jwk)
        self.built.reviewers.approve(parent.key, node.plan.zone, {"rotate"})


def _now() -> datetime:
    return datetime.now(UTC)
