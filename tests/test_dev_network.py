"""`./dev network` as processes: they start together, answer, and are gone with whoever started them, however it went."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import Unknown
from app.network import status
from app.network.checking import Checklist
from app.network.nursery import Nursery
from app.network.plan import NODES
from app.network.status import State
from app.network.visiting import Wrong
from tests.support.processes import alive, descendants, end_all, until
from tests.support.sources import ROOT


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(21_000, 60_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `./dev network` on a folder of the test's own; whatever it leaves behind is ended."""
    family: list[int] = []
    processes = []

    def run(*words: str) -> "subprocess.Popen[bytes]":
        port = free_ports(len(NODES) + 1)
        command = [
            sys.executable,
            "-m",
            "app.network",
            "--port",
            str(port),
            "--out",
            str(tmp_path / "net"),
            *words,
        ]
        with (tmp_path / "told").open("ab") as told:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=told, stderr=subprocess.STDOUT, start_new_session=True
            )
        processes.append(process)
        until(lambda: process.poll() is not None or "nodes started" in (tmp_path / "told").read_text())
        family.extend([process.pid, *descendants(process.pid)])
        return process

    yield run
    end_all(family, signal.SIGKILL)
    for process in processes:
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_nodes_are_gone_with_whoever_started_them(start: Start, how: signal.Signals) -> None:
    process = start()
    family = descendants(process.pid)
    assert len(family) > 2 * len(NODES)
    process.send_signal(how)
    process.wait(60)
    until(lambda: not any(map(alive, family)))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_journey_and_the_drills_pass(start: Start, tmp_path: Path) -> None:
    began = time.monotonic()
    process = start("--check")
    code = process.wait(500)
    told = (tmp_path / "told").read_text()
    assert code == 0, told
    assert re.search(r"All \d+ checks passed", told)
    assert time.monotonic() - began < 500


def test_a_child_of_the_nursery_is_known_until_it_is_forgotten() -> None:
    nursery = Nursery()
    try:
        child = nursery.start(os._exit, 3)
        child.wait()
        assert child.ended()
        assert Path(f"/proc/{child.pid}").exists()
        nursery.forget(child)
        assert not Path(f"/proc/{child.pid}").exists()
    finally:
        nursery.close()


def _states(*, down: str = "") -> list[State]:
    return [
        State(plan.key, plan.zh, plan.en, plan.zone, "http://127.0.0.1:1", plan.key != down, 3, ("<b>login",))
        for plan in NODES
    ]


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "14 of 15 nodes answer"), ("zh", "15 个节点中有 14 个应答")]
)
def test_the_status_page_shows_who_does_not_answer(language: str, sentence: str) -> None:
    page = status.page(_states(down="wuhan"), language)
    assert sentence in page
    assert page.count('class="down"') == 1
    assert "<b>login" not in page


def test_a_check_that_fails_is_told_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    checks = Checklist()

    def wrong() -> str:
        raise Wrong("it is not so")

    def unknown() -> str:
        raise Unknown("unknown-thing", "There is no '{name}'.", name="it")

    def unreachable() -> str:
        raise ConnectionRefusedError

    assert not checks.step("first", wrong)
    assert not checks.step("second", unknown)
    assert not checks.step("third", unreachable)
    assert checks.step("fourth", lambda: "well")
    assert checks.end() == 1
    told = capsys.readouterr().out
    assert "FAILED  first: it is not so" in told
    assert "There is no 'it'." in told
    assert "3 of 4 checks failed" in told


def test_when_all_went_well_the_exit_code_is_zero() -> None:
    checks = Checklist()
    checks.step("one", lambda: "")
    assert checks.end() == 0


def test_every_node_has_a_place_of_its_own() -> None:
    assert len({plan.key for plan in NODES}) == len(NODES) == 15
    assert len({plan.prefix for plan in NODES}) == len(NODES)
    assert len({person.login for plan in NODES for person in plan.people}) == sum(
        len(plan.people) for plan in NODES
    )
