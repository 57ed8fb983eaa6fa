"""Ana owns, Bo works for her, Cy must see nothing: every route that takes an id, page and API alike.

What is Ana's looks to Cy exactly like what does not exist: same status, same body but for the id itself.
Routes come from the application; one with an id that this table does not know fails the test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import SQLModel
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import jobrunner, jobs
from app.services import authenticating
from app.store.database import reading, writing
from app.store.tables import ApiKey, Product, Site, Thing
from tests.support.floor import Floor, scan_of, send
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
NOBODY = "0" * 16  # as long as a suffix that we mint
NUMBER = "987654321012"
TOKENS = re.compile(r'(?<=csrf_token" value=")[^"]+|(?<=csrf-token" content=")[^"]+')

# What a path with an id is about, by the part of the path before the id, and why a few are left out.
ABOUT = {
    "/account/keys": "key",
    "/api/v1/api-keys": "key",
    "/api/v1/items": "thing",
    "/api/v1/jobs": "job",
    "/api/v1/labels": "thing",
    "/api/v1/log/entries": "entry",
    "/api/v1/organisations": "company",
    "/api/v1/people": "person",
    "/api/v1/products": "product",
    "/api/v1/scans": "nonce",
    "/api/v1/sites": "site",
    "/api/v1/trace": "thing",
    "/jobs": "job",
    "/labels": "thing",
    "/organisations": "company",
    "/people": "person",
    "/products": "product",
    "/sites": "site",
    "/trace": "thing",
}
OPEN_TO_ALL = {
    "resolver.resolve": "the public page behind a label: test_resolver_pages",
    "welcome.welcome": "the link itself is the secret: test_people",
    "v1_log.proof": "hashes only, so that anybody can check the log: test_log",
    "static": "files of ours",
}


@dataclass(frozen=True)
class Call:
    """A request with {id} where the id stands; `about` says whose. `form` or `body` for what is sent."""

    method: str
    path: str
    about: str
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None


# Ids that travel in queries, forms and bodies.
MORE = (
    Call("GET", "/labels?id={id}", "thing"),
    Call("GET", "/labels?ids={id}", "thing"),
    Call("GET", "/labels?batch={id}-{id}", "entry"),
    Call("GET", "/items?batch={id}-{id}", "entry"),
    Call("GET", "/items?product={id}", "product"),
    Call("GET", "/search?q={id}", "thing"),
    Call("GET", "/search?q={id}", "serial"),
    Call("GET", "/search?q={id}", "lot number"),
    Call("POST", "/labels", "thing", {"id": "{id}", "start": "1", "dpi": "300"}),
    Call("POST", "/labels", "entry", {"batch": "{id}-{id}", "start": "1", "dpi": "300"}),
    Call("POST", "/items/void", "thing", {"epc": "{id}", "reason": "spoilt"}),
    Call("POST", "/items/mint", "product epc", {"level": "serial", "count": "1", "product": "{id}"}),
    Call("POST", "/items/mint", "place", {"level": "logistic", "count": "1", "activate_at": "{id}"}),
    Call("POST", "/holds", "thing", {"code": "{id}", "reason": "damaged"}),
    Call("POST", "/holds/release", "thing", {"code": "{id}", "reason": "fine again"}),
    Call("POST", "/trace/report", "thing", {"code": "{id}"}),
    Call("GET", "/api/v1/look?code={id}", "thing"),
    Call("GET", "/api/v1/search?q={id}", "thing"),
    Call("GET", "/api/v1/search?q={id}", "lot number"),
    Call("GET", "/api/v1/items?product={id}", "product"),
    Call("GET", "/api/v1/items?batch={id}-{id}", "entry"),
    Call("POST", "/api/v1/items", "product epc", body={"level": "serial", "product": "{id}"}),
    Call("POST", "/api/v1/items", "place", body={"level": "logistic", "activate_at": "{id}"}),
    Call("POST", "/api/v1/items/void", "thing", body={"identifier": "{id}", "reason": "spoilt"}),
    Call("POST", "/api/v1/holds", "thing", body={"identifier": "{id}", "reason": "damaged"}),
    Call("POST", "/api/v1/holds/release", "thing", body={"identifier": "{id}", "reason": "fine again"}),
    Call("POST", "/api/v1/labels", "thing", body={"identifiers": ["{id}"]}),
    Call("POST", "/api/v1/labels", "entry", body={"batch": "{id}-{id}"}),
    Call("POST", "/api/v1/reports", "thing", body={"identifier": "{id}"}),
)
FORM = {  # of every route with an id in its path
    "part_number": "P-9",
    "name_zh": "改名",
    "name_en": "Renamed",
    "name": "Renamed",
    "role": "manager",
    "unit": "H87",
    "tracing": "serial",
    "sharing": "chain",
    "address": "Elsewhere 1",
}


@dataclass(frozen=True)
class Ids:
    """For each kind of thing: one of Ana's, and one that looks alike and does not exist."""

    pairs: dict[str, tuple[str, str]]

    def told(self, answer: TestResponse) -> tuple[int, str]:
        """Status and text without the ids themselves, however they are written, and without what differs each time."""
        text = answer.data.decode(errors="replace")
        text = TOKENS.sub("", text)
        for pair in self.pairs.values():
            for each in sorted({part for name in pair for part in _spellings(name)}, key=len, reverse=True):
                text = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", "ID", text)
        return answer.status_code, text


