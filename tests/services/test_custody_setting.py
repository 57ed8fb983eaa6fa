"""A company that judges a rule otherwise is warned, or left in peace, or refused; others and the log are not touched."""

from app.services import custody_setting
from app.services.verifying import verify_log
from app.store.database import reading, writing
from tests.support.world import World


def judge(world: World, code: str, verdict: str, step: str = "", *, by: str = "ana") -> None:
    with writing(world.engine) as session:
        custody_setting.put(session, world.who(by), code, step, verdict, world.now)


def sound(world: World) -> bool:
    with reading(world.engine) as session:
        return verify_log(session, []).sound


def test_more_than_there_was_is_consumed_with_a_warning_where_the_company_says_so(world: World) -> None:
    lot = world.lot("powder", "P-1", 10)
    assert world.scan("scrap", lot, quantity=12).code == "not-enough"
    judge(world, "not-enough", "warn", "scrap")
    warned = world.scan("scrap", lot, quantity=12)
    assert (warned.colour, warned.code) == ("amber", "not-enough")
    assert world.stock(lot) == {}
    other = world.lot("powder", "P-2", 10)
    assert world.scan("ship", other, quantity=12, destination="88.118.3003").colour == "red"
    assert sound(world)


def test_a_warning_can_be_silenced_or_made_a_refusal(sqlite_world: World) -> None:
    world = sqlite_world
    piece = world.piece()
    assert world.scan("inspect", piece, at="store", result="pass").code == "elsewhere"
    judge(world, "elsewhere", "off")
    assert world.scan("inspect", piece, at="plant", result="pass").colour == "green"
    judge(world, "elsewhere", "refuse", "inspect")
    refused = world.scan("inspect", piece, at="store", result="pass")
    assert (refused.colour, refused.code) == ("red", "elsewhere")
    assert world.scan("move", piece, at="store").colour == "green"
    assert sound(world)


def test_what_one_company_lets_be_another_is_refused(sqlite_world: World) -> None:
    world = sqlite_world
    judge(world, "not-enough", "warn", by="ana")
    lot = world.lot("powder", "P-1", 10)
    world.do("ship", lot, quantity=5, destination="88.118.3003")
    world.do("receive", lot, by="dee", at="dock", quantity=5)
    assert world.scan("scrap", lot, by="dee", at="dock", quantity=6).colour == "red"
    assert world.scan("scrap", lot, quantity=6).colour == "amber"
