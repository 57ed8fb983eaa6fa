"""The operator's commands: `flask --app wsgi log …`, `… people invite`, `… handles admin …`. English only; exit code 1
when one fails."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import cli_escrow, cli_filing, cli_handles, cli_mesh, cli_standing_in, cli_zones, rounds
from app.cli_told import fail, told
from app.domain.people import RIGHTS, Actor
from app.errors import Unknown
from app.services import certifying, exporting, people, rebuilding, rotating, verifying
from app.store import database, masterdata
from app.store.tables import Organisation
from app.web.edge import Node

SHOWN = 200  # faults; a broken index can have millions
CALLER = "SUYUAN_CALLER"  # the folder ./dev was called from, for relative file names

log = AppGroup("log", help="Check the event log, sign it, write it out, rebuild the indexes from it.")
persons = AppGroup("people", help="Let people in who cannot ask a colleague for an invitation.")


def register(app: Flask) -> None:
    app.cli.add_command(log)
    app.cli.add_command(persons)
    app.cli.add_command(turn)
    cli_handles.register(app)
    cli_mesh.register(app)
    cli_filing.register(app)
    cli_escrow.register(app)
    cli_standing_in.register(app)
    cli_zones.register(app)


@log.command("verify")
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="Verifier key of the checkpoints (default: this node's own). Repeatable.",
)
@with_appcontext
@told
def verify(keys: tuple[str, ...]) -> None:
    """Work every hash, the tree, the checkpoints and the indexes out anew and name each fault."""
    with _progress() as tell, database.reading(_node().engine) as session:
        report = verifying.verify_log(session, keys or _verifier_keys(), tell)
    for fault in report.faults[:SHOWN]:
        click.echo(f"{'—' if fault.seq is None else fault.seq}\t{fault.code}\t{fault.english()}")
    if len(report.faults) > SHOWN:
        click.echo(f"… and {len(report.faults) - SHOWN} more.")
    click.echo(f"{report.size} entries, root {report.root.hex()}, {report.checkpoints} checkpoints.")
    if not report.sound:
        fail(f"{len(report.faults)} faults. Keep this output; do not rebuild before you know what happened.")
    click.echo("The log is sound, and the indexes say what it says.")


@log.command("checkpoint")
@with_appcontext
@told
def checkpoint() -> None:
    """Sign the log as it stands and print the checkpoint; hand it to a partner, and they can prove any change later."""
    signed = _sign()
    if signed is None:
        fail("The log is empty; there is nothing to sign.")
    click.echo(signed, nl=False)
    click.echo(f"Verifier key: {_verifier_key()}", err=True)


@log.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@with_appcontext
@told
def export(file: str) -> None:
    """Write the log to FILE (- for standard output) as JSON Lines, signed up to its end."""
    _sign()
    node = _node()
    with _progress() as tell, database.reading(node.engine) as session, _written(file) as out:
        told_of = exporting.export(
            session,
            _verifier_key(),
            node.now(),
            lambda done, all_: tell("entries", done, all_),
            _verifier_keys()[1:],
        )
        for line in told_of:
            out.write(line + "\n")


@log.command("rebuild")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.option(
    "--key", default="", help="Verifier key that has to have signed the export (default: the one it names)."
)
@with_appcontext
@told
def rebuild(file: str | None, key: str) -> None:
    """Rebuild every index table from the log; with FILE, fill an empty database from that export.

    All or nothing, in one transaction. People, their keys and their single scans are not in an export: after filling an
    empty database, `people invite` lets the first person in.
    """
    from app.store.migrate import migrate  # Alembic, which no web process needs

    node = _node()
    if file is not None:
        migrate(node.settings.sqlalchemy_url)
    with _progress() as tell, _lines(file) as lines, database.writing(node.engine) as session:
        rebuilt = rebuilding.rebuild(
            session, lines, verifier_key=key, progress=lambda done, all_: tell("entries", done, all_)
        )
    click.echo(f"Rebuilt from {rebuilt.entries} entries, root {rebuilt.root.hex()}.")


@persons.command("invite")
@click.option(
    "--login", default="", help="Login of the new person; leave out on a node that nobody has set up."
)
@click.option("--name", default="", help="Their name (default: the login).")
@click.option("--role", type=click.Choice(sorted(RIGHTS)), default="administrator", show_default=True)
@click.option(
    "--organisation", "prefix", default="", help="Their organisation's prefix (default: the node's own)."
)
@with_appcontext
@told
def invite(login: str, name: str, role: str, prefix: str) -> None:
    """Print a one-time link: to set the node up or, with --login, to join an organisation."""
    node = _node()
    with database.writing(node.engine) as session:
        if login:
            company = _organisation(session, prefix)
            actor = Actor(0, company.id or 0, company.prefix, "command line", "administrator", node=True)
            token: str | None = people.invite(
                session, actor, login=login, name=name or login, role=role, now=node.now()
            )
        else:
            token = people.first_invitation(session, node.now())
    if token is None:
        fail("This node is set up already; name the new person's --login.")
    click.echo(f"{node.settings.base_url}/welcome/{token}")


@click.command("round")
@click.argument("names", nargs=-1)
@with_appcontext
@told
def turn(names: tuple[str, ...]) -> None:
    """Do the node's periodic work now: all of it, or the rounds called NAMES."""
    node = _node()
    known = rounds.of(node.settings)
    if unknown := [name for name in names if name not in known]:
        fail(f"This node has no round '{unknown[0]}'; it has {', '.join(known)}.")
    codes = rounds.run(node.settings, node.engine, node.now(), node.fetch, names or None)
    for name, code in codes.items():
        click.echo(f"{name}\t{code or 'done'}")
    if any(codes.values()):
        fail("Not every round went well.")


def _organisation(session: Any, prefix: str) -> Organisation:
    if prefix:
        found = masterdata.organisation_by_prefix(session, prefix)
    else:
        every = masterdata.organisations(session, limit=1_000)
        found = next((row for row in every if row.runs_node), every[0] if len(every) == 1 else None)
    if found is None:
        raise Unknown(
            "unknown-organisation", "There is no such organisation here.", "Name it with --organisation."
        )
    return found


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node


def _verifier_key() -> str:
    settings = _node().settings
    return certifying.verifier_key(settings.keys_dir, certifying.origin_of(settings.base_url))


def _verifier_keys() -> list[str]:
    """With those of keys that the node signed with before."""
    settings = _node().settings
    return rotating.verifier_keys(settings.keys_dir, certifying.origin_of(settings.base_url))


def _sign() -> str | None:
    node = _node()
    origin = certifying.origin_of(node.settings.base_url)
    with database.writing(node.engine) as session:
        row = certifying.checkpoint(session, node.settings.keys_dir, origin, node.now())
        return row.note if row else None


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A line that grows on a terminal; silence elsewhere."""
    shown = sys.stderr.isatty()

    def tell(title: str, done: int, total: int) -> None:
        if shown:
            click.echo(f"\r{title}: {done} of {total}\x1b[K", nl=False, err=True)

    yield tell
    if shown:
        click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _written(file: str) -> Iterator[TextIO]:
    """The file appears under its name only when it is whole."""
    if file == "-":
        yield sys.stdout
        return
    path = _path(file)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _lines(file: str | None) -> Iterator[Iterator[str] | None]:
    if file is None:
        yield None
    elif file == "-":
        yield iter(sys.stdin)
    else:
        with _path(file).open(encoding="utf-8", errors="surrogateescape") as lines:
            yield lines


def _path(file: str) -> Path:
    return Path(os.environ.get(CALLER, ".")) / file
