"""`flask --app wsgi zone …`: this node's zone at the node above, and the zones it hands out itself. English only."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app import rounds_of_zones
from app.cli_told import fail, told
from app.domain import subjects, zones
from app.domain.delegations import endpoint_of
from app.domain.people import Actor
from app.domain.trust import Signed
from app.rounds import Turn
from app.services import auditing, certifying, joining, reviewing, rotating
from app.services.delegating import Issuer
from app.services.joining import Heard, Own
from app.store import database, masterdata
from app.web.edge import Node

zone = AppGroup("zone", help="This node's own zone, and the zones it hands out.")
WHY = click.option("--reason", required=True, help="What the applicant or holder is told.")


def register(app: Flask) -> None:
    app.cli.add_command(zone)


# --- our own ---


@zone.command("key")
@with_appcontext
@told
def key() -> None:
    """Print the node's public key, as the node above wants it."""
    click.echo(json.dumps(_own(named=False).key.jwk))


@zone.command("apply")
@click.argument("parent_url")
@click.option("--subject", "file", required=True, help="JSON file with the organisation's data.")
@click.option("--share", is_flag=True, help="Another node holds the zone already.")
@with_appcontext
@told
def apply(parent_url: str, file: str, share: bool) -> None:
    """Apply for ZONE at the node above, and follow the application from then on."""
    node, own = _node(), _own()
    subject = subjects.subject(_json(file))
    signed = joining.application(own, subject, _nonce(), node.now(), share=share)
    where = endpoint_of({"url": parent_url.rstrip("/")}).url
    sent = joining.send_application(node.fetch, where, signed)
    with database.writing(node.engine) as session:
        joining.began(session, own, where, sent, node.now(), subject)
        auditing.record(session, _actor(session), "zone-applied", node.now(), subject=own.zone, detail=where)
    click.echo(f"{sent.state}\t{sent.url}")


@zone.command("status")
@with_appcontext
@told
def status() -> None:
    """Ask the node above how the zone stands, and keep what it says."""
    rounds_of_zones.refresh(_turn())
    _tell()


@zone.command("move")
@click.argument("urls", nargs=-1)
@with_appcontext
@told
def move(urls: tuple[str, ...]) -> None:
    """Tell the node above under which URLS this node is reached (default: BASE_URL)."""
    own = _own()
    wanted = [{"url": url.rstrip("/")} for url in urls or (own.url,)]
    _change(own, "move", joining.move(own, wanted, _nonce(), _node().now()))


@zone.command("rotate")
@with_appcontext
@told
def rotate() -> None:
    """Draw a new key, tell the node above, and sign with it from then on."""
    own, node = _own(), _node()
    _change(own, "rotate", joining.rotation(own, rotating.next_seed(node.keys), _nonce(), node.now()))


@zone.command("leave")
@click.confirmation_option(prompt="Nobody will find this node's identifiers any more. Give the zone back?")
@with_appcontext
@told
def leave() -> None:
    """Give the zone back to the node above."""
    own = _own()
    _change(own, "leave", joining.leave(own, _nonce(), _node().now()))


# --- those we hand out ---


@zone.command("applications")
@click.option("--all", "every", is_flag=True, help="Those that are decided, too.")
@with_appcontext
@told
def applications(every: bool) -> None:
    """List who applies: number, kind, state, zone, name."""
    from app.domain.applications import OPEN

    with database.reading(_node().engine) as session:
        found, _ = reviewing.listed(session, _actor(session), states=() if every else OPEN)
    for row in found:
        name = row.subject.get("name_en") or row.subject.get("name_zh") or ""
        click.echo(f"{row.id}\t{row.kind}\t{row.state}\t{row.zone or '-'}\t{name}")


@zone.command("approve")
@click.argument("number", type=int)
@click.option("--zone", "name", default="", help="Another zone than was asked for.")
@click.option("--verified", type=click.Choice(sorted(subjects.VERIFICATIONS)), required=True)
@with_appcontext
@told
def approve(number: int, name: str, verified: str) -> None:
    """Give an applicant the zone, and print the signed statement."""
    node = _node()
    with database.writing(node.engine) as session:
        actor = _actor(session)
        row = reviewing.approve(
            session, actor, _issuer(), number, node.now(), zone=name, verification=verified
        )
        click.echo(json.dumps(row.statement))


