"""Ana owns, Bo works for her, Cy must see nothing: every route that takes an id, page and API alike.

What is Ana's looks to Cy exactly like what does not exist: same status, same body but for the id itself.
Routes come from the application; one with an id that this table does not know fails the test.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import SQLModel
from werkzeug.test import TestResponse

from app import jobrunner, jobs, printruns
from app.domain import trouble
from app.services import (
    alerting,
    aliasing,
    authenticating,
    cosigning,
    designing,
    disclosing,
    linking,
    masterdata,
    prefixes,
    printers,
    recalling,
    reserving,
    stocks,
    templating,
    uploads,
    webhooks,
)
from app.services.linking import Draft
from app.services.printing import RunAsked, What
from app.store.database import reading, writing
from app.store.tables import ApiKey, KeptDisclosure, Product, Site, Thing
from tests.support.floor import Floor, scan_of, send
from tests.support.matrix import ask, calls
from tests.support.tenants import Tenants, Visitor

Visit = Callable[[str], Visitor]
NOBODY = "0" * 16  # as long as a suffix that we mint
NUMBER = "987654321012"
OF_ADMINISTRATORS = {"person", "company", "prefix", "printer"}
TOKENS = re.compile(r'(?<=csrf_token" value=")[^"]+|(?<=csrf-token" content=")[^"]+')


@dataclass(frozen=True)
class Ids:
    """For each kind of thing: one of Ana's, and one that looks alike and does not exist."""

    pairs: dict[str, tuple[str, str]]

    def told(self, answer: TestResponse) -> tuple[int, str]:
        """Status and text without the ids themselves, however they are written, and without what differs each time."""
        text = answer.data.decode(errors="replace")
        text = TOKENS.sub("", text)
        for pattern in self.patterns:
            text = pattern.sub("ID", text)
        return answer.status_code, text

    @cached_property
    def patterns(self) -> list[re.Pattern[str]]:
        """Of each kind of thing, its names in all their spellings, the longest first."""
        return [
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _longest_first(pair)))})(?!\w)")
            for pair in self.pairs.values()
        ]


def _longest_first(pair: tuple[str, str]) -> list[str]:
    return sorted({part for name in pair for part in _spellings(name)}, key=len, reverse=True)


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
    lot = floor.lot("LOT-118-A", "50")
    floor.hold(piece, "waits for a measurement")
    nonce = "ana-scanned-this-1"
    assert send(visit("ana"), scan_of(floor, piece, nonce=nonce)).status_code == 200
    with writing(node.engine) as session:
        authenticating.create_key(session, world.ana, "press", clock())
        draft = Draft("gs1:pip", "https://shop.example/", "Shop")
        link_id = linking.create(session, world.ana, piece, draft, "http://127.0.0.1:8000", clock()).id
        job_id = jobs.request(session, world.ana, "labels-pdf", {"epcs": [f"hdl:{piece}"]}, "en", clock())
    jobrunner.run(node.settings, node.engine, job_id)
    brought = io.BytesIO(b"suffix,url\nA,https://a.example\n")
    table = uploads.keep(node.settings.uploads_dir, world.ana, "ours.csv", brought, 0.0)
    range_id, allotment_id = _names(app, world, clock, piece)
    rule_id = _disclosed(app, world, clock)
    recall_id = _recalled(app, world, clock, piece)
    alert_id, message_id = _alerted(app, world, clock, piece)
    with writing(node.engine) as session:
        cosigning.add_partner(session, "88.118.7017", clock())
    template_id = _described(app, world, clock)
    return Ids(
        {
            "thing": (piece, f"88.118.1001/{NOBODY}"),
            "serial": ("SN-118-0001", "SN-118-9999"),
            "lot": (lot, f"88.118.1001/{NOBODY}"),
            "lot number": ("LOT-118-A", "LOT-118-Z"),
            "nonce": (nonce, "ana-never-scanned"),
            "job": (job_id, "0" * 32),
            "table": (table.token, "0" * 32),
            "company": (str(world.ana.organisation_id), NUMBER),
            "person": (str(world.bo.operator_id), NUMBER),
            "link": (str(link_id), NUMBER),
            "alias": (
                "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz",
                "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRy",
            ),
            "prefix": (str(allotment_id), NUMBER),
            "range": (str(range_id), NUMBER),
            "template": (str(template_id), NUMBER),
            "rule": (str(rule_id), NUMBER),
            "recall": (recall_id, "0" * 24),
            "alert": (str(alert_id), NUMBER),
            "message": (str(message_id), NUMBER),
            "zone": ("88.118.7017", "88.118.7018"),
            "statement": (f"88.118.7007/{'f' * 64}", f"88.118.7007/{'0' * 64}"),
        }
        | _of_rows(app, floor, piece)
        | _of_labels(app, world, clock, lot)
    )


def _of_rows(app: Flask, floor: Floor, piece: str) -> dict[str, tuple[str, str]]:
    with reading(app.extensions["suyuan"].engine) as session:
        seq = session.execute(select(Thing).where(Thing.epc == f"hdl:{piece}")).scalar_one().minted_seq
        product = session.execute(select(Product).where(Product.part_number == "MOD-1")).scalar_one()
        site = session.execute(select(Site).where(Site.epc == floor.places["plant"])).scalar_one()
        key = session.execute(select(ApiKey)).scalar_one()
    return {
        "product epc": (product.epc, f"hdl:88.118.1001/{NOBODY}"),
        "place": (site.epc, f"hdl:88.118.1001/{NOBODY}"),
        "entry": (str(seq), NUMBER),
        "product": (str(product.id), NUMBER),
        "site": (str(site.id), NUMBER),
        "key": (str(key.id), NUMBER),
    }


