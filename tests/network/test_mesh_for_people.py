"""What operators see of the mesh, and what they can do about it: the page, the commands."""

import pytest

from app.errors import PeerFailed
from tests.support import tenants
from tests.support.simmesh import NATIONAL, Mesh
from tests.support.simnet import SimNet


@pytest.fixture
def mesh(net: SimNet) -> Mesh:
    made = Mesh(net, NATIONAL[:3])
    with net["beijing"].writing() as session:
        tenants.found(session, net.clock())
    return made


def page(mesh: Mesh, login: str = "ana") -> str:
    return mesh.net["beijing"].visitor(login).get("/mesh").text


def run(mesh: Mesh, name: str, *words: str) -> tuple[int, str]:
    ended = mesh.net[name].app.test_cli_runner().invoke(args=["mesh", *words])
    return ended.exit_code, ended.output


def test_the_page_tells_who_is_in_step_and_who_cannot_be_read(mesh: Mesh) -> None:
    text = page(mesh)
    assert text.count("Not read yet") == 2
    mesh.state("shanghai", "88.118", 1)
    mesh.net.wire.down("guangzhou")
    mesh.pull("beijing")
    text = page(mesh)
    assert "In step" in text
    assert "1 of 1" in text
    assert "peer-unreachable" in text


def test_the_page_names_zones_that_two_changed_at_once(mesh: Mesh) -> None:
    mesh.state("beijing", "88.118", 1)
    mesh.state("shanghai", "88.118", 1, state="suspended")
    mesh.pull("beijing")
    text = page(mesh)
    assert "Changed at two nodes at once" in text
    assert text.count("88.118") >= 2


def test_a_company_that_does_not_run_the_node_sees_nothing_of_the_mesh(mesh: Mesh) -> None:
    text = page(mesh, "cy")
    assert "shanghai.test" not in text
    assert "In its log" not in text


def test_the_command_reads_the_others_and_says_what_came(mesh: Mesh) -> None:
    mesh.state("shanghai", "88.118", 1)
    code, text = run(mesh, "beijing", "pull")
    assert code == 0
    assert "https://shanghai.test\t1 new, 0 not believed" in text
    code, text = run(mesh, "beijing", "status")
    assert "1 changes here" in text
    assert "in step" in text


def test_the_command_fails_when_one_cannot_be_read(mesh: Mesh) -> None:
    mesh.net.wire.down("shanghai")
    code, text = run(mesh, "beijing", "pull")
    assert code == 1
    assert "https://guangzhou.test\t0 new" in text


def test_what_a_lost_node_stated_is_shown_before_it_is_stated_anew(mesh: Mesh) -> None:
    mesh.state("shanghai", "88.118", 1)
    mesh.pull("beijing")
    mesh.net.wire.down("shanghai")
    key = str(mesh.held("beijing")["88.118"].statement["key"])
    code, text = run(mesh, "beijing", "take-over", key)
    assert code == 0
    assert "88.118\tserial 1" in text
    assert mesh.held("beijing")["88.118"].serial == 1
    assert run(mesh, "beijing", "take-over", key, "--yes")[0] == 0
    assert mesh.held("beijing")["88.118"].serial == 2
    code, text = run(mesh, "beijing", "take-over", key, "--yes")
    assert code == 1


def test_a_node_alone_in_its_zone_says_so(net: SimNet) -> None:
    Mesh(net, ["wuhan"])
    assert net["wuhan"].app.test_cli_runner().invoke(args=["mesh", "pull"]).exit_code == 0
    net.node("alone", zone="86", roles=("national",))
    ended = net["alone"].app.test_cli_runner().invoke(args=["mesh", "pull"])
    assert ended.exit_code == 1
    assert "No other node is known" in ended.output


def test_all_sisters_silent_is_a_failure_of_the_round(mesh: Mesh) -> None:
    mesh.net.wire.down("shanghai", "guangzhou")
    with pytest.raises(PeerFailed):
        mesh.pull("beijing")