@zone.command("refuse")
@click.argument("number", type=int)
@WHY
@with_appcontext
@told
def refuse(number: int, reason: str) -> None:
    """Refuse an application."""
    node = _node()
    with database.writing(node.engine) as session:
        reviewing.refuse(session, _actor(session), number, reason, node.now())


@zone.command("list")
@with_appcontext
@told
def list_zones() -> None:
    """List the zones handed out: zone, state, serial, end, name."""
    with database.reading(_node().engine) as session:
        actor, after = _actor(session), ""
        while True:
            found, after = reviewing.zone_list(session, actor, after=after)
            for row in found:
                click.echo(
                    f"{row.zone}\t{row.state}\t{row.serial}\t{row.not_after:%Y-%m-%d}\t{row.name('en')}"
                )
            if not after:
                return


@zone.command("suspend")
@click.argument("name")
@WHY
@with_appcontext
@told
def suspend(name: str, reason: str) -> None:
    """Take a zone out of service."""
    _state("suspend", name, reason)


@zone.command("resume")
@click.argument("name")
@with_appcontext
@told
def resume(name: str) -> None:
    """Put a suspended zone back into service."""
    _state("resume", name, "")


@zone.command("revoke")
@click.argument("name")
@WHY
@with_appcontext
@told
def revoke(name: str, reason: str) -> None:
    """Take a zone back for good."""
    _state("revoke", name, reason)


def _state(step: str, name: str, reason: str) -> None:
    node = _node()
    with database.writing(node.engine) as session:
        actor, issuer, now = _actor(session), _issuer(), node.now()
        if step == "resume":
            row = reviewing.resume(session, actor, issuer, zones.zone(name), now)
        else:
            act = reviewing.suspend if step == "suspend" else reviewing.revoke
            row = act(session, actor, issuer, zones.zone(name), reason, now)
        click.echo(f"{row.zone}\t{row.state}\t{row.serial}")


def _change(own: Own, step: str, signed: Signed) -> None:
    node = _node()
    with database.reading(node.engine) as session:
        row = joining.membership_of(session, own.zone)
    heard: Heard = joining.send_change(node.fetch, row.parent_url, signed)
    rounds_of_zones.keep(_turn(), own, row.parent_url, heard)
    with database.writing(node.engine) as session:
        auditing.record(session, _actor(session), "zone-changed", node.now(), subject=own.zone, detail=step)
    _tell()


def _tell() -> None:
    node, own = _node(), _own()
    with database.reading(node.engine) as session:
        row = joining.membership_of(session, own.zone)
    proof = "verified" if row.parent_keys else "not verified: no root hints"
    click.echo(
        f"{row.zone}\t{row.state}\tserial {row.serial}\t{proof if row.statement else row.reason or '-'}"
    )


def _actor(session: Any) -> Actor:
    """The company that runs the node, in whose trail the step stands."""
    company = next((row for row in masterdata.organisations(session, limit=1_000) if row.runs_node), None)
    if company is None:
        fail("Nobody has set this node up yet.")
    return Actor(0, company.id or 0, company.prefix, "command line", "administrator", node=True)


def _issuer() -> Issuer:
    node = _node()
    settings = node.settings
    return Issuer(
        zones.zone(settings.zone),
        certifying.signing_key(node.keys),
        timedelta(days=settings.delegation_days),
        timedelta(hours=settings.key_overlap_hours),
    )


def _own(*, named: bool = True) -> Own:
    own = rounds_of_zones.own_of(_node().settings)
    if named and not own.zone:
        fail("This node has no zone that another node could hand out. Set ZONE.")
    return own


def _turn() -> Turn:
    node = _node()
    return Turn(node.settings, node.engine, node.now(), node.fetch)


def _json(file: str) -> dict[str, object]:
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        fail(f"{file} is not a JSON object.")
    return found


def _nonce() -> str:
    return secrets.token_urlsafe(24)


def _node() -> Node:
    node: Node = current_app.extensions["suyuan"]
    return node
