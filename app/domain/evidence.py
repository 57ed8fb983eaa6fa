"""What somebody holds up against a log: a checkpoint, an event, a report, a proof, any file; and what came of it.

Reading is strict and bounded, since anyone may hand over anything; whether it fits the log is asked elsewhere.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.domain import checkpoints
from app.errors import N_, Malformed

CHECKPOINT, EVENTS, REPORT, PROOF, ENTRY, FILE = "checkpoint", "events", "report", "proof", "entry", "file"
KINDS = {
    CHECKPOINT: N_("Checkpoint"),
    EVENTS: N_("Events"),
    REPORT: N_("Report"),
    PROOF: N_("Consistency proof"),
    ENTRY: N_("Evidence of an entry"),
    FILE: N_("File"),
}
OK, WRONG, MISSING, NOTE = "ok", "wrong", "missing", "note"
IN_LOG, NOT_IN_LOG, DOES_NOT_FIT = "in-log", "not-in-log", "does-not-fit"
VERDICTS_IN_WORDS = {
    IN_LOG: N_("It is in the log, unchanged"),
    NOT_IN_LOG: N_("It is not in this log"),
    DOES_NOT_FIT: N_("It does not fit the log"),
}
BUNDLE = "suyuan-evidence"
MOST_TEXT = 2_000_000  # bytes of what is read as a text; anything larger is only a file
MOST_EVENTS = 2_000  # of one document or report
MOST_HASHES = 64  # of a proof
NUMBER = 1 << 62
_TOLD = ("event_id", "step", "event_time", "record_time")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, told in a sentence: `message` is a msgid template of `values`."""

    state: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        states = {check.state for check in self.checks}
        if WRONG in states:
            return DOES_NOT_FIT
        return IN_LOG if OK in states and MISSING not in states else NOT_IN_LOG


@dataclass(frozen=True, slots=True)
class Path:
    """A proof as it was handed over: hashes of 32 bytes each, checked in form only."""

    first: int
    size: int
    first_hash: bytes
    root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An event as a report tells it."""

    seq: int
    event_id: str
    step: str
    event_time: str
    record_time: str
    company: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a report says that the log stood."""

    size: int
    root: bytes
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was handed over, read; `text` is it as it came, where it is a text."""

    kind: str
    text: str = ""
    body: Any = None
    path: Path | None = None
    position: Position | None = None
    lines: tuple[Line, ...] = ()
    elsewhere: int = 0


def read(raw: bytes) -> Dropped:
    """Tells what it is by what is in it. Whatever is nothing else is a FILE, of which only the bytes count.
    Malformed `bad-evidence` for what looks like evidence and is broken."""
    text = _text(raw)
    if not text.strip():
        return Dropped(FILE)
    if _is_note(text):
        return Dropped(CHECKPOINT, text)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Dropped(EVENTS, text)
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Dropped(FILE)
    if isinstance(body, dict):
        return _of_object(body, text)
    return Dropped(EVENTS, text, body) if isinstance(body, list) else Dropped(FILE)


def _text(raw: bytes) -> str:
    """'' for what is none, or too long to be looked into."""
    if len(raw) > MOST_TEXT:
        return ""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return ""


def _is_note(text: str) -> bool:
    try:
        return bool(checkpoints.checkpoint_of(checkpoints.parse_note(text).text))
    except Malformed:
        return False


def _of_object(body: dict[str, Any], text: str) -> Dropped:
    if body.get("kind") == BUNDLE:
        return _entry(body)
    if "from_root" in body and "to_root" in body:
        return _proof(body)
    if isinstance(body.get("log"), dict) and "root" in body["log"]:
        return _report(body)
    return Dropped(EVENTS, text, body)


def _entry(body: Mapping[str, Any]) -> Dropped:
    entry, proof = _mapping(body.get("entry")), _mapping(body.get("inclusion"))
    path = Path(
        _number(entry.get("seq")),
        _number(proof.get("size")),
        _hash(entry.get("leaf")),
        _hash(proof.get("root")),
        _hashes(proof.get("path")),
    )
    checkpoint = body.get("checkpoint")
    position = Position(path.size, path.root, checkpoint if isinstance(checkpoint, str) else "")
    text = entry.get("body")
    return Dropped(ENTRY, text if isinstance(text, str) else _bad(), path=path, position=position)


def _proof(body: Mapping[str, Any]) -> Dropped:
    path = Path(
        _number(body.get("from")),
        _number(body.get("to")),
        _hash(body.get("from_root")),
        _hash(body.get("to_root")),
        _hashes(body.get("path")),
    )
    return Dropped(PROOF, path=path)


def _report(body: Mapping[str, Any]) -> Dropped:
    log = _mapping(body["log"])
    rows = body.get("events", [])
    if not isinstance(rows, list) or len(rows) > MOST_EVENTS:
        _bad()
    told = [_mapping(row) for row in rows]
    own = [row for row in told if not row.get("zone")]
    checkpoint = log.get("checkpoint")
    position = Position(
        _number(log.get("size")), _hash(log.get("root")), checkpoint if isinstance(checkpoint, str) else ""
    )
    return Dropped(
        REPORT, position=position, lines=tuple(_line(row) for row in own), elsewhere=len(told) - len(own)
    )


def _line(row: Mapping[str, Any]) -> Line:
    company = row.get("company")
    event_id, step, event_time, record_time = (_short(row.get(name)) for name in _TOLD)
    prefix = _short(company.get("prefix")) if isinstance(company, dict) else ""
    return Line(_number(row.get("entry")), event_id, step, event_time, record_time, prefix)


def _short(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 600 else _bad()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _bad()


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < NUMBER else _bad()


def _hash(value: object) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) and _HASH.fullmatch(value) else _bad()


def _hashes(values: Any) -> tuple[bytes, ...]:
    few = isinstance(values, list) and len(values) <= MOST_HASHES
    return tuple(_hash(value) for value in (values if few else _bad()))


def numbers(found: Sequence[int], most: int = 8) -> str:
    """The first few, as a sentence tells them."""
    return ", ".join(str(each) for each in found[:most]) + (" …" if len(found) > most else "")


def _bad() -> Any:
    raise Malformed(
        "bad-evidence",
        N_("This looks like evidence of a log, and is not complete or not well formed."),
        N_("Take the file as the node gave it, without changing it."),
    )
