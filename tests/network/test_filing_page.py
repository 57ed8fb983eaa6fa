"""The page of the network at each level, with what was filed from below."""

import pytest

from tests.support.simfiling import Country
from tests.support.simnet import SimNet
from tests.support.tenants import found


@pytest.mark.parametrize(
    ("name", "level"), [("root", "Root node"), ("beijing", "National"), ("auto", "Second-level")]
)
def test_every_level_has_the_page(net: SimNet, name: str, level: str) -> None:
    country = Country(net)
    country.join("cells", "88.118.1001")
    country.world("cells").piece()
    country.file(everything=True)
    country.file(everything=True)
    node = net[name]
    with node.writing() as session:
        found(session, node.now())
    page = node.visitor("ana").get("/network").text
    assert level in page
    assert "Motor vehicles" in page or "Electrical machinery" in page
    assert "nothing yet" not in page, "each node below has filed"


def test_programs_are_told_the_same_figures(net: SimNet) -> None:
    country = Country(net)
    country.join("cells", "88.118.1001")
    country.world("cells").piece()
    country.file(everything=True)
    country.file(everything=True)
    node = net["auto"]
    with node.writing() as session:
        found(session, node.now())
    told = node.visitor("ana").get("/api/v1/network?days=2").get_json()
    today = told["days"][-1]
    assert (today["day"], today["nodes"], today["enterprises"]) == ("2026-05-20", 2, 3)
    (below,) = told["below"]
    assert (below["zone"], below["waiting"]) == ("88.118.1001", 0)
    (above,) = told["above"]
    assert (above["url"], above["seq"], above["error_code"]) == ("https://beijing.test", told["newest"], "")
    assert node.visitor("cy").get("/api/v1/network").status_code == 404
