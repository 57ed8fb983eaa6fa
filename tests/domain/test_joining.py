"""What partners told, joined: nobody takes away or rewrites what another told of his own."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain import joining
from app.domain.disclosed import NOWHERE, Disclosed
from app.domain.provenance import Link, Node, Party, Provenance, Record

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
CELLS, LIAR, OURS = "88.118.2002", "88.118.6666", "88.118.5005"
CAR = Node(1, 0, "hdl:88.118.5005/CAR", "serial", owner=Party(OURS, "车", "Cars"))
CELL = Node(2, 0, "hdl:88.118.2002/CELL", "lot", lot="C-1", owner=Party(CELLS, "电芯", "Cells"))
MADE = Record(
    7, "urn:uuid:1", "commission", NOW, NOW, Party(CELLS, "电芯", "Cells"), None, "", (2,), zone=CELLS
)
TIE = Link(2, 1, "assembled")


def report(*told: Disclosed) -> Provenance:
    own = Provenance(CAR, (CAR,), (), (), (), (), (), NOWHERE, NOW)
    return joining.join(own, told, ())


def honest(*records: Record, **changes: Any) -> Disclosed:
    return Disclosed(CELLS, (CAR, replace(CELL, **changes)), (TIE,), records or (MADE,))


def lying(*records: Record, node: Node = CELL, link: Link = TIE) -> Disclosed:
    return Disclosed(LIAR, (CAR, node), (link,), records)


def test_an_entry_called_like_anothers_does_not_take_its_place() -> None:
    false = replace(MADE, step="retire", party=Party(LIAR, "", "Liar"), zone=LIAR)
    found = report(lying(false), honest())
    assert ("commission", CELLS) in {(record.step, record.zone) for record in found.records}


def test_nobody_keeps_a_withdrawal_of_anothers_from_being_seen() -> None:
    wrong = replace(MADE, event_id="urn:uuid:2", seq=8, corrects=MADE.event_id)
    false = replace(wrong, event_id="urn:uuid:3", zone=LIAR, party=Party(LIAR, "", "Liar"))
    for told in ((honest(MADE, wrong), lying(false)), (lying(false), honest(MADE, wrong))):
        found = report(*told)
        assert [r.corrected for r in found.records if r.event_id == MADE.event_id] == [True]


def test_a_tie_is_not_taken_away_by_who_calls_it_a_mistake_first() -> None:
    found = report(lying(link=replace(TIE, corrected=True)), honest())
    assert [link.corrected for link in found.links] == [True, False]
    assert {node.epc for node in found.nodes} == {CAR.epc, CELL.epc}


@pytest.mark.parametrize("owner", [LIAR, CELLS])
def test_of_a_thing_its_owners_words_count_whoever_told_of_it_first(owner: str) -> None:
    false = replace(CELL, lot="FALSE", lifecycle="retired", owner=Party(owner, "", "Somebody"))
    found = report(lying(node=false), honest(lifecycle="active"))
    (cell,) = [node for node in found.nodes if node.epc == CELL.epc]
    assert (cell.lot, cell.lifecycle, cell.owner) == ("C-1", "active", CELL.owner)
    (again,) = [node for node in report(honest(), lying(node=false)).nodes if node.epc == CELL.epc]
    assert again.lot == "C-1"


def test_what_finds_no_room_in_the_report_is_not_left_out_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_THINGS", 2)
    assert report(honest()).truncated
    assert not replace(report(), truncated=False).truncated
