"""Who may import whom, and the other rules of the house that a machine can watch."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.sources import OURS, ROOT, Source, sources_of, within

EVERYTHING = ("app", "labels", "reports")

# package -> what it may import of ours. The first that fits counts, so exceptions stand before the rule.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "app.errors": (),
    "app.settings": (),
    "app.roles": (),
    "app.domain": ("app.domain", "app.errors"),
    "app.store": ("app.store", "app.domain", "app.errors"),
    "app.services": ("app.services", "app.store", "app.domain", "app.errors", "labels", "reports"),
    "app.web": (
        *("app.web", "app.services", "app.domain", "app.errors", "app.store.database"),
        *(
            "app.settings",
            "app.roles",
            "app.jobs",
            "app.jobqueue",
            "app.printruns",
        ),  # what the composition root hands over
    ),
    "labels": ("labels",),
    "reports": ("reports", "app.domain"),
    "app": EVERYTHING,  # the composition root, cli, jobs, demo, serving
}

# package -> frameworks it may know. Whatever is listed nowhere (the standard library, orjson) is everybody's.
DATABASE = ("sqlmodel", "sqlalchemy", "alembic", "psycopg", "sqlite3")
WEB = ("flask", "apiflask", "werkzeug", "wtforms", "flask_wtf", "flask_babel", "marshmallow", "markupsafe")
PICTURES = (
    "PIL",
    "qrcode",
    "pyzbar",
    "zxingcpp",
    "numpy",
    "pypdfium2",
    "pillow_heif",
    "uharfbuzz",
    "fontTools",
)
PAPER = ("weasyprint", "pikepdf", "pyhanko", "xlsxwriter")
TEMPLATES = ("jinja2", "babel")
OTHERS = ("huey", "granian", "httpx", "urllib3", "dns", "click", "argon2", "cryptography")
FRAMEWORKS = {*DATABASE, *WEB, *PICTURES, *PAPER, *TEMPLATES, *OTHERS}
MAY_KNOW: dict[str, tuple[str, ...]] = {
    "app.errors": (),
    "app.settings": (),
    "app.roles": (),
    "app.domain": ("cryptography",),  # verifying a signature is arithmetic; keys are made and kept elsewhere
    "app.store": DATABASE,
    "app.services": ("sqlmodel.Session", "sqlalchemy.orm.Session", "argon2", "cryptography"),
    "app.web": (*WEB, *TEMPLATES, "sqlmodel.Session", "sqlalchemy.Engine"),
    "labels": (*PICTURES, *PAPER),
    "reports": (*PAPER, *TEMPLATES, "qrcode"),  # the subject's symbol on the cover: docs/decisions/0005
    "app": tuple(FRAMEWORKS),
}

IMPURE_MODULES = (
    "time random secrets socket os pathlib subprocess threading asyncio http urllib.request tempfile shutil sqlite3 "
    "logging locale"
).split()
CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "uuid.uuid1"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
}
CHANCE = {"uuid.uuid4", "uuid4", "os.urandom"}

# EPCIS 2.0 field names: the border is one module, so that the rest can be renamed to the standard's next version.
EPCIS_FIELDS = set(
    (
        "eventTime recordTime eventTimeZoneOffset eventID epcList childEPCs parentID bizStep readPoint bizLocation "
        "bizTransactionList sourceList destinationList quantityList childQuantityList inputEPCList outputEPCList "
        "inputQuantityList outputQuantityList transformationID errorDeclaration declarationTime correctiveEventIDs "
        "epcClass"
    ).split()
)

MODULES = sources_of(*OURS)


def rule_for(name: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return next(allowed for package, allowed in table.items() if within(name, package))


def forbidden_imports(source: Source) -> Iterator[str]:
    allowed = rule_for(source.name, MAY_IMPORT)
    for node, name in source.imports():
        if within(name, *EVERYTHING) and not within(name, *allowed):
            yield source.at(node, f"{source.name} may not import {name}")


def forbidden_frameworks(source: Source) -> Iterator[str]:
    allowed = rule_for(source.name, MAY_KNOW)
    for node, name in source.imports():
        if within(name, *FRAMEWORKS) and not within(name, *allowed):
            yield source.at(node, f"{source.name} may not know {name}")


def impurities(source: Source) -> Iterator[str]:
    for node, name in source.imports():
        if within(name, *IMPURE_MODULES):
            yield source.at(node, f"the domain is pure, and {name} is not")
    for call, name in source.calls():
        if name == "open" or name in CHANCE:
            yield source.at(call, f"the domain is pure, and {name}() is not")


def clocks(source: Source) -> Iterator[str]:
    for call, name in source.calls():
        if name in CLOCKS:
            yield source.at(call, f"{name}(): `now` is passed in")


def work_at_import(source: Source) -> Iterator[str]:
    for node in source.tree.body:
        match node:
            case (
                ast.Expr(value=ast.Constant())
                | ast.Import()
                | ast.ImportFrom()
                | ast.Assign()
                | ast.AnnAssign()
            ):
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.AugAssign():
                pass
            case ast.If(test=test) if "TYPE_CHECKING" in ast.unparse(test) or "__main__" in ast.unparse(test):
                pass
            case _:
                yield source.at(node, f"runs at import: {ast.unparse(node)[:60]}")


MADE_BY_NAME = {
    "create_engine",
    "engine_for",
    "create_app",
    "Flask",
    "APIFlask",
    "SqliteHuey",
    "RedisHuey",
    "open",
}


def things_made_at_import(source: Source) -> Iterator[str]:
    for node in source.tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and ast.unparse(part.func).rpartition(".")[2] in MADE_BY_NAME:
                yield source.at(node, f"made at import: {ast.unparse(node)[:60]}")


def swallowed_errors(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[-1], ast.Raise):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            if re.search(r"\b(everything|Exception|BaseException)\b", caught):
                yield source.at(node, f"catches {caught} and goes on")


def services_that_decide_transactions(source: Source) -> Iterator[str]:
    for call, name in source.calls():
        if name.endswith((".commit", ".rollback")):
            yield source.at(call, f"{name}(): a service never ends the transaction")
    for function in source.functions():
        arguments = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
        if {"session", "fetch"} <= arguments:
            yield source.at(
                function,
                f"{function.name} takes a session and a fetch: a transaction would wait for the network",
            )


SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|TRIGGER))\s",
    re.DOTALL,
)


def sql_texts(source: Source) -> Iterator[str]:
    for node in source.texts():
        if SQL.match(node.value):
            yield source.at(node, f"SQL outside the store: {node.value[:50]!r}")


def epcis_names(source: Source) -> Iterator[str]:
    for node in source.texts():
        if node.value in EPCIS_FIELDS:
            yield source.at(node, f"'{node.value}': EPCIS field names are known to app/domain/epcis.py only")


def long_functions(source: Source, most: int = 60) -> Iterator[str]:
    for function in source.functions():
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > most:
            yield source.at(function, f"{function.name} has {length} lines, {most} is the most")


# rule -> where it holds, where it does not
RULES = {
    forbidden_imports: (EVERYTHING, ()),
    forbidden_frameworks: (EVERYTHING, ()),
    impurities: (("app.domain",), ()),
    clocks: (("app.domain", "app.store", "app.services", "reports", "labels"), ()),
    work_at_import: (EVERYTHING, ("app.store.migrations",)),
    things_made_at_import: (EVERYTHING, ("app.store.migrations",)),
    swallowed_errors: (EVERYTHING, ("app.web.errors", "app.cli")),
    services_that_decide_transactions: (("app.services",), ()),
    sql_texts: (EVERYTHING, ("app.store",)),
    epcis_names: (("app",), ("app.domain.epcis",)),
    long_functions: (EVERYTHING, ()),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule) -> None:  # noqa: ANN001
    holds, exempt = RULES[rule]
    concerned = [
        source for source in MODULES if within(source.name, *holds) and not within(source.name, *exempt)
    ]
    assert concerned, "the rule watches nothing"
    broken = [line for source in concerned for line in rule(source)]
    assert not broken, "\n" + "\n".join(broken)


def test_no_module_reaches_itself_through_its_imports() -> None:
    names = {source.name for source in MODULES}
    graph = {
        source.name: {_module(name, names) for _, name in source.imports()} - {"", source.name}
        for source in MODULES
    }
    while leaves := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in leaves:
            del graph[name]
    top_level = {
        name: needs
        for name, needs in graph.items()
        if within(name, "app.domain", "app.store", "labels", "reports")
    }
    assert not top_level, f"import each other in a circle: {', '.join(sorted(top_level))}"


def _module(name: str, names: set[str]) -> str:
    return name if name in names else name.rpartition(".")[0] if name.rpartition(".")[0] in names else ""


def test_no_file_is_longer_than_400_lines() -> None:
    files = [ROOT / source.path for source in sources_of(*OURS, "bench", "tests")]
    files += [
        ROOT / "dev",
        *(ROOT / "app/web/frontend").rglob("*.*js"),
        *(ROOT / "app/web/templates").rglob("*.html"),
    ]
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files
    }
    assert not {name: length for name, length in lengths.items() if length > 400}


def test_importing_the_application_opens_no_file_and_no_connection() -> None:
    script = (
        "import sys\n"
        "import sqlalchemy, sqlmodel, flask, apiflask\n"
        "def watch(event, arguments):\n"
        "    if event.startswith('socket.') or event == 'sqlite3.connect':\n"
        "        raise SystemExit(f'{event} {arguments}')\n"
        "sys.addaudithook(watch)\n"
        "import app\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


# The rules are programs too: each one finds what it is there to find.
@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (forbidden_imports, "app.domain.x", "from app.store import log"),
        (forbidden_imports, "app.domain.x", "from ..store import log"),
        (forbidden_imports, "app.web.x", "def f():\n    import app.store.items"),
        (forbidden_imports, "labels.x", "import app.errors"),
        (forbidden_imports, "reports.x", "from app.services import tracing"),
        (forbidden_frameworks, "app.services.x", "from flask import g"),
        (forbidden_frameworks, "app.services.x", "from sqlmodel import Session, select"),
        (forbidden_frameworks, "app.store.x", "import werkzeug.exceptions"),
        (impurities, "app.domain.x", "import secrets"),
        (impurities, "app.domain.x", "from urllib import request"),
        (impurities, "app.domain.x", "def f(): return open('x')"),
        (clocks, "app.services.x", "from datetime import datetime\ndef f(): return datetime.now()"),
        (work_at_import, "app.x", "import app.cli\napp.cli.run()"),
        (things_made_at_import, "app.x", "app = create_app(settings)"),
        (swallowed_errors, "app.x", "try:\n    pass\nexcept Exception:\n    pass"),
        (swallowed_errors, "app.x", "try:\n    pass\nexcept (ValueError, Exception):\n    pass"),
        (swallowed_errors, "app.x", "try:\n    pass\nexcept:\n    pass"),
        (services_that_decide_transactions, "app.services.x", "def f(session): session.commit()"),
        (services_that_decide_transactions, "app.services.x", "def f(session, *, fetch): pass"),
        (sql_texts, "app.services.x", "query = 'SELECT epc FROM thing'"),
        (epcis_names, "app.services.x", "key = 'eventTime'"),
        (long_functions, "app.x", "def f():\n" + "    pass\n" * 60),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_the_rule_finds_what_it_is_there_for(rule, name: str, text: str) -> None:  # noqa: ANN001
    assert list(rule(Source(name, f"{name.replace('.', '/')}.py", text)))


def test_a_catch_that_raises_again_is_no_swallowed_error() -> None:
    text = "try:\n    pass\nexcept BaseException:\n    undo()\n    raise"
    assert not list(swallowed_errors(Source("app.x", "app/x.py", text)))
