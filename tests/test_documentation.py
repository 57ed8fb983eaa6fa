"""What a reader can meet is written down: settings, error codes, commands, and every sentence in both languages."""

import ast
import dataclasses
import re
import string
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from app.settings import Settings
from tests.support.sources import OURS, ROOT, Source, sources_of

OPERATIONS = ROOT / "docs" / "operations.md"
ERRORS = ROOT / "docs" / "errors.md"
CHINESE = ROOT / "app/web/translations/zh/LC_MESSAGES/messages.po"

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ERROR_TABLES = re.compile(r"REFUSALS|WARNINGS|ERRORS|VERDICTS|REASONS|REPLIES")


def missing_from(document: Path, words: Iterable[str]) -> list[str]:
    """The words that the document does not name `between backticks`."""
    text = document.read_text(encoding="utf-8")
    return sorted(word for word in set(words) if f"`{word}`" not in text)


# --- settings, commands ---


def test_every_setting_is_in_the_operations_guide() -> None:
    assert not missing_from(OPERATIONS, [field.name.upper() for field in dataclasses.fields(Settings)])


def verbs() -> list[str]:
    script = (ROOT / "dev").read_text(encoding="utf-8")
    found = re.findall(r"^  ([a-z]+)\)$", script[script.index("case $verb in") :], re.MULTILINE)
    assert len(found) >= 6
    return found


def test_every_verb_of_dev_is_in_its_help_and_in_the_operations_guide() -> None:
    helps = (ROOT / "dev").read_text(encoding="utf-8").partition("<<'TEXT'")[2].partition("\nTEXT")[0]
    assert not [verb for verb in verbs() if f"./dev {verb}" not in helps]
    text = OPERATIONS.read_text(encoding="utf-8")
    assert not [verb for verb in verbs() if not re.search(rf"\./dev {verb}\b", text)]


def commands(source: Source) -> Iterator[str]:
    """Names of click commands: the text given to the decorator, else the function's name as click writes it."""
    for function in source.functions():
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = ast.unparse(call.func if call else decorator)
            if name.endswith((".command", ".group")):
                given = call.args[0] if call and call.args else None
                yield given.value if isinstance(given, ast.Constant) else function.name.replace("_", "-")


def test_every_command_is_in_the_operations_guide() -> None:
    names = [name for source in sources_of("app") for name in commands(source)]
    text = OPERATIONS.read_text(encoding="utf-8")
    assert names
    assert not [
        name
        for name in names
        if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`|^ .*\b{name}\b", text, re.MULTILINE)
    ]


# --- error codes ---


@cache
def error_classes() -> frozenset[str]:
    """Every class of ours that descends from TraceError or LabelError, by name."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for source in sources_of(*OURS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"TraceError", "LabelError"}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return frozenset(found)


def codes(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for call, name in source.calls():
        first = call.args[0] if call.args else None
        if name.rpartition(".")[2] in error_classes() and isinstance(first, ast.Constant):
            yield call, str(first.value)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if ERROR_TABLES.search(ast.unparse(target)):
                keys = [key for key in node.value.keys if isinstance(key, ast.Constant)]
                yield from ((key, str(key.value).partition("/")[0]) for key in keys)


def all_codes() -> dict[str, str]:
    return {code: source.at(node, code) for source in sources_of(*OURS) for node, code in codes(source)}


def test_every_error_code_is_kebab_case() -> None:
    assert not [place for code, place in all_codes().items() if not KEBAB.fullmatch(code)]


def test_every_error_code_is_explained() -> None:
    found = all_codes()
    assert len(found) > 20, "the search for codes finds too few to be right"
    assert not [found[code] for code in missing_from(ERRORS, found)]


def test_no_explained_error_code_is_one_that_nothing_raises() -> None:
    explained = re.findall(
        r"^(?:#+ |\| *|- )`([a-z0-9-]+)`", ERRORS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert explained
    assert not sorted(set(explained) - all_codes().keys())


# --- links ---


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*.md")]


def test_every_link_inside_the_documentation_leads_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target
        and not target.startswith("mailto:")
        and not (document.parent / target).exists()
    ]
    assert not broken


# --- translations ---


@cache
def extracted() -> dict[tuple[str | tuple[str, ...], str | None], str]:
    """Every msgid and context in the sources with one place where it stands, found as `./dev translate` finds it."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {m["pattern"]: {k: v for k, v in m.items() if k not in {"pattern", "method"}} for m in mappings}
    words = {**DEFAULT_KEYWORDS, **dict.fromkeys(("_l", "lazy_gettext"))}
    found = extract_from_dir(ROOT, methods, options, keywords=words, directory_filter=_searched)
    return {(message, context): f"{name}:{line}" for name, line, message, _, context in found if message}


def _searched(folder: str) -> bool:
    path = Path(folder).relative_to(ROOT)
    return path.parts[0] in OURS and path.name not in {"build", "versions", "translations", "__pycache__"}


@cache
def chinese() -> Catalog:
    with CHINESE.open("rb") as file:
        return read_po(file, locale="zh")


def test_every_sentence_has_its_chinese() -> None:
    assert len(extracted()) > 100, "the search for sentences finds too few to be right"
    lacking = []
    for (msgid, context), place in extracted().items():
        message = chinese().get(msgid, context)
        if message is None or message.fuzzy or not _complete(message):
            lacking.append(f"{place}: {msgid!r}")
    assert not lacking, "\n" + "\n".join(lacking)


def test_the_chinese_catalogue_as_a_whole_is_not_marked_fuzzy() -> None:
    assert not chinese().fuzzy, "pybabel leaves a fuzzy catalogue out, and every page would be in English"


def _complete(message: Message) -> bool:
    forms = [message.string] if isinstance(message.string, str) else list(message.string)
    return bool(forms) and all(forms)


def fields(template: str) -> set[str]:
    named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    return named | set(re.findall(r"%\(\w+\)[a-z]", template))


def test_a_translation_fills_in_the_same_values_as_its_original() -> None:
    wrong = []
    for message in chinese():
        if isinstance(message.id, str) and message.id and message.string:
            try:
                same = fields(message.id) == fields(str(message.string))
            except ValueError:  # a brace of JavaScript or CSS, not a field
                same = True
            if not same or list(message.check(chinese())):
                wrong.append(message.id)
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('raise Refused("already-shipped", N_("…"))', {"already-shipped"}),
        ('raise errors.Unknown("unknown-item")', {"unknown-item"}),
        ('REFUSALS: dict = {"not-yours/lot": (N_("…"),)}', {"not-yours"}),
        ('raise ValueError("nothing-of-ours")', set()),
    ],
)
def test_the_search_finds_the_codes_of_errors(text: str, expected: set[str]) -> None:
    assert {code for _, code in codes(Source("app.x", "app/x.py", text))} == expected
