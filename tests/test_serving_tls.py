"""`./dev serve` over HTTPS, with a certificate of one's own."""

import http.client
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.https import certificate
from tests.support.processes import descendants, end_all, until
from tests.support.server import free_port
from tests.support.serving import clean_environment
from tests.support.sources import ROOT


def start(folder: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "app.serving", "--data", str(folder / "data"), *more],
        cwd=ROOT,
        env=clean_environment(FAST_HASH="1", SUYUAN_CALLER=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_certificate_makes_it_https(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    port = free_port()
    process = start(tmp_path, "--port", str(port), "--tls-cert", chain.name, "--tls-key", key.name)
    trusting = ssl.create_default_context(cafile=str(chain))

    def site() -> bytes:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting)
        try:
            connection.request("GET", "/api/site")
            return connection.getresponse().read()
        except OSError:
            return b""
        finally:
            connection.close()

    try:
        until(lambda: process.poll() is not None or bool(site()))
        assert b'"protocol":"HTTPS"' in site()
    finally:
        family = [process.pid, *descendants(process.pid)]
        process.terminate()
        process.communicate(timeout=60)
        end_all(family, signal.SIGKILL)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tls-cert", "node.crt"], "HTTPS needs both --tls-cert and --tls-key."),
        (["--tls-cert", "node.crt", "--tls-key", "nowhere.key"], "cannot be used for HTTPS: No such file"),
        (["--tls-cert", "node.crt", "--tls-key", "node.crt"], "cannot be used for HTTPS"),
    ],
)
def test_files_that_do_not_fit_are_named_before_anything_starts(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    certificate(tmp_path)
    process = start(tmp_path, "--port", str(free_port()), *arguments)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert sentence in told
    assert not (tmp_path / "data").exists()
