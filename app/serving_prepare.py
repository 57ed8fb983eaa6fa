"""What has to happen before the first request: settings checked, schema current, forgotten jobs queued again."""

import sys
from datetime import UTC, datetime

from app import jobqueue, jobs
from app.services import people
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate


def main() -> None:
    """Prints the first administrator's one-time link when nobody can sign in yet."""
    try:
        settings = Settings.from_env()
    except ValueError as error:
        sys.exit(str(error))
    migrate(settings.sqlalchemy_url)
    engine = database.engine_for(settings.sqlalchemy_url)
    now = datetime.now(UTC)
    with database.writing(engine) as session:
        token = people.first_invitation(session, now)
        waiting = jobs.forgotten(session, now)
    for job_id in waiting:
        jobqueue.enqueue(settings, job_id)
    if token:
        print("Nobody can sign in yet. Open this link once to name your organisation and its administrator:")
        print(f"  {settings.base_url}/welcome/{token}\n", flush=True)


if __name__ == "__main__":
    main()
