"""What was replaced long ago goes from the log of changes, and nobody who reads it is harmed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import rounds, rounds_of_mesh
from app.domain import meshing
from tests.support.simmesh import NATIONAL, Mesh
from tests.support.simnet import SimNet

ZONES = ("88.101", "88.118", "88.130")


@pytest.fixture
def three(net: SimNet) -> Mesh:
    return Mesh(net, NATIONAL[:3])


def numbers(mesh: Mesh, name: str) -> list[int]:
    with mesh.net[name].engine.connect() as connection:
        return [int(seq) for (seq,) in connection.execute(text("SELECT seq FROM mesh_change ORDER BY seq"))]


def renewed(mesh: Mesh, times: int) -> None:
    """Beijing states three zones anew every twenty days, one of them only once, and Shanghai reads along."""
    for serial in range(1, times + 1):
        for zone in ZONES if serial == 1 else ZONES[1:]:
            mesh.state("beijing", zone, serial)
        mesh.pull("shanghai")
        mesh.net.clock.pass_by(days=20)


def begun_anew(mesh: Mesh, name: str) -> int:
    return sum(each.begun_anew for each in mesh.view(name).sisters)


def test_the_log_of_a_year_is_as_long_as_what_counts_and_the_last_month(three: Mesh) -> None:
    renewed(three, 18)
    assert len(numbers(three, "beijing")) == 37
    node = three.net["beijing"]
    assert rounds.run(node.settings, node.engine, node.now(), node.fetch, ["mesh-forget"]) == {
        "mesh-forget": ""
    }
    left = numbers(three, "beijing")
    assert left[0] == 1  # 88.101 is as it was stated first
    assert len(left) == 4
    rounds_of_mesh.forget(three.turn("beijing"))
    assert numbers(three, "beijing") == left


def test_who_has_read_along_reads_on_and_a_new_node_catches_up(
    three: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed(three, 12)
    rounds_of_mesh.forget(three.turn("beijing"))
    three.state("beijing", "88.142", 1)
    three.pull("shanghai")
    monkeypatch.setattr(meshing, "MOST_CHANGES", 2)
    three.pull("guangzhou")
    for name in ("shanghai", "guangzhou"):
        assert three.digests(name) == three.digests("beijing")
        assert begun_anew(three, name) == 0
    (sister,) = [each for each in three.view("guangzhou").sisters if "beijing" in each.url]
    assert sister.after == sister.total == numbers(three, "beijing")[-1]


def test_who_was_away_for_longer_begins_at_the_first_and_misses_nothing(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.state("beijing", "88.101", 1)
    three.pull("guangzhou")
    with three.net.cut_off("guangzhou"):
        renewed(three, 12)
        rounds_of_mesh.forget(three.turn("beijing"))
    three.pull("guangzhou")
    assert three.digests("guangzhou") == three.digests("beijing")


def test_the_database_gives_up_nothing_that_still_counts(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.state("beijing", "88.118", 2)
    engine = three.net["beijing"].engine
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM mesh_change WHERE serial = 1"))
    for words in ("DELETE FROM mesh_change", "UPDATE mesh_change SET serial = 9"):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(words))
    assert numbers(three, "beijing") == [2]


def test_a_stolen_key_cannot_end_a_zone_by_the_highest_serial_there_is(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.pull("shanghai")
    three.state("guangzhou", "88.118", 2**53 - 1, endpoints=[{"url": "https://evil.test"}])
    three.pull("shanghai", "beijing")
    assert {three.held(name)["88.118"].serial for name in ("beijing", "shanghai")} == {1}
    three.state("beijing", "88.118", 2)
    three.pull("shanghai")
    assert three.held("shanghai")["88.118"].serial == 2


@pytest.mark.parametrize("told", [[3, 2], [2, 2], [1], [0, 1], [2, "3"], [2, 99], "2", [2, True]])
def test_numbers_that_do_not_rise_from_where_one_asked_are_no_page(three: Mesh, told: object) -> None:
    changes = [three.statement("beijing", "88.118", serial).wire for serial in (1, 2)]
    body = {"after": 1, "total": 9, "follows": True, "chain": "00" * 32, "changes": changes, "numbers": told}
    with pytest.raises(meshing.Malformed):
        meshing.Page.of(body, meshing.Wanted(1, bytes(32)))
