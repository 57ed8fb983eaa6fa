"""Builds the network: data and keys, people, processes, delegations, and the chain's story told across companies."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.demo.chain import Goods
from app.network import story
from app.network.founding import found_companies, found_others
from app.network.nodes import Network
from app.network.registering import Reviewers, register_all
from app.network.story import Floors

STORY_DAYS = 42  # how long ago the first powder lot was made
Step = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Built:
    """The running network, who scans where, what the story is about, and how many entries the companies' logs have."""

    network: Network
    floor: Floors
    goods: Goods
    entries: int
    reviewers: Reviewers


def build(network: Network, step: Step) -> Built:
    """Leaves every node running and the story told; `step` shows what is being done."""
    now = datetime.now(UTC)
    with step(f"{len(network)} empty databases, keys, root hints"):
        network.prepare()
    floor = Floors(network["packs"].engine, now - timedelta(days=STORY_DAYS))
    with step("5 companies with their places, products and people; administrators of the other nodes"):
        found_companies(network, floor)
        found_others(network, floor.now)
    with step(f"{len(network)} nodes started, each answers"):
        network.start()
    with step("every node applied for its zone at the node above and was approved"):
        reviewers = register_all(network)
    with step("the companies know who their partners are"):
        story.make_partners(network)
    with step("the chain's story told, each company on its own node"):
        goods = story.tell(network, floor)
    with step("every company's log signed"):
        entries = story.certify(network)
    return Built(network, floor, goods, entries, reviewers)
