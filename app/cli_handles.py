"""`flask --app wsgi handles admin …`: who administers a prefix through the Handle API. English only."""

import os
import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlmodel import Session

from app.cli_told import told
from app.domain.handles import Value
from app.domain.people import Actor
from app.errors import Unknown
from app.services import handle_admins, handle_keys
from app.services.handle_admins import INDEX, NAME
from app.store import allotments, browsing, database
from app.web.edge import Node

CALLER = "SUYUAN_CALLER"
handles = AppGroup("handles", help="The Handle API: its administrators.")
admin = AppGroup("admin", help="Create, list, renew and remove the administrators of a prefix.")
PREFIX = click.option("--prefix", required=True, help="The prefix, for example 88.118.1001.")
INDEX_OPTION = click.option("--index", default=INDEX, show_default=True, help="Index of the secret key.")
SECRET = click.option(
    "--secret-file",
    default="",
    help="File with the secret (- for standard input); without it one is made up.",
)


def register(app: Flask) -> None:
    handles.add_command(admin)
    app.cli.add_command(handles)


@admin.command("create")
@PREFIX
@click.option("--name", default=NAME, show_default=True, help="What follows the slash.")
@INDEX_OPTION
@SECRET
@with_appcontext
@told
def create(prefix: str, name: str, index: int, secret_file: str) -> None:
    """Register PREFIX/NAME with a secret key and let it administer the prefix. Prints the secret this once."""
    node, secret = _node(), _secret(secret_file)
    key = _key(node, index, secret)
    with database.writing(node.engine) as session:
        made = handle_admins.create(session, _actor(session, prefix), prefix, name, key, node.now())
    _tell(made.login, secret, shown=not secret_file)


@admin.command("rotate")
@PREFIX
@click.option("--handle", required=True, help="The administrator, for example 88.118.1001/ADMIN.")
@INDEX_OPTION
@SECRET
@with_appcontext
@told
def rotate(prefix: str, handle: str, index: int, secret_file: str) -> None:
    """Give an administrator another secret. The old one opens nothing any more."""
    node, secret = _node(), _secret(secret_file)
    key = _key(node, index, secret)
    with database.writing(node.engine) as session:
        handle_admins.rotate(session, _actor(session, prefix), prefix, handle, key, node.now())
    _tell(f"{index}:{handle}", secret, shown=not secret_file)


@admin.command("remove")
@PREFIX
@click.option("--handle", required=True, help="The administrator, for example 88.118.1001/ADMIN.")
@INDEX_OPTION
@with_appcontext
@told
def remove(prefix: str, handle: str, index: int) -> None:
    """Take the prefix and the secret key away from an administrator."""
    node = _node()
    with database.writing(node.engine) as session:
        handle_admins.remove(session, _actor(session, prefix), prefix, handle, index, node.now())
    click.echo(f"{index}:{handle} administers {prefix} no more.")


@admin.command("list")
@PREFIX
@with_appcontext
@told
def list_(prefix: str) -> None:
    """The administrators of a prefix, one a line, with their permissions."""
    with database.reading(_node().engine) as session:
        for found in handle_admins.listed(session, _actor(session, prefix)):
            if found.prefix == prefix:
                click.echo(
                    f"{found.login}\t{found.permissions}{'' if found.here else '	not registered here'}"
                )


def _actor(session: Session, prefix: str) -> Actor:
    """Whoever may run this may act for any company of the node."""
    allotment = allotments.by_prefix(session, prefix)
    if allotment is None:
        raise Unknown("unknown-prefix", "No company here has the prefix {prefix}.", prefix=prefix)
    company = browsing.organisation(session, allotment.organisation_id)
    return Actor(0, company.id or 0, company.prefix, "command line", "administrator", node=company.runs_node)


def _key(node: Node, index: int, secret: str) -> Value:
    settings = node.settings
    return handle_keys.secret_value(
        index, secret, node.keys, sealed=settings.handle_sealed_secrets, fast=settings.fast_hash
    )


def _secret(file: str) -> str:
    if not file:
        return handle_admins.new_secret()
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    return (Path(os.environ.get(CALLER, ".")) / file).read_text(encoding="utf-8").rstrip("\r\n")


def _tell(login: str, secret: str, *, shown: bool) -> None:
    click.echo(f"User name: {login}")
    if shown:
        click.echo(f"Secret:    {secret}")
        click.echo("Keep it now: it is shown this once.", err=True)


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node
