"""The application over a migrated SQLite file with Ana, Bo and Cy in it, and browsers to visit it with."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from app.store.database import writing
from tests.support import handle_desk, quicker, tenants
from tests.support.tenants import Tenants, Visitor


class Clock:
    """The node's time, moved by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_app(settings: Settings, clock: Clock) -> Iterator[Callable[[Settings], Flask]]:
    """make_app(settings) -> an application; its connections are closed at the end."""
    made: list[Flask] = []

    def make(chosen: Settings = settings) -> Flask:
        app = create_app(chosen, now=clock)
        app.config["TESTING"] = True
        quicker.share_templates(app)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["suyuan-fast"].close()
        app.extensions["suyuan"].engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def world(app: Flask, clock: Clock) -> Tenants:
    with writing(app.extensions["suyuan"].engine) as session:
        return tenants.found(session, clock())


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def visit(app: Flask, world: Tenants) -> Callable[[str], Visitor]:
    """visit("ana") -> her browser, signed in."""

    def visit(login: str) -> Visitor:
        visitor = Visitor(app)
        assert visitor.sign_in(login).status_code == 303
        return visitor

    return visit


@pytest.fixture
def furnished(app: Flask, clock: Clock) -> Flask:
    """The node with the prefix of `handle_desk`, its administrator, and Ana, Bo, Cy and Dee."""
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        people = tenants.found(session, clock())
        handle_desk.furnish(session, people.ana, node.keys, clock())
    return app


@pytest.fixture
def desk(furnished: Flask) -> handle_desk.Desk:
    return handle_desk.Desk(furnished)
