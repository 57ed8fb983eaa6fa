"""What stands on labels: the values of things of each level, in few queries."""

import pytest
from sqlalchemy import event

from app.errors import Refused, Unknown
from app.services import labelling, voiding
from app.store.database import reading, writing
from tests.support.world import World

BASE = "https://id.example.com"


def test_a_label_says_what_its_thing_is_in_both_languages(world: World) -> None:
    lot = world.lot("powder", "L-1", "12.5")
    (pallet,) = world.mint()
    with reading(world.engine) as session:
        content, carton = labelling.contents_of(session, world.ana, [lot, pallet], BASE, "zh")
        (site,) = labelling.contents_of(session, world.ana, [world.at["plant"]], BASE, "en")
    assert content.payload == f"HTTPS://ID.EXAMPLE.COM/{lot.removeprefix('hdl:')}"
    assert content.values["name_zh"] == "powder产品"
    assert content.values["part"] == "POWDER"
    assert (content.values["quantity"], content.values["unit"], content.values["lot"]) == (
        "12.5",
        "千克",
        "L-1",
    )
    assert content.value("company", "en") == "Ana Batteries"
    assert carton.identifier == pallet.removeprefix("hdl:")
    assert "lot" not in carton.values
    assert (site.values["location"], site.value("name", "zh")) == ("Plant", "plant地点")


def test_a_copy_says_which_it_is_and_a_first_label_nothing(sqlite_world: World) -> None:
    first, second = sqlite_world.mint("module", 2)
    with reading(sqlite_world.engine) as session:
        contents = labelling.contents_of(session, sqlite_world.ana, [first, second], BASE, "en", {second: 2})
    assert [content.values.get("copy") for content in contents] == [None, "copy 2"]


def test_nobody_prints_labels_of_others_or_of_what_is_void(sqlite_world: World) -> None:
    void, other = sqlite_world.mint("module")[0], sqlite_world.mint("car", by="dee")[0]
    with writing(sqlite_world.engine) as session:
        voiding.void(session, sqlite_world.ana, void, "torn", sqlite_world.tick())
    with reading(sqlite_world.engine) as session:
        with pytest.raises(Refused) as refused:
            labelling.contents_of(session, sqlite_world.ana, [void], BASE, "en")
        with pytest.raises(Unknown):
            labelling.contents_of(session, sqlite_world.ana, [other], BASE, "en")
    assert refused.value.code == "identifier-void"


def test_a_thousand_labels_take_no_more_queries_than_ten(sqlite_world: World) -> None:
    epcs = sqlite_world.mint("module", 1_000)
    statements: list[str] = []
    event.listen(sqlite_world.engine, "before_cursor_execute", lambda *values: statements.append(values[2]))
    counts = []
    for size in (10, 400):
        statements.clear()
        with reading(sqlite_world.engine) as session:
            assert len(labelling.contents_of(session, sqlite_world.ana, epcs[:size], BASE, "zh")) == size
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8
