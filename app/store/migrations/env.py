"""Alembic's entry: one connection, one transaction for the whole upgrade."""

from alembic import context
from sqlmodel import SQLModel

import app.store.tables  # noqa: F401  (the tables register themselves with the metadata)
from app.store.database import engine_for, is_sqlite
from app.store.partial import tell_postgresql


def run() -> None:
    engine = engine_for(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        with engine.connect() as connection:
            if not is_sqlite(engine):
                tell_postgresql(SQLModel.metadata)
            context.configure(
                connection=connection,
                target_metadata=SQLModel.metadata,
                render_as_batch=is_sqlite(engine),
                compare_type=True,
            )
            if is_sqlite(engine):
                # A table is altered by copying it, and dropping the old one would take its children with it.
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with context.begin_transaction():
                context.run_migrations()
            if is_sqlite(engine) and (
                broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            ):
                raise RuntimeError(
                    f"the migration left rows of {broken[0]} that refer to nothing in {broken[2]}"
                )
            connection.commit()
    finally:
        engine.dispose()


run()
