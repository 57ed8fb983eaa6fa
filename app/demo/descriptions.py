"""What the companies of the worked chain say of their products: templates in both languages, and the values."""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """A template of one company, and the part numbers that have it."""

    company: str
    key: str
    zh: str
    en: str
    industry: str
    parts: tuple[str, ...]
    fields: tuple[Row, ...]


def _field(name: str, zh: str, en: str, kind: str = "decimal", unit: str = "", **more: Any) -> Row:
    return {"name": name, "title_zh": zh, "title_en": en, "type": kind, "unit": unit} | more


def _choices(*rows: tuple[str, str, str]) -> list[Row]:
    return [{"value": value, "title_zh": zh, "title_en": en} for value, zh, en in rows]


CATHODES = _choices(
    ("NCM811", "镍钴锰酸锂 811", "Lithium nickel manganese cobalt oxide 811"),
    ("NCM622", "镍钴锰酸锂 622", "Lithium nickel manganese cobalt oxide 622"),
    ("LFP", "磷酸铁锂", "Lithium iron phosphate"),
)
COOLING = _choices(("liquid", "液冷板", "Liquid cold plate"), ("air", "风冷", "Air"))
COLOURS = _choices(("white", "雪域白", "Snow white"), ("blue", "深海蓝", "Deep sea blue"))
PUBLIC, PARTNERS, PRIVATE = (
    {"visibility": "public"},
    {"visibility": "partners"},
    {"visibility": "private"},
)
NEEDED: Row = {"required": True}
FOUND: Row = {"searchable": True}

