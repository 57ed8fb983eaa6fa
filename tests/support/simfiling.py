"""A country in the simulated network that files upward: root, national, second-level, and enterprises with things."""

from typing import Any

import orjson

from app import rounds_of_filing
from app.domain import calls, trust
from app.domain.delegations import KIND, delegation_of
from app.domain.messages import Ask
from app.rounds import Turn
from app.services import filing_push, meshing
from app.store import filing as rows
from app.store import zones
from app.store.tables import FilingChange, FilingRow, Membership
from tests.support.simmesh import body_of
from tests.support.simnet import SimNet, SimNode
from tests.support.world import World

CELLS = "88.118.1001"
LINE = (("root", "", "root"), ("beijing", "88", "national"), ("auto", "88.118", "second-level"))


class Country:
    """`root`, `beijing` and `auto` above one another; `join` adds whoever else."""

    def __init__(self, net: SimNet) -> None:
        self.net = net
        self.serial = 0
        for name, zone, role in LINE:
            net.node(name, zone=zone, roles=(role,))
        self.state("root", "beijing")
        self.state("beijing", "auto")

    def join(self, name: str, zone: str, above: str = "auto", **subject: str) -> SimNode:
        node = self.net.node(name, zone=zone, roles=("enterprise",))
        self.state(above, name, **subject)
        return node

    def state(self, above: str, below: str, state: str = "active", **subject: str) -> None:
        """The node above hands the zone out, or says that it is suspended; the one below hears of it."""
        parent, child = self.net[above], self.net[below]
        self.serial += 1
        standard = {
            "name_zh": f"{below}公司",
            "name_en": below.title(),
            "industry": "C38",
            "region": "420100",
        }
        body = body_of(
            child.zone, parent.zone, self.serial, self.net.clock(), keys=[child.jwk],
            endpoints=[{"url": child.url}], state=state, subject=standard | subject,
        )  # fmt: skip
        signed = trust.sign(KIND, body, parent.seed)
        with parent.writing() as session:
            zones.put(session, meshing.row_of(delegation_of(signed.peek()), signed, parent.now()))
        with child.writing() as session:
            told = Membership(
                zone=child.zone, parent_url=parent.url, parent_keys=[parent.jwk], state=state,
                statement=dict(signed.wire), serial=self.serial, record_time=child.now(),
            )  # fmt: skip
            session.merge(told)

    def world(self, name: str) -> World:
        """Companies, products and things at a node of zone 88.118.1001."""
        return World(self.net[name].engine, self.net.clock())

    def turn(self, name: str) -> Turn:
        node = self.net[name]
        return Turn(node.settings, node.engine, node.now(), node.fetch)

    def file(self, *names: str, everything: bool = False) -> None:
        """From below upward, so that the root hears at once; default: all."""
        deepest_first = sorted(self.net, key=lambda node: -node.zone.count(".") if node.zone else 9)
        for name in names or [node.name for node in deepest_first]:
            rounds_of_filing.file(self.turn(name), everything=everything)

    def line(self, name: str) -> list[FilingChange]:
        with self.net[name].reading() as session:
            return list(rows.changes(session, 0, 100_000))

    def told(self, name: str, dataset: str) -> dict[tuple[str, str], FilingRow]:
        """What others filed with this node, by (zone, key)."""
        with self.net[name].reading() as session:
            line = rows.peek_stream(session)
            own = line.stream if line else ""
            found = [row for row in rows.rows_below(session, own) if row.dataset == dataset]
        keys = [(row.zone, row.key) for row in found]
        assert len(keys) == len(set(keys)), f"twice: {keys}"
        return dict(zip(keys, found, strict=True))

    def has_all(self, above: str, below: str) -> bool:
        """Whether what a node filed is exactly what the node above has of it."""
        wanted: dict[tuple[str, str, str, str], Any] = {}
        for change in self.line(below):
            wanted[change.zone, change.stream, change.dataset, change.key] = (change.op == 2, change.body)
        with self.net[above].reading() as session:
            for place, (gone, body) in wanted.items():
                row = session.get(FilingRow, place)
                if row is None or row.gone != gone or row.body != body:
                    return False
            sources = [row for row in rows.sources(session) if row.zone == self.net[below].zone]
        return sum(row.seq for row in sources if row.newest >= 0) == len(self.line(below))


def push(
    country: Country, name: str, items: list[dict[str, object]], *, nonce: str = "n" * 20, **changes: object
) -> tuple[int, str]:
    """A push made by hand, signed by the node `name`: status and code of the answer."""
    node = country.net[name]
    told = {"stream": "a" * 32, "before": "", "after": 0, "newest": len(items), "items": items} | changes
    signed = calls.seal(
        filing_push.CALL,
        told,
        seed=node.seed,
        sender=node.zone,
        audience="88.118",
        nonce=nonce,
        now=node.now(),
    )
    answer = country.net.fetch(
        Ask("https://auto.test/api/network/filings", "POST", body=orjson.dumps(signed.wire))
    )
    return answer.status, orjson.loads(answer.body).get("code", "")


def item(**changes: object) -> dict[str, object]:
    standard = {"seq": 1, "zone": CELLS, "stream": "a" * 32, "set": "T11", "key": "k", "op": 1, "body": "{}"}
    return standard | {"time": "2026-05-20T00:00:00+00:00"} | changes
