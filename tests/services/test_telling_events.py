"""Who is told of which events: never more than traces tell, nothing to strangers, no names of staff."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.epcis import matching, queries
from app.domain.epcis.judging import faults_of
from app.domain.people import Actor
from app.errors import Unknown
from app.services import querying, telling_events, tracing
from app.store import database, event_ties, log
from tests.services.chain import Battery, Chain, battery
from tests.services.event_pages import ids, told


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


@pytest.fixture
def closed(chain: Chain) -> Battery:
    return battery(chain)


# --- who is told what ---


def _traced(chain: Chain, known: Battery, actor: Actor) -> tuple[set[str], set[str]]:
    """Ids of all events and epcs of all things that traces show this reader."""
    events, names = set[str](), set[str]()
    for epc in (
        known.powder,
        known.cells,
        *known.modules,
        known.pack,
        known.pallet,
        known.scooter,
        known.car,
    ):
        try:
            found = tracing.trace(chain.session, actor, epc, now=chain.now)
        except Unknown:
            continue
        events |= {record.corrects or record.event_id for record in found.records}
        names |= {node.epc for node in found.nodes if not node.hidden}
    return events, names


def _named(event: dict[str, Any]) -> set[str]:
    return set(matching.names_in(event, "anyEPC")) | set(matching.names_in(event, "anyEPCClass"))


@pytest.mark.parametrize("sharing", [(), ("dee",), ("ana", "bea", "dee", "eve", "fay")])
def test_no_query_tells_more_than_traces_do(chain: Chain, sharing: tuple[str, ...]) -> None:
    known = battery(chain, **dict.fromkeys(sharing, "chain"))
    for actor in (known.ana, known.bea, known.dee, known.eve, known.fay, known.cy):
        events, names = _traced(chain, known, actor)
        found = told(chain.session, actor)
        others = [event for event in found if event["suyuan:organisation"] != actor.prefix]
        assert {event["eventID"] for event in others} <= events
        assert set().union(*map(_named, others)) <= names
        if not sharing and actor is not known.eve:  # eve's trace has two that no event is left of
            assert events <= set(ids(found))


def test_what_neighbours_hide_is_in_no_word_of_what_is_told(chain: Chain, closed: Battery) -> None:
    text = orjson.dumps(told(chain.session, closed.eve)).decode()
    for secret in ("Bea", closed.bea.prefix, closed.ana.prefix, closed.cells, "CELL-50"):
        assert secret not in text
    text = orjson.dumps(told(chain.session, closed.fay)).decode()
    for secret in (closed.dee.prefix, closed.eve.prefix, closed.pack, *closed.modules):
        assert secret not in text


def test_for_cy_there_is_nothing_by_any_way_of_asking(chain: Chain, closed: Battery) -> None:
    session, cy = chain.session, closed.cy
    secret = ids(told(session, closed.dee))[0]
    for parameters in ({}, {"MATCH_anyEPC": closed.pack}, {"EQ_eventID": secret}, {"orderBy": "eventTime"}):
        assert told(session, cy, parameters) == []
        assert querying.page_of(session, cy, queries.parse(parameters | {"maxEventCount": 1})).events == []
    with pytest.raises(Unknown) as hidden:
        querying.event_of(session, cy, secret)
    with pytest.raises(Unknown) as missing:
        querying.event_of(session, cy, "urn:uuid:never")
    assert hidden.value.english().replace(secret, "") == missing.value.english().replace("urn:uuid:never", "")
    for kind in ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions"):
        assert querying.collection_of(session, cy, kind) == ([], "")
    assert not querying.has(session, cy, "epcs", closed.pack)
    assert not querying.has(session, cy, "readPoints", chain.home[closed.dee.prefix])


def test_our_own_steps_are_events_of_the_standard_without_names_of_staff(
    chain: Chain, closed: Battery
) -> None:
    for actor in (closed.ana, closed.bea, closed.dee, closed.eve, closed.fay):
        for event in told(chain.session, actor):
            assert faults_of(event) == [], event
            assert "suyuan:operator" not in event
            assert "recordTime" in event


def test_what_is_told_does_not_depend_on_what_is_looked_at_together(
    chain: Chain, closed: Battery, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {actor: told(chain.session, actor) for actor in (closed.dee, closed.eve, closed.fay)}
    monkeypatch.setattr(event_ties, "MOST", 3)  # of things of several entries at a time
    for actor, events in whole.items():
        assert told(chain.session, actor) == events


def test_a_page_ends_where_too_many_chains_would_be_walked_and_the_next_goes_on(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = battery(chain, **dict.fromkeys(("ana", "bea", "dee", "eve", "fay"), "chain"))
    session, query = chain.session, queries.parse({})
    readers = (known.ana, known.fay)
    whole = {actor: told(session, actor) for actor in readers}
    end = log.size(session)
    monkeypatch.setattr(telling_events, "WALKS", 4)
    for actor in readers:
        assert told(session, actor) == whole[actor]
        sent = list(querying.recorded_after(session, actor, query, 0, end))
        assert [event for _, event in sent] == whole[actor][::-1]
        assert [seq for seq, _ in sent] == sorted({seq for seq, _ in sent})
