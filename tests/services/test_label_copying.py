"""Label templates, stock and calibrations come back from an export, under whatever numbers the new database gives."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.errors import Malformed
from app.services import certifying, designing, exporting, label_templates, rebuilding, stocks
from app.store.database import reading, writing
from tests.support.world import World

ORIGIN = "trace.example/log"
ROLL = {"kind": "roll", "width": 40, "height": 30}


def exported(engine: Engine, world: World, keys: Path) -> list[str]:
    with reading(engine) as session:
        return list(exporting.export(session, certifying.verifier_key(keys, ORIGIN), world.now))


def furnished(world: World) -> None:
    """A template in two versions that was put aside, one in use, two stocks and two calibrations."""
    with writing(world.engine) as session:
        ana, now = world.ana, world.tick()
        stocks.create(session, ana, "Thin", ROLL, now, nonce="thin")
        first = designing.copy(session, ana, "ready:product-70x37", "en", now, nonce="one")
        changed = first.document | {"dpi": 203}
        designing.save(session, ana, first.template_id, changed, 1, world.tick())
        designing.set_active(session, ana, first.template_id, world.tick(), active=False)
        designing.copy(session, ana, "ready:serial-10x10", "zh", world.tick())
        own = stocks.create(session, ana, "Wide", ROLL | {"width": 60}, now, nonce="wide")
        stocks.calibrate(session, ana, stocks.code_of(own), 0.5, -1, world.tick())
        stocks.calibrate(session, ana, "avery-l7160", 1, 0, world.tick())


def test_what_labels_look_like_is_the_same_after_an_export(
    world: World, keys: Path, empty_engine: Engine
) -> None:
    furnished(world)
    lines = exported(world.engine, world, keys)
    assert not [line for line in lines if '"kind":"label_' in line and world.ana.name in line]
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    assert exported(empty_engine, world, keys) == lines
    with reading(world.engine) as session, reading(empty_engine) as other:
        before, after = (stocks.stocks_of(each, world.ana) for each in (session, other))
        assert [(each.stock, each.x, each.y) for each in before] == [
            (each.stock, each.x, each.y) for each in after
        ]
        mine = [each for each in label_templates.listed(other, world.ana) if each.name]
        assert len(mine) == len(label_templates.listed(session, world.ana))


def test_numbers_go_on_behind_those_that_came_with_an_export(
    world: World, keys: Path, empty_engine: Engine
) -> None:
    furnished(world)
    lines = exported(world.engine, world, keys)
    with writing(empty_engine) as session:
        rebuilding.rebuild(session, lines)
    world.engine = empty_engine
    with writing(empty_engine) as session:
        added = stocks.create(session, world.ana, "More", ROLL, world.tick(), nonce="more")
        assert added.id is not None


def test_a_template_without_its_versions_is_refused_by_its_line(
    world: World, keys: Path, empty_engine: Engine
) -> None:
    furnished(world)
    lines = [line.replace('"versions":', '"verses":') for line in exported(world.engine, world, keys)]
    with writing(empty_engine) as session, pytest.raises(Malformed) as refused:
        rebuilding.rebuild(session, lines)
    assert refused.value.code == "bad-export"
