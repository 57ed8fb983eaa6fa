"""Drills about what nodes tell one another beside names: filing without gap or double, signed logs, things withheld."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from app import rounds_of_filing
from app.demo.companies import PASSWORD
from app.errors import PeerFailed
from app.network import native_asking
from app.network.building import Built
from app.network.checking import Checklist, must
from app.network.nodes import Node
from app.network.plan import COMPANIES, SECOND
from app.network.visiting import Wrong, expect
from app.roles import capabilities_of
from app.rounds import Turn
from app.services import cosigning, surveying
from app.store import database

SECRETS = ("F-NMC-07", "F-LFP-12")  # the cell maker's formation recipes, which are nobody's business


class DataDrills:
    def __init__(self, built: Built) -> None:
        self.built = built
        self.network = built.network
        self.cells = built.goods.cells[0].removeprefix("hdl:")

    def run(self, checks: Checklist) -> None:
        checks.step("clients of the native Handle protocol resolve over TCP and UDP", self.native)
        checks.step("what policy withholds reaches no partner, by trace or by name", self.withheld)
        checks.step("companies have signed each other's logs", self.cosigned)
        checks.step("every level knows the figures of the companies below it", self.filed)
        checks.step("filing goes on after an outage without gap or double", self.resumed)

    def native(self) -> str:
        told = []
        for key in ("cells", "recursive"):
            port = self.network[key].settings.handle_port
            for name, ask in (("TCP", native_asking.over_tcp), ("UDP", native_asking.over_udp)):
                body = ask(port, self.cells)
                must(b"URL" in body and self.cells.encode() in body, f"{key} over {name} gives no address")
                told.append(f"{key} over {name}")
        return ", ".join(told)

    def withheld(self) -> str:
        """The vehicle maker sees the cells in its vehicle, and no private field; the carrier only ever had pallets."""
        vehicle = self.built.goods.vehicles[0].removeprefix("hdl:")
        seen = self._traced("vehicles", vehicle, 200)
        must(
            self.built.network["cells"].plan.zone in seen, "the vehicle maker sees nothing of the cell maker"
        )
        found = [word for word in SECRETS if word in seen]
        must(not found, f"the vehicle maker reads {found}")
        self._traced("carrier", self.cells, 404)
        return "a private field to the customer's customer, a cell to the carrier"

    def cosigned(self) -> str:
        """In the direction of the goods: whoever received something has the sender as partner of its log."""
        count = 0
        for company in COMPANIES:
            node = self.network[company.key]
            with database.reading(node.engine) as session:
                partners = cosigning.partners(session)
            if not partners:
                continue
            self.network.turn(node.key, "cosign")
            with database.reading(node.engine) as session:
                standings = cosigning.standings(session)
            grave = [each.partner.zone for each in standings if each.grave]
            must(not grave, f"{node.key} holds against {grave} that their logs were changed")
            count += sum(each.signed is not None for each in standings)
        must(count, "no company has a partner's signature under its log")
        return f"{count} signatures"

    def filed(self) -> str:
        self._file_all()
        told = []
        for plan in SECOND:
            below = [node for node in self.network if node.plan.above == (plan.key,)]
            sums = self._sums(self.network[plan.key])
            own = sum(int(self._sums(node)["identifiers"]) for node in below)
            must(own, f"the companies below {plan.key} have no identifiers")
            must(sums["identifiers"] == own, f"{plan.key} knows {sums['identifiers']} identifiers of {own}")
            must(sums["enterprises"] == len(below), f"{plan.key} knows {sums['enterprises']} enterprises")
            home = self._sums(self.network[plan.above[0]])
            must(
                home["identifiers"] >= own,
                f"{plan.above[0]} knows {home['identifiers']} identifiers of {own}",
            )
            told.append(f"{plan.zone}: {own}")
        return ", ".join(told)

    def resumed(self) -> str:
        """The node above is away while the cell maker files; afterwards it has everything, once."""
        company, above = self.network["cells"], self.network["vehicle-parts"]
        above.process.kill()
        try:
            lot = self.built.floor.products["CELL-52"]
            visitor = company.visitor(company.plan.administrator.login, PASSWORD)
            sent = {"level": "lot", "product": lot, "lot": "C26-OUTAGE"}
            sent_values = {"cathode": "NCM811", "rated_capacity": 52, "nominal_voltage": 3.67}
            expect(visitor.post("/api/v1/items", sent | {"values": sent_values}), 201, "minting meanwhile")
            try:
                self._file(company)
            except PeerFailed:
                pass
            else:
                raise Wrong("filing at a node that is not there has worked")
        finally:
            self.network.start([above.key])
        self._file_all()
        self._file(company)
        own = sum(
            int(self._sums(node)["identifiers"]) for node in self.network if node.plan.above == (above.key,)
        )
        told = self._sums(above)["identifiers"]
        must(told == own, f"{above.key} knows {told} identifiers of {own}")
        return f"{own} identifiers here and there"

    def _file_all(self) -> None:
        for node in self.network:
            if "file" in capabilities_of(node.settings.node_roles) and node.plan.above:
                self._file(node)
        for plan in SECOND:  # again, upward with what came from below
            self._file(self.network[plan.key])

    def _file(self, node: Node) -> None:
        turn = Turn(node.settings, node.engine, datetime.now(UTC), self.network.fetch)
        rounds_of_filing.file(turn, everything=True)

    def _sums(self, node: Node) -> dict[str, Any]:
        capabilities = capabilities_of(node.settings.node_roles)
        with database.reading(node.engine) as session:
            found = surveying.survey(session, node.actor, node.plan.zone, capabilities, datetime.now(UTC), 1)
        return dict(found.today)

    def _traced(self, company: str, identifier: str, status: int) -> str:
        node = self.network[company]
        visitor = node.visitor(node.plan.administrator.login, PASSWORD)
        reply = visitor.get(f"/api/v1/trace/{quote(identifier)}")
        return expect(reply, status, f"{company} traces {identifier}").text
