"""The operator's commands for filing: `flask --app wsgi filing push | status`."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import rounds_of_filing
from app.cli_told import told
from app.rounds import Turn
from app.store import database
from app.store import filing as rows
from app.web.edge import Node

group = AppGroup("filing", help="File with the node above now, and see how far it has come.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("push")
@click.option("--all", "everything", is_flag=True, help="Every data set, with today's figures so far.")
@with_appcontext
@told
def push(everything: bool) -> None:
    """Gather what has changed and push it to the node above; by their periods, or all data sets."""
    node = _node()
    rounds_of_filing.file(Turn(node.settings, node.engine, node.now(), node.fetch), everything=everything)
    _status(node)


@group.command("status")
@with_appcontext
@told
def status() -> None:
    """Who has filed here, and what the node above has of ours."""
    _status(_node())


def _status(node: Node) -> None:
    with database.reading(node.engine) as session:
        line = rows.peek_stream(session)
        targets, sources, counts = rows.targets(session), rows.sources(session), rows.count_rows(session)
    for target in targets:
        state = target.error_code or "well"
        click.echo(f"above\t{target.url}\t{target.seq} of {line.seq if line else 0}\t{state}")
    for source in sources:
        if source.newest >= 0:
            click.echo(
                f"below\t{source.zone}\t{source.seq} of {source.newest}\t{source.last_time.isoformat()}"
            )
    for name, count in counts.items():
        click.echo(f"rows\t{name}\t{count}")


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node
