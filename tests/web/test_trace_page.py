"""The pages to trace, to search and to hold, as people of different companies and roles see them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.domain.identifiers import Identifier
from app.services import holding
from app.store import items
from app.store.database import writing
from app.store.tables import Alias, Thing
from app.web import telling
from tests.services.chain import Chain
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock

Visit = Callable[[str], Visitor]
SSCC = "https://id.gs1.org/00/395060001343000015"
NASTY = "<script>alert('Ω')</script> & “pack”"


@dataclass
class Goods:
    lot: str
    modules: list[str]
    pack: str
    pallet: str

    @property
    def all(self) -> list[str]:
        return [self.lot, *self.modules, self.pack, self.pallet]


@pytest.fixture
def goods(app: Flask, world: Tenants, clock: Clock) -> Goods:
    """Ana's company builds modules of a lot of cells, and a pack of these, which lies on a pallet."""
    with writing(app.extensions["suyuan"].engine) as session:
        chain, ana = Chain(session, clock()), world.ana
        chain.home[ana.prefix] = chain.site(ana, "Plant")
        lot = chain.lot(ana, chain.product(ana, "CELL", "Cell", tracing="lot"), "LOT-7", 100)
        modules = chain.serials(ana, chain.product(ana, "MOD", "Module"), 40, start="M-01")
        for module in modules:
            chain.join("assemble", ana, module, (lot, 2))
        (pack,) = chain.serials(ana, chain.product(ana, "PACK", NASTY), 1, start="K-1")
        chain.join("assemble", ana, pack, *modules)
        chain.do("inspect", ana, pack, result="pass")
        pallet = chain.pallet(ana)
        session.add(Alias(name=SSCC, thing_id=items.of_epcs(session, [pallet])[pallet].id or 0))
        chain.join("pack", ana, pallet, pack)
        clock.moment = chain.tick()
    return Goods(lot, modules, pack, pallet)


def page(epc: str) -> str:
    return telling.trace_url(epc)


