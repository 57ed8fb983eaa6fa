"""The watch folder of machines: whole files are printed once, half-written ones wait, and each is told of beside it."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from app import jobprint, rounds, rounds_of_watch_folder
from app.domain.messages import Ask, Told
from app.errors import Refused
from app.rounds import Turn
from app.services.printing import dropping
from app.settings import Settings
from app.store.database import reading
from app.store.tables import PrintRun
from tests.support.pressing import LinePress
from tests.support.print_shop import Shop, shop_of

NOTE = {"operator": "ana", "template": "ready:product-70x37", "form": "zpl", "language": "en"}


class Folder:
    """That of Ana's company, and a node that looks into it."""

    def __init__(self, shop: Shop, root: Path) -> None:
        self.shop, self.root = shop, root
        self.path = root / shop.world.ana.prefix
        self.path.mkdir(parents=True)
        self.note(NOTE)

    def note(self, note: Any) -> None:
        (self.path / "settings.json").write_text(json.dumps(note))

    def drop(self, name: str, text: str, age: float = 60.0) -> Path:
        path = self.path / name
        path.write_text(text)
        self.aged(path, age)
        return path

    def aged(self, path: Path, age: float) -> None:
        os.utime(path, (time.time() - age,) * 2)

    def turn(self) -> None:
        """One look, and the jobs that it asked for."""
        settings = replace(self.shop.settings, watch_folder=str(self.root))
        rounds_of_watch_folder.look(Turn(settings, self.shop.world.engine, self.shop.world.tick(), _nobody))
        for run in self.runs():
            self.shop.work(run)

    def runs(self) -> list[PrintRun]:
        with reading(self.shop.world.engine) as session:
            return list(session.execute(select(PrintRun).order_by(PrintRun.id)).scalars())  # type: ignore[arg-type]

    def names(self) -> set[str]:
        return {
            str(path.relative_to(self.path)).split("/")[0] + ("/" if path.parent != self.path else "")
            for path in self.path.rglob("*")
            if path.is_file()
        }


def _nobody(ask: Ask) -> Told:
    raise AssertionError(ask.url)


