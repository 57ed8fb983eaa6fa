"""The status page of the whole network: every node, whether it answers, its address and log-ins."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
from jinja2 import Environment, select_autoescape

from app.demo.companies import PASSWORD
from app.errors import N_
from app.network.nodes import Network, Node
from app.network.plan import ENTERPRISE, NATIONAL, RECURSIVE, ROOT, SECOND
from app.network.processes import HOST
from app.network.visiting import answers
from app.translating import gettext_in

LEVELS = (
    (N_("Root node"), (ROOT,)),
    (N_("National nodes"), NATIONAL),
    (N_("Second-level nodes"), SECOND),
    (N_("Enterprise nodes"), ENTERPRISE),
    (N_("Recursive node"), (RECURSIVE,)),
)


@dataclass(frozen=True, slots=True)
class State:
    key: str
    zh: str
    en: str
    zone: str
    url: str
    answers: bool
    milliseconds: int
    logins: tuple[str, ...]


@contextmanager
def served(network: Network) -> Iterator[str]:
    """The page's address, while the block runs."""

    class Handler(_Handler):
        shown = network

    server = ThreadingHTTPServer((HOST, network.port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{HOST}:{network.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def states_of(network: Network) -> list[State]:
    """Asked now, of all at once."""
    nodes = list(network)
    with ThreadPoolExecutor(len(nodes)) as askers:
        return list(askers.map(_state, nodes))


def page(states: list[State], language: str) -> str:
    _ = gettext_in(language)
    environment = Environment(autoescape=select_autoescape(["html"]))
    template = environment.from_string(Path(__file__).with_name("status.html").read_text(encoding="utf-8"))
    by_key = {state.key: state for state in states}
    return template.render(
        _=_,
        language=language,
        up=sum(state.answers for state in states),
        all=len(states),
        password=PASSWORD,
        levels=[(_(title), [by_key[plan.key] for plan in plans]) for title, plans in LEVELS],
    )


def _state(node: Node) -> State:
    began = time.perf_counter()
    answered = node.process.alive and answers(node.url)
    took = round((time.perf_counter() - began) * 1000)
    plan = node.plan
    logins = tuple(person.login for person in plan.people)
    return State(plan.key, plan.zh, plan.en, plan.zone, node.url, answered, took, logins)


class _Handler(BaseHTTPRequestHandler):
    shown: Network

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/status.json":
            self._send("application/json", orjson.dumps([asdict(state) for state in states_of(self.shown)]))
        elif parts.path == "/":
            asked = parse_qs(parts.query).get("language", [self.headers.get("Accept-Language", "")])[0]
            language = "zh" if asked.startswith("zh") else "en"
            self._send("text/html; charset=utf-8", page(states_of(self.shown), language).encode())
        else:
            self.send_error(404)

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (as it is inherited)
        """Nothing: the terminal is for what the network tells."""
