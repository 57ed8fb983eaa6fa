"""The operator's commands for escrow: `./dev escrow key | leave | list | restore | drill`."""

import os
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import escrow, escrow_restoring
from app.cli_told import fail, told
from app.domain.trust import PublicKey, public_key_of
from app.rounds import Turn
from app.services import certifying, sealing
from app.web.edge import Node

group = AppGroup("escrow", help="Leave copies of the node in escrow, restore from them, drill that it works.")
SECRET = click.option(
    "--key-file",
    required=True,
    type=click.Path(dir_okay=False),
    help="File with the private key of `escrow key`.",
)
NUMBER = click.option("--number", default=0, help="Which copy (default: the newest).")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("key")
@told
def key() -> None:
    """Make a pair of keys: the private one on standard output, to be kept away from this machine."""
    private, public = sealing.new_key()
    click.echo(private)
    click.echo(f"ESCROW_KEY={public}", err=True)


@group.command("leave")
@click.option("--full", is_flag=True, help="A full copy, whenever the last was.")
@with_appcontext
@told
def leave(full: bool) -> None:
    """Leave a copy now in ESCROW_DIR, sealed for ESCROW_KEY: full once a week, differential in between."""
    node = _node()
    turn = Turn(node.settings, node.engine, node.now(), node.fetch)
    copy = escrow.leave(turn, escrow.FULL if full else "")
    if copy is None:
        fail("No escrow is configured: set ESCROW_DIR and ESCROW_KEY.")
    click.echo(_line(copy))


@group.command("list")
@click.option(
    "--folder", type=click.Path(file_okay=False), help="Where the copies are (default: in ESCROW_DIR)."
)
@with_appcontext
@told
def list_(folder: str | None) -> None:
    """List the copies that are there, the newest last."""
    for copy, _ in escrow_restoring.copies(_folder(folder), None if folder else _own()):
        click.echo(_line(copy))


@group.command("restore")
@click.argument("folder", type=click.Path(file_okay=False))
@SECRET
@NUMBER
@with_appcontext
@told
def restore(folder: str, key_file: str, number: int) -> None:
    """Fill this node's empty database from the copies in FOLDER. All or nothing.

    People and keys are in no copy: afterwards `people invite` lets the first person in.
    """
    from app.store.migrate import migrate

    node = _node()
    migrate(node.settings.sqlalchemy_url)
    rebuilt = escrow_restoring.restore(_folder(folder), _private(key_file), node.engine, number=number)
    click.echo(f"Restored {rebuilt.entries} entries, root {rebuilt.root.hex()}.")


@group.command("drill")
@SECRET
@NUMBER
@click.option(
    "--folder", type=click.Path(file_okay=False), help="Where the copies are (default: in ESCROW_DIR)."
)
@with_appcontext
@told
def drill(key_file: str, number: int, folder: str | None) -> None:
    """Restore a copy into a database aside, start a node on it, ask it, and compare with this node. Changes nothing."""
    node = _node()
    done = escrow_restoring.drill(node.settings, _folder(folder), _private(key_file), _own(), number)
    click.echo(_line(done.copy))
    click.echo(
        f"{done.rebuilt.entries} entries restored and checked; {done.answered} of {done.asked} identifiers answered, "
        f"{done.same} as here; {done.seconds:.1f} s."
    )
    if not done.passed:
        fail("The drill failed.")


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node


def _own() -> PublicKey:
    return public_key_of(certifying.signing_key(_node().settings.keys_dir))


def _folder(folder: str | None) -> Path:
    settings = _node().settings
    if folder:
        return Path(os.environ.get("SUYUAN_CALLER", ".")) / folder
    if not settings.escrow_dir:
        fail("No escrow is configured: set ESCROW_DIR, or name the folder.")
    return escrow.folder_of(settings)


def _private(key_file: str) -> str:
    return (Path(os.environ.get("SUYUAN_CALLER", ".")) / key_file).read_text(encoding="ascii").strip()


def _line(copy: escrow.Copy) -> str:
    size = sum(size for _, size, _ in copy.parts)
    kind = copy.kind if copy.kind == escrow.FULL else f"{copy.kind} of {copy.base}"
    return (
        f"{copy.number}\t{kind}\t{copy.time}\t{copy.entries} entries\t{size} bytes in {len(copy.parts)} files"
    )
