"""A vehicle battery pack as one reader sees it: five companies, powder to vehicle maker, with everything a report must show.

Held lot, correction, a supplier who does not share, an undone packing, a late scan, a gap. All names are invented.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.domain.provenance import (
    Custody,
    Gap,
    Holding,
    Link,
    LogPosition,
    Node,
    Party,
    Place,
    Provenance,
    Record,
)

POWDER = Party("88.118.2001", "湘江正极材料有限公司", "Xiangjiang Cathode Materials")
CELL = Party("88.118.1001", "明川电芯科技股份有限公司", "Mingchuan Cell Technology")
PACK = Party("88.118.1002", "恒岳动力电池系统有限公司", "Hengyue Battery Systems")
CARRIER = Party("88.118.3001", "顺达新能源物流", "Shunda Energy Logistics")
MAKER = Party("88.118.4001", "东岚汽车集团", "Donglan Motors")
PARTIES = (POWDER, CELL, PACK, CARRIER, MAKER)

FURNACE = Place("hdl:88.118.2001/SITE-FURNACE", "长沙烧结车间", "Changsha calcination shop", POWDER.prefix)
CELL_LINE = Place("hdl:88.118.1001/SITE-LINE3", "溧阳电芯三线", "Liyang cell line 3", CELL.prefix)
PACK_HALL = Place("hdl:88.118.1002/SITE-HALL2", "宁波总装二车间", "Ningbo pack hall 2", PACK.prefix)
PACK_DOCK = Place("hdl:88.118.1002/SITE-DOCK4", "宁波发货口 4", "Ningbo dock 4", PACK.prefix)

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KG, PCS = "KGM", "H87"
CHECKPOINT = (
    "node.hengyue.example/log\n1534\n7q1Zb0dGk3l2m0V2n4xqkq7pYw9m3n8rJt5s6u7v8w8=\n\n"
    "— node.hengyue.example/log r4bP1Q0k2b9uW8wq3zHh9mB2v0y5cX1nT7s6d4f3g2h1j0kLmNpQrStUvWxYz0123456789abcdefghijkl==\n"
    "— node.mingchuan.example/witness 9dKx0Wv7u6t5s4r3q2p1o0n9m8l7k6j5i4h3g2f1e0d9c8b7a6Z5Y4X3W2V1U0T9S8R7Q6P5O4N3M2L1K0==\n"
)


class Chain:
    """Collects nodes, links and records with their numbers."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.links: list[Link] = []
        self.records: list[Record] = []
        self.clock = START

    def node(
        self, depth: int, level: str, owner: Party, zh: str = "", en: str = "", part: str = "", **more: object
    ) -> Node:
        number = len(self.nodes) + 1
        epc = (
            f"hdl:{owner.prefix}/{_token(number)}"
            if level != "process"
            else f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
        )
        node = Node(number, depth, epc, level, zh, en, part, owner=owner, lifecycle="active", **more)  # type: ignore[arg-type]
        self.nodes.append(node)
        return node

    def link(
        self,
        source: Node,
        target: Node,
        kind: str,
        quantity: str = "",
        unit: str = "",
        *,
        undone: bool = False,
    ) -> None:
        self.links.append(
            Link(source.id, target.id, kind, Decimal(quantity) if quantity else None, unit, undone)
        )

    def record(
        self,
        step: str,
        party: Party,
        place: Place | None,
        *nodes: Node,
        minutes: int = 47,
        late: int = 1,
        **more: object,
    ) -> Record:
        self.clock += timedelta(minutes=minutes)
        seq = 400 + 3 * len(self.records)
        quantity = more.pop("quantity", "")
        record = Record(
            seq,
            f"urn:uuid:10000000-0000-4000-8000-{seq:012d}",
            step,
            self.clock,
            self.clock + timedelta(minutes=late),
            party,
            place,
            str(more.pop("operator", "李敏 Li Min")),
            tuple(node.id for node in nodes),
            Decimal(str(quantity)) if quantity else None,
            **more,  # type: ignore[arg-type]
        )
        self.records.append(record)
        return record


