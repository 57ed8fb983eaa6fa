"""A document of EPCIS events at the border: small ones are captured at once, larger ones handed to the worker."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import jobqueue, jobs
from app.services import capture_files, capture_jobs
from app.web import edge, i18n

if TYPE_CHECKING:
    from app.domain.epcis.documents import Document
    from app.services.preparing import Prepared


def is_small(document: "Document") -> bool:
    return len(document.events) <= capture_jobs.INSIDE


def prepared_of(document: "Document") -> "Sequence[Prepared]":
    """The events of a small document, each judged on its own; before any transaction."""
    from app.services.preparing import prepare

    return prepare(document.events, edge.now(), document.hash_of)


def capture_now(prepared: "Sequence[Prepared]", behaviour: str) -> capture_jobs.Capture:
    """Within one transaction of its own; what comes back is finished."""
    with edge.writing() as session:
        return capture_jobs.begin(session, edge.actor(), prepared, behaviour, edge.now())


def capture_later(raw: bytes, media: str, events: int, behaviour: str) -> capture_jobs.Capture:
    """Keeps the document and has the worker take it in; what comes back is running. Refused `too-many-jobs` (429)."""
    settings, actor, now = edge.node().settings, edge.actor(), edge.now()
    actor.require("scan")
    capture_jobs.check_count(events)
    capture_id = capture_jobs.new_id()
    capture_files.keep(settings.uploads_dir, capture_id, raw)
    try:
        with edge.writing() as session:
            parameters = {"capture": capture_id, "media": media, "behaviour": behaviour}
            job_id = jobs.request(session, actor, "capture", parameters, i18n.language(), now)
            told = capture_jobs.begin_later(session, actor, capture_id, events, behaviour, job_id, now)
    except BaseException:
        capture_files.forget(settings.uploads_dir, capture_id)
        raise
    jobqueue.enqueue(settings, job_id)
    return told
