"""Clears away files of print runs once a day: those that nobody made for long, then the oldest while all are too many.

The record of a run stays, with the digest of its file, and its page makes the file anew (`printruns.make_file`).
"""

from sqlmodel import Session

from app import jobs
from app.rounds import Turn
from app.services.printing import files
from app.services.printing.runs import OVER
from app.store import database
from app.store import printing as rows
from app.store.tables import PrintRun


def clear(turn: Turn) -> None:
    """Bounds are PRINT_FILES_DAYS and PRINT_FILES_MB, each 0 for none. Files of runs at work are left alone."""
    settings = turn.settings
    for run_id in files.outdated(
        settings.prints_dir, turn.now.timestamp(), settings.print_files_days, settings.print_files_mb
    ):
        with database.writing(turn.engine) as session:
            run = rows.run(session, run_id, lock=True)
            if run is not None and _is_at_work(session, run):
                continue
            files.forget(settings.prints_dir, run_id)
        if run is not None and run.job_id:
            jobs.discard(settings, run.job_id)  # which has the same file under its own name


def _is_at_work(session: Session, run: PrintRun) -> bool:
    """What failed makes its chunks anew when it is resumed."""
    return run.state not in OVER | {"failed"} or jobs.is_unfinished(session, run.job_id)
