"""Documents of an application: taken from the applicant, kept for the reviewers, dropped when nobody needs them."""

import hashlib
import re
from datetime import datetime

from sqlmodel import Session

from app.domain import subjects
from app.domain.applications import OPEN, STEPS, moved
from app.errors import N_, Malformed, Refused
from app.services import application_limits
from app.services.applying import own
from app.services.delegating import APPLICANT, By, note
from app.store import applications as rows
from app.store.tables import ApplicationDocument

MOST_DOCUMENTS = 8
MOST_DOCUMENT = 5_000_000  # bytes
MOST_WAITING = 2_000  # of applications that wait; at most 10 GB
PER_DAY = 40  # from one address
STARTS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_STRANGE = re.compile(r"[^\w .()\-]", re.UNICODE)


def attach(
    session: Session, token: str, kind: str, name: str, content: bytes, now: datetime, *, address: str = ""
) -> None:
    """A document of the applicant: PDF, PNG or JPEG by its first bytes, whatever it is called. Malformed
    `bad-document`; Refused `too-many-documents`, `too-many-applications`."""
    row = own(session, token)
    application_limits.take(session, "attach", address, PER_DAY, now)
    if rows.count_documents(session, OPEN) >= MOST_WAITING:
        raise application_limits.too_many()
    moved(STEPS, "attach", row.state)
    if kind not in subjects.DOCUMENTS:
        raise _bad_document(name)
    media_type = next((told for start, told in STARTS.items() if content.startswith(start)), "")
    if not media_type or len(content) > MOST_DOCUMENT:
        raise _bad_document(name)
    if len(rows.documents(session, row.id or 0)) >= MOST_DOCUMENTS:
        raise Refused(
            "too-many-documents",
            N_("There are {most} documents already."),
            N_("Put the rest into one PDF."),
            most=MOST_DOCUMENTS,
            field="document",
        )
    document = ApplicationDocument(
        application_id=row.id or 0,
        kind=kind,
        name=_STRANGE.sub("_", name)[-120:] or "document",
        media_type=media_type,
        digest=hashlib.sha256(content).hexdigest(),
        content=content,
        record_time=now,
    )
    rows.add_document(session, document)
    detail = {"document": kind, "digest": document.digest}
    note(session, row.zone, "attach", By(APPLICANT), now, application_id=row.id, detail=detail)


def forget_documents(session: Session, before: datetime) -> int:
    """Drops the documents of what was refused or withdrawn before a moment; that they were there stays in the log."""
    return rows.drop_documents(session, {"refused", "withdrawn"}, before)


def _bad_document(name: str) -> Malformed:
    return Malformed(
        "bad-document",
        N_("'{name}' cannot be used as a document."),
        N_("Send a PDF, PNG or JPEG of at most {most} MB."),
        name=name[-80:],
        most=MOST_DOCUMENT // 1_000_000,
        field="document",
    )
