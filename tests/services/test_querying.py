"""Queries of events: the database's narrowing loses nothing, pages join without a seam, and nobody is told too much."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from app.domain.epcis import documents, matching, queries
from app.domain.epcis.queries import BadQuery, TooLarge
from app.domain.people import Actor
from app.errors import Unknown
from app.services import capturing, capturing_events, preparing, querying, subscribing, vocabularies
from app.services.querying import pages
from app.store import database
from tests.services.chain import Battery, Chain, battery
from tests.services.event_pages import EX, LOTS, PARTIES, PLACES, SERIALS, STEPS, ids, sent, told
from tests.support.vectors import FOLDER

VECTORS = FOLDER / "epcis"


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


WORDS: dict[str, list[Any]] = {
    "eventType": ["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransformationEvent"],
    "EQ_action": ["ADD", "OBSERVE"],
    "EQ_bizStep": [*STEPS, "https://ref.gs1.org/cbv/BizStep-shipping", "assembling"],
    "EQ_disposition": ["in_transit", "https://ns.example.com/disp/x"],
    "EQ_readPoint": [*PLACES, "https://id.gs1.org/414/4012345000016"],
    "EQ_bizLocation": PLACES,
    "WD_bizLocation": ["urn:example:plant", *PLACES],
    "MATCH_epc": [
        *SERIALS,
        "urn:epc:idpat:sgtin:4012345.011111.*",
        "https://id.gs1.org/01/04012345111118/21/3",
    ],
    "MATCH_anyEPC": SERIALS,
    "MATCH_anyEPCClass": [*LOTS, "urn:epc:class:lgtin:4012345.022222.L1"],
    "EQ_source_owning_party": PARTIES,
    "EQ_bizTransaction_po": ["urn:example:po:0", "urn:example:po:1"],
    "EQ_persistentDisposition_set": ["completeness_verified"],
    "EQ_ILMD_e:grade": ["A", "B", 7, "7"],
    "EQ_INNER_ILMD_e:deeper": [0, 1, "2"],
    "EQ_e:weight": [1, "2.5", "1"],
    "EQ_e:seen": ["2026-05-01T00:00:00Z"],
    "EQ_bizLocation_e:dock": ["7"],
    "EQ_type": ["Temperature"],
    "EQ_deviceID": [PARTIES[2]],
    "EQ_value_CEL": [1, 2],
}
SINGLE: dict[str, list[Any]] = {
    "GE_eventTime": ["2026-04-29T00:00:00Z"], "LT_eventTime": ["2026-04-30T00:00:00Z"], "GE_quantity": [2, 4],
    "LT_value_CEL": [1], "GT_e:weight": [2], "EXISTS_ILMD_e:grade": [None], "EXISTS_e:weight": [None],
    "EXISTS_errorDeclaration": [None], "EXISTS_sensorElementList": [None],
}  # fmt: skip
ASKED = st.dictionaries(st.sampled_from([*WORDS, *SINGLE]), st.integers(0, 10_000), min_size=1, max_size=3)


def _asked(chosen: dict[str, int]) -> dict[str, Any]:
    return {
        name: [WORDS[name][number % len(WORDS[name])], WORDS[name][number // 7 % len(WORDS[name])]]
        if name in WORDS
        else SINGLE[name][number % len(SINGLE[name])]
        for name, number in chosen.items()
    }


def test_what_the_database_finds_is_what_matching_means(
    chain: Chain, closed: Battery, session: Session
) -> None:
    random = Random(5)
    company, other = chain.company(21, "Gus"), chain.company(22, "Hal")
    for actor in (company, other):
        events = [sent(random, chain.now) for _ in range(60)]
        outcomes = capturing_events.capture_events(session, actor, events, chain.tick(), "proceed")
        assert sum(outcome.seq is not None for outcome in outcomes) > 50
    vocabularies.keep(session, company, [PLANT], chain.now)
    vocabulary = matching.Vocabulary({"urn:example:plant": frozenset({"urn:example:dock"})})
    everything = {actor: told(session, actor) for actor in (company, closed.dee)}

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(
        ASKED,
        st.sampled_from(["", "eventTime", "recordTime", "e:weight"]),
        st.booleans(),
        st.sampled_from([company, closed.dee]),
    )
    def check(chosen: dict[str, int], order: str, descending: bool, actor: Actor) -> None:
        asked = _asked(chosen) | (
            {"orderBy": order, "orderDirection": "DESC" if descending else "ASC"} if order else {}
        )
        query = queries.parse(asked, {"e": EX})
        wanted = [event for event in everything[actor] if matching.matches(event, query, vocabulary)]
        found = told(session, actor, asked, 20)
        assert sorted(ids(found)) == sorted(ids(wanted))
        if order == "eventTime":
            times = [datetime.fromisoformat(event["eventTime"]) for event in found]
            assert times == sorted(times, reverse=descending)

    check()


PLANT = {
    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
    "vocabularyElementList": [
        {
            "id": "urn:example:plant",
            "attributes": [{"id": "urn:attr:city", "attribute": "Ulm"}],
            "children": ["urn:example:dock"],
        }
    ],
}


def test_master_data_of_a_document_is_known_to_its_company_only(chain: Chain, session: Session) -> None:
    one, two = chain.company(31, "Ida"), chain.company(32, "Jon")
    dock = sent(Random(1), chain.now) | {"bizLocation": {"id": "urn:example:plant"}}
    for actor in (one, two):
        capturing_events.capture_events(session, actor, [dock], chain.tick())
    vocabularies.keep(session, one, [PLANT], chain.now)
    for parameters in (
        {"HASATTR_bizLocation": "urn:attr:city"},
        {"EQ_ATTR_bizLocation_urn:attr:city": "Ulm"},
    ):
        assert [len(told(session, actor, parameters)) for actor in (one, two)] == [1, 0]


def test_pages_of_any_size_join_to_the_same_whole(session: Session, chain: Chain, closed: Battery) -> None:
    for order in ({}, {"orderBy": "eventTime"}, {"orderBy": "recordTime", "orderDirection": "ASC"}):
        whole = ids(told(session, closed.dee, dict(order)))
        assert len(whole) == len(set(whole)) > 10
        for size in (1, 3, len(whole)):
            assert ids(told(session, closed.dee, dict(order), size)) == whole


def test_a_page_of_long_events_is_shorter_and_nothing_is_left_out(
    session: Session, closed: Battery, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ids(told(session, closed.dee))
    monkeypatch.setattr(pages, "HEAVY", 1_000)
    first = querying.page_of(session, closed.dee, queries.parse({}), "", 100)
    assert 0 < len(first.events) < len(whole)
    assert ids(told(session, closed.dee, {}, 100)) == whole


def test_new_events_do_not_shift_the_pages_that_follow(
    session: Session, chain: Chain, closed: Battery
) -> None:
    query = queries.parse({})
    before = ids(told(session, closed.dee))
    first = querying.page_of(session, closed.dee, query, "", 4)
    chain.do("hold", closed.dee, closed.modules[2], reason="late")
    second = querying.page_of(session, closed.dee, query, first.next_token, 4)
    assert ids(first.events + second.events) == before[:8]


def test_counts_that_a_query_sets_are_kept(session: Session, closed: Battery) -> None:
    whole = told(session, closed.dee, {"orderBy": "eventTime"})
    limited = {"orderBy": "eventTime", "eventCountLimit": "5"}
    assert ids(told(session, closed.dee, limited, 2)) == ids(whole)[:5]
    assert len(told(session, closed.dee, {"maxEventCount": len(whole)}, 3)) == len(whole)
    with pytest.raises(TooLarge) as raised:
        told(session, closed.dee, {"maxEventCount": len(whole) - 1}, 3)
    assert (raised.value.http_status, raised.value.exception) == (413, "QueryTooLargeException")


@pytest.mark.parametrize("token", ["x", "é", "bnVsbA", "WzEsMl0", "A" * 4_000])
def test_a_token_that_is_none_is_refused(session: Session, chain: Chain, token: str) -> None:
    with pytest.raises(BadQuery, match="no token"):
        querying.page_of(session, chain.company(1, "Ana"), queries.parse({}), token, 5)


def test_a_token_of_another_query_is_refused(session: Session, closed: Battery) -> None:
    page = querying.page_of(session, closed.dee, queries.parse({}), "", 1)
    with pytest.raises(BadQuery, match="no token"):
        querying.page_of(session, closed.dee, queries.parse({"EQ_action": "ADD"}), page.next_token, 1)


# --- single events and collections ---


@pytest.mark.parametrize(
    "parameters",
    [
        {"GE_eventTime": "0001-01-01T00:00:00Z"}, {"LT_eventTime": "9999-12-31T23:59:59.999999Z"},
        {"GE_recordTime": "0999-01-01T00:00:00+14:00"}, {"LT_recordTime": "9999-12-31T09:59:59-14:00"},
    ],
)  # fmt: skip
def test_times_at_the_ends_of_the_calendar_bound_nothing(
    session: Session, closed: Battery, parameters: dict[str, Any]
) -> None:
    assert len(told(session, closed.ana, parameters)) == len(told(session, closed.ana))


@pytest.mark.parametrize(
    "name", ["", "a\0b", "\ud800", "x" * 3_000, "%", "' OR 1=1", "urn:epc:id:sgtin:1.2.3", "hdl:"]
)
def test_names_that_nothing_has_are_simply_not_there(session: Session, closed: Battery, name: str) -> None:
    with pytest.raises(Unknown):
        querying.event_of(session, closed.ana, name)
    for kind in ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions"):
        assert not querying.has(session, closed.ana, kind, name)
    with pytest.raises(Unknown):
        subscribing.query_of(session, closed.ana, name)
    assert subscribing.queries_of(session, closed.ana, name, 30) == ([], "")


def test_a_correction_is_a_declaration_with_the_id_of_what_it_corrects(
    session: Session, chain: Chain, closed: Battery
) -> None:
    seq = chain.do("hold", closed.eve, closed.car, reason="?")
    event_id = ids(told(session, closed.eve, {"EQ_bizStep": "holding"}))[0]
    capturing.correct(session, seq, closed.eve, chain.tick(), "scanned by mistake")
    event, declaration = querying.event_of(session, closed.eve, event_id)
    assert "errorDeclaration" not in event
    assert declaration["errorDeclaration"]["suyuan:reason"] == "scanned by mistake"
    assert ids(told(session, closed.eve, {"EXISTS_errorDeclaration": ""})) == [event_id]
    assert len(told(session, closed.eve, {"EQ_eventID": event_id})) == 2


def test_a_captured_event_comes_back_as_it_was_sent(session: Session, chain: Chain) -> None:
    actor = chain.company(41, "Kim")
    event = sent(Random(9), chain.now)
    (outcome,) = capturing_events.capture_events(session, actor, [event], chain.tick())
    (found,) = querying.event_of(session, actor, outcome.event_id)
    assert found == event | {"eventID": outcome.event_id, "recordTime": found["recordTime"]}


def test_collections_list_what_is_told_page_by_page(session: Session, chain: Chain, closed: Battery) -> None:
    for kind, parameter in (
        ("bizSteps", "EQ_bizStep"),
        ("readPoints", "EQ_readPoint"),
        ("epcs", "MATCH_anyEPC"),
    ):
        whole, end = querying.collection_of(session, closed.dee, kind, "", 1_000)
        assert end == ""
        assert whole == sorted(set(whole))
        assert len(whole) > 2
        paged, token = list[str](), ""
        for _ in itertools.count():
            page, token = querying.collection_of(session, closed.dee, kind, token, 2)
            paged += page
            if not token:
                break
        assert paged == whole
        for value in whole:
            assert querying.has(session, closed.dee, kind, value)
            assert querying.within(kind, value) == {parameter: [value]}
            assert told(session, closed.dee, querying.within(kind, value)), value


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_every_event_of_the_shared_documents_comes_back_as_it_was_sent(
    session: Session, chain: Chain
) -> None:
    actor = chain.company(51, "Lea")
    sent_ids: dict[str, dict[str, Any]] = {}
    for path in sorted((VECTORS / "documents").glob("JSON__*.json")):
        if "Invalid" in path.name or "__Events__" in path.name:
            continue
        document = documents.read_document(path.read_bytes())
        prepared = preparing.prepare(document.events, chain.now, document.hash_of)
        for outcome in capturing_events.capture_prepared(session, actor, prepared, chain.tick(), "proceed"):
            if outcome.seq is not None and not outcome.existed:
                sent_ids[outcome.event_id] = dict(document.events[outcome.index])
    found = {event["eventID"]: event for event in told(session, actor)}
    assert len(sent_ids) > 15
    for event_id, event in sent_ids.items():
        alone = found[event_id]
        assert alone == event | {"eventID": event_id, "recordTime": alone["recordTime"]}
        for listed in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
            for epc in event.get(listed, ()):
                assert event_id in ids(told(session, actor, {"MATCH_anyEPC": [epc]})), (event_id, epc)


def test_as_many_values_as_the_language_allows_are_looked_for(session: Session, closed: Battery) -> None:
    many = [f"https://id.gs1.org/01/04012345111118/21/{number}" for number in range(1_000)]
    lists = ("MATCH_epc", "MATCH_anyEPC", "MATCH_inputEPC")
    assert told(session, closed.ana, dict.fromkeys(lists, many)) == []
    assert told(session, closed.ana, {"EQ_eventID": many, "EQ_readPoint": many, "EQ_type": many}) == []
