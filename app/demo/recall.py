"""A recall of the worked chain: cells of one lot swell. What it reaches is found, stopped, told of; and an exercise."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.demo.chain import Goods
from app.demo.floor import Floor
from app.domain.people import Actor
from app.domain.recalls import Reported
from app.services import balancing, qualifying, recalling
from app.services.recalling import Asked, Change, Draft, exercising, stopping
from app.settings import Settings
from app.store import database, items
from app.translating import gettext_in

if TYPE_CHECKING:
    from reports.recall import Case

COMPANY = "packs"
FAULTY = (8, 17, 20)  # lots of cells: of the first all was shipped, some of the last is left
PRACTISED = 3
REASON = "循环后鼓胀 Swelling after cycling"
ZONE = ZoneInfo("Asia/Shanghai")


def run(floor: Floor, goods: Goods) -> str:
    """The recall of the faulty lot by the maker of the packs, half way; its id. And an exercise, signed."""
    manager = floor.people[COMPANY]
    suspects = [Asked("thing", floor.code(goods.cells[number])) for number in FAULTY]
    draft = Draft("电芯鼓胀 Swollen cells", REASON, suspects, "both")
    recall = _begun(floor, manager, draft)
    with database.writing(floor.engine) as session:
        stopping.all_at_once(session, manager, recall, REASON, floor.now, held=True)
        recalling.notify_all(
            session, manager, recall, "phone", datetime.now(UTC) + timedelta(hours=24), floor.now
        )
    floor.wait(hours=2)
    with database.writing(floor.engine) as session:
        told = recalling.recall_of(session, manager, recall, full=False)
        answer = Change(
            "responded", "phone", note="已隔离 Set apart", amounts=_on_hand(told.notices[0].amounts)
        )
        recalling.change(session, manager, recall, told.notices[0].party.prefix, answer, floor.now)
    _practise(floor, goods)
    return recall


def _on_hand(amounts: Iterable[Reported]) -> dict[str, dict[str, Decimal | None]]:
    return {part.unit: {"on_hand": part.sent} for part in amounts}


def _begun(floor: Floor, manager: Actor, draft: Draft) -> str:
    with database.writing(floor.engine) as session:
        recall = recalling.begin(session, manager, draft, floor.now).id
    with database.reading(floor.engine) as session:
        found = recalling.gather(session, manager, recall, floor.now)
    with database.writing(floor.engine) as session:
        recalling.keep(session, manager, recall, found, floor.now)
    return recall


def _practise(floor: Floor, goods: Goods) -> None:
    manager = floor.people[COMPANY]
    reason = "年度演练 Yearly exercise"
    draft = Draft(
        "召回演练 Mock recall, lot C260004",
        reason,
        [Asked("thing", floor.code(goods.cells[PRACTISED]))],
        "both",
        mock=True,
    )
    recall = _begun(floor, manager, draft)
    floor.wait(minutes=38)
    with database.writing(floor.engine) as session:
        exercising.finish(session, manager, recall, {}, "", floor.now)
        exercising.sign(session, manager, recall, "质量经理 Quality manager", "", floor.now)


def write(floor: Floor, recall: str, settings: Settings, out: Path) -> None:
    """Its documents: `recall.pdf` in Chinese and `recall.xlsx` in English."""
    from app.jobreports import faces
    from labels import fonts
    from reports.asked import Asked as By
    from reports.reader import Reader
    from reports.recall import document, sheets

    case = _case(floor, recall)
    by = By(floor.people[COMPANY].name, datetime.now(UTC), "DEMO-R-118", settings.base_url)
    chinese, english = (Reader(language, gettext_in(language), ZONE) for language in ("zh", "en"))
    (out / "recall.pdf").write_bytes(document.pdf(case, chinese, by, cut=fonts.cut, faces=faces()))
    sheets.write(case, english, by, out / "recall.xlsx", lambda _done, _total: None)


def _case(floor: Floor, recall: str) -> "Case":
    from reports.recall import Case

    manager = floor.people[COMPANY]
    with database.reading(floor.engine) as session:
        told = recalling.recall_of(session, manager, recall)
        lots = items.of_epcs(session, [item.epc for item in told.affected.lots])
        balances = balancing.balances_of(session, manager, [lot.id or 0 for lot in lots.values()])
        scores = qualifying.of_things(session, manager, [item.epc for item in told.affected.items])
    return Case(told, tuple(balances.values()), scores)
