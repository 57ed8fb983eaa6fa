"""Takes the pictures of the nodes' pages from a whole running network: `python -m tests.browser.network_screenshots`.

As `tests.browser.screenshots` takes those of one node: both languages, a telephone and a desk.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from app import rounds_of_filing
from app.network.building import Built, build
from app.network.nodes import Network
from app.network.plan import ENTERPRISE, NATIONAL, SECOND
from app.network.status import served
from app.network.visiting import Visitor
from app.rounds import Turn
from app.services import joining
from app.services.joining import Own
from tests.browser.scenes import Scene, Stage
from tests.browser.screenshots import LOCALES, WIDTHS, Doors, _browser, _picture
from tests.support.server import ROOT

PORT = 8400
COUNTED_SECONDS = 5  # until web processes have written down what they counted
APPLICANT = "88.118.6006"


@dataclass(frozen=True)
class Picture:
    """`node` is whose page it is, '' for the status of all; `path` may name `{cell}` and `{vehicle}`."""

    name: str
    node: str
    path: str
    signed_in: bool = True


PICTURES = (
    Picture("network-status", "", "/", signed_in=False),
    Picture("explain", "recursive", "/explain?handle={cell}&fresh=1", signed_in=False),
    Picture("applications", "vehicle-parts", "/applications"),
    Picture("zones", "vehicle-parts", "/zones"),
    Picture("zone", "vehicle-parts", "/zones/88.118.2002"),
    Picture("network-second-level", "vehicle-parts", "/network"),
    Picture("network-national", "wuhan", "/network"),
    Picture("network-enterprise", "cells", "/network"),
    Picture("mesh", "wuhan", "/mesh"),
    Picture("partners", "vehicles", "/partners"),
    Picture("disclosure", "cells", "/disclosure"),
    Picture("log-partners", "vehicles", "/log/partners"),
    Picture("trace-companies", "vehicles", "/trace/{vehicle}"),
)


def main() -> None:
    """Parses the command line, builds a network, and takes the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.network_screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("names", nargs="*", help="which pictures; all when none is named")
    arguments = parser.parse_args()
    chosen = [each for each in PICTURES if each.name in arguments.names or not arguments.names]
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="suyuan-network-") as folder,
        Network(Path(folder) / "net", PORT) as network,
    ):
        built = build(network, _told)
        _fill(built)
        with served(network) as status, _browser() as browser:
            _take(browser, built, status, chosen, arguments.out)


@contextmanager
def _told(title: str) -> Iterator[None]:
    yield
    sys.stdout.write(f"{title}\n")


def _fill(built: Built) -> None:
    """What a network has after a while: names looked up, figures filed, somebody who waits for review."""
    network = built.network
    for epc in (*built.goods.cells, *built.goods.packs[:10]):
        Visitor(network["recursive"].url).get(f"/api/handles/{quote(epc.removeprefix('hdl:'))}?auth=true")
    time.sleep(COUNTED_SECONDS)
    own = Own(APPLICANT, secrets.token_bytes(32), "https://id.example.cn")
    subject = network["cells"].plan.subject | {
        "name_zh": "江城电机有限公司", "name_en": "Rivertown Motors", "id_number": "91420100MA0144324W", "region": "420100",
    }  # fmt: skip
    signed = joining.application(own, subject, secrets.token_urlsafe(24), datetime.now(UTC))
    joining.send_application(network.fetch, network["vehicle-parts"].url, signed)
    for plan in (*ENTERPRISE, *SECOND, *NATIONAL):
        node = network[plan.key]
        turn = Turn(node.settings, node.engine, datetime.now(UTC), network.fetch)
        rounds_of_filing.file(turn, everything=True)
    for plan in ENTERPRISE:
        network.turn(plan.key, "cosign")


def _take(browser: Browser, built: Built, status: str, chosen: list[Picture], out: Path) -> None:
    doors: dict[str, Doors] = {each.node: Doors() for each in chosen}
    for language in LOCALES:
        for width in WIDTHS:
            for each in chosen:
                node = built.network[each.node] if each.node else None
                login = node.plan.administrator.login if node and each.signed_in else ""
                folder = node.settings.data_dir if node else Path()
                stage = Stage(node.url if node else status, folder, language, width)
                context = doors[each.node].opened(browser, stage, login)
                picture = _picture(context, stage, Scene(each.name, login, _play(each, built)))
                path = out / f"{each.name}-{language}-{width}.png"
                path.write_bytes(picture)
                sys.stdout.write(f"{len(picture) / 1000:6.0f} kB  {path.name}\n")
                context.close()


def _play(each: Picture, built: Built) -> Callable[[Page, Stage], None]:
    cell, vehicle = (epc.removeprefix("hdl:") for epc in (built.goods.cells[0], built.goods.vehicles[0]))
    path = each.path.format(cell=quote(cell), vehicle=vehicle)

    def play(page: Page, stage: Stage) -> None:
        page.goto(f"{stage.address}{path}", wait_until="networkidle")

    return play


if __name__ == "__main__":
    main()
