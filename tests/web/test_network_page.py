"""The page of the network: for the company that runs the node, at every level, whatever nodes below have told."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest
from flask import Flask

from app.services import filing
from app.settings import Settings
from app.store import filing as rows
from app.store import measures
from app.store.database import reading, writing
from app.store.tables import FilingRow, FilingSource
from tests.support.tenants import Tenants, Visitor
from tests.web.conftest import Clock


def test_a_company_that_does_not_run_the_node_finds_nothing_there(visit) -> None:  # noqa: ANN001
    cy: Visitor = visit("cy")
    assert cy.get("/network").status_code == 404
    assert "/network" not in cy.get("/").text
    assert cy.post("/network/faults", {"cause": "x", "fault_class": "1"}).status_code == 404
    assert cy.post("/network/monthly").status_code == 404


def test_look_ups_and_things_of_the_node_are_shown(visit, app: Flask, clock: Clock) -> None:  # noqa: ANN001
    ana: Visitor = visit("ana")
    app.test_client().get("/api/handles/88.118.1001/NOTHING")
    assert app.extensions["suyuan-fast"]._counting.flush()
    page = ana.get("/network?days=7").text
    assert "<svg" in page
    assert "chart-whole" in page
    assert "style=" not in page, "the content policy allows no inline styles"
    assert ana.get("/network?days=abc").status_code == 200


def test_a_fault_is_written_down_and_ended_once(visit) -> None:  # noqa: ANN001
    ana: Visitor = visit("ana")
    ana.get("/network")
    sent = {"cause": "disk <b>full</b>", "fault_class": "2", "event_time": "2026-05-20T08:00"}
    assert ana.post("/network/faults", sent).status_code == 303
    page = ana.get("/network").text
    assert "disk &lt;b&gt;full&lt;/b&gt;" in page
    number = page.partition('name="number" value="')[2].partition('"')[0]
    assert ana.post("/network/faults/over", {"number": number}).status_code == 303
    assert 'name="number"' not in ana.get("/network").text
    assert ana.post("/network/faults/over", {"number": number}).status_code == 409
    assert ana.post("/network/faults/over", {"number": "\x00"}).status_code in {400, 404}


@pytest.mark.parametrize(
    "sent",
    [
        {"cause": "", "fault_class": "1"},
        {"cause": "x", "fault_class": "9"},
        {"cause": "x", "fault_class": "1", "event_time": "yesterday"},
        {"cause": "x", "fault_class": "1", "event_time": "2036-05-20T08:00"},
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused_in_a_sentence(visit, sent: dict[str, str]) -> None:  # noqa: ANN001
    ana: Visitor = visit("ana")
    ana.get("/network")
    assert ana.post("/network/faults", sent).status_code == 400


def test_the_monthly_report_is_a_job(visit) -> None:  # noqa: ANN001
    ana: Visitor = visit("ana")
    ana.get("/network")
    answer = ana.post("/network/monthly")
    assert answer.status_code == 303
    assert "Monthly report" in ana.get(answer.headers["Location"]).text


def test_what_nodes_below_tell_is_shown_as_text_whatever_it_is(
    app: Flask, world: Tenants, clock: Clock
) -> None:
    """Codes of industries come from other nodes, and sums may lack what a page looks for."""
    node = app.extensions["suyuan"]
    evil = {"enterprises": 3, "identifiers": 2, "requests": 1}
    body = {
        "nodes": 1, "enterprises": 3, "identifiers": 2, "requests": 1, "successes": 1,
        "by_industry": {"<b>": evil, "ZZ": evil, "C38": evil}, "by_region": {"99": evil, "<i>": evil},
    }  # fmt: skip
    with writing(node.engine) as session:
        filing.filer(session, "88.118", frozenset({"delegate"}), "")
        row = FilingRow(
            zone="88.118.7", stream="f" * 32, dataset="SUM", key="2026-05-20", body=orjson.dumps(body).decode(),
            digest="", time=clock(),
        )  # fmt: skip
        rows.put(session, row)
        source = FilingSource(zone="88.118.7", stream="f" * 32, first_time=clock(), last_time=clock())
        rows.add_source(session, source)
    visitor = Visitor(app)
    visitor.sign_in("ana")
    page = visitor.get("/network").text
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert world.ana.node


@pytest.mark.parametrize(("proxies", "expected"), [(0, "10.0.0.9"), (1, "192.0.2.7"), (2, "198.51.100.1")])
def test_who_asked_is_noted_by_the_address_that_trusted_proxies_tell(
    make_app: Callable[..., Flask], settings: Settings, clock: Clock, proxies: int, expected: str
) -> None:
    app = make_app(replace(settings, trusted_proxies=proxies))
    forwarded = {"X-Forwarded-For": "203.0.113.5, 198.51.100.1, 192.0.2.7"}
    for extra in ({}, {"Cookie": "a=b"}):  # answered before Flask, and by it
        app.test_client().get(
            "/api/handles/88.999/X", headers=forwarded | extra, environ_base={"REMOTE_ADDR": "10.0.0.9"}
        )
    assert app.extensions["suyuan-fast"]._counting.flush()
    with reading(app.extensions["suyuan"].engine) as session:
        assert measures.sources_of(session, clock().date().isoformat(), 10) == {"": [(expected, 2)]}


def test_what_registers_is_measured_apart_from_what_looks_up(visit, app: Flask, clock: Clock) -> None:  # noqa: ANN001
    ana: Visitor = visit("ana")
    ana.get("/account")
    headers = {"X-CSRFToken": ana.token}
    answer = ana.client.post("/api/v1/items", json={"level": "logistic", "count": 1}, headers=headers)
    assert answer.status_code == 201, answer.text
    assert app.extensions["suyuan-fast"]._counting.flush()
    with reading(app.extensions["suyuan"].engine) as session:
        (row,) = measures.times_of(session, clock().date().isoformat())
    assert (row.kind, row.count) == ("register", 1)
    assert row.least > 0
