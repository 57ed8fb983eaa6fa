"""The forms of an event that readers get: whole for who recorded it, cut for others, and valid either way."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.domain.epcis import telling
from app.domain.epcis.judging import faults_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
OURS: dict[str, Any] = {
    "type": "ObjectEvent", "eventID": "urn:uuid:1", "eventTime": "2026-05-01T00:00:00.000Z", "action": "OBSERVE",
    "eventTimeZoneOffset": "+00:00", "bizStep": "reserving", "disposition": "reserved", "epcList": ["hdl:1/A", "hdl:1/B"],
    "quantityList": [{"epcClass": "hdl:1/L", "quantity": 5, "uom": ""}],
    "bizTransactionList": [{"type": "po", "bizTransaction": "PO 7/8"}, {"type": "po", "bizTransaction": "urn:x:1"}],
    "ilmd": {"suyuan:values": {"secret": 1}}, "suyuan:operator": "Ana", "suyuan:nonce": "n", "suyuan:visit": "v",
    "suyuan:recorded": "2026-05-01T00:00:00.000Z", "suyuan:organisation": "88.118.1", "suyuan:reason": "why",
}  # fmt: skip
SENT: dict[str, Any] = {
    "@context": [{"ex": "urn:ex:"}], "type": "ObjectEvent", "eventTime": "2026-05-01T00:00:00Z",
    "eventTimeZoneOffset": "+00:00", "action": "ADD", "epcList": ["hdl:1/A", "hdl:1/B"], "ex:colour": "red",
    "readPoint": {"id": "urn:x:dock", "ex:door": 7}, "ilmd": {"ex:grade": "A"},
    "quantityList": [{"epcClass": "hdl:1/L", "quantity": 5, "uom": "KGM"}],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}],
    "sourceList": [{"type": "location", "source": "urn:x:1"}, {"type": "owning_party", "source": "urn:x:2"}],
    "errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z", "reason": "incorrect_data", "ex:by": "Ana"},
}  # fmt: skip


def _whole(stored: dict[str, Any], entry_id: str = "urn:uuid:1") -> dict[str, Any]:
    return telling.whole_form(orjson.dumps(stored).decode(), entry_id, NOW)


def _cut(event: dict[str, Any], seen: str, **how: bool) -> dict[str, Any] | None:
    return telling.cut_form(event, lambda name: name in seen.split(), lambda _: False, **how)


def test_our_own_step_is_a_valid_event_without_staff() -> None:
    event = _whole(OURS)
    assert faults_of(event) == []
    text = orjson.dumps(event).decode()
    for private in telling.PRIVATE:
        assert private not in text
    documents = [pair["bizTransaction"] for pair in event["bizTransactionList"]]
    assert documents == ["suyuan:bt/88.118.1/PO%207%2F8", "urn:x:1"]
    assert event["suyuan:values"] == {
        "secret": 1
    }  # beside the event: master data is for things that are made


def test_what_was_captured_is_told_as_it_was_sent() -> None:
    digest = "ab" * 32
    envelope = {"event": SENT, "hash": f"ni:///sha-256;{digest}?ver=CBV2.0", "operator": "Ana"}
    event = _whole(envelope, "some-key")
    assert event == SENT | {
        "eventID": f"ni:///sha-256;{digest}?ver=CBV2.0",
        "recordTime": "2026-05-01T00:00:00.000Z",
    }
    named = _whole(envelope | {"event": SENT | {"eventID": "urn:mine"}}, "urn:mine#error-1")
    assert named["eventID"] == "urn:mine"


def test_a_correction_of_ours_has_the_id_of_what_it_corrects() -> None:
    declaration = {
        "declarationTime": "2026-05-02T00:00:00Z",
        "reason": "oops",
        "suyuan:declares": "urn:uuid:0",
    }
    event = _whole(OURS | {"errorDeclaration": declaration})
    assert event["eventID"] == "urn:uuid:0"
    assert event["errorDeclaration"] == {"declarationTime": "2026-05-02T00:00:00Z", "suyuan:reason": "oops"}
    assert faults_of(event) == []


@pytest.mark.parametrize(
    ("how", "there", "not_there"),
    [
        (
            {"named": True, "frank": True},
            ["ex:colour", "ex:grade", "ex:door", "ex:by", "urn:x:1", '"quantity":5'],
            ["hdl:1/B"],
        ),
        (
            {"named": False, "frank": True},
            ["urn:x:1", '"quantity":5', "incorrect_data", "urn:x:dock"],
            ["hdl:1/B", "ex:colour", "ex:grade", "ex:door", "ex:by"],
        ),
        (
            {"named": False, "frank": False},
            ["urn:x:2", "urn:x:dock", "2026-05-02"],
            [
                "hdl:1/B",
                "ex:colour",
                "ex:grade",
                "ex:door",
                "ex:by",
                "urn:x:1",
                '"quantity"',
                "incorrect_data",
            ],
        ),
    ],
)
def test_others_get_what_is_theirs_to_know(
    how: dict[str, bool], there: list[str], not_there: list[str]
) -> None:
    event = _cut(_whole(SENT | {"eventID": "urn:mine"}), "hdl:1/A hdl:1/L", **how)
    assert event is not None
    assert faults_of(event) == []
    text = orjson.dumps(event).decode()
    for part in there:
        assert part in text
    for part in not_there:
        assert part not in text


def test_what_a_mint_says_of_its_things_stays_with_who_minted() -> None:
    for how in ({"named": True, "frank": True}, {"named": False, "frank": False}):
        event = _cut(_whole(OURS), "hdl:1/A", **how)
        assert event is not None
        assert "secret" not in orjson.dumps(event).decode()


def test_of_an_event_with_nothing_for_the_reader_nothing_is_told() -> None:
    how = {"named": True, "frank": True}
    assert _cut(_whole(SENT | {"eventID": "urn:mine"}), "hdl:1/Z", **how) is None
    packed = {
        "type": "AggregationEvent",
        "parentID": "hdl:1/P",
        "childEPCs": ["hdl:1/A"],
        "eventID": "urn:mine",
    }
    assert _cut(packed, "hdl:1/A", **how) is None
    assert _cut(packed, "hdl:1/A hdl:1/P", **how) == packed
