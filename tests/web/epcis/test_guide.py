"""The guide for integrators: its commands, run one after the other as they stand there, against a real server."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.services import authenticating, webhooks
from app.store.database import engine_for, writing
from tests.support import tenants
from tests.support.server import ROOT, Server

GUIDES = {language: ROOT / "docs" / language / "epcis.md" for language in ("en", "zh")}
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(language: str) -> list[str]:
    return COMMANDS.findall(GUIDES[language].read_text("utf-8"))


def test_both_languages_show_the_same_commands() -> None:
    first, *english = commands("en")
    assert english == commands("zh")[1:]
    assert "SUYUAN=" in first
    assert len(english) >= 6


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_commands_of_the_guide_work(
    start_server: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    engine = engine_for(sqlite_url)
    with writing(engine) as session:
        now = datetime.now(UTC)
        people = tenants.found(session, now)
        key = authenticating.create_key(session, people.ana, "guide", now)
    engine.dispose()
    server = start_server(DATABASE_URL=sqlite_url)
    script = "set -eo pipefail\n" + "\n".join(commands("en")[1:])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"SUYUAN": server.base_url, "KEY": key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout + server.log
    assert '"running":false,"success":true' in done.stdout
    assert done.stdout.count("example:dock") >= 4
    assert "EPCISQueryDocument" in done.stdout
    assert "<example:dock" in done.stdout
    assert '"subscriptionID"' in done.stdout


def test_the_signature_is_checked_as_the_guide_shows() -> None:
    known: dict[str, Any] = {}
    exec(PYTHON.findall(GUIDES["en"].read_text("utf-8"))[0], known)
    signed = webhooks.signature("a long secret of yours", b"{}")
    assert known["is_genuine"](b"{}", signed, "a long secret of yours")
    assert not known["is_genuine"](b"{ }", signed, "a long secret of yours")
