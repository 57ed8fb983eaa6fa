"""`./dev serve` as a process: it invites its first administrator once, keeps its data, and leaves nobody behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import serving_prepare
from tests.support.processes import alive, command, until
from tests.support.server import free_port
from tests.support.serving import Serving, clean_environment, serving
from tests.support.sources import ROOT

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = {
    "prefix": "88.118.7007",
    "name_zh": "安娜电池",
    "name_en": "Ana Batteries",
    "person": "Ana",
    "login": "ana",
    "password": "correct horse battery",
    "again": "correct horse battery",
}


@pytest.fixture(scope="module")
def served(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The real thing, answering, on a database whose tables are there; for tests that leave it so."""
    data = tmp_path_factory.mktemp("served") / "data"
    data.mkdir()
    shutil.copyfile(migrated_file, data / "suyuan.db")
    with serving(data) as served:
        yield served


def link_of(served: Serving) -> str:
    """The one-time link that it prints, as a path."""
    found = re.search(rf"  {served.base_url}(/welcome/\S+)", served.told)
    assert found, served.told
    return found[1]


def found_node(served: Serving, link: str) -> int:
    """Follows the one-time link and sends its form; the status of the answer."""
    status, page, cookie = served.ask(link)
    if status != 200:
        return status
    token = CSRF.search(page)
    assert token
    return served.ask(link, FORM | {"csrf_token": token[1]}, cookie)[0]


def sign_in(served: Serving) -> tuple[int, str]:
    """Status and cookie of a sign-in with what the link has set up."""
    _, page, cookie = served.ask("/sign-in")
    token = CSRF.search(page)
    assert token
    form = {"login": FORM["login"], "password": FORM["password"], "csrf_token": token[1]}
    status, _, cookie = served.ask("/sign-in", form, cookie)
    return status, cookie


def test_the_link_works_once_the_data_outlives_the_process_and_nobody_is_left_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data) as first:
        link = link_of(first)
        assert found_node(first, link) == 303
        assert found_node(first, link) == 404
        family = whole_family(first)
        first.process.terminate()
        is_gone(first, family)
    first.log.unlink()

    with serving(data, first.port) as second:
        assert "/welcome/" not in second.told
        status, cookie = sign_in(second)
        assert status == 303
        status, page, _ = second.ask("/account", cookie=cookie)
        assert status == 200
        assert FORM["prefix"] in page
        family = whole_family(second)
        os.killpg(second.process.pid, signal.SIGINT)  # as Ctrl-C, which a terminal sends to the whole group
        is_gone(second, family)


def whole_family(served: Serving) -> list[int]:
    """Itself, two for the web, the worker."""
    family = until(lambda: len(served.family()) >= 4 and served.family())
    assert any(command(pid).strip().endswith("app.worker") for pid in family)
    return family


def is_gone(served: Serving, family: list[int]) -> None:
    """After it was told to end."""
    assert served.process.wait(20) == 0, served.told
    until(lambda: not any(map(alive, family)))
    assert "Traceback" not in served.told
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", served.port)) != 0


LOADING = """
import os, signal
from app.serving import end_while_loading
signal.signal(signal.SIGTERM, lambda *_: None)
end_while_loading()
if (child := os.fork()) == 0:
    signal.pause()
    os._exit(0)
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_web_process_that_is_still_loading_does_not_inherit_who_hears_the_signal() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout == f"{-signal.SIGTERM}\n", run.stderr


def test_a_worker_that_dies_is_started_again(served: Serving) -> None:
    def worker() -> int:
        return next((pid for pid in served.family() if command(pid).strip().endswith("app.worker")), 0)

    first = until(worker)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: worker() not in {0, first})


def test_a_port_in_use_is_told_at_once_and_not_shared(served: Serving, tmp_path: Path) -> None:
    for module, option in (("app.serving", "--data"), ("app.demo", "--out")):
        other = run_module(module, "--port", str(served.port), option, str(tmp_path / "other"))
        assert other.returncode == 1
        assert other.stdout == ""
        assert other.stderr == (
            f"Nothing can be served on 127.0.0.1:{served.port}: Address already in use. "
            "Choose another with --host or --port.\n"
        )
    assert not (tmp_path / "other").exists()


def run_module(module: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """One that is to end by itself, and soon."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"SESSION_HOURS": "twelve"}, "SESSION_HOURS is 'twelve'; it must be a whole number."),
        (
            {"NODE_ROLES": "entreprise"},
            "NODE_ROLES names 'entreprise'; known roles are enterprise, national, recursive, root, second-level.",
        ),
        (
            {"OID_SERVERS": "192.0.2.1,dns.example"},
            "OID_SERVERS names 'dns.example'; it must be an address, with a port after a colon if need be.",
        ),
        (
            {"ROOT_HINTS": "/nowhere"},
            "The file of root hints /nowhere cannot be used: No such file or directory.",
        ),
        ({"HANDLE_ROOT_KEYS": "/nowhere"}, "The file of root hints /nowhere cannot be used: No such file"),
        ({"DATA_DIR": "/dev/null/here"}, "DATA_DIR is /dev/null/here; it cannot be used: Not a directory."),
        (
            {"DATABASE_URL": "postgresql://127.0.0.1:1/nothing"},
            "The database of DATABASE_URL (or in DATA_DIR) cannot be used: connection",
        ),
        (
            {"DATABASE_URL": "nonsense"},
            "The database of DATABASE_URL (or in DATA_DIR) cannot be used: Could not parse",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_ends_it_with_one_sentence(
    setting: dict[str, str], sentence: str, prepare: Callable[..., str]
) -> None:
    assert prepare(**setting).startswith(sentence)


@pytest.mark.parametrize("name", ["session.key", "node.key"])
def test_a_key_that_is_damaged_ends_it_with_one_sentence(
    name: str, tmp_path: Path, prepare: Callable[..., str]
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / name).write_bytes(b"too short")
    assert prepare().startswith(f"The key file {tmp_path}/keys/{name} has 9 bytes instead of 32.")


def test_keys_that_cannot_be_reached_end_it_with_one_sentence(tmp_path: Path, sqlite_url: str) -> None:
    """As a process; how those above end as one, too."""
    (tmp_path / "keys").write_text("not a folder")
    run = run_module("app.serving", "--port", str(free_port()), DATA_DIR=str(tmp_path))
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"The keys in {tmp_path}/keys cannot be used: ")
    assert run.stderr.count("\n") == 1


@pytest.fixture
def prepare(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """prepare(NAME=value) -> all that preparing to serve says before it gives up; here, without a process."""

    def prepare(**environment: str) -> str:
        for name, value in clean_environment(**({"DATA_DIR": str(tmp_path)} | environment)).items():
            monkeypatch.setenv(name, value)
        for name in ("DATABASE_URL", "BASE_URL", "NODE_ROLES"):
            if name not in environment:
                monkeypatch.delenv(name, raising=False)
        with pytest.raises(SystemExit) as ended:
            serving_prepare.main()
        assert capfd.readouterr() == ("", "")
        assert "\n" not in str(ended.value.code)
        return str(ended.value.code)

    return prepare
