"""Which nodes there are, who runs them, and who is above whom: plain data, fictional but for the cities."""

from dataclasses import dataclass, replace

from app import roles
from app.demo import companies
from app.demo.companies import Company, Person


@dataclass(frozen=True, slots=True)
class Plan:
    """One node. `prefix` is that of the organisation that runs it, `number` its social credit code; `above` are the
    nodes of its parent's zone, the one it applies at first. Region and industry by GB/T 2260 and GB/T 4754."""

    key: str
    role: str
    zone: str
    prefix: str
    zh: str
    en: str
    region: str
    industry: str
    number: str
    address: str = ""
    above: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()

    @property
    def administrator(self) -> Person:
        return next(person for person in self.people if person.role == "administrator")

    @property
    def subject(self) -> dict[str, str]:
        """Who applies, as an application tells it."""
        return {
            "name_zh": self.zh,
            "name_en": self.en,
            "nature": "enterprise",
            "id_type": "uscc",
            "id_number": self.number,
            "industry": self.industry,
            "region": self.region,
            "address": self.address or self.zh,
            "legal_name": self.administrator.name,
            "contact_name": self.administrator.name,
            "contact_phone": "+86 10 5555 0118",
            "contact_email": f"{self.key}@example.com",
        }


def _operated(plan: Plan) -> Plan:
    """With the one person that every node has."""
    person = Person(f"{plan.key}-admin", f"{plan.zh} 管理员", "administrator")
    return replace(plan, people=(person,))


def _national(key: str, number: int, zh: str, en: str, region: str, code: str) -> Plan:
    names = (f"国家顶级节点（{zh}）", f"National Node, {en}")
    above = (ROOT.key,)
    return _operated(
        Plan(key, roles.NATIONAL, "88", f"88.100.{number}", *names, region, "I64", code, above=above)
    )


def _second(key: str, zone: str, names: tuple[str, str], region: str, industry: str, code: str) -> Plan:
    home = HOMES[key]
    above = (home, *(plan.key for plan in NATIONAL if plan.key != home))
    return _operated(
        Plan(key, roles.SECOND_LEVEL, zone, f"{zone}.1", *names, region, industry, code, above=above)
    )


def _company(company: Company) -> Plan:
    home, region, industry, code = REGISTERED[company.key]
    names = (company.zh, company.en)
    address = company.sites[0].address
    return Plan(
        company.key, roles.ENTERPRISE, company.prefix, company.prefix, *names, region, industry, code, address,
        (home,), company.people,
    )  # fmt: skip


ROOT = _operated(
    Plan(
        "root",
        roles.ROOT,
        "",
        "88.100.1",
        "国际根节点",
        "International Root",
        "110000",
        "I64",
        "91110000MA4813494Q",
    )
)
NATIONAL = (
    _national("beijing", 11, "北京", "Beijing", "110000", "91110000MA2249534Y"),
    _national("shanghai", 31, "上海", "Shanghai", "310000", "91310000MA71342463"),
    _national("guangzhou", 44, "广州", "Guangzhou", "440100", "91440100MA7632364B"),
    _national("wuhan", 42, "武汉", "Wuhan", "420100", "91420100MA0144324W"),
    _national("chongqing", 50, "重庆", "Chongqing", "500000", "91500000MA17454070"),
)
HOMES = {"materials": "shanghai", "vehicle-parts": "wuhan", "logistics": "guangzhou"}  # where they apply
SECOND = (
    _second(
        "materials", "88.101", ("新材料行业二级节点", "Second-level Node, Materials"), "310000", "C26",
        "91310000MA05101009",
    ),
    _second(
        "vehicle-parts", "88.118", ("汽车行业二级节点", "Second-level Node, Vehicles"), "420100", "C36",
        "91420100MA2908555D",
    ),
    _second(
        "logistics", "88.130", ("物流行业二级节点", "Second-level Node, Logistics"), "440100", "G54",
        "91440100MA8880894E",
    ),
)  # fmt: skip
REGISTERED = {  # company -> its second-level node, region, industry, social credit code
    "powder": ("materials", "360900", "C2614", "91360900MA4841874N"),
    "cells": ("vehicle-parts", "320400", "C3841", "91320400MA5710425Q"),
    "packs": ("vehicle-parts", "340100", "C3841", "91340100MA3131054M"),
    "carrier": ("logistics", "320100", "G5430", "91320100MA5803587U"),
    "vehicles": ("vehicle-parts", "310000", "C3612", "91310000MA2918787R"),
}
PREFIXES = {"powder": "88.101.1001", "carrier": "88.130.4004"}  # of those that are elsewhere than in the demo
COMPANIES: tuple[Company, ...] = tuple(
    replace(company, prefix=PREFIXES.get(company.key, company.prefix)) for company in companies.COMPANIES
)
ENTERPRISE = tuple(_company(company) for company in COMPANIES)
RECURSIVE = _operated(
    Plan("recursive", roles.RECURSIVE, "", "88.100.2", "递归节点", "Recursive Node", "420100", "I64", "")
)
NODES: tuple[Plan, ...] = (ROOT, *NATIONAL, *SECOND, *ENTERPRISE, RECURSIVE)
