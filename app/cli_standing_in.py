"""The operator's commands for a node below that stays down: `flask --app wsgi take-over status | do | back`."""

import json
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.cli_told import told
from app.domain import zones
from app.domain.delegations import endpoint_of
from app.domain.trust import PublicKey
from app.errors import TraceError
from app.services import certifying, standing_in
from app.services.delegating import By, Issuer
from app.store import database
from app.web.edge import Node

group = AppGroup("take-over", help="Another node in the place of one below that stays down.")
BY = By("command line")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("status")
@click.argument("zone")
@with_appcontext
@told
def status(zone: str) -> None:
    """Say how many probes of ZONE failed, and whether that is enough."""
    with database.reading(_node().engine) as session:
        verdict = standing_in.judged(session, zones.zone(zone))
    word = "stays down" if verdict.is_down else "is not down"
    click.echo(f"{zone} {word}: {verdict.failed} of {verdict.attempts} probes failed.")


@group.command("do")
@click.argument("zone")
@click.option("--to", "url", required=True, help="Address of the node that stands in.")
@click.option(
    "--key", "file", required=True, type=click.Path(exists=True), help="Its public key: `zone key` there."
)
@click.option("--drill", is_flag=True, help="Make the statement and take nothing of it into force.")
@with_appcontext
@told
def take_over(zone: str, url: str, file: str, drill: bool) -> None:
    """State that ZONE is answered for by the node at --to, until it is handed back."""
    node = _node()
    key = PublicKey.from_jwk(json.loads(Path(file).read_text(encoding="utf-8")))
    where = endpoint_of({"url": url.rstrip("/")}).url
    try:
        with database.writing(node.engine) as session:
            row = standing_in.take_over(session, _issuer(node), zones.zone(zone), where, key, BY, node.now())
            _unless(drill)
    except _DrillOver:
        click.echo(f"Drill: {zone} would be answered for at {where}. Nothing was changed.")
        return
    click.echo(f"{zone} is answered for at {where} now, statement {row.serial}.")


@group.command("back")
@click.argument("zone")
@with_appcontext
@told
def hand_back(zone: str) -> None:
    """State that ZONE is answered for by its own nodes again."""
    node = _node()
    with database.writing(node.engine) as session:
        row = standing_in.hand_back(session, _issuer(node), zones.zone(zone), BY, node.now())
    click.echo(f"{zone} is answered for by its own nodes again, statement {row.serial}.")


def _unless(drill: bool) -> None:
    if drill:
        raise _DrillOver


class _DrillOver(TraceError):
    """Takes the transaction back."""

    def __init__(self) -> None:
        super().__init__("drill-over", "The drill is over.")


def _issuer(node: Node) -> Issuer:
    settings = node.settings
    return Issuer(
        zones.zone(settings.zone),
        certifying.signing_key(settings.keys_dir),
        timedelta(days=settings.delegation_days),
        timedelta(hours=settings.key_overlap_hours),
    )


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node
