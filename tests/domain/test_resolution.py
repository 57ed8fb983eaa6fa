"""One rule for what a node of any level answers: a record, a referral strictly closer, or that there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import resolution, zones
from app.domain.delegations import Delegation, Endpoint, delegation_of, time_text
from app.domain.handles import public_json, text_value
from app.domain.resolution import Known, answer, body_of, read, ttl_of
from app.domain.trust import public_key_of
from app.errors import Malformed

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
KEY = public_key_of(b"k" * 32)
ARRAY = public_json([text_value(1, "URL", "https://a.cn")])
STATEMENT = {"payload": "e30", "key": KEY.key_id, "alg": "EdDSA", "signature": "AA"}
LABELS = st.sampled_from(["88", "11", "118", "1001", "8", "A"])
ZONES = st.lists(LABELS, max_size=4).map(".".join)


def below(zone: str, state: str = "active", days: float = 30) -> Delegation:
    return Delegation(
        zone=zone,
        issuer=zones.parent(zone) or "",
        serial=3,
        keys=(KEY,),
        endpoints=(Endpoint(url="https://child.test"),),
        state=state,
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=days),
        subject={"name_zh": "某某", "name_en": "Some", "industry": "C36", "region": "420100"},
    )


def told(handle: str, zone: str | None, **more: Any) -> resolution.Answer:
    if more.get("below"):
        more.setdefault("statement", STATEMENT)
    return answer(handle, Known(zone, **more), NOW)


@pytest.mark.parametrize(
    ("zone", "closest", "outcome"),
    [("", "88", "referral"), ("88", "88.118", "referral"), ("88.118", "88.118.8", "referral")],
)
def test_each_level_refers_to_the_next(zone: str, closest: str, outcome: str) -> None:
    found = told("88.118.8/X", zone, below=below(closest))
    assert (found.outcome, found.zone, found.statement) == (outcome, zone, STATEMENT)
    assert found.ttl == resolution.REFERRAL_TTL


def test_the_last_level_has_the_record_or_has_none() -> None:
    assert told("88.118.8/X", "88.118.8", array=ARRAY).outcome == "record"
    missing = told("88.118.8/X", "88.118.8")
    assert (missing.outcome, missing.scope, missing.ttl) == ("missing", "handle", 60)


def test_a_prefix_that_was_given_to_nobody_is_missing_with_all_its_names() -> None:
    assert told("88.118.9/X", "88.118").scope == "prefix"
    assert told("88.118.9/X", "88.118", serves=True).scope == "handle"


def test_a_node_says_of_a_neighbours_handle_that_others_have_to_be_asked() -> None:
    for handle in ("88.119.1/X", "88.11/X", "88.1180/X", "99/X"):
        assert told(handle, "88.118").outcome == "elsewhere"
        assert told(handle, "88.118", array=ARRAY).outcome == "elsewhere"


def test_a_company_of_this_node_with_a_prefix_elsewhere_is_answered_for_in_its_own_name() -> None:
    found = told("88.119.1/X", "88.118.8", array=ARRAY, serves=True)
    assert (found.outcome, found.zone) == ("record", "88.119.1")


def test_a_node_without_a_place_in_the_network_answers_for_what_it_serves() -> None:
    assert told("88.1/X", None).outcome == "elsewhere"
    assert told("88.1/X", None, serves=True).outcome == "missing"
    assert told("88.1/X", None, serves=True, array=ARRAY).outcome == "record"


def test_a_record_of_ones_own_does_not_answer_for_a_zone_that_was_handed_on() -> None:
    assert told("88.118.8/X", "88.118", below=below("88.118.8"), array=ARRAY).outcome == "referral"


@pytest.mark.parametrize(("state", "outcome"), [("suspended", "suspended"), ("left", "missing")])
def test_a_zone_out_of_service_is_not_referred_to(state: str, outcome: str) -> None:
    found = told("88.118.8/X", "88.118", below=below("88.118.8", state))
    assert found.outcome == outcome
    assert found.ttl <= 60


def test_a_referral_is_kept_no_longer_than_its_statement_counts() -> None:
    assert told("88.118.8/X", "88.118", below=below("88.118.8", days=100 / 86_400)).ttl == 100
    assert told("88.118.8/X", "88.118", below=below("88.118.8", days=-1)).ttl == 0


def test_a_prefix_is_told_of_by_its_parent_with_sites_and_keys() -> None:
    found = told("0.NA/88.118.8", "88.118", below=below("88.118.8"))
    assert (found.outcome, found.statement) == ("record", STATEMENT)
    values = orjson.loads(found.array or b"")
    assert {value["type"] for value in values} >= {"HS_SITE", "HS_PUBKEY", "STATE", "NAME_ZH"}
    assert len({value["index"] for value in values}) == len(values)
    above = told("0.na/88.118.8", "88", below=below("88.118"))
    assert above.outcome == "referral"


@given(zone=ZONES, closest=ZONES, prefix=ZONES, state=st.sampled_from(["active", "suspended", "left"]))
def test_a_referral_always_leads_strictly_closer(zone: str, closest: str, prefix: str, state: str) -> None:
    if not closest or not prefix:
        return
    found = told(f"{prefix}/X", zone, below=below(closest, state))
    if found.outcome == "referral":
        assert zones.covers(zone, closest)
        assert closest != zone
        assert zones.covers(closest, prefix)
    assert found.outcome == "elsewhere" or zones.covers(found.zone, prefix)


# --- as it travels ---


def test_an_answer_is_read_as_it_was_written() -> None:
    for found in (
        told("88.118.8/X", "88.118.8", array=ARRAY),
        told("88.118.8/X", "88.118.8"),
        told("88.118.8/X", "88.118", below=below("88.118.8")),
        told("88.118.8/X", "88.118", below=below("88.118.8", "suspended")),
        told("0.NA/88.118.8", "88.118", below=below("88.118.8")),
        told("99.1/X", "88"),
    ):
        body = orjson.loads(orjson.dumps(body_of("88.118.8/X", "n", found, NOW)))
        assert read(body) == found
        assert body["issued"] == "2026-05-20T08:30:00Z"
        assert body["expires"] > body["issued"]


def test_a_statement_that_was_made_is_one_that_is_read() -> None:
    made = below("88.118.8")
    assert delegation_of(orjson.loads(orjson.dumps(made.body))) == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["outcome", "zone", "ttl", "values", "delegation", "scope"])


@given(changes=st.dictionaries(FIELDS, JSON, min_size=1, max_size=3))
def test_whatever_a_stranger_signs_is_an_answer_or_none(changes: dict[str, Any]) -> None:
    body = orjson.loads(orjson.dumps(body_of("88.1/X", "n", told("88.1/X", "88.1", array=ARRAY), NOW)))
    try:
        found = read(body | changes)
    except Malformed as error:
        assert error.code == "bad-answer"
    else:
        assert 0 <= found.ttl <= resolution.LONGEST_TTL
        assert found.outcome in resolution.OUTCOMES
        for value in orjson.loads(found.array or b"[]"):
            assert isinstance(value["type"], str)
            assert "value" in value["data"]


def test_the_shortest_time_of_its_values_is_that_of_a_record() -> None:
    def array(*ttls: Any) -> bytes:
        return orjson.dumps([{"index": n, "type": "T", "ttl": ttl} for n, ttl in enumerate(ttls)])

    assert ttl_of(array(86_400, 60, 3_600), NOW) == 60
    assert ttl_of(array(10**9), NOW) == resolution.LONGEST_TTL
    assert ttl_of(array(time_text(NOW + timedelta(seconds=90)), 3_600), NOW) == 90
    for odd in (time_text(NOW - timedelta(days=1)), "soon", None, True, -5, 1.5):
        assert ttl_of(array(3_600, odd), NOW) == 0