def _of_labels(app: Flask, world: Tenants, clock: Callable[[], Any], lot: str) -> dict[str, tuple[str, str]]:
    with writing(app.extensions["suyuan"].engine) as session:
        draft = printers.Draft("Line 2", "raw", "192.0.2.9:9100", "zpl", 203)
        printer_id = printers.create(session, world.ana, draft, clock()).id
    run_id, stock = _printed(app, world, clock, f"hdl:{lot}")
    return {
        "label template": (str(_designed(app, world, clock)), NUMBER),
        "printer": (str(printer_id), NUMBER),
        "run": (str(run_id), NUMBER),
        "stock": (stock, f"own-{NUMBER}"),
    }


def _printed(app: Flask, world: Tenants, clock: Callable[[], Any], epc: str) -> tuple[int, str]:
    """A print run of Ana's that is over, and label stock of hers."""
    node, measures = app.extensions["suyuan"], {"kind": "roll", "width": 70, "height": 37}
    asked = RunAsked(What(epcs=(epc,)), "ready:product-70x37", stock="a4-3x8")
    with writing(node.engine) as session:
        run = printruns.ask(session, world.ana, asked, "en", clock())
        run_id, job_id = run.id or 0, run.job_id
        stock = stocks.code_of(stocks.create(session, world.ana, "Ours", measures, clock()))
    jobrunner.run(node.settings, node.engine, job_id)
    return run_id, stock


def _designed(app: Flask, world: Tenants, clock: Callable[[], Any]) -> int:
    """A label template of Ana's."""
    with writing(app.extensions["suyuan"].engine) as session:
        made = designing.copy(session, world.ana, "ready:product-70x37", "en", clock())
    return made.template_id


def _described(app: Flask, world: Tenants, clock: Callable[[], Any]) -> int:
    """A template, which describes Ana's product."""
    fields = [{"name": "chemistry", "type": "text", "title_en": "Chemistry"}]
    with writing(app.extensions["suyuan"].engine) as session:
        template = templating.create(
            session, world.ana, key="cell", name_zh="电芯", name_en="Cell", fields=fields, now=clock()
        )
        product = session.execute(select(Product).where(Product.part_number == "MOD-1")).scalar_one()
        templating.assign(session, world.ana, product, template.template_id, clock())
        return template.template_id


def _alerted(app: Flask, world: Tenants, clock: Callable[[], Any], piece: str) -> tuple[int, int]:
    """A sign of trouble with a piece of hers, and the message that tells her other system of it."""
    node, evidence = app.extensions["suyuan"], {"hours": 2.0, "sightings": []}
    with writing(node.engine) as session:
        alerting.set_target(session, world.ana, "https://siem.example.com/", "", node.keys, clock())
        signal = trouble.Signal(trouble.AFTER_END, piece, f"hdl:{piece}", clock(), evidence)
        alerting.raise_one(session, world.ana.organisation_id, signal, clock())
        (alert,), (message,) = (
            alerting.alerts(session, world.ana)[0],
            webhooks.messages(session, world.ana)[0],
        )
        return alert.id or 0, message.id or 0


def _recalled(app: Flask, world: Tenants, clock: Callable[[], Any], piece: str) -> str:
    """A recall of hers, traced."""
    engine = app.extensions["suyuan"].engine
    with writing(engine) as session:
        draft = recalling.Draft("Swollen", "they swell", [recalling.Asked("thing", piece)])
        recall_id = recalling.begin(session, world.ana, draft, clock()).id
    with reading(engine) as session:
        found = recalling.gather(session, world.ana, recall_id, clock())
    with writing(engine) as session:
        recalling.keep(session, world.ana, recall_id, found, clock())
    return recall_id


def _disclosed(app: Flask, world: Tenants, clock: Callable[[], Any]) -> int:
    """A rule of what Ana's partners are told, its id, and what one of them told her."""
    with writing(app.extensions["suyuan"].engine) as session:
        told = KeptDisclosure(
            organisation_id=world.ana.organisation_id, zone="88.118.7007", about="f" * 64, why="trace",
            statement="{}", state="verified", record_time=clock(),
        )  # fmt: skip
        session.add(told)
        return disclosing.add_rule(session, world.ana, "places", "nobody", clock()).id or 0


def _names(app: Flask, world: Tenants, clock: Callable[[], Any], piece: str) -> tuple[int, int]:
    """An alias of the piece, a second prefix, and a range for a supplier that is not Cy; the ids of the last two."""
    with writing(app.extensions["suyuan"].engine) as session:
        now = clock()
        other = masterdata.create_organisation(session, world.ana, "88.118.1003", "供应商", "Supplier", now)
        product = session.execute(select(Product).where(Product.part_number == "MOD-1")).scalar_one()
        aliasing.add(session, world.ana, piece, "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz", now)
        allotment = prefixes.allot(session, world.ana, world.ana.organisation_id, "86.122.2", now)
        told = reserving.reserve(
            session,
            world.ana,
            supplier=other.prefix,
            product_id=product.id or 0,
            start="S7-",
            quota=5,
            now=now,
        )
        return told.row.id or 0, allotment.id or 0


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
        assert of_bo < 400 or (of_bo == 403 and call.about in OF_ADMINISTRATORS), call.path
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