TEMPLATES = (
    Described(
        "powder", "cathode_powder", "正极材料批次", "Cathode powder lot", "C3985", ("NCM811-A", "NCM622-B", "LFP-C"),
        (
            _field("cathode", "正极体系", "Cathode", "choice", choices=CATHODES, **NEEDED, **FOUND),
            _field("composition", "主要成分", "Composition", "text", max_length=200, **NEEDED),
            _field("specific_capacity", "克容量", "Specific capacity", unit="mAh/g", minimum=50, maximum=300),
            _field("particle_size", "粒径 D50", "Particle size D50", unit="µm", minimum=0),
            _field("tap_density", "振实密度", "Tap density", unit="g/cm³", minimum=0),
            _field("moisture", "水分", "Moisture", "integer", "ppm", minimum=0, **PARTNERS),
            _field("lithium_source", "锂源产地", "Origin of the lithium", "text", **PARTNERS),
            _field("price", "单价", "Price", unit="元/kg", **PRIVATE),
        ),
    ),
    Described(
        "cells", "lithium_cell", "锂离子电芯批次", "Lithium-ion cell lot", "C3841", ("CELL-52", "CELL-105"),
        (
            _field("cathode", "正极体系", "Cathode", "choice", choices=CATHODES, **NEEDED, **FOUND),
            _field("rated_capacity", "额定容量", "Rated capacity", unit="Ah", minimum=0, **NEEDED),
            _field("nominal_voltage", "标称电压", "Nominal voltage", unit="V", minimum=1, maximum=5, **NEEDED),
            _field("mass", "质量", "Mass", "integer", "g", minimum=1),
            _field("cycle_life", "循环寿命（容量保持 80%）", "Cycle life to 80 % capacity", "integer", minimum=0),
            _field("carbon_footprint", "碳足迹", "Carbon footprint", unit="kgCO₂e/kWh", minimum=0),
            _field("cathode_lots", "正极材料批次", "Cathode powder lots", "identifier", many=True, **FOUND),
            _field("transport_test", "UN 38.3 运输试验通过", "Passed UN 38.3 transport tests", "boolean"),
            _field("formation_recipe", "化成工艺号", "Formation recipe", "text", **PRIVATE),
        ),
    ),
    Described(
        "packs", "battery_module", "电池模组", "Battery module", "C3841", ("MOD-12S", "MOD-8S"),
        (
            _field("cells_in_series", "串数", "Cells in series", "integer", minimum=1, maximum=200, **NEEDED),
            _field("nominal_voltage", "标称电压", "Nominal voltage", unit="V", minimum=1, **NEEDED),
            _field("torque", "端子扭矩", "Terminal torque", unit="N·m", minimum=0, **PARTNERS),
        ),
    ),
    Described(
        "packs", "battery_pack", "动力电池包", "Traction battery pack", "C3841", ("PACK-60", "PACK-80"),
        (
            _field("energy", "额定能量", "Rated energy", unit="kWh", minimum=1, maximum=500, **NEEDED),
            _field("nominal_voltage", "标称电压", "Nominal voltage", unit="V", minimum=1, **NEEDED),
            _field("cathode", "正极体系", "Cathode", "choice", choices=CATHODES, **NEEDED, **FOUND),
            _field("cooling", "冷却方式", "Cooling", "choice", choices=COOLING),
            _field("protection", "防护等级", "Ingress protection", "text", pattern="IP[0-6X][0-9X]K?"),
            _field("lowest_temperature", "最低工作温度", "Lowest working temperature", "integer", "°C"),
            _field("highest_temperature", "最高工作温度", "Highest working temperature", "integer", "°C"),
            _field("recycled_cobalt", "再生钴含量", "Recycled cobalt", unit="%", minimum=0, maximum=100),
            _field("manual", "拆解说明", "Dismantling manual", "url"),
            _field("firmware", "固件版本", "Firmware", "text", **PARTNERS),
            _field("target_cost", "目标成本", "Target cost", "integer", "元", **PRIVATE),
        ),
    ),
    Described(
        "vehicles", "vehicle", "纯电动汽车", "Battery electric vehicle", "C3612", ("EV-C1",),
        (
            _field("model_year", "年款", "Model year", "integer", minimum=2020, maximum=2100, **NEEDED),
            _field("colour", "车身颜色", "Colour", "choice", choices=COLOURS),
            _field("range", "续驶里程（CLTC）", "Range (CLTC)", "integer", "km", minimum=0),
            _field("power", "电机峰值功率", "Peak motor power", "integer", "kW", minimum=0),
        ),
    ),
)  # fmt: skip
VALUES: dict[str, dict[str, Any]] = {
    "NCM811-A": {
        "cathode": "NCM811", "composition": "LiNi0.8Co0.1Mn0.1O2 ≥ 99.5 %", "specific_capacity": 200.5,
        "particle_size": 10.8, "tap_density": 2.52, "moisture": 280, "lithium_source": "江西宜春 Yichun, Jiangxi",
        "price": 168.5,
    },
    "NCM622-B": {
        "cathode": "NCM622", "composition": "LiNi0.6Co0.2Mn0.2O2 ≥ 99.6 %", "specific_capacity": 178.2,
        "particle_size": 11.5, "tap_density": 2.45, "moisture": 260, "lithium_source": "四川甘孜 Garzê, Sichuan",
        "price": 142,
    },
    "LFP-C": {
        "cathode": "LFP", "composition": "LiFePO4/C ≥ 98.8 %, C 1.3 %", "specific_capacity": 157.4,
        "particle_size": 1.2, "tap_density": 1.08, "moisture": 420, "lithium_source": "青海察尔汗 Qarhan, Qinghai",
        "price": 41.8,
    },
    "CELL-52": {
        "cathode": "NCM811", "rated_capacity": 52, "nominal_voltage": 3.67, "mass": 865, "cycle_life": 2000,
        "carbon_footprint": 61.4, "transport_test": True, "formation_recipe": "F-NMC-07",
    },
    "CELL-105": {
        "cathode": "LFP", "rated_capacity": 105, "nominal_voltage": 3.2, "mass": 2010, "cycle_life": 4500,
        "carbon_footprint": 52.9, "transport_test": True, "formation_recipe": "F-LFP-12",
    },
    "MOD-12S": {"cells_in_series": 12, "nominal_voltage": 44, "torque": 9.5},
    "MOD-8S": {"cells_in_series": 8, "nominal_voltage": 25.6, "torque": 9.5},
    "PACK-60": {
        "energy": 60.2, "nominal_voltage": 345.6, "cathode": "LFP", "cooling": "liquid", "protection": "IP67",
        "lowest_temperature": -30, "highest_temperature": 55, "manual": "https://www.example.com/farway/pack-60",
        "firmware": "BMS 3.8.2", "target_cost": 36_000,
    },
    "PACK-80": {
        "energy": 80.5, "nominal_voltage": 396.4, "cathode": "NCM811", "cooling": "liquid", "protection": "IP68",
        "lowest_temperature": -30, "highest_temperature": 60, "recycled_cobalt": 16.5,
        "manual": "https://www.example.com/farway/pack-80", "firmware": "BMS 3.8.2", "target_cost": 52_500,
    },
    "EV-C1": {"model_year": 2026, "colour": "white", "range": 605, "power": 150},
}  # fmt: skip
