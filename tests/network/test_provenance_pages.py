"""The pages and the API over a chain of five nodes: trace, PDF, partners, disclosure, receiving by a scan over HTTP."""

import pytest

from tests.support.simchain import ZONES, SimChain
from tests.support.simnet import SimNet


@pytest.fixture
def chain(net: SimNet) -> SimChain:
    return SimChain(net)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_trace_page_says_who_answered(chain: SimChain, language: str) -> None:
    car = chain.car()
    page = chain.net["cars"].visitor("ana").get(f"/trace/{car.car.removeprefix('hdl:')}?lang={language}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "88.118.2002" in text
    assert ("Signature verified" in text) == (language == "en")


@pytest.mark.parametrize("path", ["/partners", "/disclosure"])
def test_partners_and_disclosure_have_pages(chain: SimChain, path: str) -> None:
    visitor = chain.net["packs"].visitor("ana")
    assert visitor.get(path).status_code == 200


def test_a_partner_is_added_by_its_prefix(chain: SimChain) -> None:
    visitor = chain.net["packs"].visitor("ana")
    answer = visitor.post("/partners", {"prefix": ZONES["dealer"]})
    assert answer.status_code == 303
    assert "88.118.6006" in visitor.get("/partners").get_data(as_text=True)
    assert visitor.post("/partners", {"prefix": "88.118.9999"}).status_code == 404
