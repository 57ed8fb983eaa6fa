"""What thousands of applications in one test process need not do anew: their routes and templates are the same, and no
disk need keep what ends with the test. None of it changes what an application does.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

from babel.support import Translations
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.rules import RulePart

from app.web.tallying import Counting

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; a run takes a quarter of it


class _Templates(BytecodeCache):
    """Compiled templates; Jinja sees itself whether one still fits its source."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_templates = _Templates()


def keep_files_in_memory() -> None:
    """Temporary folders of this process and of those it starts, where the machine has a place in memory that is large
    enough. Copying PostgreSQL's template takes a tenth of the time there."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


counting: WeakSet[Counting] = WeakSet()


def know_who_counts() -> None:
    """`counting` holds what applications count with as long as they are there."""
    begin = Counting.__init__

    def known(self: Counting, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        counting.add(self)

    Counting.__init__ = known  # type: ignore[method-assign]


def share_templates(app: Flask) -> None:
    app.jinja_env.bytecode_cache = _templates


def share_translations() -> None:
    """A catalogue is read once; nobody writes into it."""
    load = cache(Translations.load)

    def kept(folder: str, locales: Any, domain: str | None = None) -> Any:
        return load(folder, tuple(map(str, locales)), domain)

    Translations.load = kept  # type: ignore[method-assign,assignment]


def share_statements() -> None:
    """What the words of a statement are in SQL depends on the kind of database, not on which one it is: engines of a kind
    keep them together, and tell their dialects apart by kind."""
    kept: dict[type, LRUCache[Any, Any]] = {}
    begin = Engine.__init__

    def begun(self: Engine, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        self._compiled_cache = kept.setdefault(type(self.dialect), LRUCache(20_000))

    Engine.__init__ = begun  # type: ignore[method-assign]
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        kind.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[assignment]
        kind.__hash__ = lambda self: hash(type(self))  # type: ignore[assignment]


def share_routes() -> None:
    """What reads and what builds the URL of a rule depends on nothing but the rule's own words."""
    _share_builders()
    read: dict[tuple[str, int], tuple[list[RulePart], list[Any], dict[str, Any], set[str]]] = {}
    parse = Rule._parse_rule

    def remembered(rule: Rule, words: str) -> Iterator[RulePart]:
        assert rule.map is not None
        key = words, hash(frozenset(rule.map.converters.items()))
        if key not in read:
            trace, arguments = rule._trace, rule.arguments
            rule._trace, rule.arguments = [], set()
            parts = list(parse(rule, words))
            read[key] = parts, rule._trace, dict(rule._converters), rule.arguments
            rule._trace, rule.arguments = trace, arguments
        parts, trace, converters, arguments = read[key]
        rule._trace += trace
        rule._converters |= converters
        rule.arguments |= arguments
        return iter(parts)

    Rule._parse_rule = remembered  # type: ignore[method-assign]


def _share_builders() -> None:
    compiled: dict[Any, Callable[..., tuple[str, str]]] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults or rule.host:
            return compile_builder(rule, append_unknown)
        key = rule.rule, rule.subdomain, rule.merge_slashes, append_unknown
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]
