"""The page of the network at each level, with what was filed from below."""

import html
import re

import pytest

from app.services import surveying
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


def test_what_is_filed_can_be_read_row_by_row_by_who_runs_the_node(
    net: SimNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "ROWS", 2)
    country = Country(net)
    country.join("cells", "88.118.1001")
    country.world("cells").mint("module", 5)
    country.file(everything=True)
    node = net["auto"]
    with node.writing() as session:
        found(session, node.now())
    ana, seen, path = node.visitor("ana"), set[str](), "/network/filed?set=T9"
    while path:
        page = ana.get(path).text
        seen.update(re.findall(r'translate="no">(88\.118\.1001/[^<]+)<', page))
        path = html.unescape(next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), ""))
    assert len(seen) == 5
    assert ana.get("/network/filed?set=T12").status_code == 404
    assert ana.get("/network/filed?set=T9&key=%00").status_code in {200, 400}
    assert node.visitor("cy").get("/network/filed?set=T9").status_code == 404