def _token(number: int) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    value, text = (number * 0x9E3779B97F4A7C15) % 2**64, ""
    for _ in range(13):
        text, value = text + alphabet[value % 32], value // 32
    return "7Q2" + text


def pack(modules: int = 24) -> Provenance:
    """The pack, some 60 things and 120 entries with 24 modules."""
    chain = Chain()
    cells = _cells(chain)
    built = _modules(chain, cells, modules)
    subject = _pack(chain, built)
    pallet, custody = _shipped(chain, subject)
    records = _corrected(chain, built)
    gaps = (
        Gap("shipped-not-received", "{item} was shipped to {company} on {date}; its receipt is not recorded.",
            {"item": {"zh": "动力电池包 HY82-260307-0017", "en": "Traction battery pack HY82-260307-0017"},
             "company": {"zh": MAKER.name_zh, "en": MAKER.name_en}, "date": chain.clock}, subject.id),
        Gap("hidden-origin", "{item} was partly made from something of a company that does not share this.",
            {"item": {"zh": cells[0].product_zh, "en": cells[0].product_en}}, cells[0].id),
        Gap("quantity-unaccounted", "{quantity} {unit} of {item} are not accounted for.",
            {"quantity": Decimal("12.50"), "unit": KG, "item": {"zh": "粉末", "en": "Powder"}}),
    )  # fmt: skip
    log = LogPosition(
        1534,
        "ee2d599b4746937976d9a3575a7e31aa4aaef1a6f5a4e1b0d3c59b4e29c1f2ab",
        CHECKPOINT,
        1530,
        records[-1].seq,
    )
    return Provenance(subject, tuple(chain.nodes), tuple(chain.links), tuple(records), custody, (), gaps, log,
                      chain.clock + timedelta(hours=2), container=pallet)  # fmt: skip


def _cells(chain: Chain) -> list[Node]:
    """Powder lots into cell lots, four runs; the last lot fails and is held. The electrolyte's maker shares nothing."""
    powders = [
        chain.node(-5, "lot", POWDER, "NMC811 正极材料粉末", "NMC811 cathode powder", "CP-811", lot=f"P2603{day:02d}-{turn}", unit=KG,
                   produced_on=date(2026, 3, day), expires_on=date(2027, 3, day))
        for day, turn in ((1, "A"), (1, "B"), (2, "A"), (3, "A"), (3, "B"))
    ]  # fmt: skip
    electrolyte = Node(900, -5, hidden=True)
    chain.nodes.append(electrolyte)
    film = chain.node(
        -5,
        "lot",
        CELL,
        "陶瓷隔膜 16 µm",
        "Ceramic separator film 16 µm",
        "SEP-16",
        lot="S26-0417",
        unit="MTK",
        produced_on=date(2026, 2, 20),
    )
    for powder in powders:
        chain.record(
            "commission",
            POWDER,
            FURNACE,
            powder,
            quantity=500,
            unit=KG,
            references=(("prodorder", f"MO-{powder.lot}"),),
        )
        chain.record("inspect", POWDER, FURNACE, powder, result="pass", operator="陈涛 Chen Tao")
        chain.record(
            "ship",
            POWDER,
            FURNACE,
            powder,
            quantity=500,
            unit=KG,
            to=CELL,
            references=(("po", "PO-2026-0017"), ("desadv", "DN-88213")),
        )
        chain.record(
            "receive",
            CELL,
            CELL_LINE,
            powder,
            quantity=500,
            unit=KG,
            minutes=900,
            late=190,
            references=(("po", "PO-2026-0017"),),
        )
    cells = []
    for run in range(4):
        process = chain.node(-4, "process", CELL)
        held = "OCV drop above limit, NCR-0093" if run == 3 else ""
        cell = chain.node(-3, "lot", CELL, "21700 圆柱电芯 5.0 Ah", "21700 cylindrical cell 5.0 Ah", "CELL-21700", lot=f"C260305-{run + 1}",
                          unit=PCS, produced_on=date(2026, 3, 5), held=held, disposition="non_conformant" if held else "conformant")  # fmt: skip
        used = powders[run : run + 2]
        for powder in used:
            chain.link(powder, process, "consumed", "212.5", KG)
            chain.record("consume", CELL, CELL_LINE, powder, quantity="212.5", unit=KG, minutes=9)
        chain.link(film, process, "consumed", "1840", "MTK")
        chain.link(electrolyte, process, "consumed")
        chain.link(process, cell, "produced", "4800", PCS)
        chain.record("produce", CELL, CELL_LINE, cell, quantity=4800, unit=PCS, minutes=240)
        chain.record(
            "inspect",
            CELL,
            CELL_LINE,
            cell,
            result="fail" if held else "pass",
            reason="OCV drop above limit" if held else "",
            operator="王丽 Wang Li",
        )
        cells.append(cell)
    chain.record(
        "hold",
        CELL,
        CELL_LINE,
        cells[3],
        reason="OCV drop above limit, NCR-0093",
        result="hold",
        operator="王丽 Wang Li",
    )
    chain.record(
        "ship",
        CELL,
        CELL_LINE,
        *cells[:3],
        to=PACK,
        references=(("po", "PO-2026-0102"), ("desadv", "DN-90021")),
    )
    chain.record("receive", PACK, PACK_HALL, *cells[:3], minutes=1200, references=(("po", "PO-2026-0102"),))
    return cells


