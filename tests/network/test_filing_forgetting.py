"""What the node above has had for a month goes from the line of changes; whoever was put back is told all anew."""

import pytest

from app.domain import filings
from app.errors import PeerFailed
from app.services import filing
from app.store import filing as rows
from app.store.tables import FilingChange, FilingRow, FilingSource, FilingStream
from tests.support.simfiling import CELLS, Country, item, push
from tests.support.simnet import SimNet
from tests.support.world import World


@pytest.fixture
def world(country: Country) -> World:
    return country.world("cells")


@pytest.fixture
def country(net: SimNet) -> Country:
    made = Country(net)
    made.join("cells", CELLS)
    return made


def seqs(country: Country, name: str) -> list[int]:
    return [change.seq for change in country.line(name)]


def filed(country: Country, world: World, days: int = 0) -> None:
    world.piece()
    country.net.clock.pass_by(days=days)
    country.file(everything=True)


def stream(country: Country, name: str) -> str:
    with country.net[name].reading() as session:
        return session.get_one(FilingStream, 1).stream


def test_what_the_node_above_has_had_for_a_month_goes_and_the_line_goes_on(
    country: Country, world: World
) -> None:
    filed(country, world)
    before = seqs(country, "cells")
    filed(country, world, days=31)
    filed(country, world, days=1)
    left = seqs(country, "cells")
    assert left[0] > before[-1]
    assert left == list(range(left[0], left[-1] + 1))
    things = len(country.told("auto", "T9"))
    filed(country, world, days=1)
    assert len(country.told("auto", "T9")) > things


def test_what_nobody_has_acknowledged_stays_however_old_it_is(country: Country, world: World) -> None:
    country.net.wire.down("auto")
    for _ in range(3):
        world.piece()
        country.net.clock.pass_by(days=40)
        with pytest.raises(PeerFailed):
            country.file("cells", everything=True)
    assert seqs(country, "cells")[0] == 1
    country.net.wire.heal()
    things = {change.key for change in country.line("cells") if change.dataset == "T9"}
    country.file("cells")
    assert {key for _, key in country.told("auto", "T9")} == things


def test_a_parent_put_back_further_than_that_is_told_everything_anew_and_once(
    country: Country, world: World
) -> None:
    filed(country, world)
    filed(country, world, days=31)
    filed(country, world, days=1)
    assert seqs(country, "cells")[0] > 1
    old = stream(country, "cells")
    things = country.told("auto", "T9").keys()
    with country.net["auto"].writing() as session:
        source = session.get_one(FilingSource, (CELLS, old))
        source.seq = 2  # as of its second change
        for row in rows.rows_below(session, ""):
            if row.stream == old and row.dataset == "T9":
                session.delete(row)
    country.file(everything=True)
    country.file(everything=True)
    assert stream(country, "cells") != old
    assert country.told("auto", "T9").keys() == things
    assert country.told("beijing", "T9").keys() == things, "and further up nothing is twice"


def test_a_line_that_ends_ends_at_all_levels_above(country: Country, world: World) -> None:
    """The rows of the ended line were forgotten by the node right above alone, and stood twice in the country's."""
    filed(country, world)
    with country.net["cells"].writing() as session:
        old = session.get_one(FilingStream, 1).stream
        me = filing.filer(session, CELLS, frozenset({"mint", "file"}), "https://cells.test")
        filing.begin_again(session, me, country.net.clock())
    country.file(everything=True)
    for name in ("auto", "beijing"):
        assert (
            {row.stream for row in country.told(name, "T9").values()} == {stream(country, "cells")} != {old}
        )


def test_what_was_withdrawn_below_is_withdrawn_where_all_is_told_anew(country: Country) -> None:
    told = item(seq=1, set="T11", key="template 1")
    assert push(country, "cells", [told])[0] == 200
    gone = item(seq=2, set="T11", key="template 1", op=2)
    assert push(country, "cells", [gone], after=1, newest=2, nonce="m" * 20)[0] == 200
    with country.net["auto"].writing() as session:
        me = filing.filer(session, "88.118", frozenset({"delegate", "file"}), "https://auto.test")
        filing.begin_again(session, me, country.net.clock())
    (again,) = [c for c in country.line("auto") if c.key == "template 1"]
    assert again.op == filings.WITHDRAWN


def test_nobody_ends_anothers_line_by_naming_it(country: Country, world: World) -> None:
    """Whoever learns its name may say that its own line continues it, and only its own rows go."""
    filed(country, world)
    victim = stream(country, "cells")
    kept = country.told("auto", "T9").keys()
    country.join("thief", "88.118.6666")
    mine = [item(zone="88.118.6666", stream=victim, set="T11")]
    assert push(country, "thief", mine, stream=victim)[0] == 200
    assert push(country, "thief", [], stream="b" * 32, before=victim, nonce="m" * 20)[0] == 200
    assert kept <= country.told("auto", "T9").keys()
    assert not [zone for zone, _ in country.told("auto", "T11") if zone == "88.118.6666"]


@pytest.mark.parametrize("op", [filings.ADDED, filings.CHANGED])
def test_a_row_cannot_be_called_as_all_rows_are(country: Country, op: int) -> None:
    assert push(country, "cells", [item(key=filings.ALL, op=op)]) == (400, "bad-filing")


def test_a_gap_is_never_left_in_the_line(country: Country, world: World) -> None:
    now = country.net.clock()
    filed(country, world)
    with country.net["cells"].writing() as session:
        newest = session.get_one(FilingChange, 3)
        newest.time = now  # a clock that was set back, or ahead
        assert rows.drop_changes(session, 5, now, 100) == 0
        session.get_one(FilingChange, 1).time = now.replace(year=2020)
        session.get_one(FilingChange, 2).time = now.replace(year=2020)
        session.get_one(FilingChange, 4).time = now.replace(year=2020)
        session.flush()
        assert rows.drop_changes(session, 5, now, 100) == 2
        assert session.get(FilingRow, ("88", "x", "T1", "y")) is None
    assert seqs(country, "cells")[:2] == [3, 4]
