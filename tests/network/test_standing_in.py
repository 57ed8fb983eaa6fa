"""A node that stays down: noticed by probes, stood in for by a node restored from its escrow, and handed back to."""

from datetime import timedelta

import orjson
import pytest

from app import escrow, escrow_restoring, rounds_of_probing
from app.domain.messages import Ask
from app.domain.trust import Signed, public_key_of, verify
from app.errors import Refused
from app.services import incidents, sealing, standing_in
from app.services.delegating import By, Issuer
from app.store import filing as rows
from app.store.tables import Application
from tests.support.simfiling import Country
from tests.support.simnet import SimNet

CELLS = "88.118.1001"
BY = By("test")


@pytest.fixture
def country(net: SimNet) -> Country:
    made = Country(net)
    made.join("cells", CELLS)
    return made


def probe(country: Country, times: int) -> None:
    for _ in range(times):
        country.net.clock.pass_by(minutes=1)
        rounds_of_probing.probe(country.turn("auto"))


def issuer(country: Country) -> Issuer:
    return Issuer("88.118", country.net["auto"].seed, timedelta(days=30))


def take_over(country: Country) -> None:
    dr = country.net["dr"]
    with country.net["auto"].writing() as session:
        key = public_key_of(dr.seed)
        standing_in.take_over(session, issuer(country), CELLS, dr.url, key, BY, country.net.clock())


def test_a_node_that_does_not_answer_is_a_fault_until_it_answers_again(country: Country) -> None:
    probe(country, 5)
    country.net.wire.down("cells")
    probe(country, 4)
    with country.net["auto"].reading() as session:
        assert not incidents.standing(session, CELLS), "four minutes are a restart"
    probe(country, 2)
    with country.net["auto"].reading() as session:
        (fault,) = incidents.standing(session, CELLS)
    assert (fault.fault_class, fault.cause) == (incidents.NETWORK, "probes: 6 of 11 failed")
    probe(country, 3)
    country.net.wire.up("cells")
    probe(country, 3)
    with country.net["auto"].reading() as session:
        assert not incidents.standing(session, CELLS)
        kinds = [each.kind for each in rows.faults_since(session, country.net.clock() - timedelta(days=1))]
    assert sorted(kinds) == ["fault", "recovered"]
    country.file("auto")
    assert len(country.told("beijing", "EVT")) == 2, "told in real time"


def test_a_node_that_answers_is_never_taken_over(country: Country) -> None:
    country.net.node("dr", zone=CELLS, roles=("enterprise",))
    probe(country, 20)
    country.net.wire.down("cells")
    probe(country, 10)
    with pytest.raises(Refused, match="not enough"):
        take_over(country)


def test_a_node_restored_from_escrow_answers_in_the_place_of_one_that_stays_down(country: Country) -> None:
    net = country.net
    private, public = sealing.new_key()
    cells = net["cells"]
    cells.again(escrow_dir=str(net.folder / "away"), escrow_key=public)
    world = country.world("cells")
    name = world.piece().removeprefix("hdl:")
    assert escrow.leave(country.turn("cells")) is not None
    recorded = cells.get(f"/api/handles/{name}")

    dr = net.node("dr", zone=CELLS, roles=("enterprise",))
    folder = escrow.folder_of(cells.settings)
    escrow_restoring.restore(folder, private, dr.engine, key=public_key_of(cells.seed))
    net.wire.down("cells")
    probe(country, 12)
    take_over(country)

    told = net.fetch(Ask(f"https://auto.test/api/network/answers/{name}?nonce=abc"))
    answer = verify(Signed.from_wire(orjson.loads(told.body)), [public_key_of(net["auto"].seed)], "answer")
    assert answer["outcome"] == "referral"
    stated = Signed.from_wire(answer["delegation"]).peek()
    assert stated["endpoints"] == [{"url": "https://dr.test"}]
    told = net.fetch(Ask(f"https://dr.test/api/network/answers/{name}?nonce=abc"))
    keys = [public_key_of(dr.seed)]
    assert verify(Signed.from_wire(orjson.loads(told.body)), keys, "answer")["outcome"] == "record"
    assert dr.jwk in stated["keys"]
    assert cells.jwk in stated["keys"]
    there = dr.get(f"/api/handles/{name}")
    assert there.status == recorded.status == 200
    assert orjson.loads(there.body)["handle"] == orjson.loads(recorded.body)["handle"]


def test_a_zone_is_handed_back_to_those_who_applied_for_it_and_to_nobody_else(country: Country) -> None:
    country.net.node("dr", zone=CELLS, roles=("enterprise",))
    country.net.wire.down("cells")
    probe(country, 12)
    take_over(country)
    with country.net["auto"].writing() as session, pytest.raises(Refused, match="No node that holds"):
        standing_in.hand_back(session, issuer(country), CELLS, BY, country.net.clock())
    cells = country.net["cells"]
    with country.net["auto"].writing() as session:
        held = Application(
            kind="join", state="approved", zone=CELLS, subject={}, keys=[cells.jwk],
            endpoints=[{"url": cells.url}], record_time=country.net.clock(),
        )  # fmt: skip
        session.add(held)
        session.flush()
        row = standing_in.hand_back(session, issuer(country), CELLS, BY, country.net.clock())
    assert (row.endpoints, row.keys) == ([{"url": cells.url}], [cells.jwk])
