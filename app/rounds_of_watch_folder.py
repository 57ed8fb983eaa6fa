"""Files that machines leave in the watch folder, printed: WATCH_FOLDER/<prefix of the company>/*.csv and *.xlsx.

A file is asked for in the transaction that notes it, so that it is printed once, whoever dies at whatever moment.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from app import jobqueue, printruns
from app.domain.people import Actor
from app.errors import N_, Malformed, Refused, TraceError, Unknown
from app.rounds import Turn
from app.services import printers, uploads
from app.services.authenticating import actor_of_operator
from app.services.printing import RunAsked, dropping, files, merging
from app.services.printing.dropping import DONE, FAILED, NOTE, Note, Taken
from app.store import database, masterdata, people
from app.store import printing as rows
from app.store.tables import PrintRun, WatchedFile
from app.translating import gettext_in

ENDED = frozenset({"printed", "failed", "stopped"})
WRONG_NOTE = f"{NOTE}.error.txt"


def look(turn: Turn) -> None:
    """Takes what is whole, asks for its run, and tells of runs that have ended."""
    root = Path(turn.settings.watch_folder)
    trouble: OSError | None = None
    for folder, organisation_id in _folders(turn, root):
        try:
            _tell_of_ended(turn, folder, organisation_id)
            note = dropping.note_in(folder)
            if note is not None:
                _take_all(turn, folder, organisation_id, note)
                (folder / WRONG_NOTE).unlink(missing_ok=True)
        except TraceError as error:
            _tell_once(folder / WRONG_NOTE, _sentence(error, "en"))
        except OSError as error:  # one company's folder keeps no other from its turn
            trouble = error
    if trouble is not None:
        raise Refused(
            "watch-folder-failed",
            N_("A file of the watch folder could not be read or written: {reason}."),
            N_("Let the account of this node write there, and look whether the disk is full."),
            reason=trouble.strerror or type(trouble).__name__,
        )


def _folders(turn: Turn, root: Path) -> Iterator[tuple[Path, int]]:
    """Of the companies of this node that have one."""
    if not root.is_dir():
        raise Unknown(
            "no-watch-folder",
            N_("The watch folder {folder} is not there."),
            N_("Make it, or correct WATCH_FOLDER."),
            folder=str(root),
        )
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        with database.reading(turn.engine) as session:
            company = masterdata.organisation_by_prefix(session, folder.name)
        if company is not None and company.active and company.id is not None:
            yield folder, company.id


# --- in ---


def _take_all(turn: Turn, folder: Path, organisation_id: int, note: Note) -> None:
    with database.reading(turn.engine) as session:
        actor = _actor(session, organisation_id, note)
    for _ in dropping.take(folder, time.time()):
        pass
    for taken in list(dropping.at_work(folder)):
        with database.reading(turn.engine) as session:
            known = session.get(WatchedFile, taken.token)
        if known is None:
            _ask(turn, folder, actor, note, taken)


def _actor(session: Session, organisation_id: int, note: Note) -> Actor:
    row = people.operator_by_login(session, note.operator.strip().lower())
    if row is None or row.organisation_id != organisation_id:
        raise Unknown(
            "unknown-operator",
            N_("There is nobody '{operator}' in this company."),
            N_("Write the login of somebody who may print."),
            operator=note.operator[:60],
        )
    actor = actor_of_operator(session, row.id or 0)
    actor.require("print")
    return actor


def _ask(turn: Turn, folder: Path, actor: Actor, note: Note, taken: Taken) -> None:
    try:
        asked = _asked(turn, actor, note, taken)
        with database.writing(turn.engine) as session:
            run = printruns.ask(session, actor, asked, note.language, turn.now)
            session.add(
                WatchedFile(
                    token=taken.token,
                    organisation_id=actor.organisation_id,
                    name=taken.name,
                    run_id=run.id or 0,
                    record_time=turn.now,
                )
            )
            session.flush()
    except database.Taken:
        return  # another process has asked for it
    except FileNotFoundError:
        return  # another process has told of it already
    except TraceError as error:
        dropping.tell(folder, f"{taken.name}.error.txt", _sentence(error, note.language))
        dropping.put_by(folder, taken, FAILED)
        return
    jobqueue.enqueue(turn.settings, run.job_id)


def _asked(turn: Turn, actor: Actor, note: Note, taken: Taken) -> RunAsked:
    folder, most = turn.settings.uploads_dir, turn.settings.max_import_mb
    if taken.path.stat().st_size > most * 2**20:
        raise Malformed(
            "too-large",
            N_("What was sent is larger than {most} MB."),
            N_("Bring it in several files."),
            most=most,
        )
    with taken.path.open("rb") as file:
        table = uploads.keep(folder, actor, taken.name, file, time.time())
    what = merging.what_of(folder, actor, table.token, note.mapping(table.header), _epc(note.product))
    printer = None
    if note.printer:
        with database.reading(turn.engine) as session:
            named = [row.id for row in printers.printers(session, actor) if row.name == note.printer]
        if not named:
            raise Unknown(
                "unknown-printer",
                N_("There is no such printer in your organisation."),
                N_("Choose one from the list of printers."),
            )
        printer = named[0]
    return RunAsked(
        what, note.template, note.version, note.stock, printer, note.form,
        dpi=note.dpi, copies=note.copies, language=note.language, reprint=note.reprint,
    )  # fmt: skip


def _epc(product: str) -> str:
    from app.domain import identifiers

    return identifiers.parse(product).epc if product else ""


# --- out ---


def _tell_of_ended(turn: Turn, folder: Path, organisation_id: int) -> None:
    with database.reading(turn.engine) as session:
        asked = [each for each in rows.watched(session, "asked") if each.organisation_id == organisation_id]
        runs = {each.token: rows.run(session, each.run_id) for each in asked}
    taken = {each.token: each for each in dropping.at_work(folder)}
    for watched in asked:
        run = runs[watched.token]
        if run is None or run.state not in ENDED:
            continue
        _tell_of(turn, folder, watched.name, run)
        if watched.token in taken:
            dropping.put_by(folder, taken[watched.token], DONE if run.state == "printed" else FAILED)
        with database.writing(turn.engine) as session:
            row = session.get_one(WatchedFile, watched.token)
            row.state = "done"
            session.add(row)


def _tell_of(turn: Turn, folder: Path, name: str, run: PrintRun) -> None:
    """The file of labels, or the list of those that a printer printed; else what went wrong, and with which lines."""
    made = files.file_of(turn.settings.prints_dir, run)
    if run.state == "printed" and made is not None:
        suffix = ".printed.txt" if made.suffix == ".csv" else made.suffix
        dropping.tell(folder, f"{name}{suffix}", made.read_bytes())
        (folder / f"{name}.error.txt").unlink(missing_ok=True)
        return
    text = run.error.encode() + b"\n"
    if made is not None:
        text += b"\n" + made.read_bytes().removeprefix(b"\xef\xbb\xbf")
    dropping.tell(folder, f"{name}.error.txt", text)


def _sentence(error: TraceError, language: str) -> bytes:
    gettext = gettext_in(language)
    parts = [gettext(part).format(**error.values) for part in (error.message, error.hint) if part]
    return f"{error.code}: {' '.join(parts)}\n".encode()


def _tell_once(path: Path, content: bytes) -> None:
    """Not again every turn."""
    if not path.exists() or path.read_bytes() != content:
        dropping.tell(path.parent, path.name, content)
