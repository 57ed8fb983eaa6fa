"""Builds the network: data and keys, people, processes, delegations, and the chain's story told across companies."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from app.demo.floor import Floor
from app.network.founding import found_companies, found_others
from app.network.nodes import Network

STORY_DAYS = 42  # how long ago the first powder lot was made
Step = Callable[[str], AbstractContextManager[None]]


def build(network: Network, step: Step) -> Floor:
    """Leaves every node running and the story told; `step` shows what is being done."""
    now = datetime.now(UTC)
    with step(f"{len(network)} empty databases, keys, root hints"):
        network.prepare()
    floor = Floor(network["packs"].engine, now - timedelta(days=STORY_DAYS))
    with step("5 companies with their places, products and people; administrators of the other nodes"):
        found_companies(network, floor)
        found_others(network, floor.now)
    with step(f"{len(network)} nodes started, each answers"):
        network.start()
    return floor
