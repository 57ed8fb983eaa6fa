"""What the kinds of `jobs.KINDS` do: each writes one file. Slow drawing happens outside every transaction."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from app.domain import identifiers
from app.jobrunner import Work
from app.services import certifying, inquiring, labelling
from app.services.calling import Line
from app.settings import Settings
from app.store import database


def labels_pdf(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: epcs (list) or batch ([first, last] entry), start (1–24), dpi."""
    base_url, language = work.settings.base_url, work.job.language
    with database.reading(work.engine) as session:
        if batch := parameters.get("batch"):
            entries = int(batch[0]), int(batch[1])
            said = labelling.contents_of_batch(session, work.actor, *entries, base_url, language)
        else:
            said = labelling.contents_of(session, work.actor, parameters["epcs"], base_url, language)
    start, dpi = int(parameters.get("start", 1)), int(parameters.get("dpi", 300))
    document = labelling.sheet(said, language, start, dpi, work.progress)
    return _written(work, "labels.pdf", document)


def trace_pdf(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: epc, zone (its times are told in). Has all that is in the log by then signed, and says so."""
    from labels import fonts
    from reports import provenance as report

    now = datetime.now(UTC)
    with database.writing(work.engine) as session:
        origin = certifying.origin_of(work.settings.base_url)
        certifying.checkpoint(session, work.settings.keys_dir, origin, now)
    provenance = inquiring.report(
        work.actor,
        identifiers.from_epc(parameters["epc"]),
        reading=lambda: database.reading(work.engine),
        writing=lambda: database.writing(work.engine),
        line=line_of(work.settings, work.engine),
        now=now,
    )
    work.progress(1, 2)
    document = report.pdf(
        provenance,
        language=work.job.language,
        base_url=work.settings.base_url,
        asked_by=work.actor.name,
        asked_at=now,
        report_id=work.job.id[:12].upper(),
        gettext=work.gettext,
        zone=ZoneInfo(parameters.get("zone", "UTC")),
        cut=fonts.cut,
    )
    name = str(identifiers.from_epc(provenance.subject.epc)).replace("/", "_")
    return _written(work, f"trace-{name}.pdf", document)


def line_of(settings: Settings, engine: Engine) -> Line | None:
    """The node's line to its partners, for a process that serves no requests; None outside of any network."""
    if not settings.zone or not settings.root_hints:
        return None
    from app.fetching import Fetcher
    from app.services import recursing

    def now() -> datetime:
        return datetime.now(UTC)

    fetch = Fetcher(allow_private=settings.allow_private_peers)
    floors = recursing.kept_floors(partial(database.reading, engine), partial(database.writing, engine), now)
    recursor = recursing.Recursor(fetch, recursing.read(settings.root_hints), now, floors=floors)
    return Line(settings.zone, certifying.signing_key(settings.keys_dir), fetch, recursor.delegation, now)


def _written(work: Work, name: str, content: bytes) -> Path:
    path = work.folder / name
    path.write_bytes(content)
    return path
