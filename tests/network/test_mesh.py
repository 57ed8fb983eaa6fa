"""Several national nodes hold one zone: what one of them states reaches all, and none needs the others to answer."""

import shutil
from datetime import timedelta

import pytest

from app import rounds, rounds_of_mesh
from app.domain import meshing
from app.domain.messages import Ask, Told
from app.errors import PeerFailed, TraceError
from app.services import meshing as service
from tests.support.simmesh import NATIONAL, Mesh
from tests.support.simnet import SimNet

PULL = "mesh-pull"
CHANGES = "/api/network/changes"


@pytest.fixture
def three(net: SimNet) -> Mesh:
    return Mesh(net, NATIONAL[:3])


def test_what_one_national_node_states_reaches_all_five(net: SimNet) -> None:
    mesh = Mesh(net)
    for number, name in enumerate(NATIONAL):
        mesh.state(name, f"88.{101 + number}", 1)
    mesh.pull(*NATIONAL)
    held = [mesh.digests(name) for name in NATIONAL]
    assert len(held[0]) == 5
    assert all(each == held[0] for each in held)


def test_each_answers_by_itself_while_it_is_cut_off(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.pull(*NATIONAL[:3])
    with three.net.cut_off("shanghai"):
        with pytest.raises(PeerFailed):
            three.pull("shanghai")
        told = three.net["shanghai"].get("/api/network/answers/88.118.1001%2FX?nonce=0123456789abcdef")
    assert told.status == 200
    assert b"payload" in told.body


def test_what_was_changed_on_both_sides_of_a_cut_is_the_same_everywhere_afterwards(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.pull(*NATIONAL[:3])
    with three.net.cut_off("shanghai"):
        three.state("beijing", "88.118", 2, endpoints=[{"url": "https://moved.test"}])
        three.state("beijing", "88.101", 1)
        three.state("shanghai", "88.118", 2, state="suspended")
        three.state("shanghai", "88.130", 1)
        three.pull("beijing", "guangzhou")
    three.pull(*NATIONAL[:3], *NATIONAL[:3])
    held = [three.digests(name) for name in NATIONAL[:3]]
    assert held[0] == held[1] == held[2]
    assert set(held[0]) == {"88.101", "88.118", "88.130"}
    assert {three.held(name)["88.118"].state for name in NATIONAL[:3]} == {"suspended"}


def test_who_changed_one_zone_at_once_is_told_so(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.state("shanghai", "88.118", 1, endpoints=[{"url": "https://elsewhere.test"}])
    three.pull(*NATIONAL[:3], *NATIONAL[:3])
    for name in NATIONAL[:3]:
        (both,) = three.view(name).conflicts
        assert {(row.zone, row.serial) for row in both} == {("88.118", 1)}
        assert len({row.digest for row in both}) == 2


def test_a_new_node_catches_up_from_nothing_over_many_pages(
    three: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        three.state(NATIONAL[number % 2], f"88.{100 + number}", 1)
    three.pull("beijing", "shanghai")
    monkeypatch.setattr(meshing, "MOST_CHANGES", 4)
    three.pull("guangzhou")
    assert three.digests("guangzhou") == three.digests("beijing")
    assert len(three.digests("guangzhou")) == 25


def test_a_pull_that_breaks_off_goes_on_where_it_was_without_gap_or_double(
    three: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meshing, "MOST_CHANGES", 3)
    for number in range(10):
        three.state("beijing", f"88.{100 + number}", 1)
    three.net.wire.down("shanghai")
    answered = []

    def after_two(ask: Ask, honestly) -> Told:  # noqa: ANN001
        answered.append(ask)
        if len(answered) == 3:
            raise PeerFailed("peer-unreachable", "gone")
        return honestly(ask)

    three.net.wire.lie("beijing", after_two)
    with pytest.raises(PeerFailed):
        three.pull("guangzhou")
    assert len(three.digests("guangzhou")) == 6
    asked = len(three.net.wire.asked("beijing", CHANGES))
    three.pull("guangzhou")
    assert three.digests("guangzhou") == three.digests("beijing")
    assert len(three.net.wire.asked("beijing", CHANGES)) - asked == 2  # the six are not asked for again
    assert three.view("guangzhou").total == 10


def test_news_goes_round_by_way_of_a_third_node(three: Mesh) -> None:
    three.net.wire.cut(["beijing"], ["guangzhou"])
    three.state("beijing", "88.118", 1)
    three.pull("shanghai", "guangzhou")
    assert "88.118" in three.held("guangzhou")


def test_pulling_again_brings_nothing_new(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    three.pull(*NATIONAL[:3], *NATIONAL[:3])
    before = [three.view(name).total for name in NATIONAL[:3]]
    three.pull(*NATIONAL[:3])
    assert [three.view(name).total for name in NATIONAL[:3]] == before == [1, 1, 1]


def test_a_sister_restored_from_an_old_backup_is_read_from_her_beginning(
    three: Mesh, tmp_path_factory: pytest.TempPathFactory
) -> None:
    beijing = three.net["beijing"]
    three.state("beijing", "88.118", 1)
    beijing.close()
    saved = tmp_path_factory.mktemp("backup") / "suyuan.db"
    shutil.copyfile(beijing.settings.data_dir / "suyuan.db", saved)
    three.state("beijing", "88.119", 1)
    three.pull("guangzhou")
    beijing.close()
    for file in beijing.settings.data_dir.glob("suyuan.db*"):
        file.unlink()
    shutil.copyfile(saved, beijing.settings.data_dir / "suyuan.db")
    three.state("beijing", "88.120", 1)
    three.pull("guangzhou")
    assert {"88.118", "88.119", "88.120"} <= set(three.held("guangzhou"))
    (sister,) = [each for each in three.view("guangzhou").sisters if "beijing" in each.url]
    assert sister.begun_anew == 1
    three.pull("beijing")  # and gets back from the others what its backup did not have
    assert "88.119" in three.held("beijing")


def test_a_statement_by_a_holder_we_do_not_know_yet_is_taken_once_the_root_has_named_her(three: Mesh) -> None:
    net = three.net
    net.node("wuhan", zone="88", roles=("national",))
    names = [*NATIONAL[:3], "wuhan"]
    three.told_by_root(names, to=["beijing", "wuhan"])  # the others have not heard of it yet
    three.state("wuhan", "88.142", 1)
    three.pull("beijing", "shanghai")
    assert "88.142" in three.held("beijing")
    assert "88.142" not in three.held("shanghai")
    (sister,) = [each for each in three.view("shanghai").sisters if "beijing" in each.url]
    assert sister.refused == 1
    three.told_by_root(names)
    three.pull("shanghai")
    assert "88.142" in three.held("shanghai")
    assert all(each.refused == 0 for each in three.view("shanghai").sisters)


def test_a_node_without_a_statement_of_its_parent_has_no_sisters(net: SimNet) -> None:
    net.node("beijing", zone="88", roles=("national",))
    assert net["beijing"].fetch(Ask("https://beijing.test" + CHANGES, "POST", body=b"{}")).status == 404
    Mesh(net, ["wuhan"]).pull("wuhan")
    assert rounds_of_mesh.standing(Mesh.turn(_Only(net), "beijing")) is None


class _Only(Mesh):
    def __init__(self, net: SimNet) -> None:
        self.net = net


def test_the_pull_is_a_round_of_nodes_that_delegate(three: Mesh) -> None:
    three.state("beijing", "88.118", 1)
    node = three.net["shanghai"]
    assert rounds.run(node.settings, node.engine, node.now(), node.fetch, [PULL]) == {PULL: ""}
    assert "88.118" in three.held("shanghai")


def test_clocks_some_minutes_apart_keep_no_change_from_its_way(three: Mesh) -> None:
    three.net.clock.skews["shanghai"] = timedelta(minutes=4)
    three.state("beijing", "88.118", 1)
    three.pull("shanghai")
    assert "88.118" in three.held("shanghai")


def test_a_clock_ten_minutes_off_is_named_and_heals_when_it_is_set(three: Mesh) -> None:
    three.net.clock.skews["shanghai"] = timedelta(minutes=10)
    three.state("beijing", "88.118", 1)
    with pytest.raises(TraceError):
        three.pull("shanghai")
    assert "88.118" not in three.held("shanghai")
    assert all(each.error for each in three.view("shanghai").sisters)
    three.net.clock.skews.clear()
    three.pull("shanghai")
    assert "88.118" in three.held("shanghai")
    assert not any(each.error for each in three.view("shanghai").sisters)


def test_when_a_holder_is_lost_for_good_the_others_state_hers_anew_and_alike(three: Mesh) -> None:
    three.state("beijing", "88.118", 3)
    three.state("shanghai", "88.119", 1)
    three.pull(*NATIONAL[:3])
    lost = str(three.held("shanghai")["88.118"].statement["key"])
    three.net.wire.down("beijing")
    with three.net.cut_off("shanghai"):
        for name in NATIONAL[1:3]:
            node = three.net[name]
            ours = rounds_of_mesh.standing(three.turn(name))
            assert ours is not None
            with node.writing() as session:
                taken = service.take_over(session, ours, lost, node.seed, node.now())
            assert [row.zone for row in taken] == ["88.118"]
    three.told_by_root(NATIONAL[1:3])
    three.pull(*NATIONAL[1:3])
    assert three.digests("shanghai") == three.digests("guangzhou")
    assert not three.view("shanghai").conflicts
    assert three.held("shanghai")["88.118"].serial == 4
    net, names = three.net, [*NATIONAL[1:3], "wuhan"]
    net.node("wuhan", zone="88", roles=("national",))
    three.told_by_root(names)
    three.pull("wuhan")
    assert set(three.held("wuhan")) == {"88.118", "88.119"}
