"""A node's way out that leads to other applications of the same test, by their addresses."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask

from app.domain.messages import Ask, Told
from app.errors import PeerFailed


class WayOut:
    """`fetch` of a node: to the applications in `nodes`, by origin. `lost` answers are carried out and never arrive."""

    def __init__(self, nodes: Mapping[str, Flask]) -> None:
        self.nodes = dict(nodes)
        self.lost = False
        self.asked: list[str] = []

    def __call__(self, ask: Ask) -> Told:
        parts = urlsplit(ask.url)
        self.asked.append(f"{ask.method} {parts.path}")
        app = self.nodes.get(f"{parts.scheme}://{parts.netloc}")
        if app is None:
            raise PeerFailed("peer-unreachable", "nobody there")
        path = f"{parts.path}?{parts.query}"
        answer = app.test_client().open(path, method=ask.method, data=ask.body, headers=list(ask.headers))
        if self.lost:
            raise PeerFailed("peer-too-slow", "too slow")
        return Told(answer.status_code, answer.data, tuple(answer.headers.items()))
