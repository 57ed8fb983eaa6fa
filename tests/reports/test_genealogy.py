"""The SVG of a genealogy: well formed whatever the names, the same every time, and readable without colours."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.provenance import Link, Node, Provenance
from reports.genealogy import svg
from reports.shapes import fitted, measure, wrapped
from tests.reports.support import battery
from tests.reports.support.graphs import provenances

SVG = "{http://www.w3.org/2000/svg}"


def drawn(provenance: Provenance, **more: object) -> ET.Element:
    return ET.fromstring(svg(provenance, language="en", gettext=str, **more))  # type: ignore[arg-type]


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@given(provenances(), st.integers(4, 30))
def test_any_genealogy_makes_the_same_well_formed_picture_twice(provenance: Provenance, limit: int) -> None:
    first = svg(provenance, language="en", gettext=str, limit=limit)
    assert first == svg(provenance, language="en", gettext=str, limit=limit)
    assert ET.fromstring(first).tag == f"{SVG}svg"


def test_another_process_with_other_hash_seeds_draws_the_same() -> None:
    program = (
        "import sys, hashlib; from tests.reports.support import battery; from reports.genealogy import svg;"
        "print(hashlib.sha256(svg(battery.wide(400), language='en', gettext=str, limit=60).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(seen) == 1


@given(st.text(max_size=60))
def test_no_name_can_break_out_of_the_picture(name: str) -> None:
    provenance = battery.pack(5)
    subject = replace(provenance.subject, product_en=name, product_zh="", serial=name, held=name)
    nodes = tuple(subject if node.id == subject.id else node for node in provenance.nodes)
    root = drawn(
        replace(provenance, subject=subject, nodes=nodes), link=lambda _node: f"/trace/{quote(name)}?<&'\""
    )
    allowed = {"svg", "title", "g", "a", "text", "rect", "path"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "'; DROP", "&amp;", "]]>", "أمان"]
)
def test_a_hostile_name_is_shown_as_it_is(name: str) -> None:
    provenance = battery.pack(5)
    subject = replace(provenance.subject, product_en=name)
    nodes = tuple(subject if node.id == subject.id else node for node in provenance.nodes)
    root = drawn(replace(provenance, subject=subject, nodes=nodes))
    assert any(name[:8] in text for text in texts(root))
    assert not list(root.iter(f"{SVG}script"))


def test_a_name_cannot_turn_the_reading_direction_or_hide_characters() -> None:
    provenance = battery.pack(5)
    subject = replace(provenance.subject, product_en="Pack\u202egnp.exe\u200b\x00\ud800")
    nodes = tuple(subject if node.id == subject.id else node for node in provenance.nodes)
    assert "Packgnp.exe" in texts(drawn(replace(provenance, subject=subject, nodes=nodes)))


def test_there_are_no_inline_styles_or_scripts_for_a_content_policy_to_refuse() -> None:
    for element in drawn(battery.pack(), link=lambda node: f"/trace/{node.id}").iter():
        assert not {name for name in element.attrib if name == "style" or name.startswith("on")}


def test_the_picture_says_what_it_is() -> None:
    root = drawn(battery.pack())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Genealogy of Traction battery pack 82 kWh – SN HY82-260308-0017"
    assert root[0].tag == f"{SVG}title"


def test_with_links_it_is_a_group_so_that_the_links_can_be_reached() -> None:
    root = drawn(battery.pack(5), link=lambda node: f"/trace/{node.id}?a=1&b=2")
    assert root.get("role") == "group"
    addresses = {element.get("href") for element in root.iter(f"{SVG}a")}
    assert f"/trace/{battery.pack(5).subject.id}?a=1&b=2" in addresses


def test_what_is_not_shared_and_a_transformation_lead_nowhere() -> None:
    provenance = battery.pack(5)
    asked: list[Node] = []
    drawn(provenance, link=lambda node: str(asked.append(node) or f"/{node.id}"))
    assert {node.level for node in asked} == {"lot", "serial", "logistic"}


def test_an_empty_address_makes_no_link() -> None:
    assert not list(drawn(battery.pack(5), link=lambda _node: "").iter(f"{SVG}a"))


def test_held_hidden_undone_and_subject_are_told_without_colour() -> None:
    root = drawn(battery.pack(5))
    assert {"Held", "Not shared", "Subject"} <= set(texts(root))
    dashed = [element for element in root.iter(f"{SVG}path") if element.get("class") == "genealogy-undone"]
    assert len(dashed) == 1
    assert dashed[0].get("stroke-dasharray")


def test_each_level_has_an_outline_of_its_own() -> None:
    outlines = {}
    for group in drawn(battery.pack(5)).iter(f"{SVG}g"):
        level = (group.get("class") or "").removeprefix("genealogy-")
        if level in {"lot", "serial", "logistic", "process"}:
            shape = group[1]
            outlines[level] = shape.get("rx") or re.sub(r"[^a-zA-Z]+", "", shape.get("d") or "")
    assert len(outlines) == len(set(outlines.values())) == 4


def test_quantities_stand_on_the_links() -> None:
    assert {"212.5\u00a0kg", "4,800\u00a0pcs", "48\u00a0pcs"} <= set(texts(drawn(battery.pack(5))))


def test_no_two_quantities_overlap() -> None:
    root = drawn(battery.pack())
    papers = [
        tuple(float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
        for group in root
        if group.get("class") == "genealogy-quantities"
        for rect in group.iter(f"{SVG}rect")
    ]
    assert len(papers) > 10
    for number, (x, y, width, height) in enumerate(papers):
        for a, b, across, down in papers[number + 1 :]:
            assert x + width <= a or a + across <= x or y + height <= b or b + down <= y


def test_names_are_in_the_readers_language() -> None:
    chinese = svg(battery.pack(5), language="zh-CN", gettext=str)
    assert "动力电池包" in chinese
    assert "Traction battery pack" not in chinese
    assert "Battery management unit" in chinese  # has no Chinese name


def test_a_stack_says_how_many_it_holds_and_names_them_in_its_tooltip() -> None:
    root = drawn(battery.pack(24), limit=40)
    assert texts(root).count("8 × Cell module 12S4P") == 2
    titles = [element.text or "" for element in root.iter(f"{SVG}title")]
    assert any("SN M-0001" in title and "SN M-0008" in title for title in titles)


def test_the_legend_explains_only_what_occurs() -> None:
    lone = battery.pack(5).subject
    root = drawn(replace(battery.pack(5), nodes=(lone,), links=()))
    assert "Serial item" in texts(root)
    assert "Held" not in texts(root)


def test_a_link_to_itself_or_to_nowhere_is_no_reason_to_fail() -> None:
    provenance = battery.pack(5)
    here = provenance.subject.id
    odd = (Link(here, here, "packed"), Link(here, 9999, "packed"), Link(9999, here, "consumed"))
    assert drawn(replace(provenance, links=provenance.links + odd)) is not None


@given(st.text(max_size=80), st.integers(20, 200))
def test_a_fitted_text_is_never_estimated_wider_than_its_room(value: str, width: int) -> None:
    assert measure(fitted(value, width, 10)) * 10 <= max(width, 22)


@given(st.text(max_size=80))
def test_a_wrapped_text_has_two_lines_at_most(value: str) -> None:
    assert len(wrapped(value, 100, 10)) <= 2


def test_a_name_of_two_lines_breaks_at_a_space_into_like_halves() -> None:
    assert wrapped("21700 cylindrical cell 5.0 Ah", 140, 11) == ["21700 cylindrical", "cell 5.0 Ah"]
