"""Indexes of only the rows that fulfil a condition, which both databases know."""

from sqlalchemy import Index, MetaData, text


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, info={"where": condition})


def tell_postgresql(metadata: MetaData) -> None:
    """Says the conditions in PostgreSQL's words too. Only who makes or compares its schema needs that, and saying it
    loads 2 MB of dialect, which the processes of a SQLite node shall not hold."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = index.info["where"]
