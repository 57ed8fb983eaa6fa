import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine, text

from tests.support import loopback, postgres
from tests.support.chromium import fake_camera
from tests.support.server import Server

ROOT = Path(__file__).parents[2]


def tables_of(engine: Engine) -> set[str]:
    catalogue = (
        "sqlite_master" if engine.dialect.name == "sqlite" else "pg_tables WHERE schemaname = 'public'"
    )
    column = "name" if engine.dialect.name == "sqlite" else "tablename"
    with engine.connect() as connection:
        return set(connection.execute(text(f"SELECT {column} FROM {catalogue}")).scalars())


def test_each_database_comes_migrated_and_empty(engine: Engine) -> None:
    assert {"alembic_version", "entry"} <= tables_of(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM entry")).scalar_one() == 0
        connection.execute(text("CREATE TABLE left_behind (id integer)"))


def test_what_one_test_leaves_another_does_not_find(engine: Engine) -> None:
    assert "left_behind" not in tables_of(engine)


@pytest.mark.postgresql
def test_postgresql_is_reached_by_a_socket_only(postgres_cluster: postgres.Cluster) -> None:
    with postgres_cluster.connect() as connection:
        (addresses,) = connection.execute("SHOW listen_addresses").fetchone()
    assert addresses == ""


def test_a_connection_to_another_machine_is_refused_and_remembered() -> None:
    with socket.socket() as client, pytest.raises(loopback.LeftTheMachine):
        client.connect(("192.0.2.1", 80))
    with pytest.raises(loopback.LeftTheMachine):
        socket.getaddrinfo("example.com", 443)
    assert loopback.attempts == ["192.0.2.1:80", "example.com"]
    loopback.attempts.clear()


def test_a_connection_to_this_machine_is_not_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert loopback.attempts == []


def test_a_skip_is_a_failure_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('not today')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        tmp_path,
        "-n",
        "0",
        tmp_path,
    ]

    def run(no_skip: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "SUYUAN_NO_SKIP": no_skip}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    allowed, forbidden = run(""), run("1")
    assert (allowed.returncode, "1 skipped" in allowed.stdout) == (0, True)
    assert forbidden.returncode == 1
    assert "not today" in forbidden.stdout


def test_a_page_speaks_the_language_and_has_the_size_it_was_asked_for(page: Page) -> None:
    assert page.evaluate("navigator.language") == "en-GB"
    assert page.evaluate("[innerWidth, innerHeight]") == [1280, 800]


@pytest.mark.parametrize(("locale", "viewport"), [("zh-CN", (360, 740))])
def test_a_test_may_choose_language_and_size(page: Page) -> None:
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate("innerWidth") == 360


def test_a_fake_camera_plays_our_video(
    launch: Callable[[Sequence[str]], Browser], open_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    video = tmp_path / "grey.y4m"
    frame = b"FRAME\n" + bytes([200]) * (64 * 48) + bytes([128]) * (64 * 48 // 2)
    video.write_bytes(b"YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420jpeg\n" + frame * 10)
    page = open_context(launch(fake_camera(video))).new_page()
    page.route("**/*", lambda route: route.fulfill(body="<video></video>", content_type="text/html"))
    page.goto("http://127.0.0.1:9/")
    width = page.evaluate(
        """async () => {
            const video = document.querySelector("video");
            video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
            await video.play();
            return video.videoWidth;
        }"""
    )
    assert width == 64


def test_a_killed_test_run_leaves_no_postgresql_behind() -> None:
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's binaries are not installed")
    script = (
        "import sys, time; from tests.support import postgres\n"
        f"with postgres.running(postgres.Path({str(binaries)!r})) as cluster:\n"
        "    print(cluster.folder, (cluster.folder / 'data/postmaster.pid').read_text().split()[0], flush=True)\n"
        "    time.sleep(60)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    folder, postmaster = run.stdout.readline().split()
    watch = os.pidfd_open(int(postmaster))
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    try:
        assert wait_for_end(watch), "the server outlived the run that started it"
    finally:
        os.close(watch)
        subprocess.run(["rm", "-rf", folder], check=True)


def wait_for_end(pidfd: int, seconds: float = 20) -> bool:
    return bool(select.select([pidfd], [], [], seconds)[0])


def status_of(server: Server, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_real_server_answers_and_comes_back_after_a_power_cut(start_server: Callable[..., Server]) -> None:
    server = start_server()
    assert status_of(server, "/sign-in") == 200
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        status_of(server, "/sign-in")
    server.start()
    assert status_of(server, "/sign-in") == 200
    server.stop()
    assert "Shutting down" in server.log


def test_a_server_that_does_not_start_says_why(start_server: Callable[..., Server]) -> None:
    with pytest.raises(RuntimeError, match="SESSION_HOURS is 'soon'"):
        start_server(SESSION_HOURS="soon")
