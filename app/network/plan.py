"""Which nodes there are, who runs them, and who is above whom: plain data, fictional but for the cities."""

from dataclasses import dataclass, replace

from app import roles
from app.demo import companies
from app.demo.companies import Company, Person


@dataclass(frozen=True, slots=True)
class Plan:
    """One node. `prefix` is that of the organisation that runs it, `above` the keys of the nodes of its parent's zone,
    the one it applies at first."""

    key: str
    role: str
    zone: str
    prefix: str
    zh: str
    en: str
    region: str
    industry: str = ""
    above: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()

    @property
    def administrator(self) -> Person:
        return next(person for person in self.people if person.role == "administrator")


def _operated(plan: Plan) -> Plan:
    """With the one person that every node has."""
    return replace(plan, people=(Person(f"{plan.key}-admin", f"{plan.zh} 管理员", "administrator"),))


NATIONALS = ("beijing", "shanghai", "guangzhou", "wuhan", "chongqing")
ROOT = _operated(Plan("root", roles.ROOT, "", "88.100.1", "国际根节点", "International Root", "北京市"))
NATIONAL = tuple(
    _operated(Plan(key, roles.NATIONAL, "88", f"88.100.1{number}", zh, en, region, "I6490", ("root",)))
    for number, (key, zh, en, region) in enumerate(
        (
            (NATIONALS[0], "国家顶级节点（北京）", "National Node, Beijing", "北京市"),
            (NATIONALS[1], "国家顶级节点（上海）", "National Node, Shanghai", "上海市"),
            (NATIONALS[2], "国家顶级节点（广州）", "National Node, Guangzhou", "广东省广州市"),
            (NATIONALS[3], "国家顶级节点（武汉）", "National Node, Wuhan", "湖北省武汉市"),
            (NATIONALS[4], "国家顶级节点（重庆）", "National Node, Chongqing", "重庆市"),
        )
    )
)


def _second(key: str, number: str, zh: str, en: str, region: str, industry: str, home: str) -> Plan:
    above = (home, *(each for each in NATIONALS if each != home))
    return _operated(
        Plan(key, roles.SECOND_LEVEL, f"88.{number}", f"88.{number}.1", zh, en, region, industry, above)
    )


SECOND = (
    _second("materials", "101", "新材料行业二级节点", "Second-level Node, Materials", "上海市", "C2614", NATIONALS[1]),
    _second("vehicle-parts", "118", "汽车行业二级节点", "Second-level Node, Vehicles", "湖北省", "C3670", NATIONALS[3]),
    _second("logistics", "130", "物流行业二级节点", "Second-level Node, Logistics", "广东省", "G5430", NATIONALS[2]),
)  # fmt: skip
HOMES = {  # company -> its second-level node, its prefix under it, its industry
    "powder": ("materials", "88.101.1001", "C2614"),
    "cells": ("vehicle-parts", "88.118.2002", "C3841"),
    "packs": ("vehicle-parts", "88.118.3003", "C3841"),
    "carrier": ("logistics", "88.130.4004", "G5430"),
    "vehicles": ("vehicle-parts", "88.118.5005", "C3612"),
}
COMPANIES: tuple[Company, ...] = tuple(
    replace(company, prefix=HOMES[company.key][1]) for company in companies.COMPANIES
)
ENTERPRISE = tuple(
    Plan(
        company.key, roles.ENTERPRISE, company.prefix, company.prefix, company.zh, company.en,
        company.sites[0].address, HOMES[company.key][2], (HOMES[company.key][0],), company.people,
    )
    for company in COMPANIES
)  # fmt: skip
RECURSIVE = _operated(
    Plan("recursive", roles.RECURSIVE, "", "88.100.2", "递归节点", "Recursive Node", "湖北省武汉市")
)
NODES: tuple[Plan, ...] = (ROOT, *NATIONAL, *SECOND, *ENTERPRISE, RECURSIVE)


def plan_of(key: str) -> Plan:
    return next(plan for plan in NODES if plan.key == key)
