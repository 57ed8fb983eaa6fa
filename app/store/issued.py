"""Rows of files that jobs have made, by the hash of their bytes."""

from datetime import datetime

from sqlmodel import Session

from app.store.tables import IssuedFile


def keep(
    session: Session, organisation_id: int, kind: str, digest: str, size: int, root: bytes, now: datetime
) -> None:
    """Nothing happens to a file that was made before, byte for byte."""
    if session.get(IssuedFile, digest) is None:
        row = IssuedFile(
            digest=digest, organisation_id=organisation_id, kind=kind, size=size, root=root, record_time=now
        )
        session.add(row)
        session.flush()


def find(session: Session, digest: str) -> IssuedFile | None:
    return session.get(IssuedFile, digest)
