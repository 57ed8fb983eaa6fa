"""A vehicle battery pack as one reader sees it: five companies, powder to vehicle maker, with all a report must show.

Held lot, correction, a supplier who does not share, an undone packing, a late entry, gaps. All names are invented.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from app.domain.provenance import Custody, Gap, Holding, Link, LogPosition, Node, Party, Place, Provenance
from tests.reports.support.chain import START, Chain

POWDER = Party("88.118.2001", "湘江正极材料有限公司", "Xiangjiang Cathode Materials")
CELL = Party("88.118.1001", "明川电芯科技股份有限公司", "Mingchuan Cell Technology")
PACK = Party("88.118.1002", "恒岳动力电池系统有限公司", "Hengyue Battery Systems")
CARRIER = Party("88.118.3001", "顺达新能源物流", "Shunda Energy Logistics")
MAKER = Party("88.118.4001", "东岚汽车集团", "Donglan Motors")
ELSEWHERE = Party("88.118.5005", "", "Nordhelm Electronics")

FURNACE = (
    POWDER,
    Place("hdl:88.118.2001/SITE-FURNACE", "长沙烧结车间", "Changsha calcination shop", POWDER.prefix),
)
CELL_LINE = CELL, Place("hdl:88.118.1001/SITE-LINE3", "溧阳电芯三线", "Liyang cell line 3", CELL.prefix)
PACK_HALL = PACK, Place("hdl:88.118.1002/SITE-HALL2", "宁波总装二车间", "Ningbo pack hall 2", PACK.prefix)
PACK_DOCK = PACK, Place("hdl:88.118.1002/SITE-DOCK4", "宁波发货口 4", "Ningbo dock 4", PACK.prefix)
ROAD = CARRIER, None

NMC = ("NMC811 正极材料粉末", "NMC811 cathode powder", "CP-811")
FILM = ("陶瓷隔膜 16 µm", "Ceramic separator film 16 µm", "SEP-16")
ROUND_CELL = ("21700 圆柱电芯 5.0 Ah", "21700 cylindrical cell 5.0 Ah", "CELL-21700")
MODULE = ("电池模组 12S4P", "Cell module 12S4P", "MOD-12S4P")
HOUSING = ("铝合金下箱体", "Aluminium lower housing", "HSG-82")
CONTROL = ("", "Battery management unit BMU-4", "BMU-4")
PRODUCT = ("动力电池包 82 kWh", "Traction battery pack 82 kWh", "PACK-82")

HOLD = "OCV drop above limit, NCR-0093"
WANG, CHEN, ZHOU, HE = "王丽 Wang Li", "陈涛 Chen Tao", "周航 Zhou Hang", "何静 He Jing"
ROOT = "ee2d599b4746937976d9a3575a7e31aa4aaef1a6f5a4e1b0d3c59b4e29c1f2ab"
CHECKPOINT = (
    "node.hengyue.example/log\n1530\n7q1Zb0dGk3l2m0V2n4xqkq7pYw9m3n8rJt5s6u7v8w8=\n\n"
    "— node.hengyue.example/log r4bP1Q0k2b9uW8wq3zHh9mB2v0y5cX1nT7s6d4f3g2h1j0kLmNpQrStUvWxYz0123456789abcdefghijkl==\n"
    "— node.mingchuan.example/witness 9dKx0Wv7u6t5s4r3q2p1o0n9m8l7k6j5i4h3g2f1e0d9c8b7a6Z5Y4X3W2V1U0T9S8R7Q6P5O4N3M2L1K0==\n"
)


def pack(modules: int = 40) -> Provenance:
    """The pack as subject: with 40 modules 60 things and 130 entries."""
    chain = Chain()
    cells = _cells(chain, _powders(chain))
    built = _modules(chain, cells, modules)
    subject = _pack(chain, built)
    pallet, custody = _shipped(chain, subject)
    _correct(chain, built[len(built) // 2])
    log = LogPosition(1534, ROOT, CHECKPOINT, 1530, chain.records[-1].seq)
    return Provenance(
        subject,
        tuple(chain.nodes),
        tuple(chain.links),
        tuple(chain.records),
        custody,
        (),
        _gaps(chain, subject, cells[0]),
        log,
        chain.clock + timedelta(hours=2),
        container=pallet,
    )


def _gaps(chain: Chain, subject: Node, cell: Node) -> tuple[Gap, ...]:
    named = {"zh": f"{subject.product_zh} {subject.serial}", "en": f"{subject.product_en} {subject.serial}"}
    to = {"zh": MAKER.name_zh, "en": MAKER.name_en}
    shipped = "{item} was shipped to {company} on {date}; its receipt is not recorded."
    origin = "{item} was partly made from something of a company that does not share this."
    missing = "{quantity} {unit} of {item} are not accounted for."
    names = {"zh": cell.product_zh, "en": cell.product_en}
    return (
        Gap("shipped-not-received", shipped, {"item": named, "company": to, "date": chain.clock}, subject.id),
        Gap("hidden-origin", origin, {"item": names}, cell.id),
        Gap("quantity-unaccounted", missing, {"quantity": Decimal("12.50"), "unit": "KGM", "item": names}),
    )


def _powders(chain: Chain) -> list[Node]:
    powders = []
    for day, turn in ((1, "A"), (1, "B"), (2, "A"), (3, "A"), (3, "B")):
        made, lot = date(2026, 3, day), f"P2603{day:02d}-{turn}"
        powder = chain.node(
            -5, "lot", POWDER, NMC, lot=lot, unit="KGM", produced_on=made, expires_on=date(2027, 3, day)
        )
        order, note = ("po", "PO-2026-0017"), ("desadv", "DN-88213")
        chain.record(
            "commission", FURNACE, powder, amount="500 KGM", references=(("prodorder", f"MO-{lot}"),)
        )
        chain.record("inspect", FURNACE, powder, result="pass", operator=CHEN)
        chain.record("ship", FURNACE, powder, amount="500 KGM", to=CELL, references=(order, note))
        chain.record(
            "receive", CELL_LINE, powder, amount="500 KGM", minutes=900, late=1490, references=(order,)
        )
        powders.append(powder)
    return powders


def _cells(chain: Chain, powders: list[Node]) -> list[Node]:
    """Four runs; the last lot fails and is held. Who made the electrolyte is not shared."""
    electrolyte = Node(-1, -5, hidden=True)
    chain.nodes.append(electrolyte)
    film = chain.node(-5, "lot", CELL, FILM, lot="S26-0417", unit="MTK", produced_on=date(2026, 2, 20))
    cells = []
    for run in range(4):
        process = chain.node(-4, "process", CELL)
        held = HOLD if run == 3 else ""
        state = "non_conformant" if held else "conformant"
        made = {"lot": f"C260305-{run + 1}", "unit": "H87", "produced_on": date(2026, 3, 5)}
        cell = chain.node(-3, "lot", CELL, ROUND_CELL, **made, held=held, disposition=state)
        for powder in powders[run : run + 2]:
            chain.link(powder, process, "consumed", "212.5 KGM")
            chain.record("consume", CELL_LINE, powder, amount="212.5 KGM", minutes=9)
        chain.link(film, process, "consumed", "1840 MTK")
        chain.link(electrolyte, process, "consumed")
        chain.link(process, cell, "produced", "4800 H87")
        chain.record("produce", CELL_LINE, cell, amount="4800 H87", minutes=240)
        result, reason = ("fail", "OCV drop above limit") if held else ("pass", "")
        chain.record("inspect", CELL_LINE, cell, result=result, reason=reason, operator=WANG)
        cells.append(cell)
    chain.record("hold", CELL_LINE, cells[3], reason=HOLD, result="hold", operator=WANG)
    order = ("po", "PO-2026-0102")
    chain.record("ship", CELL_LINE, *cells[:3], to=PACK, references=(order, ("desadv", "DN-90021")))
    chain.record("receive", PACK_HALL, *cells[:3], minutes=1200, references=(order,))
    return cells


def _modules(chain: Chain, cells: list[Node], count: int) -> list[Node]:
    built = []
    for number in range(count):
        made = {
            "serial": f"M-{number + 1:04d}",
            "produced_on": date(2026, 3, 7),
            "disposition": "in_progress",
        }
        module = chain.node(-1, "serial", PACK, MODULE, **made)
        lots = [cells[number * 3 // count]] + ([cells[3]] if number == count - 1 else [])
        for lot in lots:
            chain.link(lot, module, "assembled", "48 H87" if len(lots) == 1 else "24 H87")
        chain.record("assemble", PACK_HALL, module, lots[0], amount="48 H87", minutes=6, operator=ZHOU)
        chain.record("inspect", PACK_HALL, module, result="pass", minutes=2, operator=ZHOU)
        built.append(module)
    return built


def _pack(chain: Chain, modules: list[Node]) -> Node:
    housing = chain.node(-1, "lot", PACK, HOUSING, lot="H26-11", unit="H87", produced_on=date(2026, 2, 11))
    control = chain.node(-1, "serial", ELSEWHERE, CONTROL, serial="NX-55-0193")
    dates = {"produced_on": date(2026, 3, 8), "expires_on": date(2036, 3, 8)}
    subject = chain.node(
        0, "serial", PACK, PRODUCT, serial="HY82-260308-0017", disposition="in_transit", **dates
    )
    for module in modules:
        chain.link(module, subject, "assembled")
    chain.link(housing, subject, "assembled", "1 H87")
    chain.link(control, subject, "assembled")
    chain.record("assemble", PACK_HALL, subject, *modules, minutes=35, operator=ZHOU)
    chain.record("assemble", PACK_HALL, subject, housing, control, minutes=12, operator=ZHOU)
    chain.record(
        "inspect", PACK_HALL, subject, result="pass", operator=HE, references=(("cert", "EOL-0017"),)
    )
    return subject


def _shipped(chain: Chain, subject: Node) -> tuple[Node, tuple[Custody, ...]]:
    """Packed, unpacked again, packed anew, and on its way to the vehicle maker."""
    built = chain.clock
    first = chain.node(1, "logistic", PACK)
    second = chain.node(1, "logistic", PACK, disposition="in_transit")
    chain.link(subject, first, "packed", undone=True)
    chain.link(subject, second, "packed")
    chain.record("pack", PACK_DOCK, first, subject, minutes=60)
    chain.record(
        "unpack", PACK_DOCK, first, subject, reason="跌落指示器已触发 Drop indicator tripped", minutes=15
    )
    chain.record("pack", PACK_DOCK, second, subject, minutes=22)
    order = ("po", "PO-7001")
    shipped = chain.record(
        "ship", PACK_DOCK, second, to=CARRIER, references=(("bol", "WB-7718-01"), order)
    ).event_time
    taken = chain.record("receive", ROAD, second, minutes=95, operator="赵勇 Zhao Yong").event_time
    left = chain.record("ship", ROAD, second, to=MAKER, minutes=120, references=(order,)).event_time
    custody = (
        Custody(*PACK_HALL, built, built + timedelta(minutes=60)),
        Custody(*PACK_DOCK, built + timedelta(minutes=60), shipped),
        Custody(PACK, None, shipped, taken, in_transit=True),
        Custody(CARRIER, None, taken, left),
        Custody(CARRIER, None, left, None, in_transit=True),
    )
    return second, custody


def _correct(chain: Chain, module: Node) -> None:
    """One inspection was entered for the wrong module and is withdrawn."""
    wrong = next(n for n, r in enumerate(chain.records) if r.step == "inspect" and module.id in r.node_ids)
    chain.records[wrong] = replace(chain.records[wrong], corrected=True, result="fail")
    event = chain.records[wrong].event_id
    chain.record(
        "inspect", PACK_HALL, module, corrects=event, reason="Entered for the wrong module", minutes=4
    )
    chain.record("inspect", PACK_HALL, module, result="pass", minutes=1)


def lot() -> Provenance:
    """A cell lot as its maker sees it: what is left of it and where, and what became of the rest."""
    whole = pack(6)
    subject = next(node for node in whole.nodes if node.lot == "C260305-1")
    holdings = (
        Holding(*CELL_LINE, Decimal(3000)),
        Holding(*PACK_HALL, Decimal(1604)),
        Holding(CELL, None, Decimal(96), in_transit_to=PACK, container="hdl:88.118.1001/PALLET-9"),
    )
    return replace(whole, subject=subject, holdings=holdings, container=None, gaps=(), custody=())


def wide(count: int = 5_000) -> Provenance:
    """A powder lot and what was made of it: about `count` things in five generations, every 97th of them held."""
    chain = Chain()
    subject = chain.node(0, "lot", POWDER, NMC, lot="P1", unit="KGM")
    before = [subject]
    for depth, level, share in (
        (1, "process", 2),
        (2, "lot", 5),
        (3, "serial", 30),
        (4, "serial", 60),
        (5, "logistic", 3),
    ):
        row = []
        size = max(1, (count - 1) * share // 100)
        for place in range(size):
            owner = (POWDER, CELL, PACK)[place % (1 + depth % 3)]
            names = (
                (f"产品 {depth}", f"Product {depth}", f"PN-{depth}")
                if level in {"lot", "serial"}
                else ("", "", "")
            )
            held = "check" if place % 97 == 96 else ""
            node = chain.node(depth, level, owner, names, serial=f"S{place}" if depth > 2 else "", held=held)
            chain.links.append(
                Link(before[place * len(before) // size].id, node.id, "produced", Decimal(1), "H87")
            )
            row.append(node)
        before = row
    log = LogPosition(count, "00" * 32)
    return Provenance(subject, tuple(chain.nodes), tuple(chain.links), (), (), (), (), log, START)
