"""Whether somebody is to be told of events at once: a mark in the node's folder, which its worker looks at.

The subscriptions in the database decide; the mark only spares the worker, which holds no database, from asking them.
"""

from pathlib import Path

MARK = "streams"


def ask(folder: Path) -> None:
    """After a subscription is committed that is to be told at once."""
    (folder / MARK).touch()


def asked(folder: Path) -> bool:
    return (folder / MARK).exists()


def over(folder: Path) -> None:
    (folder / MARK).unlink(missing_ok=True)
