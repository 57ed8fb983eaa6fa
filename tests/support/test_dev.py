import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


NOT_COPIED = (
    ".git",
    ".venv",
    ".cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    "node_modules",
    "build",
    "data",
    "out",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project once more, so that nothing is rebuilt under the feet of other tests; its packages are the same ones."""
    folder = tmp_path_factory.mktemp("dev") / "a copy"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED, "*.mo", "__pycache__"))
    for shared in (".venv", "node_modules"):
        (folder / shared).symlink_to(ROOT / shared)
    return folder


@pytest.fixture
def dev(copy: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, script: Path = copy / "dev", **stubs: str) -> subprocess.CompletedProcess[str]:
        """Runs it from somewhere else; `stubs` are programs it finds in place of the machine's."""
        for name, body in stubs.items():
            (tmp_path / name.replace("_", "-")).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name.replace("_", "-")).chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run(
            [script, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


SUDO = '[ "$1" = -n ] && shift; exec "$@"'

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_without_a_verb_it_says_what_it_can_do(dev: Run) -> None:
    said = dev()
    assert said.returncode == 0
    assert "./dev demo" in said.stdout


def test_an_unknown_verb_is_named_and_the_known_ones_are_listed(dev: Run) -> None:
    said = dev("deom")
    assert said.returncode == 2
    assert "'deom'" in said.stderr
    assert "./dev demo" in said.stderr


def test_a_second_set_up_does_nothing(dev: Run) -> None:
    first = dev("setup")
    assert "Browser modules" in first.stderr
    again = dev("setup")
    assert again.returncode == 0
    assert again.stderr == "Everything is in place.\n"


def test_a_changed_source_is_built_again_and_nothing_else_is(dev: Run, copy: Path) -> None:
    dev("setup")
    (copy / "app/web/frontend/icons.txt").write_text("qrcode\n")
    said = dev("setup").stderr
    assert [line.split("  ")[1] for line in said.splitlines() if line.startswith("  ")] == [
        "Browser modules and styles"
    ]


def test_a_failed_step_says_why_and_runs_again_next_time(dev: Run, copy: Path) -> None:
    icons = copy / "app/web/frontend/icons.txt"
    icons.write_text("no-such-icon\n")
    for _ in range(2):
        said = dev("setup")
        assert said.returncode != 0
        assert "there is no Tabler icon 'no-such-icon'" in said.stderr
    icons.write_text("qrcode\n")
    assert dev("setup").returncode == 0


def test_it_works_through_a_link(dev: Run, copy: Path, tmp_path: Path) -> None:
    link = tmp_path / "suyuan"
    link.symlink_to(copy / "dev")
    assert "setup_time" in dev("bench", "--list", script=link).stdout.split()


def test_what_set_up_says_does_not_mix_with_what_the_verb_prints(dev: Run, copy: Path) -> None:
    shutil.rmtree(copy / "app/web/static/build", ignore_errors=True)
    said = dev("bench", "--list")
    assert "Browser modules" in said.stderr
    assert all(line.isidentifier() for line in said.stdout.splitlines())


def test_set_ups_at_the_same_time_wait_for_each_other(copy: Path) -> None:
    shutil.rmtree(copy / "app/web/static/build", ignore_errors=True)
    runs = [subprocess.Popen([copy / "dev", "setup"], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0, 0]
    assert sum("Browser modules" in text for text in said) == 1


def test_missing_packages_are_installed_by_name(dev: Run, tmp_path: Path) -> None:
    said = dev("bench", "--list", dpkg_query="", apt_get=f'echo "$*" >>"{tmp_path}/asked"', sudo=SUDO)
    assert said.returncode == 0
    assert "Debian packages" in said.stderr
    asked = (tmp_path / "asked").read_text()
    assert "libzbar0 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk" in asked


def test_a_package_that_cannot_be_had_stops_it_with_the_reason(dev: Run) -> None:
    said = dev("bench", "--list", dpkg_query="", apt_get="echo 'E: no such package' >&2; exit 100", sudo=SUDO)
    assert said.returncode == 100
    assert "E: no such package" in said.stderr
    assert said.stdout == ""
