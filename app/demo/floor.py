"""The shop floor of the worked chain: a clock that moves on, and scans by people at places."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from app.domain.people import Actor
from app.services import holding, voiding
from app.services.minting import MintRequest, mint
from app.services.scanning import ScanRequest, Verdict, scan, undo
from app.store import database


@dataclass
class Floor:
    """`codes` is what a scanner reads off each thing's label, by epc; without one the identifier is typed in.

    `now` is the story's own time: the chain is told as if it had happened over the last weeks. A company in `engines`
    has a node of its own; the others share `engine`.
    """

    engine: Engine
    now: datetime
    engines: dict[str, Engine] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    scans: int = 0
    refused: int = 0
    recent: dict[str, str] = field(default_factory=dict)

    def wait(self, **gap: float) -> None:
        self.now += timedelta(**gap)

    def database_of(self, company: str) -> Engine:
        return self.engines.get(company, self.engine)

    def code(self, epc: str) -> str:
        return self.codes.get(epc, epc)

    def mint(self, company: str, request: MintRequest) -> list[str]:
        with database.writing(self.database_of(company)) as session:
            return mint(session, self.people[company], request, self.now)

    def scan(
        self,
        company: str,
        step: str,
        epc: str,
        site: str,
        *,
        late: timedelta = timedelta(),
        refused: str = "",
        **values: Any,
    ) -> Verdict:
        """One scan of the story; anything but the expected outcome stops it, since then the story is wrong."""
        self.wait(seconds=20)
        if "parent" in values:
            values["parent"] = self.code(values["parent"])
        nonce = secrets.token_hex(12)
        place = self.code(self.sites[site])
        request = ScanRequest(
            nonce, step, place, self.code(epc), self.now - late, visit=f"demo-{company}", **values
        )
        with database.writing(self.database_of(company)) as session:
            verdict = scan(session, self.people[company], request, self.now)
        if (verdict.code if verdict.colour == "red" else "") != refused:
            raise RuntimeError(f"{step} of {epc} at {site}: {verdict.colour} {verdict.code} {verdict.values}")
        self.scans += 1
        self.refused += bool(refused)
        self.recent[company] = nonce
        return verdict

    def scan_all(self, company: str, step: str, epcs: Iterable[str], site: str, **values: Any) -> None:
        for epc in epcs:
            self.scan(company, step, epc, site, **values)

    def hold(self, company: str, epc: str, reason: str) -> None:
        self.wait(minutes=10)
        with database.writing(self.database_of(company)) as session:
            holding.hold(session, self.people[company], self.code(epc), reason, self.now)

    def release(self, company: str, epc: str, reason: str) -> None:
        self.wait(minutes=10)
        with database.writing(self.database_of(company)) as session:
            holding.release(session, self.people[company], self.code(epc), reason, self.now)

    def void(self, company: str, epc: str, reason: str) -> None:
        self.wait(minutes=1)
        with database.writing(self.database_of(company)) as session:
            voiding.void(session, self.people[company], self.code(epc), reason, self.now)

    def retire(self, company: str, epc: str, reason: str) -> None:
        self.wait(minutes=1)
        with database.writing(self.database_of(company)) as session:
            voiding.retire(session, self.people[company], self.code(epc), reason, self.now)

    def undo_last(self, company: str) -> None:
        self.wait(seconds=30)
        with database.writing(self.database_of(company)) as session:
            undo(session, self.people[company], self.recent[company], f"demo-{company}", self.now)
