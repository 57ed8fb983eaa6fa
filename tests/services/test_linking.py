"""Links as rows: one default at a time whoever writes, at most so many, kept by exports, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.errors import Refused, Unknown
from app.services import certifying, exporting, linking, rebuilding
from app.services.linking import Draft
from app.store.database import engine_for, reading, writing
from app.store.migrate import migrate
from app.store.tables import DeclaredAlias, Link
from tests.support import links_world, tenants
from tests.support.links_world import Links

ROOT = "http://127.0.0.1:8000"


@pytest.fixture
def people(engine: Engine, now: datetime) -> tenants.Tenants:
    with writing(engine) as session:
        return tenants.found(session, now)


@pytest.fixture
def links(engine: Engine, people: tenants.Tenants, now: datetime) -> Links:
    with writing(engine) as session:
        return links_world.found(session, people.ana, now, ROOT)


def test_however_many_say_so_at_once_one_link_is_the_default(
    engine: Engine, people: tenants.Tenants, links: Links, now: datetime
) -> None:
    def make(number: int) -> None:
        draft = Draft("gs1:homepage", f"https://shop.example/{number}", str(number), is_default=True)
        with writing(engine) as session:
            linking.create(session, people.ana, links.bare, draft, ROOT, now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(12)))
    with reading(engine) as session:
        rows = linking.links_of(session, people.ana, links.bare)
    assert len(rows) == 12
    assert sum(row.is_default for row in rows) == 1


def test_a_thing_has_only_so_many_links(
    engine: Engine, people: tenants.Tenants, links: Links, now: datetime
) -> None:
    draft = Draft("gs1:faqs", "https://shop.example/", "FAQ")
    with writing(engine) as session:
        for _ in range(linking.MOST):
            linking.create(session, people.ana, links.bare, draft, ROOT, now)
    with pytest.raises(Refused) as caught, writing(engine) as session:
        linking.create(session, people.ana, links.bare, draft, ROOT, now)
    assert caught.value.code == "too-many-links"


def test_only_what_was_issued_to_oneself_gets_links(
    engine: Engine, people: tenants.Tenants, links: Links, now: datetime
) -> None:
    draft = Draft("gs1:faqs", "https://shop.example/", "FAQ")
    for actor, name in (
        (people.cy, links.rice),
        (people.cy, f"https://x.example/01/{links_world.RICE}"),
        (people.ana, "88.118.1001/NOBODY"),
        (people.ana, f"https://x.example/01/{links_world.RICE}/21/NOBODY"),
    ):
        with pytest.raises(Unknown), writing(engine) as session:
            linking.create(session, actor, name, draft, ROOT, now)
    with writing(engine) as session:
        row = linking.create(session, people.ana, f"(01){links_world.RICE}(21)SN-0001", draft, ROOT, now)
        assert (row.anchor, row.scope) == (links.piece, "serial")


def test_links_and_gtins_come_back_out_of_an_export(
    engine: Engine, people: tenants.Tenants, links: Links, now: datetime, tmp_path: Path
) -> None:
    def kept(of: Engine) -> list[dict[str, object]]:
        with reading(of) as session:
            found = [
                *session.execute(select(Link)).scalars(),
                *session.execute(select(DeclaredAlias)).scalars(),
            ]
            return sorted(
                (row.model_dump(exclude={"id", "organisation_id", "operator_id"}) for row in found), key=str
            )

    origin = "trace.example/log"
    with writing(engine) as session:
        certifying.checkpoint(session, tmp_path, origin, now)
    with reading(engine) as session:
        lines = list(exporting.export(session, certifying.verifier_key(tmp_path, origin), now))
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    migrate(url)
    copy = engine_for(url)
    try:
        with writing(copy) as session:
            rebuilding.rebuild(session, lines)
        assert kept(copy) == kept(engine)
        assert len(kept(copy)) > 13
    finally:
        copy.dispose()
