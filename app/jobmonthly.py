"""The job that draws the node's monthly report."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.jobrunner import Work
from app.services import reporting
from app.store import database


def monthly(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: month ('2026-05'), zone (its times are told in)."""
    from reports import monthly as drawing

    now = datetime.now(UTC)
    settings = work.settings
    with database.reading(work.engine) as session:
        report = reporting.report(
            session, work.actor, settings.zone, settings.base_url, str(parameters["month"]), now
        )
    work.progress(1, 2)
    document = drawing.pdf(
        report,
        language=work.job.language,
        gettext=work.gettext,
        asked_by=work.actor.name,
        asked_at=now,
        zone=ZoneInfo(str(parameters.get("zone", "UTC"))),
    )
    path = work.folder / f"monthly-{report.month.name}.pdf"
    path.write_bytes(document)
    return path
