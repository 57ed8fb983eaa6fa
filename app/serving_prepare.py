"""What has to happen before the first request: settings checked, schema current, keys at hand, someone invited."""

import sys
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from app.errors import TraceError
from app.name_servers import NameServers
from app.roles import capabilities_of
from app.services import certifying, people
from app.services.recursing import hints
from app.services.recursing.others import keys_in
from app.settings import Settings
from app.store import database
from app.store.migrate import migrate
from app.web import security


def main() -> None:
    """Prints the first administrator's one-time link when nobody can sign in yet."""
    try:
        settings = Settings.from_env()
        capabilities_of(settings.node_roles)
        NameServers(settings.oid_servers)
    except ValueError as error:
        sys.exit(str(error))
    try:
        token = _prepare(settings)
    except OSError as error:
        sys.exit(f"DATA_DIR is {settings.data_dir}; it cannot be used: {error.strerror}.")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        sys.exit(f"The database of DATABASE_URL (or in DATA_DIR) cannot be used: {reason}")
    try:  # here, where it can be told in a sentence: a web process would only die of it, again and again
        security.secret_key(settings.keys_dir)
        certifying.signing_key(settings.keys_dir)
        if settings.root_hints:
            hints.read(settings.root_hints)
        keys_in(settings.handle_root_keys)
    except OSError as error:
        sys.exit(f"The keys in {settings.keys_dir} cannot be used: {error.strerror}.")
    except TraceError as error:
        sys.exit(error.english())
    if token:
        print("Nobody can sign in yet. Open this link once to name your organisation and its administrator:")
        print(f"  {settings.base_url}/welcome/{token}\n", flush=True)


def _prepare(settings: Settings) -> str | None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.sqlalchemy_url)
    with database.writing(database.engine_for(settings.sqlalchemy_url)) as session:
        return people.first_invitation(session, datetime.now(UTC))


if __name__ == "__main__":
    main()
