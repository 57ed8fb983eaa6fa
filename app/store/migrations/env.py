"""Alembic's entry: one connection, one transaction for the whole upgrade."""

from alembic import context
from sqlmodel import SQLModel

import app.store.tables  # noqa: F401  (the tables register themselves with the metadata)
from app.store.database import engine_for, is_sqlite

engine = engine_for(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=is_sqlite(engine),
        compare_type=True,
    )
    if is_sqlite(engine):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
