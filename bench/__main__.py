"""Runs the benchmarks: every module of this folder with a `figures()` generator, as a table or as JSON lines.

A figure is {"figure", "value", "unit", "baseline", "ratio"}: `baseline` is the same work done in the plain way, in the
same unit, or None; `ratio` is how many times better we are (left out, it is worked out from the two).
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HIGHER_IS_BETTER = ("/s", "x")


def names() -> list[str]:
    """Modules that measure something; helpers have no `figures`."""
    found = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    return [name for name in found if hasattr(importlib.import_module(f"bench.{name}"), "figures")]


def measured(name: str) -> Iterator[dict[str, Any]]:
    for figure in importlib.import_module(f"bench.{name}").figures():
        yield {"bench": name, **completed(figure)}


def completed(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with all five fields, `ratio` worked out where it was left open and there is a baseline."""
    value, baseline, ratio = figure["value"], figure.get("baseline"), figure.get("ratio")
    if ratio is None and baseline and value:
        more_is_better = figure["unit"].endswith(HIGHER_IS_BETTER)
        ratio = value / baseline if more_is_better else baseline / value
    return {
        "figure": figure["figure"],
        "value": _rounded(value),
        "unit": figure["unit"],
        "baseline": _rounded(baseline),
        "ratio": _rounded(ratio),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def print_table(name: str, figures: Iterator[dict[str, Any]]) -> None:
    began = time.perf_counter()
    print(f"\n{name}", flush=True)
    for figure in figures:
        ratio = f"{_shown(figure['ratio'])} x" if figure["ratio"] is not None else ""
        baseline = (
            f"(plain: {_shown(figure['baseline'])} {figure['unit']})"
            if figure["baseline"] is not None
            else ""
        )
        value = f"{_shown(figure['value'])} {figure['unit']}"
        print(f"  {figure['figure']:<52} {value:>16}  {baseline:<26} {ratio:>9}".rstrip(), flush=True)
    print(f"  measured in {time.perf_counter() - began:.1f} s")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev bench", description="Measures, and says what the plain way takes."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; all where none is named")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--list", action="store_true", help="only say which benchmarks there are")
    parser.add_argument(
        "--full", action="store_true", help="also what takes very long (resolve: ten million)"
    )
    options = parser.parse_args(words)
    if options.full:
        os.environ["BENCH_FULL"] = "1"
    known = names()
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are {', '.join(known)}")
    if options.list:
        print("\n".join(known))
        return 0
    for name in options.names or known:
        if options.json:
            for figure in measured(name):
                print(json.dumps(figure, ensure_ascii=False), flush=True)
        else:
            print_table(name, measured(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