def test_the_page_of_a_pack_tells_what_it_is_where_it_is_and_what_it_was_made_of(
    visit: Visit, goods: Goods
) -> None:
    answer = visit("ana").get(page(goods.pack), headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    for words in (
        "Where it is",
        "Plant",
        "LOT-7",
        "M-01",
        "80\u00a0pieces",
        "Made from",
        "What happened",
        "Inspect",
        "Passed",
    ):
        assert words in answer.text, words
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="genealogy"' in answer.text


def test_the_same_page_in_chinese(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    with ana.client.session_transaction() as cookie:
        cookie["language"] = "zh"
    answer = ana.get(page(goods.pack))
    for words in ("当前位置", "由以下制成", "事件记录", "Cell品", "Plant厂", "80\u00a0件"):
        assert words in answer.text, words
    assert "Made from" not in answer.text


def test_names_are_shown_as_text_and_never_as_markup(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    for path in (page(goods.pack), "/search?q=PACK", "/search?q=%3Cscript%3E"):
        text = ana.get(path, follow_redirects=True).text
        assert "<script>alert" not in text
    assert "&lt;script&gt;alert(" in ana.get(page(goods.pack)).text


def test_nothing_on_the_page_needs_an_exception_from_the_content_policy(visit: Visit, goods: Goods) -> None:
    text = visit("ana").get(page(goods.pack)).text
    assert not re.search(r"<[^>]+\s(style|on\w+)=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_every_thing_the_page_links_to_can_be_opened(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    links = set(re.findall(r'href="(/trace/[^"#?]+)"', ana.get(page(goods.pack)).text))
    assert len(links) > 20
    for link in links:
        assert ana.get(link).status_code == 200, link


def test_the_report_as_json_by_name_and_by_asking_for_it(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    by_name = ana.get(f"{page(goods.pack)}.json").json
    assert by_name == ana.get(page(goods.pack), headers={"Accept": "application/json"}).json
    things = {thing["id"]: thing for thing in by_name["things"]}
    assert things[by_name["subject"]]["serial"] == "K-1"
    assert things[by_name["container"]]["level"] == "logistic"
    assert {link["kind"] for link in by_name["links"]} == {"assembled", "packed"}
    assert by_name["events"][-1]["step"] == "pack"
    assert by_name["log"]["size"] > 20


def test_for_cy_the_page_of_a_pack_looks_as_if_it_were_not_there(visit: Visit, goods: Goods) -> None:
    cy = visit("cy")
    missing = "/trace/88.118.1001/NEVERMINTED00000"
    for form in ("", ".json"):
        expected = cy.get(missing + form)
        assert expected.status_code == 404
        for epc in goods.all:
            answer = cy.get(page(epc) + form)
            assert answer.status_code == 404
            suffix = epc.rpartition("/")[2]
            assert answer.text.replace(suffix, "NEVERMINTED00000").count(
                "NEVERMINTED00000"
            ) == expected.text.count("NEVERMINTED00000")
            assert len(answer.text) - len(suffix) == len(expected.text) - len("NEVERMINTED00000")


def test_cy_can_neither_report_nor_hold_nor_find_it(visit: Visit, goods: Goods) -> None:
    cy = visit("cy")
    cy.get("/search")
    assert cy.post("/trace/report", {"code": goods.pack}).status_code == 404
    assert cy.post("/holds", {"code": goods.pack, "reason": "x"}).status_code == 404
    assert cy.post("/holds/release", {"code": goods.pack, "reason": "x"}).status_code == 404
    for text in ("K-1", "PACK", "LOT-7", goods.pack, "M-0"):
        assert "/trace/88.118.1001/" not in cy.get("/search", query_string={"q": text}).text


def test_a_scanned_code_of_any_kind_leads_to_the_trace(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    for code in ("(00)395060001343000015", SSCC, "395060001343000015", goods.pallet):
        answer = ana.get("/trace", query_string={"code": code})
        assert (answer.status_code, answer.headers["Location"]) == (302, page(goods.pallet))
    assert ana.get("/trace/00/395060001343000015").status_code == 200
    assert ana.get("/trace").headers["Location"] == "/search"


def test_something_else_than_an_identifier_gets_a_sentence(visit: Visit, goods: Goods) -> None:
    answer = visit("ana").get("/trace", query_string={"code": "https://example.org/menu"})
    assert answer.status_code == 400
    assert "is not an identifier" in answer.text


def test_one_exact_match_opens_its_trace_and_many_are_listed(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    assert ana.get("/search?q=k-1").headers["Location"] == page(goods.pack)
    listed = ana.get("/search?q=m-0").text
    assert listed.count('<a href="/trace/88.118.1001/') == 9
    assert listed.index("M-01") < listed.index("M-09")
    assert "Nothing found" in ana.get("/search?q=zzz", headers={"Accept-Language": "en"}).text
    assert "camera" in ana.get("/search", headers={"Accept-Language": "en"}).text


def test_the_pdf_is_a_job_of_ones_own(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    ana.get(page(goods.pack))
    answer = ana.post("/trace/report", {"code": goods.pack})
    assert answer.status_code == 303
    job = urlsplit(answer.headers["Location"]).path
    assert job.startswith("/jobs/")
    assert ana.get(job).status_code == 200
    assert visit("cy").get(job).status_code == 404


def test_a_manager_holds_and_releases_from_the_page_and_the_list(
    app: Flask, visit: Visit, goods: Goods
) -> None:
    bo = visit("bo")
    assert "Put on hold" in bo.get(page(goods.pack), headers={"Accept-Language": "en"}).text
    held = bo.post("/holds", {"code": goods.pack, "reason": "dented", "next": page(goods.pack)})
    assert (held.status_code, held.headers["Location"]) == (303, page(goods.pack))
    shown = bo.get(page(goods.pack), headers={"Accept-Language": "en"}).text
    assert "On hold: dented" in shown
    assert "Release" in shown
    listed = bo.get("/holds", headers={"Accept-Language": "en"}).text
    assert "dented" in listed
    assert bo.post("/holds/release", {"code": goods.pack, "reason": "only the label"}).status_code == 303
    assert "Nothing is on hold" in bo.get("/holds", headers={"Accept-Language": "en"}).text


def test_a_hold_without_a_reason_or_of_nothing_is_refused_in_a_sentence(visit: Visit, goods: Goods) -> None:
    bo = visit("bo")
    bo.get("/holds")
    assert "needs a reason" in bo.post("/holds", {"code": goods.pack, "reason": " "}).text
    assert bo.post("/holds", {"code": goods.pack, "reason": "x" * 5_000}).status_code == 303
    assert bo.post("/holds", {"code": "88.118.1001/NOTHING", "reason": "x"}).status_code == 404
    assert bo.post("/holds/release", {"code": goods.lot, "reason": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "trace", "holds"),
    [("operator", 403, 403), ("supplier", 200, 403), ("manager", 200, 200), ("auditor", 200, 403)],
)
def test_who_may_see_which_page(visit: Visit, goods: Goods, role: str, trace: int, holds: int) -> None:
    person = visit(role)
    assert person.get(page(goods.pack)).status_code == trace
    assert person.get("/search?q=m-0").status_code == trace
    assert person.get("/holds").status_code == holds
    if trace == 200:
        assert ("/holds" in person.get(page(goods.pack)).text) == (holds == 200)


def test_a_long_chain_is_shown_in_parts(visit: Visit, goods: Goods) -> None:
    ana = visit("ana")
    short = ana.get(page(goods.pack)).text
    whole = ana.get(f"{page(goods.pack)}?events=all").text
    assert short.count('class="trace-event"') == 4
    assert whole.count('class="trace-event"') == 45
    assert "trace-folded" in short


@pytest.mark.parametrize("suffix", ["A/B C", "Ω-1", "50%", "A?B#C", "..", "X.JSON"])
def test_odd_identifiers_of_elsewhere_have_an_address_that_comes_back(
    app: Flask, visit: Visit, world: Tenants, suffix: str
) -> None:
    ana = world.ana
    epc = Identifier(ana.prefix, suffix).epc
    with writing(app.extensions["suyuan"].engine) as session:
        session.add(
            Thing(
                epc=epc,
                level="logistic",
                organisation_id=ana.organisation_id,
                minted_seq=0,
                holder=ana.prefix,
            )
        )
    answer = visit("ana").get(page(epc))
    assert answer.status_code == 200, answer.text[:300]


def test_the_words_of_custody_for_a_hold_without_a_reason_are_told(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        tell = telling.Teller()
        assert [tell.held(word) for word in holding.WITHOUT_WORDS] == ["已冻结", "检验不合格", "检验时冻结"]
        assert tell.held("凹陷") == "凹陷"
