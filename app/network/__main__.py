"""`./dev network`: a whole resolution system on this machine, from the root to five companies; `--check` proves it."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.demo.companies import PASSWORD
from app.errors import TraceError
from app.network.building import Built, build
from app.network.checking import Checklist
from app.network.drills import Drills
from app.network.drills_of_copies import CopyDrills
from app.network.drills_of_data import DataDrills
from app.network.journey import Journey
from app.network.nodes import Network
from app.network.status import served
from app.network.visiting import Wrong

PORT = 8200


def main() -> None:
    """Parses the command line, builds the network, and serves it or checks it."""
    parser = argparse.ArgumentParser(prog="./dev network", description=__doc__)
    parser.add_argument("--check", action="store_true", help="run the journey and the drills, then stop")
    parser.add_argument(
        "--port", type=int, default=PORT, help="of the status page; the nodes take those after it"
    )
    parser.add_argument("--out", type=Path, default=Path("out/network"), help="folder of the nodes' data")
    arguments = parser.parse_args()
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: sys.exit(1))
    began = time.perf_counter()
    try:
        with Network(arguments.out, arguments.port) as network:
            built = build(network, step)
            floor = built.floor
            _say(f"{floor.scans} scans, {floor.adopted} shipments taken in, {built.entries} entries")
            _say(f"all of it: {time.perf_counter() - began:.1f} s")
            if arguments.check:
                sys.exit(check(built, began))
            network.keep_turning()
            with served(network) as address:
                _logins(network, address)
                threading.Event().wait()
    except KeyboardInterrupt:
        _say("stopped")
    except (Wrong, TraceError) as error:
        sys.exit(error.english() if isinstance(error, TraceError) else str(error))


@contextmanager
def step(title: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    _say(f"{time.perf_counter() - began:6.2f} s  {title}")


def check(built: Built, began: float) -> int:
    """The exit code."""
    checks = Checklist()
    Journey(built).run(checks)
    DataDrills(built).run(checks)
    CopyDrills(built).run(checks)
    Drills(built).run(checks)
    _say(f"all of it: {time.perf_counter() - began:.1f} s")
    return checks.end()


def _logins(network: Network, address: str) -> None:
    _say(f"\nThe status of all: {address} (Ctrl-C ends them). Every password is {PASSWORD}")
    for node in network:
        zone = node.plan.zone or "(root)"
        people = ", ".join(f"{person.login} ({person.role})" for person in node.plan.people)
        _say(f"  {node.url}  {zone:12} {node.plan.en} {node.plan.zh}: {people}")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
