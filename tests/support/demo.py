"""The worked chain for tests: `./dev demo --no-serve` run once a session, and copies of its data to work on."""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.settings import Settings
from tests.support.sources import ROOT

PORT = 8118
BASE_URL = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Demo:
    """What the demo has left in `out`; `told` is what it printed. Nobody writes there: work on a `copy`."""

    out: Path

    @property
    def told(self) -> str:
        return (self.out / "told.txt").read_text(encoding="utf-8")

    @property
    def labels(self) -> Path:
        return self.out / "labels.pdf"

    @property
    def report(self) -> Path:
        return self.out / "trace.pdf"

    @property
    def database(self) -> Path:
        return self.out / "demo-data" / "suyuan.db"

    def copy(self, folder: Path) -> Settings:
        """Settings of the same node on a copy of its database in `folder`, with the files of its jobs and runs."""
        folder.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(self.database)) as source,
            closing(sqlite3.connect(folder / "suyuan.db")) as copy,
        ):
            source.backup(copy)
        for files in ("results", "prints"):
            if (made := self.database.parent / files).is_dir():
                shutil.copytree(made, folder / files, dirs_exist_ok=True, copy_function=os.link)
        return Settings(data_dir=folder, base_url=BASE_URL, secret_key="for tests only", fast_hash=True)


@dataclass(frozen=True)
class Pages:
    """A PDF as poppler shows it: another renderer than the one that proved the labels."""

    pdf: Path
    folder: Path

    @cached_property
    def text(self) -> str:
        return subprocess.run(
            ["pdftotext", "-layout", self.pdf, "-"], capture_output=True, text=True, check=True
        ).stdout

    def pictures(self, dpi: int = 300) -> list[Path]:
        subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", self.pdf, self.folder / "page"], check=True)
        return sorted(self.folder.glob("page-*.pgm"), key=lambda path: int(re.findall(r"\d+", path.stem)[-1]))


def run_once(shared: Path) -> Demo:
    """The demo in `shared`, made by whichever test process comes first."""
    out = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "told.txt").exists():
            _run(out)
    return Demo(out)


def _run(out: Path) -> None:
    out.mkdir(exist_ok=True)
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATA_DIR", "DATABASE_URL"}
    }
    run = subprocess.run(
        [sys.executable, "-m", "app.demo", "--no-serve", "--port", str(PORT), "--out", str(out)],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (out / "told.txt").write_text(run.stdout, encoding="utf-8")
