"""Fixtures for every test: both databases, the system's Chromium, a real server; and two rules: no network, no quiet skips."""

import gc
import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from sqlalchemy import Engine

from app.settings import Settings
from app.store.database import engine_for
from app.store.migrate import migrate
from tests.support import chromium as chromium_support
from tests.support import demo as demo_support
from tests.support import loopback, postgres, quicker
from tests.support import rooms as rooms_support
from tests.support.server import Server

quicker.keep_files_in_memory()  # before anybody asks where temporary files are

NO_SKIP = os.environ.get("SUYUAN_NO_SKIP") == "1"

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure() -> None:
    expect.set_options(
        timeout=20_000
    )  # how long a page may take on a busy machine; none waits for it in vain
    loopback.install()
    quicker.share_routes()
    quicker.share_statements()
    quicker.share_translations()
    quicker.know_who_counts()


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests, which the collector need not walk through again and again
    gc.set_threshold(30_000, 20, 50)  # it was a tenth of all their time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("chromium")
    items.sort(key=_takes_long, reverse=True)


def _takes_long(item: pytest.Item) -> bool:
    """Files of browsers and processes go first: one of them begun last would keep one test process busy alone."""
    folder = item.path.parent
    return folder.name in {"browser", "faults"} or folder == Path(__file__).parent


# --- no quiet skips ---


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    if NO_SKIP and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


# --- no network ---


@pytest.fixture(autouse=True)
def stay_on_this_machine() -> Iterator[None]:
    loopback.attempts.clear()
    yield
    assert not loopback.attempts, f"a test tried to reach {', '.join(loopback.attempts)}"


# --- applications ---


@pytest.fixture(autouse=True)
def end_counting(tmp_path: Path) -> Iterator[None]:
    """What the applications of this test still have to count is kept before its folder goes."""
    before = set(quicker.counting)
    yield
    for each in set(quicker.counting) - before:
        each.close()


# --- databases ---


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database, for what does not depend on which database it is."""
    path = tmp_path / "suyuan.db"
    shutil.copyfile(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's binaries (initdb, postgres) are not installed")
    with postgres.running(binaries) as cluster:
        migrate(cluster.create(postgres.TEMPLATE))
        yield cluster


database_numbers = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster) -> Iterator[str]:
    """A migrated, empty PostgreSQL database."""
    name = f"suyuan_{next(database_numbers)}"
    yield postgres_cluster.create(name, postgres.TEMPLATE)
    postgres_cluster.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database of this test's own, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = engine_for(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    engine = engine_for(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=sqlite_url, secret_key="for tests only", fast_hash=True)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> demo_support.Demo:
    """The worked chain, told once for all tests of all test processes; `demo.copy(folder)` is one's own."""
    base = tmp_path_factory.getbasetemp()
    return demo_support.run_once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


# --- a real server ---


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """start_server(DATABASE_URL=..., ZONE=...) -> Server, answering; as many as wanted, all stopped at the end."""
    with ExitStack() as ends:

        def start(*, folder: Path | None = None, workers: int = 1, **environment: str) -> Server:
            server = Server(folder or tmp_path_factory.mktemp("server"), environment, workers)
            ends.callback(server.stop)
            return server.start()

        yield start


# --- Chromium ---


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium or Chrome."""
    path = chromium_support.find()
    if path is None:
        pytest.skip("neither Chromium nor Chrome is installed")
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    with chromium_support.launched(playwright.chromium, chromium) as browser:
        yield browser


@pytest.fixture
def launch(playwright: Playwright, chromium: str) -> Iterator[Callable[[Sequence[str]], Browser]]:
    """launch(flags) -> a Chromium of this test's own, for flags that only a start can take (a fake camera)."""
    with ExitStack() as ends:
        yield lambda flags=(): ends.enter_context(
            chromium_support.launched(playwright.chromium, chromium, flags)
        )


@pytest.fixture
def locale() -> str:
    """The browser's language; a test parametrises `locale` to have another."""
    return "en-GB"


@pytest.fixture
def viewport() -> tuple[int, int]:
    """Width and height of the page; a test parametrises `viewport` to have another."""
    return (1280, 800)


@pytest.fixture
def open_context(locale: str, viewport: tuple[int, int]) -> Iterator[Callable[..., BrowserContext]]:
    """open_context(browser, **options) -> a new context in the test's language and size; its pages are watched.

    For a browser or options of one's own, and for a second visitor: `context` costs a quarter of it.
    """
    complaints: list[str] = []
    with ExitStack() as ends:

        def start(browser: Browser, **options: object) -> BrowserContext:
            context = rooms_support.new_context(browser, (locale, *viewport), **options)
            ends.callback(context.close)
            context.on("page", lambda page: chromium_support.Watch(page, complaints))
            return context

        yield start
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def rooms(browser: Browser) -> rooms_support.Rooms:
    return rooms_support.Rooms(browser)


@pytest.fixture
def context(rooms: rooms_support.Rooms, locale: str, viewport: tuple[int, int]) -> Iterator[BrowserContext]:
    """A context in the test's language and size, emptied of what others left; with `page` open, which is watched as all are."""
    room = rooms.take((locale, *viewport))
    yield room.context
    complaints = list(room.complaints)
    rooms.give_back(room)
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.pages[0]
