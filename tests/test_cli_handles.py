"""`handles admin …`: the administrators of a prefix, made and taken away by whoever operates the node."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import col

from app import create_app
from app.settings import Settings
from app.store.database import reading
from app.store.tables import Audit
from tests.support.handle_desk import URL, Desk, basic, told
from tests.support.world import World
from tests.test_cli import run

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
PREFIX = "88.118.1001"
HANDLE = f"{PREFIX}/ADMIN"
LOGIN = f"300:{HANDLE}"


@pytest.fixture
def node(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings, now=lambda: NOW)
    World(app.extensions["suyuan"].engine, NOW)
    yield app
    app.extensions["suyuan"].engine.dispose()


def created(node: Flask, *more: str) -> str:
    result = run(node, "handles", "admin", "create", "--prefix", PREFIX, *more)
    assert result.exit_code == 0, result.stderr
    assert f"User name: {LOGIN}" in result.stdout
    match = re.search(r"Secret: +(\S+)", result.stdout)
    return match[1] if match else ""


def registers(node: Flask, secret: str, login: str = LOGIN) -> bool:
    return Desk(node).put(f"{PREFIX}/X", [URL], headers=basic(login, secret)).status_code in {200, 201}


def test_the_first_administrator_of_a_prefix_can_register_at_once(node: Flask) -> None:
    secret = created(node)
    assert len(secret) == 26
    assert registers(node, secret)
    assert not registers(node, secret[:-1])
    listed = run(node, "handles", "admin", "list", "--prefix", PREFIX)
    assert listed.stdout == f"{LOGIN}\t{'1' * 12}\n"
    assert secret not in listed.stdout


def test_a_name_is_given_once(node: Flask) -> None:
    created(node)
    again = run(node, "handles", "admin", "create", "--prefix", PREFIX)
    assert again.exit_code == 1
    assert f"The handle {HANDLE} exists already." in again.stderr


def test_another_secret_ends_the_one_before(node: Flask) -> None:
    old = created(node)
    assert registers(node, old)  # and is remembered for a while
    result = run(node, "handles", "admin", "rotate", "--prefix", PREFIX, "--handle", HANDLE, "--secret-file", "-", given="my own secret\n")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "my own secret" not in result.stdout
    assert not registers(node, old)
    assert registers(node, "my own secret")


def test_an_administrator_can_be_taken_away(node: Flask) -> None:
    secret = created(node)
    removed = run(node, "handles", "admin", "remove", "--prefix", PREFIX, "--handle", HANDLE)
    assert removed.exit_code == 0, removed.stderr
    assert not registers(node, secret)
    assert told(Desk(node).get(HANDLE)) == (200, 1)
    assert run(node, "handles", "admin", "list", "--prefix", PREFIX).stdout == ""
    again = run(node, "handles", "admin", "remove", "--prefix", PREFIX, "--handle", HANDLE)
    assert again.exit_code == 1
    assert "is no administrator of this prefix" in again.stderr


def test_what_was_done_is_in_the_trail_and_the_secret_is_not(node: Flask) -> None:
    secret = created(node)
    run(node, "handles", "admin", "rotate", "--prefix", PREFIX, "--handle", HANDLE)
    run(node, "handles", "admin", "remove", "--prefix", PREFIX, "--handle", HANDLE)
    with reading(node.extensions["suyuan"].engine) as session:
        rows = session.execute(select(Audit).order_by(col(Audit.id))).scalars().all()
    kept = [(row.action, row.subject, row.operator_name) for row in rows if row.action.startswith("handle-")]
    assert kept == [
        (f"handle-admin-{what}", LOGIN, "command line") for what in ("created", "rotated", "removed")
    ]
    assert not any(secret in row.detail + row.subject for row in rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--prefix", "88.1.2"), "No company here has the prefix 88.1.2"),
        (("--prefix", PREFIX, "--name", " "), "cannot be a handle"),
        (("--prefix", PREFIX, "--secret-file", "no-such-file"), "cannot be used: No such file"),
    ],
)
def test_what_cannot_be_done_is_said(node: Flask, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(node, "handles", "admin", "create", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_a_secret_that_is_too_short_is_refused(node: Flask, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("short\n")
    result = run(node, "handles", "admin", "create", "--prefix", PREFIX, "--secret-file", str(file))
    assert result.exit_code == 1
    assert "a secret key has 6 to 200 bytes" in result.stderr
