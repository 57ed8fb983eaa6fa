"""`flask --app wsgi mesh …`: the other nodes that hold our zone. English only."""

from typing import cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import rounds_of_mesh
from app.cli_told import fail, told
from app.errors import N_, TraceError, Unknown
from app.rounds import Turn
from app.services import certifying, meshing
from app.services.meshing import Standing
from app.store import database
from app.web.edge import Node

mesh = AppGroup("mesh", help="Keep in step with the other nodes that hold this node's zone.")


def register(app: Flask) -> None:
    app.cli.add_command(mesh)


@mesh.command("status")
@with_appcontext
@told
def status() -> None:
    """How far the others' changes were read, and which zones two nodes changed at once."""
    node = _node()
    with database.reading(node.engine) as session:
        seen = meshing.view(session, node.settings.zone, node.settings.base_url, node.now())
    click.echo(f"{seen.total} changes here")
    for row in seen.sisters:
        state = row.error or ("in step" if row.heard_time and row.after == row.total else "behind")
        click.echo(f"{row.url}\t{row.after} of {row.total}\t{row.refused} not believed\t{state}")
    for each in seen.conflicts:
        click.echo(f"{each[0].zone}\tserial {each[0].serial}\tstated {len(each)} times at once")


@mesh.command("pull")
@with_appcontext
@told
def pull() -> None:
    """Read the others' changes now."""
    turn, ours = _turn(), _standing()
    failed = False
    for url in ours.sisters:
        try:
            merged = rounds_of_mesh.pull_from(turn, ours, url)
        except TraceError as error:
            failed = True
            click.echo(f"{url}\t{error.english()}", err=True)
        else:
            click.echo(f"{url}\t{merged.new} new, {merged.refused} not believed")
    if failed:
        fail("Not all could be read.")


@mesh.command("take-over")
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do it; without it, only show what would be stated anew.")
@with_appcontext
@told
def take_over(key_id: str, yes: bool) -> None:
    """State anew, with this node's key, what the lost node's key KEY_ID had signed.

    First look at each zone shown: if the key was stolen, what the thief signed with it is among them.
    """
    node, ours = _node(), _standing()
    if not yes:
        with database.reading(node.engine) as session:
            rows = meshing.signed_by(session, key_id)
        for row in rows:
            click.echo(
                f"{row.zone}\tserial {row.serial}\t{row.state}\t{row.name('en')}\tsince {row.record_time}"
            )
        click.echo(f"{len(rows)} zones. Repeat with --yes to state them anew.")
        return
    with database.writing(node.engine) as session:
        rows = meshing.take_over(session, ours, key_id, certifying.signing_key(node.keys), node.now())
    click.echo(f"{len(rows)} zones stated anew.")


def _standing() -> Standing:
    found = rounds_of_mesh.standing(_turn())
    if found is None:
        raise Unknown("no-sisters", N_("No other node is known to hold the zone of this one."))
    return found


def _turn() -> Turn:
    node = _node()
    return Turn(node.settings, node.engine, node.now(), node.fetch)


def _node() -> Node:
    return cast(Node, current_app.extensions["suyuan"])
