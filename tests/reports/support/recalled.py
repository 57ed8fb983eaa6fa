"""A recall as its report shows it: a faulty cell lot, the packs that hold it, four customers; and one of any size."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.balance import Difference, MassBalance
from app.domain.provenance import LogPosition, Place, Source
from app.domain.quality import Incomplete, Score
from app.domain.recalls import (
    Affected,
    Amount,
    Consignment,
    Document,
    Item,
    MockRecall,
    Notice,
    Recall,
    Reported,
    SignOff,
    Step,
    Stock,
    Suspect,
)
from reports.recall import Case
from tests.reports.support.battery import (
    CARRIER,
    CELL,
    CELL_LINE,
    CHECKPOINT,
    ELSEWHERE,
    HOLD,
    MAKER,
    PACK,
    PACK_DOCK,
    PACK_HALL,
    POWDER,
    ROOT,
)

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SHOWROOM = Place("hdl:88.118.4001/SITE-CQ", "重庆总装厂", "Chongqing plant", MAKER.prefix)
LOG = LogPosition(1534, ROOT, CHECKPOINT, 1530, 1533)


def item(number: int, role: str = "downstream", level: str = "lot", **more: object) -> Item:
    named = {
        "lot": {"product_zh": "21700 圆柱电芯 5.0 Ah", "product_en": "21700 cylindrical cell 5.0 Ah", "lot": f"C2603-{number:05d}"},
        "serial": {"product_zh": "动力电池包 82 kWh", "product_en": "Traction battery pack 82 kWh", "serial": f"HY82-{number:05d}"},
        "logistic": {},
    }[level]  # fmt: skip
    values = {"unit": "H87", "quantity": Decimal(4800), "owner": CELL} if level == "lot" else {"owner": PACK}
    epc = f"hdl:88.118.1001/7Q2K9XW4M3{level[:2].upper()}{number:05d}"
    known = {"depth": 0 if role == "suspect" else 1, "disposition": "in_progress", "lifecycle": "active"}
    return Item(epc, role, level, **{**named, **values, **known, **more})  # type: ignore[arg-type]


def case(*, exercise: bool = False) -> Case:
    """All sections filled, nothing of it long."""
    suspect = item(4, "suspect", held=HOLD, ours=True, held_seq=1402)
    powder = item(90, "upstream", product_zh="NMC811 正极材料粉末", product_en="NMC811 cathode powder", lot="P260301-A", unit="KGM",
                  quantity=Decimal("212.5"), owner=POWDER, depth=-1)  # fmt: skip
    packs = tuple(
        item(number, level="serial", held=HOLD if number < 3 else "", held_seq=1403 + number, depth=2)
        for number in range(6)
    )
    pallet = item(70, "shared", "logistic", depth=3)
    stock = (
        Stock(suspect, CELL, CELL_LINE[1], Decimal(3000), "H87"),
        Stock(suspect, PACK, PACK_HALL[1], Decimal(1604), "H87"),
        Stock(suspect, CELL, None, Decimal(96), "H87", to=PACK, container="hdl:88.118.1001/PALLET-9"),
        Stock(packs[0], PACK, PACK_DOCK[1], Decimal(1), "H87"),
        Stock(packs[1], MAKER, SHOWROOM, Decimal(1), "H87", container=pallet.epc),
    )
    affected = Affected(
        suspects=(suspect,), lots=(suspect, powder), serials=packs, containers=(pallet,),
        withdrawn=(item(99, "withdrawn"),), stock=stock, consignments=_consignments(suspect, packs), as_of=NOW, log=LOG,
    )  # fmt: skip
    recall = Recall(
        "0b1c2d3e4f", "R-2026-0007", "OCV 跌落超限 OCV drop above limit", HOLD, "open", "both", CELL, NOW - timedelta(hours=3), "王丽 Wang Li",
        (Suspect("thing", suspect.epc, title_zh="电芯批次 C2603-00004", title_en="Cell lot C2603-00004"),
         Suspect("machine", "hdl:88.118.1001/SITE-LINE3", NOW - timedelta(days=15), NOW - timedelta(days=14), title_zh="三线", title_en="Line 3")),
        affected, _notices(), _mock() if exercise else None, _sources(), _trail(),
    )  # fmt: skip
    return Case(recall, _balances(suspect, powder), _scores())


def _consignments(lot: Item, packs: tuple[Item, ...]) -> tuple[Consignment, ...]:
    order, note = ("po", "PO-2026-0102"), ("desadv", "DN-90021")
    return (
        Consignment(PACK, CELL, lot, Decimal(1700), "H87", NOW - timedelta(days=12), (order, note), place=PACK_HALL[1],
                    received=NOW - timedelta(days=11)),
        Consignment(ELSEWHERE, CELL, lot, Decimal(100), "H87", NOW - timedelta(days=9), (("inv", '=HYPERLINK("x")'),), returned=Decimal(40)),
        Consignment(MAKER, PACK, packs[1], Decimal(1), "H87", NOW - timedelta(days=4), (("bol", "WB-7718-01"),),
                    container="hdl:88.118.1002/PALLET-2", steps=2),
        Consignment(CARRIER, PACK, packs[2], Decimal(1), "H87", NOW - timedelta(days=3), (), steps=2, received=NOW - timedelta(days=2)),
    )  # fmt: skip


def _notices() -> tuple[Notice, ...]:
    told = NOW - timedelta(hours=2)
    return (
        Notice(PACK, "responded", (Reported("H87", Decimal(1700), Decimal(1604), None, Decimal(96)),), "phone", "陈涛 Chen Tao",
               NOW + timedelta(hours=2), told, told + timedelta(minutes=40), "Quarantined in hall 2", "王丽 Wang Li", told),
        Notice(ELSEWHERE, "silent", (Reported("H87", Decimal(100)),), "e-mail", "quality@nordhelm.example", NOW - timedelta(hours=1), told),
        Notice(MAKER, "notified", (Reported("H87", Decimal(1)),), "portal", "", NOW - timedelta(minutes=5), told, steps=2),
        Notice(CARRIER, "open", (Reported("H87", Decimal(1)),), steps=2),
    )  # fmt: skip


def _mock() -> MockRecall:
    begun = NOW - timedelta(hours=3)
    return MockRecall(
        begun, begun + timedelta(hours=1, minutes=12, seconds=5),
        (Amount("H87", Decimal(4800), Decimal(4740)), Amount("KGM", Decimal("212.5"), Decimal("212.5"))),
        (Document("po", "PO-2026-0102", ("urn:uuid:1", "urn:uuid:2")), Document("cert", "EOL-0017", ("urn:uuid:3",))),
        4.2, 3100.0, "60 cells were used up in start-up; counted by hand.",
        (SignOff("王丽 Wang Li", "Quality manager", NOW, "Repeat in September"),),
    )  # fmt: skip


def _sources() -> tuple[Source, ...]:
    return (
        Source(PACK, "told", "verified", "", 6, 12, 40, 0.21, NOW, LOG),
        Source(ELSEWHERE, "silent", asked=1),
    )


def _trail() -> tuple[Step, ...]:
    begun = NOW - timedelta(hours=3)
    return (
        Step("started", begun, "王丽 Wang Li", HOLD),
        Step("traced", begun + timedelta(seconds=4), "王丽 Wang Li", count=10),
        Step("held", begun + timedelta(minutes=3), "王丽 Wang Li", HOLD, 7),
        Step("notified", begun + timedelta(hours=1), "陈涛 Chen Tao", "", 3),
    )


def _balances(suspect: Item, powder: Item) -> tuple[MassBalance, ...]:
    totals = {"produced": Decimal(4800), "shipped": Decimal(1800), "consumed": Decimal(0)}
    gone = Difference(
        "gone",
        Decimal(60),
        {"quantity": Decimal(60), "unit": "H87", "step": "move", "time": NOW},
        "urn:uuid:9",
    )
    waiting = Difference(
        "not-received",
        Decimal(96),
        {"quantity": Decimal(96), "unit": "H87", "party": PACK.prefix},
        waiting=True,
    )
    bought = {"received": Decimal(500), "consumed": Decimal("487.5"), "samples": Decimal("0.5")}
    return (
        MassBalance(suspect.epc, CELL.prefix, "H87", totals, Decimal(2940), differences=(gone, waiting)),
        MassBalance(powder.epc, CELL.prefix, "KGM", bought, Decimal(12)),
    )


def _scores() -> tuple[Score, ...]:
    return (
        Score("receive", 12, 10, {"document": 12, "source": 12}, {"document": 10, "source": 12}, (Incomplete(7, "urn:uuid:7", "receive", ("document",)),)),
        Score("ship", 8, 8, {"document": 8}, {"document": 8}),
    )  # fmt: skip


def large(lots: int) -> Case:
    """So many lots, each in stock and each shipped to one of forty customers."""
    things = tuple(item(number, "suspect" if not number else "downstream") for number in range(lots))
    days = [NOW - timedelta(days=number % 90) for number in range(lots)]
    parties = [
        type(MAKER)(f"88.118.{6000 + number}", f"客户 {number}", f"Customer {number}") for number in range(40)
    ]
    sent = tuple(
        Consignment(parties[number % 40], CELL, thing, Decimal(100 + number), "H87", days[number], (("po", f"PO-{number}"),), received=days[number])
        for number, thing in enumerate(things)
    )  # fmt: skip
    stock = tuple(Stock(thing, CELL, CELL_LINE[1], Decimal(7), "H87") for thing in things)
    whole = case().recall
    affected = Affected(things[:1], things, stock=stock, consignments=sent, as_of=NOW, log=LOG)
    totals = {"produced": Decimal(4800), "shipped": Decimal(4793)}
    balances = tuple(MassBalance(thing.epc, CELL.prefix, "H87", totals, Decimal(7)) for thing in things)
    values = {name: getattr(whole, name) for name in type(whole).__dataclass_fields__}
    return Case(Recall(**(values | {"affected": affected})), balances, case().scores)
