"""`zone …`: a node's own zone and the zones it hands out, worked on from the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from flask import Flask

from app import create_app
from app.domain.trust import Signed, public_key_of
from app.services import certifying
from app.settings import Settings
from app.store.database import writing
from app.store.migrate import migrate
from tests.support import tenants
from tests.support.parents import WayOut
from tests.support.registrar import SUBJECT
from tests.test_cli import run

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
PARENT, CHILD, ZONE = "https://auto.example", "https://ana.example", "88.118.1001"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Flask, Flask]]:
    """A second-level node and an enterprise node that can reach it."""
    way = WayOut({})
    made = []
    for name, role, zone in (("auto", "second-level", "88.118"), ("ana", "enterprise", ZONE)):
        settings = Settings(
            data_dir=tmp_path / name,
            base_url=f"https://{name}.example",
            node_roles=(role,),
            zone=zone,
            secret_key=name,
            fast_hash=True,
        )
        (tmp_path / name).mkdir()
        migrate(settings.sqlalchemy_url)
        app = create_app(settings, fetch=way, now=lambda: NOW)
        way.nodes[settings.base_url] = app
        with writing(app.extensions["suyuan"].engine) as session:
            tenants.found(session, NOW)
        made.append(app)
    yield made[0], made[1]
    for app in made:
        app.extensions["suyuan-fast"].close()
        app.extensions["suyuan"].engine.dispose()


def did(app: Flask, *words: str) -> str:
    result = run(app, "zone", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def subject(tmp_path: Path, **more: str) -> str:
    file = tmp_path / f"subject{''.join(more)}.json"
    file.write_bytes(orjson.dumps(SUBJECT | more))
    return str(file)


def test_a_zone_s_whole_life_from_two_command_lines(nodes: tuple[Flask, Flask], tmp_path: Path) -> None:
    parent, child = nodes
    assert did(child, "apply", PARENT, "--subject", subject(tmp_path)).startswith(
        "submitted\thttps://auto.example/apply/"
    )
    assert did(parent, "applications") == f"1\tjoin\tsubmitted\t{ZONE}\tAna Batteries\n"
    wire = json.loads(did(parent, "approve", "1", "--verified", "registry"))
    assert Signed.from_wire(wire).peek()["zone"] == ZONE
    assert did(child, "status") == f"{ZONE}\tactive\tserial 1\tnot verified: no root hints\n"
    assert "serial 2" in did(child, "move", "https://new.example")
    before = did(child, "key")
    assert "serial 3" in did(child, "rotate")
    assert did(child, "key") != before
    assert did(parent, "suspend", ZONE, "--reason", "It lies.") == f"{ZONE}\tsuspended\t4\n"
    assert "suspended" in did(child, "status")
    assert did(parent, "resume", ZONE) == f"{ZONE}\tactive\t5\n"
    assert did(parent, "list") == f"{ZONE}\tactive\t5\t2026-06-19\tAna Batteries\n"
    assert "left" in did(child, "leave", "--yes")
    again = run(parent, "zone", "revoke", ZONE, "--reason", "x")
    assert (again.exit_code, "Left" in again.stderr) == (1, True)


def test_the_key_is_printed_as_the_node_above_wants_it(nodes: tuple[Flask, Flask]) -> None:
    _, child = nodes
    seed = certifying.signing_key(child.extensions["suyuan"].keys)
    assert json.loads(did(child, "key")) == public_key_of(seed).jwk


def test_what_goes_wrong_is_told_in_a_sentence(nodes: tuple[Flask, Flask], tmp_path: Path) -> None:
    parent, child = nodes
    for words, sentence in (
        (("status",), "never applied"),
        (("move",), "never applied"),
        (("apply", PARENT, "--subject", subject(tmp_path, region="99")), "GB/T 2260"),
        (("apply", "https://nobody.example", "--subject", subject(tmp_path)), "nobody there"),
        (("apply", "ftp://x", "--subject", subject(tmp_path)), ""),
        (("apply", PARENT, "--subject", "nowhere.json"), "cannot be used"),
    ):
        result = run(child, "zone", *words)
        assert result.exit_code == 1, words
        assert sentence in result.stderr
    assert run(parent, "zone", "refuse", "7", "--reason", "x").exit_code == 1
    assert run(parent, "zone", "status").exit_code == 1
