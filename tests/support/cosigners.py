"""Two companies of the simulated country whose logs sign each other, each with something in it."""

import pytest

from app import rounds
from app.services import cosigning, masterdata
from app.services.cosigning import Standing
from app.store import people as people_rows
from tests.support import tenants
from tests.support.simcountry import Country
from tests.support.simnet import SimNode

CELLS, CARS = "88.118.2002", "88.118.5005"


@pytest.fixture
def partners(country: Country) -> Country:
    """The cell maker and the car maker sign with each other; each has something in its log."""
    for name, other in (("cells", CARS), ("cars", CELLS)):
        node = country.net[name]
        with node.writing() as session:
            assert cosigning.add_partner(session, other, node.now(), own=node.zone)
        record(node, 3)
    for each in country.net:
        assert each.app  # made beforehand: a walk has only so many seconds, and making one takes long
    return country


def record(node: SimNode, count: int, word: str = "Plant") -> None:
    """So many more entries."""
    with node.writing() as session:
        person = people_rows.operator_by_login(session, "ana")
        assert person is not None
        actor = tenants.actor(session, person.id or 0)
        for number in range(count):
            masterdata.create_site(session, actor, f"{word}{number}", f"{word} {number}", "", node.now())


def turn(node: SimNode) -> str:
    told = rounds.run(node.settings, node.engine, node.now(), node.fetch, names=["cosign"])
    return told["cosign"]


def standing(node: SimNode) -> Standing:
    with node.reading() as session:
        (found,) = cosigning.standings(session)
        session.expunge_all()
        return found
