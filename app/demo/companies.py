"""Who takes part in the worked chain and what they make: plain data, fictional throughout."""

from dataclasses import dataclass

PASSWORD = "suyuan-demo-118"  # noqa: S105  (printed for everyone who runs the demo)


@dataclass(frozen=True, slots=True)
class Site:
    key: str
    zh: str
    en: str
    address: str


@dataclass(frozen=True, slots=True)
class Product:
    part: str
    zh: str
    en: str
    tracing: str
    unit: str
    shelf_life_days: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    name: str
    role: str
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    key: str
    prefix: str
    zh: str
    en: str
    gs1_prefix: str
    sites: tuple[Site, ...]
    products: tuple[Product, ...]
    people: tuple[Person, ...]
    sharing: str = "chain"


COMPANIES = (
    Company(
        "powder", "88.118.1001", "华岭正极材料有限公司", "Hualing Cathode Materials", "6901001",
        (
            Site("powder-plant", "宜春一厂 烧结车间", "Yichun Plant 1, Sintering", "江西省宜春市 锦绣大道 18 号"),
            Site("powder-store", "宜春成品库", "Yichun Finished Goods Store", "江西省宜春市 锦绣大道 18 号 3 栋"),
        ),
        (
            Product("NCM811-A", "镍钴锰酸锂 NCM811 正极粉", "NCM811 cathode powder", "lot", "KGM", 365),
            Product("NCM622-B", "镍钴锰酸锂 NCM622 正极粉", "NCM622 cathode powder", "lot", "KGM", 365),
            Product("LFP-C", "磷酸铁锂正极粉", "LFP cathode powder", "lot", "KGM", 540),
        ),
        (
            Person("powder-admin", "周敏 Zhou Min", "administrator"),
            Person("powder-supplier", "吴磊 Wu Lei", "supplier"),
            Person("powder-operator", "郑芳 Zheng Fang", "operator", ("powder-plant", "powder-store")),
        ),
    ),
    Company(
        "cells", "88.118.2002", "星河电芯科技有限公司", "Galaxy Cell Technology", "6902002",
        (
            Site("cell-receiving", "常州电芯厂 收货区", "Changzhou Cell Plant, Receiving", "江苏省常州市 金武路 66 号"),
            Site("cell-line", "常州电芯厂 一线", "Changzhou Cell Plant, Line 1", "江苏省常州市 金武路 66 号"),
            Site("cell-store", "常州电芯成品库", "Changzhou Cell Store", "江苏省常州市 金武路 68 号"),
        ),
        (
            Product("CELL-52", "三元方壳电芯 52 Ah", "NMC prismatic cell 52 Ah", "lot", "H87"),
            Product("CELL-105", "铁锂方壳电芯 105 Ah", "LFP prismatic cell 105 Ah", "lot", "H87"),
        ),
        (
            Person("cell-admin", "钱进 Qian Jin", "administrator"),
            Person("cell-manager", "陈静 Chen Jing", "manager"),
            Person("cell-operator", "孙浩 Sun Hao", "operator"),
        ),
    ),
    Company(
        "packs", "88.118.3003", "远程动力电池系统有限公司", "Farway Battery Systems", "6903003",
        (
            Site("pack-receiving", "合肥电池包厂 收货区", "Hefei Pack Plant, Receiving", "安徽省合肥市 紫云路 300 号"),
            Site("module-line", "合肥电池包厂 模组线", "Hefei Pack Plant, Module Line", "安徽省合肥市 紫云路 300 号"),
            Site("pack-line", "合肥电池包厂 总装线", "Hefei Pack Plant, Pack Line", "安徽省合肥市 紫云路 300 号"),
            Site("pack-dock", "合肥电池包厂 发货区", "Hefei Pack Plant, Shipping Dock", "安徽省合肥市 紫云路 300 号"),
        ),
        (
            Product("MOD-12S", "电池模组 12 串", "Battery module 12s", "serial", "H87"),
            Product("MOD-8S", "电池模组 8 串", "Battery module 8s", "serial", "H87"),
            Product("BMS-3", "电池管理控制器", "Battery management unit", "serial", "H87"),
            Product("BUSBAR-K", "铝排套件", "Busbar kit", "lot", "H87"),
            Product("PACK-60", "动力电池包 60 kWh", "Battery pack 60 kWh", "serial", "H87"),
            Product("PACK-80", "动力电池包 80 kWh", "Battery pack 80 kWh", "serial", "H87"),
        ),
        (
            Person("pack-admin", "林涛 Lin Tao", "administrator"),
            Person("pack-manager", "何雪 He Xue", "manager"),
            Person("pack-operator", "马超 Ma Chao", "operator"),
            Person("auditor", "审核员 Auditor", "auditor"),
        ),
    ),
    Company(
        "carrier", "88.118.4004", "速达物流有限公司", "Swiftway Logistics", "6904004",
        (
            Site("hub", "南京转运中心", "Nanjing Hub", "江苏省南京市 空港路 9 号"),
            Site("bay", "南京转运中心 冷链区", "Nanjing Hub, Temperature Bay", "江苏省南京市 空港路 9 号 2 区"),
        ),
        (),
        (
            Person("carrier-admin", "高翔 Gao Xiang", "administrator"),
            Person("carrier-operator", "许强 Xu Qiang", "operator"),
        ),
        sharing="neighbours",
    ),
    Company(
        "vehicles", "88.118.5005", "曙光汽车股份有限公司", "Dawn Motors", "6905005",
        (
            Site("vehicle-receiving", "上海整车厂 收货区", "Shanghai Plant, Receiving", "上海市 曹安公路 5000 号"),
            Site("vehicle-line", "上海整车厂 总装线", "Shanghai Plant, Final Assembly", "上海市 曹安公路 5000 号"),
        ),
        (Product("EV-C1", "曙光 C1 纯电动轿车", "Dawn C1 electric saloon", "serial", "H87"),),
        (
            Person("vehicle-admin", "冯琳 Feng Lin", "administrator"),
            Person("vehicle-manager", "王芸 Wang Yun", "manager"),
            Person("vehicle-operator", "赵鹏 Zhao Peng", "operator"),
        ),
    ),
)  # fmt: skip
NODE = "packs"  # whose node it is: its administrators may create organisations