@pytest.fixture
def folder(
    sqlite_engine: Engine,
    now: datetime,
    settings: Settings,
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Folder:
    monkeypatch.setattr(jobprint, "Press", LinePress)
    monkeypatch.setattr(dropping, "QUIET_SECONDS", -1.0)  # the system's own time of change cannot be set back
    return Folder(shop_of(sqlite_engine, now, settings, sqlite_url), tmp_path / "watched")


def test_a_file_is_printed_once_and_its_labels_stand_beside_it(folder: Folder) -> None:
    codes = [epc.removeprefix("hdl:") for epc in folder.shop.world.mint("module", 2)]
    folder.drop("order 7.csv", "identifier,note\n" + "".join(f"{code},x\n" for code in codes))
    for _ in range(3):
        folder.turn()
    assert (folder.path / "order 7.csv.zpl").read_text() == "".join(f"{code} \n" for code in codes)
    assert [run.state for run in folder.runs()] == ["printed"]
    assert folder.names() == {"settings.json", "order 7.csv.zpl", "done/"}


def test_a_file_that_is_still_being_written_waits(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropping, "QUIET_SECONDS", 10.0)
    (code,) = folder.shop.world.mint("module")
    path = folder.drop("copied.csv", f"identifier\n{code}\n", age=3_600)  # as `cp -p` leaves it
    folder.turn()
    assert path.exists()
    assert folder.runs() == []
    monkeypatch.setattr(dropping, "QUIET_SECONDS", -1.0)
    folder.drop(".hidden.csv", "identifier\n")
    folder.drop("notes.txt", "no table")
    (folder.path / "link.csv").symlink_to("/etc/passwd")
    folder.turn()
    assert len(folder.runs()) == 1
    assert {".hidden.csv", "notes.txt", "link.csv"} <= {path.name for path in folder.path.iterdir()}


def test_what_is_wrong_is_told_beside_the_file_and_the_next_one_goes_on(folder: Folder) -> None:
    (code,) = folder.shop.world.mint("module")
    folder.drop("bad.csv", "identifier\nnonsense\n")
    folder.drop("worse.csv", "lot\nL-1\n")
    folder.drop("good.csv", f"identifier\n{code}\n")
    folder.drop("again.csv", f"identifier\n{code}\n")
    folder.turn()
    folder.turn()
    assert "nonsense" in (folder.path / "bad.csv.error.txt").read_text()
    assert (folder.path / "worse.csv.error.txt").read_text().startswith("product-missing: ")
    told = [name for name in ("good.csv", "again.csv") if (folder.path / f"{name}.zpl").exists()]
    refused = [name for name in ("good.csv", "again.csv") if (folder.path / f"{name}.error.txt").exists()]
    assert (len(told), len(refused)) == (1, 1)
    assert "already" in (folder.path / f"{refused[0]}.error.txt").read_text()
    assert len(list((folder.path / "failed").iterdir())) == 3


@pytest.mark.parametrize("where", ["printruns.ask", "jobqueue.enqueue", "dropping.put_by", "dropping.tell"])
def test_a_process_that_dies_anywhere_never_prints_a_file_twice_and_never_forgets_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (code,) = folder.shop.world.mint("module")
    folder.drop("order.csv", f"identifier\n{code}\n")
    module, _, name = where.partition(".")

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(getattr(rounds_of_watch_folder, module), name, dies)
            try:
                folder.turn()
            except KeyboardInterrupt:
                continue
    for run in folder.runs():
        folder.shop.work(run)
    folder.turn()
    folder.turn()
    assert [run.state for run in folder.runs()] == ["printed"]
    assert (folder.path / "order.csv.zpl").exists()
    assert folder.names() == {"settings.json", "order.csv.zpl", "done/"}


@pytest.mark.parametrize(
    "note",
    [
        [],
        {},
        NOTE | {"operator": "dee"},
        NOTE | {"operator": "bo"},
        NOTE | {"colour": "red"},
        NOTE | {"dpi": "300"},
        NOTE | {"form": "doc"},
    ],
)
def test_a_note_that_cannot_be_used_is_told_once_and_nothing_is_taken(folder: Folder, note: Any) -> None:
    path = folder.drop("order.csv", "identifier\nx\n")
    folder.note(note)
    folder.turn()
    told = folder.path / "settings.json.error.txt"
    first = told.stat().st_mtime_ns
    folder.turn()
    assert told.stat().st_mtime_ns == first
    assert path.exists()
    folder.note(NOTE)
    folder.turn()
    assert not told.exists()


def test_a_folder_that_cannot_be_written_is_told_and_keeps_its_files(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.drop("order.csv", "identifier\nx\n")
    monkeypatch.setattr(dropping, "WORKING", "settings.json/working")
    with pytest.raises(Refused) as refused:
        folder.turn()
    assert refused.value.code == "watch-folder-failed"
    assert path.exists()


def test_a_file_beyond_what_may_be_brought_is_refused(folder: Folder) -> None:
    folder.shop.settings = replace(folder.shop.settings, max_import_mb=0)
    folder.drop("order.csv", "identifier\nx\n")
    folder.turn()
    assert (folder.path / "order.csv.error.txt").read_text().startswith("too-large: ")


def test_folders_of_nobody_are_left_alone(folder: Folder) -> None:
    other = folder.root / "88.118.9999"
    other.mkdir()
    (other / "settings.json").write_text(json.dumps(NOTE))
    (other / "order.csv").write_text("identifier\nx\n")
    folder.turn()
    assert sorted(path.name for path in other.iterdir()) == ["order.csv", "settings.json"]
    with reading(folder.shop.world.engine) as session:
        assert session.execute(select(func.count()).select_from(PrintRun)).scalar_one() == 0


def test_a_node_looks_only_where_it_was_told_to(settings: Settings) -> None:
    of: Callable[[Settings], Any] = rounds.of
    assert "watch-folder" not in of(settings)
    assert "watch-folder" in of(replace(settings, watch_folder="/srv/print"))