def _spellings(name: str) -> Iterator[str]:
    yield name
    yield name.removeprefix("hdl:")
    yield quote(name, safe="")
    if name.isdecimal():
        yield f"{int(name):,}"


@pytest.fixture
def floor(app: Flask, world: Tenants, clock: Callable[[], Any]) -> Floor:
    return Floor(app.extensions["suyuan"].engine, world, clock())


@pytest.fixture
def ids(app: Flask, world: Tenants, floor: Floor, visit: Visit, clock: Callable[[], Any]) -> Ids:
    node = app.extensions["suyuan"]
    (piece,) = floor.pieces(serial_start="SN-118-0001")
    floor.lot("LOT-118-A", "50")
    floor.hold(piece, "waits for a measurement")
    nonce = "ana-scanned-this-1"
    assert send(visit("ana"), scan_of(floor, piece, nonce=nonce)).status_code == 200
    with writing(node.engine) as session:
        authenticating.create_key(session, world.ana, "press", clock())
        job_id = jobs.request(session, world.ana, "labels-pdf", {"epcs": [f"hdl:{piece}"]}, "en", clock())
    jobrunner.run(node.settings, node.engine, job_id)
    with reading(node.engine) as session:
        seq = session.execute(select(Thing).where(Thing.epc == f"hdl:{piece}")).scalar_one().minted_seq
        product = session.execute(select(Product).where(Product.part_number == "MOD-1")).scalar_one()
        site = session.execute(select(Site).where(Site.epc == floor.places["plant"])).scalar_one()
        key = session.execute(select(ApiKey)).scalar_one()
    return Ids(
        {
            "thing": (piece, f"88.118.1001/{NOBODY}"),
            "product epc": (product.epc, f"hdl:88.118.1001/{NOBODY}"),
            "place": (site.epc, f"hdl:88.118.1001/{NOBODY}"),
            "serial": ("SN-118-0001", "SN-118-9999"),
            "lot number": ("LOT-118-A", "LOT-118-Z"),
            "nonce": (nonce, "ana-never-scanned"),
            "job": (job_id, "0" * 32),
            "entry": (str(seq), NUMBER),
            "company": (str(world.ana.organisation_id), NUMBER),
            "person": (str(world.bo.operator_id), NUMBER),
            "product": (str(product.id), NUMBER),
            "site": (str(site.id), NUMBER),
            "key": (str(key.id), NUMBER),
        }
    )


def calls(app: Flask) -> list[Call]:
    """Every route with an id, each of its methods, and those of MORE."""
    found = [
        call
        for rule in app.url_map.iter_rules()
        if rule.arguments and rule.endpoint not in OPEN_TO_ALL
        for call in _calls_of(rule)
    ]
    return [*found, *MORE]


def _calls_of(rule: Rule) -> Iterator[Call]:
    path = rule.rule.replace("<prefix>/<path:suffix>", "<thing>").replace("<any(png, svg):form>", "png")
    start, end = path.index("<"), path.rindex(">")
    about = ABOUT.get(path[:start].rstrip("/"))
    assert about, f"what is the id in {rule.rule}? Add it to ABOUT"
    for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
        body = FORM if path.startswith("/api/") and method != "GET" else None
        form = FORM if not path.startswith("/api/") and method == "POST" else None
        yield Call(method, f"{path[:start]}{{id}}{path[end + 1 :]}", about, form, body)


