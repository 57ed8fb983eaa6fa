"""A recall over several companies' nodes: partners tell where suspects went, and how long they were waited for."""

import pytest

from app.domain.recalls import Recall
from app.services import recalling
from app.services.recalling import Asked, Draft, partners
from app.store.database import reading, writing
from tests.support.simchain import ZONES, SimChain
from tests.support.simnet import SimNet


@pytest.fixture
def chain(net: SimNet) -> SimChain:
    return SimChain(net)


def begun(chain: SimChain, by: str, epc: str) -> str:
    engine, actor = chain.net[by].engine, chain.who[by]
    with writing(engine) as session:
        draft = Draft("Swollen", "why", [Asked("thing", epc.removeprefix("hdl:"))], "both")
        recall = recalling.begin(session, actor, draft, chain.tick()).id
    with reading(engine) as session:
        found = recalling.gather(session, actor, recall, chain.tick())
    with writing(engine) as session:
        recalling.keep(session, actor, recall, found, chain.tick())
    return recall


def ask(chain: SimChain, by: str, recall: str) -> Recall:
    engine, actor = chain.net[by].engine, chain.who[by]
    told = partners.ask(
        actor, recall, reading=lambda: reading(engine), writing=lambda: writing(engine), line=chain.line(by), now=chain.tick()
    )  # fmt: skip
    with writing(engine) as session:
        partners.keep(session, actor, recall, told, chain.tick())
    with reading(engine) as session:
        return recalling.recall_of(session, actor, recall)


def test_partners_tell_the_maker_of_cells_who_got_the_packs(chain: SimChain) -> None:
    car = chain.car()
    recall = begun(chain, "cells", car.cells)
    found = ask(chain, "cells", recall)
    reached = {(row.sender.prefix, row.consignee.prefix, row.steps) for row in found.affected.consignments}
    assert (ZONES["cells"], ZONES["packs"], 1) in reached
    assert (ZONES["packs"], ZONES["carrier"], 2) in reached
    assert {source.party.prefix: source.state for source in found.sources}[ZONES["packs"]] == "told"
    assert {notice.party.prefix for notice in found.notices} >= {ZONES["packs"], ZONES["carrier"]}
    assert found.trail[-1].action == "asked"
    again = ask(chain, "cells", recall)
    assert len(again.affected.consignments) == len(found.affected.consignments), "nothing is counted twice"


def test_a_partner_that_is_silent_is_said_to_be(chain: SimChain) -> None:
    car = chain.car()
    recall = begun(chain, "cells", car.cells)
    chain.net.wire.down("packs")
    found = ask(chain, "cells", recall)
    assert {source.party.prefix: source.state for source in found.sources} == {ZONES["packs"]: "silent"}
    assert {notice.party.prefix for notice in found.notices} == {ZONES["packs"]}