def _modules(chain: Chain, cells: list[Node], count: int) -> list[Node]:
    built = []
    for number in range(count):
        module = chain.node(-1, "serial", PACK, "电池模组 12S4P", "Cell module 12S4P", "MOD-12S4P", serial=f"M-{number + 1:04d}",
                            produced_on=date(2026, 3, 7), disposition="in_progress")  # fmt: skip
        lots = [cells[number * 3 // count]] + ([cells[3]] if number == count - 1 else [])
        for lot in lots:
            chain.link(lot, module, "assembled", "48" if len(lots) == 1 else "24", PCS)
        chain.record(
            "assemble",
            PACK,
            PACK_HALL,
            module,
            lots[0],
            quantity=48,
            unit=PCS,
            minutes=6,
            operator="周航 Zhou Hang",
        )
        chain.record("inspect", PACK, PACK_HALL, module, result="pass", minutes=2, operator="周航 Zhou Hang")
        built.append(module)
    return built


def _pack(chain: Chain, modules: list[Node]) -> Node:
    supplier = Party("88.118.5005", "", "Nordhelm Electronics")
    housing = chain.node(
        -1,
        "lot",
        PACK,
        "铝合金下箱体",
        "Aluminium lower housing",
        "HSG-82",
        lot="H26-11",
        unit=PCS,
        produced_on=date(2026, 2, 11),
    )
    control = chain.node(
        -1, "serial", supplier, "", "Battery management unit BMU-4", "BMU-4", serial="NX-55-0193"
    )
    subject = chain.node(0, "serial", PACK, "动力电池包 82 kWh", "Traction battery pack 82 kWh", "PACK-82", serial="HY82-260307-0017",
                         produced_on=date(2026, 3, 7), expires_on=date(2036, 3, 7), disposition="in_transit")  # fmt: skip
    for module in modules:
        chain.link(module, subject, "assembled")
    chain.link(housing, subject, "assembled", "1", PCS)
    chain.link(control, subject, "assembled")
    chain.record("assemble", PACK, PACK_HALL, subject, *modules, minutes=35, operator="周航 Zhou Hang")
    chain.record(
        "assemble", PACK, PACK_HALL, subject, housing, control, minutes=12, operator="周航 Zhou Hang"
    )
    chain.record(
        "inspect",
        PACK,
        PACK_HALL,
        subject,
        result="pass",
        operator="何静 He Jing",
        references=(("cert", "EOL-0017"),),
    )
    return subject


def _shipped(chain: Chain, subject: Node) -> tuple[Node, tuple[Custody, ...]]:
    first = chain.node(1, "logistic", PACK)
    second = chain.node(1, "logistic", PACK, disposition="in_transit")
    chain.link(subject, first, "packed", undone=True)
    chain.link(subject, second, "packed")
    chain.record("pack", PACK, PACK_DOCK, first, subject, minutes=60)
    chain.record(
        "unpack",
        PACK,
        PACK_DOCK,
        first,
        subject,
        reason="跌落指示器已触发 Drop indicator tripped",
        minutes=15,
    )
    chain.record("pack", PACK, PACK_DOCK, second, subject, minutes=22)
    made, shipped = chain.clock - timedelta(hours=5), chain.clock + timedelta(minutes=47)
    chain.record(
        "ship", PACK, PACK_DOCK, second, to=CARRIER, references=(("bol", "WB-7718-01"), ("po", "PO-7001"))
    )
    chain.record("receive", CARRIER, None, second, minutes=95, operator="赵勇 Zhao Yong")
    taken = chain.clock
    chain.record("ship", CARRIER, None, second, to=MAKER, minutes=120, references=(("po", "PO-7001"),))
    custody = (
        Custody(PACK, PACK_HALL, made, made + timedelta(hours=4)),
        Custody(PACK, PACK_DOCK, made + timedelta(hours=4), shipped),
        Custody(PACK, None, shipped, taken, in_transit=True),
        Custody(CARRIER, None, taken, chain.clock),
        Custody(CARRIER, None, chain.clock, None, in_transit=True),
    )
    return second, custody


def _corrected(chain: Chain, modules: list[Node]) -> list[Record]:
    """One inspection was entered for the wrong module and withdrawn."""
    wrong = next(
        i for i, r in enumerate(chain.records) if r.step == "inspect" and modules[4].id in r.node_ids
    )
    chain.records[wrong] = replace(chain.records[wrong], corrected=True, result="fail")
    chain.record(
        "inspect",
        PACK,
        PACK_HALL,
        modules[4],
        corrects=chain.records[wrong].event_id,
        reason="Entered for the wrong module",
        minutes=4,
    )
    chain.record("inspect", PACK, PACK_HALL, modules[4], result="pass", minutes=1)
    return chain.records


def lot() -> Provenance:
    """A cell lot as its maker sees it: what is left of it and where, and what became of the rest."""
    whole = pack(6)
    subject = next(node for node in whole.nodes if node.lot == "C260305-1")
    holdings = (
        Holding(CELL, CELL_LINE, Decimal(3000)),
        Holding(PACK, PACK_HALL, Decimal(1604)),
        Holding(CELL, None, Decimal(100), in_transit_to=PACK, container="hdl:88.118.1001/PALLET-9"),
    )
    return replace(whole, subject=subject, holdings=holdings, container=None, gaps=(), custody=())


def wide(count: int = 5_000) -> Provenance:
    """A powder lot and everything made of it: `count` things in five generations."""
    nodes = [
        Node(1, 0, "hdl:88.118.2001/LOT", "lot", "粉末", "Powder", "CP", lot="P1", unit=KG, owner=POWDER)
    ]
    links: list[Link] = []
    previous, number = [1], 2
    for depth, share in ((1, 0.02), (2, 0.05), (3, 0.3), (4, 0.6), (5, 0.03)):
        row = []
        for place in range(max(1, int((count - 1) * share))):
            owner = PARTIES[place % (1 + depth % 3)]
            level = (
                "process" if depth == 1 else "lot" if depth == 2 else "serial" if depth < 5 else "logistic"
            )
            name = f"Product {depth}" if level not in {"process", "logistic"} else ""
            nodes.append(Node(number, depth, f"hdl:{owner.prefix}/{number}", level, name, name, f"PN-{depth}", serial=f"S{number}", owner=owner,
                              held="check" if place % 97 == 96 else ""))  # fmt: skip
            links.append(
                Link(
                    previous[place * len(previous) // max(1, int((count - 1) * share))],
                    number,
                    "produced",
                    Decimal(1),
                    PCS,
                )
            )
            row.append(number)
            number += 1
        previous = row
    while len(nodes) < count:
        nodes.append(
            Node(
                number,
                3,
                f"hdl:{CELL.prefix}/{number}",
                "serial",
                "其他",
                "Other",
                "PN-X",
                serial=f"S{number}",
                owner=CELL,
            )
        )
        links.append(Link(1, number, "consumed", Decimal(2), KG))
        number += 1
    log = LogPosition(count, "00" * 32)
    return Provenance(nodes[0], tuple(nodes), tuple(links), (), (), (), (), log, START)