def ask(visitor: Visitor, call: Call, identifier: str) -> TestResponse:
    values: dict[str, Any] = {"headers": {"X-CSRFToken": visitor.token}}
    if call.form is not None:
        values["data"] = _put(call.form, identifier)
    if call.body is not None:
        values["json"] = _put(call.body, identifier)
    in_path = quote(identifier, safe="/" if "?" not in call.path else "")
    return visitor.client.open(
        call.path.replace("{id}", in_path), method=call.method, buffered=True, **values
    )


def _put(template: dict[str, Any], identifier: str) -> dict[str, Any]:
    def filled(value: Any) -> Any:
        return (
            [filled(each) for each in value] if isinstance(value, list) else value.replace("{id}", identifier)
        )

    return {name: filled(value) for name, value in template.items()}


def rows_of(app: Flask, organisation_id: int) -> dict[str, list[Any]]:
    """All that is an organisation's own, table by table."""
    found: dict[str, list[Any]] = {}
    with reading(app.extensions["suyuan"].engine) as session:
        for table in SQLModel.metadata.sorted_tables:
            column = table.c.get("organisation_id", table.c.id if table.name == "organisation" else None)
            if column is not None:
                query = table.select().where(column == organisation_id)
                found[table.name] = sorted(map(str, session.connection().execute(query)))
    return found


def test_to_cy_what_is_anas_looks_like_what_does_not_exist(
    app: Flask, world: Tenants, ids: Ids, visit: Visit
) -> None:
    cy, before, told = visit("cy"), rows_of(app, world.ana.organisation_id), set()
    assert {"entry", "job", "operator", "product", "site", "thing"} <= {
        name for name in before if before[name]
    }
    for call in calls(app):
        existing, missing = ids.pairs[call.about]
        seen, absent = (ids.told(ask(cy, call, name)) for name in (existing, missing))
        assert seen == absent, f"{call.method} {call.path} ({call.about})"
        told.add(seen[0])
    assert rows_of(app, world.ana.organisation_id) == before
    assert told <= {200, 302, 303, 400, 403, 404, 405, 422}
    assert 404 in told


def test_ana_and_bo_are_told_of_what_cy_is_not(app: Flask, ids: Ids, visit: Visit) -> None:
    """Else the matrix would hold for an application that answers nobody."""
    ana, bo = visit("ana"), visit("bo")
    own = 0
    for call in (call for call in calls(app) if call.method == "GET"):
        existing, missing = ids.pairs[call.about]
        seen, absent = (ids.told(ask(ana, call, name)) for name in (existing, missing))
        assert seen[0] < 400, f"{call.path} ({call.about}): {seen[1]}"
        assert seen != absent, f"{call.path} ({call.about})"
        of_bo = ask(bo, call, existing).status_code
        assert of_bo < 400 or (of_bo, call.about) in {(403, "person"), (403, "company")}, call.path
        own += of_bo < 400
    assert own > 15


def test_a_scan_of_anas_piece_at_anas_place_teaches_cy_nothing(
    app: Flask, floor: Floor, ids: Ids, visit: Visit
) -> None:
    cy, nonces = visit("cy"), count(1)
    piece, nobody = ids.pairs["thing"]

    def told(code: str, step: str = "move", **more: Any) -> tuple[int, str]:
        nonce = f"cy-tries-this-{next(nonces):03d}"
        answer = send(cy, scan_of(floor, code, step, **{"place": "yard"} | more, nonce=nonce))
        status, text = ids.told(answer)
        return status, text.replace(nonce, "NONCE")

    own = floor.places["yard"]
    assert told(piece) == told(nobody)
    assert told(piece, place="plant") == told(piece, place=f"hdl:88.118.1001/{NOBODY}")
    assert told(piece, parent=piece, step="pack") == told(nobody, parent=nobody, step="pack")
    assert told(own, place=own) != told(piece)  # what is Cy's own is told apart


def test_nothing_of_anas_is_in_any_list_of_cys(app: Flask, ids: Ids, visit: Visit) -> None:
    """What Cy's pages name of Ana's company is its name and prefix, as a partner on the same node."""
    cy = visit("cy")
    secrets = [
        ids.pairs[kind][0] for kind in ("thing", "product epc", "place", "serial", "lot number", "job")
    ]
    secrets += [secret.rpartition("/")[2] for secret in secrets if "/" in secret]
    looked = 0
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments:
            text = cy.client.get(rule.rule, buffered=True).text
            assert not [secret for secret in secrets if secret in text], rule.rule
            looked += 1
    assert looked > 30
