"""The operator's commands: they say what they did, name what is wrong, and end with 1 where something is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.domain import checkpoints
from app.settings import Settings
from app.store.database import writing
from tests.support.world import World

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def node(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings, now=lambda: NOW)
    yield app
    app.extensions["suyuan"].engine.dispose()


@pytest.fixture
def world(node: Flask) -> World:
    world = World(node.extensions["suyuan"].engine, NOW)
    world.do("inspect", world.piece(), result="pass")
    return world


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Flask]:
    """A node with keys of its own whose database does not exist yet."""
    app = create_app(Settings(data_dir=tmp_path / "other", secret_key="for tests only"), now=lambda: NOW)
    yield app
    app.extensions["suyuan"].engine.dispose()


def run(node: Flask, *arguments: str, given: str | None = None) -> Result:
    return node.test_cli_runner().invoke(args=list(arguments), input=given)


def test_a_sound_log_is_told_so(node: Flask, world: World) -> None:
    assert run(node, "log", "checkpoint").exit_code == 0
    result = run(node, "log", "verify")
    assert result.exit_code == 0
    assert "13 entries, root" in result.stdout
    assert "1 checkpoints" in result.stdout
    assert "The log is sound" in result.stdout


def test_each_fault_is_a_line_with_its_entry_and_the_exit_code_is_1(node: Flask, world: World) -> None:
    with writing(world.engine) as session:
        session.connection().execute(text("DROP TRIGGER entry_no_UPDATE"))
        session.connection().execute(
            text("UPDATE entry SET body = replace(body, 'Bo', 'Ed') WHERE step = 'inspect'")
        )
    result = run(node, "log", "verify")
    assert result.exit_code == 1
    assert "12\ttext-changed\tThe text of entry 12 does not have the hash that was recorded." in result.stdout
    assert "1 faults" in result.stderr


def test_another_key_did_not_sign_this_log(node: Flask, world: World, other: Flask) -> None:
    run(node, "log", "checkpoint")
    key = run(node, "log", "checkpoint").stderr.removeprefix("Verifier key: ").strip()
    stranger = checkpoints.verifier_key("x", bytes(32))
    assert run(node, "log", "verify", "--key", stranger).exit_code == 1
    assert run(node, "log", "verify", "--key", stranger, "--key", key).exit_code == 0
    broken = run(node, "log", "verify", "--key", "nonsense")
    assert (broken.exit_code, "is not a verifier key" in broken.stderr) == (1, True)


def test_a_checkpoint_is_printed_as_others_read_it(node: Flask, world: World) -> None:
    result = run(node, "log", "checkpoint")
    key = result.stderr.removeprefix("Verifier key: ").strip()
    assert checkpoints.verify(result.stdout, key).size == 13


def test_an_empty_log_has_nothing_to_sign(node: Flask) -> None:
    result = run(node, "log", "checkpoint")
    assert (result.exit_code, result.stderr) == (1, "The log is empty; there is nothing to sign.\n")


def test_an_export_fills_a_new_node_that_others_can_then_enter(
    node: Flask, world: World, other: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl"
    assert run(node, "log", "export", str(file)).exit_code == 0
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[-2])["kind"] == "checkpoint"
    result = run(other, "log", "rebuild", str(file))
    assert result.exit_code == 0
    assert "Rebuilt from 13 entries" in result.stdout
    key = json.loads(file.read_text(encoding="utf-8").splitlines()[0])["key"]
    assert run(other, "log", "verify", "--key", key).exit_code == 0
    assert run(other, "log", "verify").exit_code == 1  # its own key signed nothing of it
    again = run(other, "log", "rebuild", str(file))
    assert (again.exit_code, "has data already" in again.stderr) == (1, True)
    link = run(other, "people", "invite", "--login", "eve", "--organisation", "88.118.1001")
    assert link.stdout.startswith("http://127.0.0.1:8000/welcome/")
    token = link.stdout.strip().removeprefix("http://127.0.0.1:8000")
    assert other.test_client().get(token).status_code == 200


def test_an_export_goes_through_a_pipe(node: Flask, world: World, other: Flask) -> None:
    lines = run(node, "log", "export", "-").stdout
    assert json.loads(lines.splitlines()[0])["format"] == "suyuan-log"
    assert run(other, "log", "rebuild", "-", given=lines).exit_code == 0


def test_a_line_that_cannot_be_used_is_named_and_nothing_is_kept(
    node: Flask, world: World, other: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "log.jsonl"
    run(node, "log", "export", str(file))
    whole = file.read_bytes()
    lines = whole.splitlines()
    file.write_bytes(b"\n".join([*lines[:20], b"\xff\xfe", *lines[21:]]))
    result = run(other, "log", "rebuild", str(file))
    assert result.exit_code == 1
    assert "Line 21 of the export cannot be used" in result.stderr
    file.write_bytes(whole)
    assert run(other, "log", "rebuild", str(file)).exit_code == 0


def test_a_rebuild_in_place_changes_nothing_anyone_sees(node: Flask, world: World) -> None:
    result = run(node, "log", "rebuild")
    assert (result.exit_code, "Rebuilt from 13 entries" in result.stdout) == (0, True)
    assert run(node, "log", "verify").exit_code == 0


def test_relative_names_are_those_of_the_caller(
    node: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUYUAN_CALLER", str(tmp_path))
    assert run(node, "log", "export", "here.jsonl").exit_code == 0
    assert (tmp_path / "here.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("log", "rebuild", "/nowhere/log.jsonl"), "/nowhere/log.jsonl cannot be used: No such file or directory."),
        (("log", "export", "/nowhere/log.jsonl"), "cannot be used: No such file or directory."),
        (("people", "invite", "--login", "eve", "--organisation", "88.1.1"), "There is no such organisation here."),
        (("people", "invite", "--login", "ana", "--organisation", "88.118.1001"), "ana"),
        (("people", "invite"), "This node is set up already"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(
    node: Flask, world: World, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run(node, *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_a_database_without_tables_is_told_in_a_sentence(other: Flask) -> None:
    result = run(other, "log", "verify")
    assert result.exit_code == 1
    assert "Has it been migrated?" in result.stderr


def test_a_new_node_is_set_up_by_a_link(node: Flask) -> None:
    result = run(node, "people", "invite")
    assert result.exit_code == 0
    assert result.stdout.startswith("http://127.0.0.1:8000/welcome/")
