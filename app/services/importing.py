"""An export of the log read back into an empty database, every hash, root and signature checked on the way."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import orjson
from sqlmodel import Session

from app.domain import captured, checkpoints, epcis, merkle
from app.errors import N_, Malformed, Refused, TraceError
from app.services import record_carrying
from app.services.exporting import FORMAT, VERSION
from app.services.replaying import replay
from app.store import copying, database, events, label_copying, log
from app.store.tables import Checkpoint, Entry

Progress = Callable[[int, int], None]


def read_export(session: Session, lines: Iterable[str], verifier_key: str, progress: Progress | None) -> None:
    """Malformed `bad-export` with the number of the first line that cannot be used; the caller rolls back."""
    reader = _Reader(session, verifier_key, progress)
    for line in lines:
        reader.read(line)
    if not reader.finished:
        _bad_line(reader.number + 1, "the file ends before its footer")


@dataclass
class _Reader:
    """Takes the lines of an export one by one; entries wait until a block is full."""

    session: Session
    verifier_key: str
    progress: Progress | None
    number: int = 0
    size: int = 0
    former: list[str] = field(default_factory=list)  # verifier keys that the node signed with before
    newest: tuple[int, str] = (0, "")  # size of the largest checkpoint, and which key signed it
    organisations: dict[str, int] = field(default_factory=dict)
    carried: record_carrying.Carried = field(init=False)
    block: list[tuple[int, Entry]] = field(default_factory=list)  # with the number of its line
    entries: int = 0
    finished: bool = False

    def __post_init__(self) -> None:
        self.trusted = self.verifier_key  # '' where the export's own word is taken
        self.carried = record_carrying.Carried(self.session)

    def read(self, line: str) -> None:
        self.number += 1
        values = self._values(line)
        kind = values.pop("kind", None)
        if self.finished or (kind == "header") != (self.number == 1):
            _bad_line(
                self.number, "header, master data, entries, checkpoints and footer are not in this order"
            )
        with _named(self.number):
            self._take(kind, values)

    def _values(self, line: str) -> dict[str, Any]:
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            _bad_line(self.number, str(error))
        return values if isinstance(values, dict) else _bad_line(self.number, "it is not a JSON object")

    def _take(self, kind: object, values: dict[str, Any]) -> None:
        match kind:
            case "header":
                self._header(values)
            case str() if kind in copying.MASTER:
                copying.restore_master(self.session, kind, values, self.organisations)
            case str() if kind in label_copying.KINDS:
                label_copying.restore(self.session, kind, values, self.organisations)
            case str() if kind in record_carrying.KINDS:
                self.carried.add(kind, values, self.organisations)
            case "entry":
                self._entry(values)
            case "checkpoint":
                self._checkpoint(values)
            case "footer":
                self._footer(values)
            case _:
                _bad_line(self.number, f"'{kind}' is not known")

    def _header(self, values: dict[str, Any]) -> None:
        if (values["format"], values["version"]) != (FORMAT, VERSION):
            _bad_line(self.number, f"only {FORMAT} version {VERSION} can be read")
        self.size = int(values["size"])
        self.verifier_key = self.verifier_key or str(values["key"])
        self.former = [str(key) for key in values.get("former", ())]
        for key in (self.verifier_key, *self.former):
            checkpoints.parse_verifier_key(key)

    def _entry(self, values: dict[str, Any]) -> None:
        body = str(values["body"])
        leaf = merkle.leaf_hash(body.encode())
        if values["seq"] != self.entries:
            _bad_line(self.number, f"entry {self.entries} was expected, not {values['seq']}")
        if values["leaf"] != leaf.hex():
            _bad_line(self.number, f"the text of entry {self.entries} does not have the hash named beside it")
        event = epcis.parse(body)
        row = Entry(
            seq=self.entries, event_id=captured.key_in(event),
            organisation_id=self.organisations[values["organisation"]],
            step=str(values["step"]), event_time=event.event_time, version=int(values["version"]), body=body,
            leaf=leaf, record_time=_moment(values["record_time"]),
        )  # fmt: skip
        self.block.append((self.number, row))
        self.entries += 1
        if len(self.block) == log.BLOCK:
            self.flush()

    def flush(self) -> None:
        self.carried.flush()
        if not self.block:
            return
        rows = [row for _, row in self.block]
        log.restore(self.session, rows)
        log.grow_tree(self.session, rows[0].seq, [row.leaf for row in rows])
        with _named(self.block[0][0]):
            events.index_entries(self.session, rows)
        for number, row in self.block:
            with _named(number):
                replay(self.session, row)
        self.block = []
        self.session.expunge_all()
        if self.progress:
            self.progress(self.entries, self.size)

    def _checkpoint(self, values: dict[str, Any]) -> None:
        self.flush()
        stated, key = self._signed(str(values["note"]))
        self.newest = max(self.newest, (stated.size, key))
        if stated.size > self.entries or log.root(self.session, stated.size) != stated.root:
            _bad_line(self.number, f"the first {stated.size} entries are not those that were signed")
        record_time = _moment(values["record_time"])
        row = Checkpoint(size=stated.size, root=stated.root, note=values["note"], record_time=record_time)
        log.add_checkpoint(self.session, row)

    def _signed(self, note: str) -> tuple[checkpoints.Checkpoint, str]:
        """Older ones may be signed by a former key: the newest, by the key that is trusted, vouches for all of it."""
        for key in self.former:
            try:
                return checkpoints.verify(note, key), key
            except Refused:
                continue
        return checkpoints.verify(note, self.verifier_key), self.verifier_key

    def _footer(self, values: dict[str, Any]) -> None:
        self.flush()
        if self.trusted and self.newest[0] and self.newest[1] != self.trusted:
            _bad_line(self.number, "the newest checkpoint is not signed by the key that was named")
        if values["entries"] != self.entries or self.size != self.entries:
            _bad_line(self.number, f"{values['entries']} entries were written, {self.entries} are here")
        if values["root"] != log.root(self.session, self.entries).hex():
            _bad_line(self.number, "the entries do not have the root named here")
        self.finished = True


@contextmanager
def _named(number: int) -> Iterator[None]:
    """Whatever goes wrong inside is told with the number of the line."""
    try:
        yield
    except TraceError as error:
        if error.code == "bad-export":
            raise
        _bad_line(number, error.english())
    except (KeyError, TypeError, ValueError, AttributeError, database.Taken) as error:
        _bad_line(number, f"{type(error).__name__}: {str(error)[:300]}")


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment


def _bad_line(number: int, reason: str) -> NoReturn:
    raise Malformed(
        "bad-export",
        N_("Line {line} of the export cannot be used: {reason}."),
        N_("Nothing was kept. Export again, or take an older file."),
        line=number,
        reason=reason.rstrip("."),
    )
