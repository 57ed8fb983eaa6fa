"""The journey across companies, over HTTP as people and programs make it: minted at the cell maker, received at the
vehicle maker, resolved through every level, traced over five databases; partly while a node is away, whole after that.
"""

import secrets
import time
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

from app.demo.companies import PASSWORD
from app.network.building import Built
from app.network.checking import Checklist, must
from app.network.plan import COMPANIES
from app.network.visiting import Visitor, Wrong, expect

MAKER, RECEIVER, RECURSIVE = "cells", "vehicles", "recursive"
WAY = ["", "88", "88.118", "88.118.2002"]  # the zones that are asked on the way to what the cell maker minted
LEVELS = "root, national, second-level and enterprise node"
PARTIAL_SECONDS = 5.0
HEAL_SECONDS = 10.0  # until a node that failed again and again is asked anew
JOB_SECONDS = 60.0


class Journey:
    """One run; the steps share what the earlier ones made."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.network = built.network
        self.maker = self._person(MAKER)
        self.receiver = self._person(RECEIVER)
        self.lot: dict[str, str] = {}
        self.vehicle = self._vehicle(0)

    def run(self, checks: Checklist) -> None:
        if checks.step("a lot is minted and shipped at the cell maker's node", self.mint):
            checks.step(f"its name is resolved through {LEVELS}, each hop verified", self.resolve)
            checks.step(
                "its printed label is scanned at the vehicle maker and taken in from there", self.receive
            )
        checks.step("a vehicle's provenance joins what five companies' nodes say", self.trace)
        checks.step("the provenance PDF is built from five databases", self.report)
        self._without_the_maker(checks)

    def _without_the_maker(self, checks: Checklist) -> None:
        """Of two vehicles that nobody has asked about before, so that nothing is known of them from earlier answers."""
        seconds = f"{PARTIAL_SECONDS:.0f} s"
        process = self.network[MAKER].process
        process.kill()
        try:
            title = f"with the cell maker's node dead the trace is partial in under {seconds}, the gap named"
            checks.step(title, lambda: self.partial(2))
        finally:
            self.network.start([MAKER])
        checks.step("with the node back the gap is gone", lambda: self.healed(2))
        process.freeze()
        try:
            title = (
                f"with the cell maker's node silent the trace is partial in under {seconds}, the gap named"
            )
            checks.step(title, lambda: self.partial(5))
            checks.step(
                "of what was traced before, what it told is shown with its date", lambda: self.kept(2)
            )
        finally:
            process.thaw()
        checks.step("with the node speaking again the gap is gone", lambda: self.healed(5))

    def mint(self) -> str:
        floor = self.built.floor
        sent = {
            "level": "lot", "product": floor.products["CELL-52"], "lot": "C26-CHECK", "quantity": "48",
            "activate_at": floor.sites["cell-line"], "produced_on": datetime.now(UTC).date().isoformat(),
            "values": {"cathode": "NCM811", "rated_capacity": 52, "nominal_voltage": 3.67},
        }  # fmt: skip
        minted = expect(self.maker.post("/api/v1/items", sent), 201, "minting").json
        self.lot = minted["items"][0]
        receiver = self.network[RECEIVER].plan.zone
        expect(self.maker.post("/api/v1/partners", {"prefix": receiver}), 201, "taking up the vehicle maker")
        self._scan(self.maker, "inspect", self.lot["url"], "cell-line", result="pass")
        self._scan(self.maker, "ship", self.lot["url"], "cell-line", destination=receiver)
        return self.lot["url"]

    def resolve(self) -> str:
        found = self.explained(self.lot["identifier"])
        must(found["outcome"] == "record", f"the outcome is {found['outcome']}: {found['reason']}")
        must(found["state"] == "verified", f"the answer is {found['state']}: {found['reason']}")
        asked = [hop for hop in found["hops"] if hop["outcome"] != "failed"]
        zones = [hop["zone"] for hop in asked]
        must(zones == WAY, f"the way led over {zones} instead of {WAY}")
        bad = [hop["zone"] for hop in asked if hop["state"] != "verified"]
        must(not bad, f"not verified: {bad}")
        return f"{len(asked)} hops in {found['seconds'] * 1000:.0f} ms"

    def receive(self) -> str:
        told = self._scan(self.receiver, "receive", self.lot["url"], "vehicle-receiving")
        must(told["item"]["identifier"] == self.lot["identifier"], f"it is another thing: {told['item']}")
        return str(told["sentence"])

    def trace(self) -> str:
        found = self.traced(self.vehicle)
        self._check_whole(found)
        return f"{len(found['things'])} things, {len(found['events'])} steps"

    def report(self) -> str:
        job = expect(
            self.receiver.post("/api/v1/reports", {"identifier": self.vehicle}), 202, "asking for the report"
        )
        done = self._done(job.json["id"])
        result = expect(self.receiver.get(done["result_url"]), 200, "fetching the report")
        text = text_of(result.body)
        missing = [company.en for company in COMPANIES if company.en not in text and company.zh not in text]
        must(not missing, f"the report does not name {missing}")
        verified = text.count("Signature verified")
        must(verified == len(COMPANIES) - 1, f"{verified} statements of partners are said to verify")
        return f"{len(result.body) // 1024} KB, names all five companies, {verified} statements verified"

    def partial(self, number: int) -> str:
        found, took = self._timed(number)
        gap = self._gap(found, {"partner-silent", "partner-late"})
        must(
            not [event for event in found["events"] if event["zone"] == WAY[-1]],
            "steps of the dead are shown",
        )
        must(len(found["things"]) > 1, "nothing is shown of what is known")
        return f"{took:.2f} s, {gap}, {len(found['things'])} things"

    def kept(self, number: int) -> str:
        found, took = self._timed(number)
        gap = self._gap(found, {"partner-kept"})
        must(
            [event for event in found["events"] if event["zone"] == WAY[-1]],
            "what it told before is not shown",
        )
        return f"{took:.2f} s, {gap}"

    def healed(self, number: int) -> str:
        deadline = time.monotonic() + HEAL_SECONDS
        while True:
            try:
                found = self.traced(self._vehicle(number))
                self._check_whole(found)
            except Wrong:
                if time.monotonic() > deadline:
                    raise
            else:
                return f"{len(found['things'])} things"
            time.sleep(0.5)

    def _timed(self, number: int) -> tuple[dict[str, Any], float]:
        began = time.perf_counter()
        found = self.traced(self._vehicle(number))
        took = time.perf_counter() - began
        must(took < PARTIAL_SECONDS, f"it took {took:.1f} s")
        return found, took

    def _vehicle(self, number: int) -> str:
        return self.built.goods.vehicles[number].removeprefix("hdl:")

    def explained(self, handle: str, *, fresh: bool = True) -> dict[str, Any]:
        visitor = Visitor(self.network[RECURSIVE].url)
        path = f"/api/network/explanations/{quote(handle)}" + ("?fresh=1" if fresh else "")
        found: dict[str, Any] = expect(visitor.get(path), 200, f"explaining {handle}").json
        return found

    def traced(self, identifier: str) -> dict[str, Any]:
        reply = self.receiver.get(f"/api/v1/trace/{quote(identifier)}")
        found: dict[str, Any] = expect(reply, 200, f"tracing {identifier}").json
        return found

    def _check_whole(self, found: dict[str, Any]) -> None:
        others = {self.network[company.key].plan.zone for company in COMPANIES if company.key != RECEIVER}
        told = {
            source["company"]["prefix"]
            for source in found["sources"]
            if source["state"] == "told" and source["trust"] == "verified"
        }
        must(
            others <= told,
            f"these did not tell, or not verifiably: {sorted(others - told)}; {found['sources']}",
        )
        silent = [gap["code"] for gap in found["gaps"] if gap["code"].startswith("partner-")]
        must(not silent, f"there are gaps: {silent}")
        recorded = {event["zone"] for event in found["events"]}
        must(others <= recorded, f"no steps of {sorted(others - recorded)}")

    def _gap(self, found: dict[str, Any], codes: set[str]) -> str:
        """The gap that names the cell maker."""
        name = self.network[MAKER].plan.zh
        named = [
            gap["code"] for gap in found["gaps"] if gap["code"].startswith("partner-") and name in str(gap)
        ]
        must(codes & set(named), f"no gap names the cell maker: {[gap['code'] for gap in found['gaps']]}")
        return ", ".join(named)

    def _scan(self, visitor: Visitor, step: str, code: str, site: str, **more: str) -> dict[str, Any]:
        sent = {
            "nonce": secrets.token_hex(12), "step": step, "place": self.built.floor.sites[site], "code": code,
            "event_time": datetime.now(UTC).isoformat(), **more,
        }  # fmt: skip
        told: dict[str, Any] = expect(visitor.post("/api/v1/scans", sent), 200, f"scanning to {step}").json
        must(told["verdict"] != "red", f"{step} is refused: {told['code']}, {told['sentence']}")
        return told

    def _done(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + JOB_SECONDS
        while True:
            job: dict[str, Any] = expect(
                self.receiver.get(f"/api/v1/jobs/{job_id}"), 200, "looking at the job"
            ).json
            if job["state"] == "done":
                return job
            must(job["state"] in {"queued", "running"}, f"the job is {job['state']}: {job['error']}")
            must(time.monotonic() < deadline, f"the job is still {job['state']}")
            time.sleep(0.1)

    def _person(self, company: str) -> Visitor:
        node = self.network[company]
        return node.visitor(node.plan.administrator.login, PASSWORD)


def text_of(pdf: bytes) -> str:
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(BytesIO(pdf)) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
