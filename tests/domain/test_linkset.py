"""Links: which one a request gets, what is said of all, and what owners may enter; none of it needs the node."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import link_choice, link_rules, linkset, negotiation
from app.domain.link_choice import choose, for_people, read
from app.domain.linkset import Level, Link, location
from app.errors import Malformed
from tests.support.resolver_checks import assert_valid

ZH = Link("gs1:pip", "https://x.example/zh", "产品", ("zh",), "text/html", is_default=True)
EN = Link("gs1:pip", "https://x.example/en", "Product", ("en-GB",), "text/html")
PDF = Link("gs1:instructions", "https://x.example/a.pdf", "Manual", ("en",), "application/pdf")
WEB = Link("gs1:instructions", "https://x.example/a", "Manual", ("en",), "text/html")
ANY = Link("gs1:instructions", "https://x.example/b", "Manual")
LOT = Link("gs1:recallStatus", "https://x.example/lot", "Recall", is_default=True)
PRODUCT = Level("https://n.example/01/09506000134352", "Rice", (ZH, EN, PDF, WEB, ANY))
BATCH = Level("https://n.example/01/09506000134352/10/A", "Rice A", (LOT,))
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def got(
    query: str = "", accept: str = "", language: str = "", levels: tuple[Level, ...] = (PRODUCT,)
) -> list[str]:
    return [link.href for link in choose(levels, read(query, accept, language))]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("", ZH),
        ("*", ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", ZH),
        ("en-US,en;q=0.9", EN),
        ("EN-gb", EN),
        ("en;q=0.3, zh;q=0.2", EN),
        ("en;q=0, zh;q=0.1", ZH),
        ("fr, de;q=0.5", ZH),
        ("en;q=banana", ZH),
        ("en;q=1.5", ZH),
        ("en;q=-1", ZH),
        (";;;,,,=", ZH),
        ("x" * 9000, ZH),
        ("zh;q=0.999,en;q=1.000", EN),
    ],
)
def test_a_scan_without_a_wish_goes_to_the_default_in_the_readers_language(
    language: str, expected: Link
) -> None:
    assert got("", BROWSER, language) == [expected.href]
    assert got("foo=bar", "", language) == [expected.href]


def test_a_type_is_found_under_every_spelling_of_its_name() -> None:
    for name in (
        "gs1:pip",
        "https://gs1.org/voc/pip",
        "https%3A%2F%2Fref.gs1.org%2Fvoc%2Fpip",
        "http://www.gs1.org/voc/pip",
    ):
        assert got(f"linkType={name}", "", "en") == [EN.href]
        assert got(f"LINKTYPE={name}", "", "en") == [EN.href]
    assert got("linkType=pip") == got("linkType=gs1:PIP") == []


def test_media_type_comes_before_language_and_plain_links_wait() -> None:
    asked = "linkType=gs1:instructions"
    assert got(asked, "application/pdf") == [PDF.href]
    assert got(asked, BROWSER) == [WEB.href]
    assert got(asked, "application/pdf;q=0.1, text/*;q=0.2") == [WEB.href]
    assert got(asked) == got(asked, "*/*") == [ANY.href]
    assert got(asked, "image/png") == [ANY.href]


def test_the_finest_level_that_has_the_type_answers() -> None:
    both = (BATCH, PRODUCT)
    assert got("", levels=both) == [LOT.href]
    assert got("linkType=gs1:pip", "", "en", both) == [EN.href]
    assert got("linkType=gs1:defaultLink", levels=both) == [LOT.href]
    own = replace(BATCH, links=(*BATCH.links, replace(EN, href="https://x.example/lot/en")))
    assert got("linkType=gs1:pip", "", "zh", (own, PRODUCT)) == ["https://x.example/lot/en"]


def test_what_cannot_be_told_apart_is_all_given() -> None:
    twins = (PDF, replace(PDF, href="https://x.example/c.pdf"))
    level = replace(PRODUCT, links=(ZH, *twins))
    assert got("linkType=gs1:instructions", levels=(level,)) == [link.href for link in twins]
    assert got("linkType=gs1:pip", levels=(PRODUCT,)) == [ZH.href]  # the default is one of two that differ
    same = replace(PRODUCT, links=(ZH, replace(ZH, href="https://x.example/2", is_default=False)))
    assert len(got("linkType=gs1:pip", levels=(same,))) == 2
    assert got("", BROWSER, "zh", (same,)) == [ZH.href]


def test_a_context_is_asked_for_by_name() -> None:
    links = [Link("gs1:pip", f"https://x.example/{name}", name, contexts=(name,)) for name in ("CN", "SG")]
    level = replace(PRODUCT, links=(*links, Link("gs1:pip", "https://x.example/", "all", is_default=True)))
    assert got("context=cn", levels=(level,)) == ["https://x.example/CN"]
    assert got("linkType=gs1:pip&context=XX,SG", levels=(level,)) == ["https://x.example/SG"]
    assert got("linkType=gs1:pip&context=DE", levels=(level,)) == ["https://x.example/"]
    assert got("linkType=gs1:pip", levels=(level,)) == ["https://x.example/"]


def test_each_link_that_differs_is_reached_by_what_the_list_says_of_it() -> None:
    entries = linkset.document([PRODUCT])["linkset"][0]
    for relation in ("pip", "instructions", "defaultLinkMulti"):
        for link in entries[linkset.VOCABULARY + relation]:
            query = f"linkType=gs1:{relation}"
            language = ",".join(link.get("hreflang", ()))
            assert got(query, link.get("type", ""), language) == [link["href"]]


def test_the_list_is_valid_and_its_default_tells_no_more_than_address_and_title() -> None:
    document = linkset.document([BATCH, PRODUCT])
    assert_valid(document)
    lot, product = document["linkset"]
    name = linkset.VOCABULARY + "defaultLink"
    assert lot[name] == [{"href": LOT.href, "title": LOT.title}]
    assert product[name] == [{"href": ZH.href, "title": ZH.title}]
    assert [link["href"] for link in product[name + "Multi"]] == [ZH.href, EN.href]
    assert name + "Multi" not in lot
    closed = linkset.document([replace(BATCH, links=(replace(LOT, public=False, forward_query=False),))])
    assert closed["linkset"][0][linkset.VOCABULARY + "recallStatus"][0]["fwqs"] is False
    assert_valid(closed)


@pytest.mark.parametrize(
    ("href", "query", "expected"),
    [
        ("https://x.example/a", "", "https://x.example/a"),
        ("https://x.example/a", "foo=bar", "https://x.example/a?foo=bar"),
        ("https://x.example/a?b=1", "foo=bar", "https://x.example/a?b=1&foo=bar"),
        ("https://x.example/a?", "foo=bar", "https://x.example/a?foo=bar"),
        ("https://x.example/a#top", "foo=bar", "https://x.example/a?foo=bar#top"),
        ("https://x.example/a", "17=261231;3103=1", "https://x.example/a?17=261231;3103=1"),
        ("https://x.example/a", "q=%E4%BD%A0%0D%0A", "https://x.example/a?q=%E4%BD%A0%0D%0A"),
    ],
)
def test_the_query_goes_along(href: str, query: str, expected: str) -> None:
    assert location(Link("gs1:pip", href, "x"), query) == expected
    assert location(Link("gs1:pip", href, "x", forward_query=False), query) == href


def test_words_for_the_resolver_stay_with_it() -> None:
    asked = read("linkType=gs1:pip&a=1&context=CN&%6CinkType=x&b")
    assert asked.query == "a=1&b"
    assert (asked.relation, asked.contexts) == ("gs1:pip", ("CN",))


@given(st.text(max_size=300))
def test_whatever_was_asked_the_location_is_one_line_of_ascii(query: str) -> None:
    target = location(ZH, read(query).query)
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    assert urlsplit(target).netloc == "x.example"


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_no_header_breaks_the_choice(query: str, accept: str, language: str) -> None:
    asked = read(query, accept, language)
    assert set(choose((BATCH, PRODUCT), asked)) <= {*BATCH.links, *PRODUCT.links}


@given(
    st.lists(st.sampled_from([ZH, EN, PDF, WEB, ANY, LOT]), max_size=6, unique=True),
    st.sampled_from(["", "en", "zh", "fr"]),
)
def test_there_is_always_exactly_one_place_to_go_without_a_wish(links: list[Link], language: str) -> None:
    default = [link for link in links if link.is_default]
    level = replace(PRODUCT, links=tuple(links))
    assert len(choose((level,), read("", BROWSER, language))) == min(len(default), 1)


def test_a_header_that_asks_for_the_list_gets_it() -> None:
    assert read("", "application/linkset+json").linkset
    assert read("", "application/linkset+json, */*;q=0.1").linkset
    assert not read("", f"{BROWSER}, application/linkset+json;q=0.2").linkset
    for word in ("linkset", "all", "LinkSet"):
        assert read(f"linkType={word}").linkset


def test_a_page_lists_what_is_in_the_readers_language() -> None:
    levels = (BATCH, PRODUCT)
    assert [link.href for link in for_people(levels, "en")] == [LOT.href, EN.href, PDF.href, WEB.href]
    assert [link.href for link in for_people(levels, "zh")] == [LOT.href, ZH.href, ANY.href]


def test_languages_match_as_rfc_4647_looks_them_up() -> None:
    near = negotiation.closeness
    asked = negotiation.languages("zh-Hans-CN, en;q=0.5")
    assert near(asked, ("zh",)) == (1.0, 2)
    assert near(asked, ("zh-Hans-CN",)) == (1.0, 3)
    assert near(negotiation.languages("zh"), ("zh-TW",)) == (1.0, 1)
    assert near(asked, ("zht", "e")) == (0.0, 0)
    assert near(asked, ()) == (0.0, 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://x.example", "https://x.example"),
        ("HTTP://X.Example:8080/a b".replace(" ", "%20"), "http://x.example:8080/a%20b"),
        (
            "https://例子.中国/产品?a=你#部",
            "https://xn--fsqu00a.xn--fiqs8s/%E4%BA%A7%E5%93%81?a=%E4%BD%A0#%E9%83%A8",
        ),
        ("https://x.example/{gtin}?l={lot}&s={serial}#{identifier}",) * 2,
    ],
)
def test_an_address_is_kept_in_ascii(given: str, kept: str) -> None:
    assert link_rules.href(f" {given} ") == kept


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("https://x/{gtin}", {"gtin": "09506000134352"}, "https://x/09506000134352"),
        (
            "https://x/{lot}",
            {"lot": "2026/05 {serial}&?#批"},
            "https://x/2026%2F05%20%7Bserial%7D%26%3F%23%E6%89%B9",
        ),
        ("https://x/{identifier}", {"identifier": "88.118.1001/A B"}, "https://x/88.118.1001/A%20B"),
        ("https://x/{lot}/{serial}", {"lot": "A", "serial": ""}, None),
        ("https://x/", {}, "https://x/"),
    ],
)
def test_a_template_is_filled_in_encoded_or_left_out(
    template: str, values: dict[str, str], filled: str | None
) -> None:
    assert link_rules.fill(template, values) == filled


@given(st.text(min_size=1, max_size=60))
def test_no_lot_breaks_out_of_its_place(lot: str) -> None:
    lot = lot.encode(errors="replace").decode()
    filled = link_rules.fill("https://x.example/l/{lot}?q={lot}", {"lot": lot})
    assert filled is not None
    parts = urlsplit(filled)
    assert (parts.netloc, parts.path.count("/"), parts.fragment) == ("x.example", 2, "")
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", lot)]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (link_rules.href, "javascript:alert(1)"),
        (link_rules.href, "https://x.example/\n"[:-1] + "\x00"),
        (link_rules.href, "https://x.example/<b>"),
        (link_rules.href, "https://a@x.example/"),
        (link_rules.href, "https://x.example:99999/"),
        (link_rules.href, "https://[::1/"),
        (link_rules.href, "https://x.example/{"),
        (link_rules.href, "https://x.example/{lot}}"),
        (link_rules.relation, "anchor"),
        (link_rules.relation, "gs1:defaultLink"),
        (link_rules.relation, "https://x.example/a-b"),
        (link_rules.relation, "itemDescription"),
        (link_rules.languages, "en, chinese"),
        (link_rules.languages, ",".join(f"a{chr(97 + n)}" for n in range(11))),
        (link_rules.media_type, "text"),
        (link_rules.media_type, "text/html; charset=utf-8"),
        (link_rules.contexts, "<script>"),
        (link_rules.title, ""),
        (link_rules.title, "a\u202eb"),
    ],
)
def test_what_cannot_be_used_names_its_field(rule: Any, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        rule(text)
    assert caught.value.values["field"] == rule.__name__
    assert caught.value.english()


def test_lists_are_read_however_they_are_separated() -> None:
    assert link_rules.languages("zh，EN-gb; zh、fr") == ("zh", "en-GB", "fr")
    assert link_rules.contexts("CN SG,CN") == ("CN", "SG")
    assert link_rules.media_type(" Text/HTML ") == "text/html"
    assert link_rules.relation(" https://ref.gs1.org/voc/pip ") == "gs1:pip"
    assert link_rules.relation("https://schema.org/warranty") == "https://schema.org/warranty"
    assert link_choice.wanting("gs1:pip", "C&N", "text/html", "en") == read(
        "linkType=gs1:pip&context=C%26N", "text/html", "en"
    )
