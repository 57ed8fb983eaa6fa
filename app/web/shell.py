"""What every page is framed by: the navigation a person may use, the colours of states, the page's own mark."""

from dataclasses import dataclass, field
from functools import lru_cache

from flask import Flask, current_app, request
from flask import session as cookie
from werkzeug.routing import Map

from app.domain.masterdata import LEVELS, UNITS
from app.domain.people import ROLE_NAMES
from app.errors import N_
from app.web.edge import visitor
from app.web.forms import shown_once

LIFECYCLES = {
    "reserved": (N_("Reserved"), "secondary"),
    "active": (N_("Active"), "teal"),
    "void": (N_("Void"), "dark"),
    "retired": (N_("Retired"), "dark"),
}
DISPOSITIONS = {
    "reserved": (N_("Reserved"), "secondary"),
    "active": (N_("Active"), "teal"),
    "in_progress": (N_("In use"), "azure"),
    "in_transit": (N_("On its way"), "indigo"),
    "conformant": (N_("Passed"), "green"),
    "non_conformant": (N_("Failed"), "red"),
    "unavailable": (N_("On hold"), "orange"),
    "available": (N_("Released"), "green"),
    "returned": (N_("Returned"), "yellow"),
    "destroyed": (N_("Scrapped"), "dark"),
    "inactive": (N_("Out of use"), "dark"),
    "container_closed": (N_("Packed"), "azure"),
}
STEP_ICONS = {
    "mint": "qrcode",
    "claim": "tag",
    "adopt": "bell",
    "commission": "player-play",
    "receive": "package-import",
    "inspect": "clipboard-check",
    "consume": "flask",
    "produce": "recycle",
    "assemble": "puzzle",
    "pack": "package",
    "unpack": "packages",
    "move": "transfer",
    "ship": "truck-delivery",
    "return": "truck-return",
    "scrap": "trash",
    "sample": "test-pipe",
    "loss": "mood-empty",
    "repair": "tool",
    "split": "git-fork",
    "merge": "git-merge",
    "repack": "replace",
    "rework": "rotate-clockwise",
    "hold": "hand-stop",
    "release": "lock-open",
    "void": "x",
    "retire": "archive",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation; shown to who has one of `rights`, where this node serves `path`."""

    title: str
    icon: str
    path: str = ""
    rights: frozenset[str] = frozenset()
    below: tuple["Entry", ...] = field(default=())
    node_only: bool = False  # for people of the company that runs the node


def _entry(title: str, icon: str, path: str, *rights: str) -> Entry:
    return Entry(title, icon, path, frozenset(rights))


REGISTRY = Entry(
    N_("Registry"),
    "fingerprint",
    below=(
        _entry(N_("Identifiers"), "list-search", "/registry", "browse"),
        _entry(N_("Prefixes"), "hash", "/prefixes", "browse"),
        _entry(N_("Name patterns"), "braces", "/patterns", "browse"),
        _entry(N_("Reserved ranges"), "brackets", "/ranges", "browse"),
        _entry(N_("Aliases"), "tags", "/aliases", "browse"),
        _entry(N_("Templates"), "template", "/templates", "browse"),
        _entry(N_("Links"), "link", "/links", "browse"),
        _entry(N_("Import"), "table-import", "/imports", "master"),
        _entry(N_("Look-ups"), "timeline", "/resolutions", "browse"),
        _entry(N_("How names resolve"), "route", "/explain", "browse"),
    ),
)
TRACING = Entry(
    N_("Trace"),
    "route",
    below=(
        _entry(N_("Search"), "search", "/search", "trace"),
        _entry(N_("Recalls"), "urgent", "/recalls", "report"),
        _entry(N_("Holds"), "hand-stop", "/holds", "hold"),
        _entry(N_("Mass balance"), "scale", "/balances", "trace"),
        _entry(N_("Data quality"), "checks", "/quality", "trace"),
        _entry(N_("Lists for authorities"), "file-text", "/sheets", "report"),
        _entry(N_("Alerts"), "bell", "/alerts", "browse"),
        _entry(N_("Verify"), "shield-check", "/verify", "trace"),
    ),
)
LABELS = Entry(
    N_("Labels"),
    "qrcode",
    below=(
        _entry(N_("Print labels"), "printer", "/labels", "print"),
        _entry(N_("Print runs"), "list-check", "/labels/runs", "print"),
        _entry(N_("Label templates"), "artboard", "/labels/templates", "print"),
        _entry(N_("Label stock"), "sticker", "/labels/stock", "print"),
        _entry(N_("Printers"), "plug-connected", "/labels/printers", "print"),
        _entry(N_("Blank labels"), "tag", "/labels/blank", "print"),
        _entry(N_("Check a label"), "photo-scan", "/labels/check", "scan"),
    ),
)
NAVIGATION = (
    _entry(N_("Scan"), "scan", "/scan", "scan"),
    _entry(N_("Items and lots"), "packages", "/items", "browse"),
    LABELS,
    TRACING,
    REGISTRY,
    Entry(
        N_("Master data"),
        "database",
        below=(
            _entry(N_("Products"), "box", "/products", "browse"),
            _entry(N_("Sites"), "map-pin", "/sites", "browse"),
            _entry(N_("Organisations"), "building-factory-2", "/organisations", "people"),
            _entry(N_("Partners"), "building", "/partners", "browse"),
            _entry(N_("Disclosure"), "eye", "/disclosure", "browse"),
        ),
    ),
    Entry(
        N_("Network"),
        "sitemap",
        below=(
            Entry(N_("Figures"), "chart-bar", "/network", frozenset({"browse"}), node_only=True),
            Entry(N_("Applications"), "inbox", "/applications", frozenset({"audit"}), node_only=True),
            Entry(N_("Zones"), "hierarchy-2", "/zones", frozenset({"audit"}), node_only=True),
            Entry(N_("Our zone"), "flag", "/our-zone", frozenset({"people"}), node_only=True),
        ),
    ),
    _entry(N_("Jobs"), "progress-check", "/jobs", "print", "report"),
    Entry(
        N_("Administration"),
        "settings",
        below=(
            _entry(N_("People"), "users", "/people", "people"),
            _entry(N_("Handle administrators"), "key", "/handle-admins", "people"),
            _entry(N_("Audit trail"), "history", "/audit", "audit"),
            _entry(N_("Event log"), "list-check", "/log", "audit"),
            _entry(N_("Nodes of our zone"), "hierarchy-2", "/mesh", "audit"),
            _entry(N_("Rules of custody"), "adjustments", "/rules", "people"),
            _entry(N_("Captures"), "database-import", "/captures", "browse"),
            _entry(N_("Subscriptions"), "rss", "/subscriptions", "browse"),
            _entry(N_("Deliveries"), "send", "/deliveries", "master"),
        ),
    ),
)
LINES = frozenset(line.path for entry in NAVIGATION for line in (entry.below or (entry,)))


def configure(app: Flask) -> None:
    app.jinja_env.globals.update(
        visitor=visitor,
        navigation=navigation,
        registry_tabs=registry_tabs,
        is_here=is_here,
        is_served=is_served,
        step_icons=STEP_ICONS,
        here=here,
        shown_once=shown_once,
        theme=theme,
        role_names=ROLE_NAMES,
        lifecycles=LIFECYCLES,
        dispositions=DISPOSITIONS,
        level_names=LEVELS,
        unit_names=UNITS,
    )


def navigation() -> list[Entry]:
    """What this person may open on this node. A group with a single line left becomes that line."""
    shown: list[Entry] = []
    for entry in NAVIGATION:
        if not entry.below:
            shown += [entry] if _open(entry) else []
            continue
        below = tuple(line for line in entry.below if _open(line))
        if len(below) > 1:
            shown.append(Entry(entry.title, entry.icon, below=below))
        else:
            shown += below
    return shown


def registry_tabs() -> list[Entry]:
    """The pages of the registry that this person may open, beside one another at the top of each."""
    return [line for line in REGISTRY.below if _open(line)]


def is_here(entry: Entry) -> bool:
    """Whether the page shown belongs to this line: below `/labels/runs` it is that line, and not `/labels`."""
    if entry.below:
        return any(is_here(line) for line in entry.below)
    return entry.path == _line_of(request.path)


def here() -> str:
    """Where to come back to after a switch of language or colours."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def theme() -> str:
    """'light', 'dark' or 'auto' (as the device)."""
    return str(cookie.get("theme", "light"))


def _open(entry: Entry) -> bool:
    person = visitor()
    if person is None or (entry.node_only and not person.node):
        return False
    return any(person.may(right) for right in entry.rights) and is_served(entry.path)


def is_served(path: str) -> bool:
    """Whether this node has a page there; its roles decide."""
    return path in _paths(current_app.url_map)


def _line_of(path: str) -> str:
    """The path of the line that a page belongs to, the longest that it begins with; '' for none."""
    while path and path not in LINES:
        path = path.rpartition("/")[0]
    return path


@lru_cache(maxsize=4)
def _paths(url_map: Map) -> frozenset[str]:
    return frozenset(rule.rule for rule in url_map.iter_rules())
