"""Every page that can be asked for, as every role, on the worked chain: it answers, in good order, in the reader's language.

Routes come from the application itself; an argument that no sample is known for fails the test.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import col
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app, jobrunner, jobs
from app.demo.companies import PASSWORD
from app.services.authenticating import actor_of_operator
from app.store.database import reading, writing
from app.store.tables import Operator, Recall, Thing
from tests.support.catalogue import english
from tests.support.demo import Demo
from tests.support.pages import Document
from tests.support.tenants import Visitor

PEOPLE = {
    "operator": "pack-operator",
    "supplier": "powder-supplier",
    "manager": "pack-manager",
    "administrator": "pack-admin",
    "auditor": "auditor",
}
ROLES = ("stranger", *PEOPLE)
LANGUAGES = ("en", "zh")
MISSING = ("88.118.3003/0000000000000000", "88.118.9999/X")
NUMBERS = (1, 2, 3, 999_999)
FIXED = {  # what stands in a path, whatever there is
    "form": ("png", "svg"),
    "zone": ("88.118.3003", "88.118.9999", "x"),
    "party": ("88.118.3003", "88.118.9999", "x"),
    "kind": ("epcs", "bizSteps"),
    "about": ("0" * 64, "x"),
    "token": ("not-a-token",),
    "name": ("product-70x37", "no-such-label"),
    "code": ("a4-3x8", "dk-22205", "own-999999", "x"),
}
SHELL = "/scan/shell"  # the same for everybody: a browser keeps it for when there is no network
PER_ENDPOINT = 3  # how many different links to one kind of page are followed


@dataclass
class Site:
    """The application over the worked chain, one visitor a role, and samples of what stands in its paths."""

    app: Flask
    visitors: dict[str, Visitor]
    things: list[str]
    job_ids: list[str]
    recall_ids: list[str]
    pages: dict[tuple[str, str, str], TestResponse] = field(default_factory=dict)
    documents: dict[tuple[str, str, str], Document] = field(default_factory=dict)

    def samples(self, name: str) -> list[Any]:
        match name:
            case "prefix/suffix" | "handle":
                return [*self.things, *MISSING]
            case "job_id":
                return [*self.job_ids, "0" * 32, "x"]
            case "recall_id":
                return [*self.recall_ids, "0" * 24, "x"]
            case _ if name in FIXED:
                return list(FIXED[name])
            case (
                "rest" | "value" | "event_id" | "query_name" | "subscription_id" | "capture_id" | "page_token"
            ):
                return ["ni:///sha-256;0?ver=CBV2.0", "ObjectEvent"]
            case (
                "id"
                | "seq"
                | "organisation_id"
                | "operator_id"
                | "product_id"
                | "site_id"
                | "allotment_id"
                | "range_id"
                | "link_id"
                | "template_id"
                | "document_id"
                | "application_id"
                | "alert_id"
                | "message_id"
                | "printer_id"
                | "run_id"
            ):
                return list(NUMBERS)
        pytest.fail(f"no sample is known for <{name}> in a path; add one to Site.samples")

    def get(self, role: str, path: str, language: str) -> TestResponse:
        """Asks once; the same page is looked at by several tests."""
        key = (role, path, language)
        if key not in self.pages:
            mark = "&" if "?" in path else "?"
            self.pages[key] = self.visitors[role].client.get(f"{path}{mark}lang={language}", buffered=True)
        return self.pages[key]

    def document(self, role: str, path: str, language: str) -> Document:
        """Read once."""
        key = (role, path, language)
        if key not in self.documents:
            self.documents[key] = Document.of(self.get(*key).text)
        return self.documents[key]

    def crawl(self, role: str, language: str) -> Iterator[tuple[str, TestResponse]]:
        """Every path; in Chinese each page there is, and of other answers one of each kind to each route."""
        seen = set()
        for rule in rules(self.app):
            for path in paths_of(self, rule):
                if language != "en":
                    status, found = (first := self.get(role, path, "en")).status_code, is_page(first)
                    kind = rule.endpoint, status, found
                    if kind in seen and not (found and status == 200):
                        continue
                    seen.add(kind)
                yield path, self.get(role, path, language)


@pytest.fixture(scope="module")
def site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    app = create_app(demo.copy(tmp_path_factory.mktemp("crawl")))
    visitors = {"stranger": Visitor(app)}
    for role, login in PEOPLE.items():
        visitors[role] = Visitor(app)
        assert visitors[role].sign_in(login, PASSWORD).status_code == 303
    yield Site(app, visitors, _things(app), list(_jobs(app)), _recalls(app))
    app.extensions["suyuan"].engine.dispose()


def _things(app: Flask) -> list[str]:
    """One of each level of the pack maker's, one lot of another company's."""
    with reading(app.extensions["suyuan"].engine) as session:
        things = session.execute(
            select(Thing).where(col(Thing.level) != "process").order_by(col(Thing.id))
        ).scalars()
        chosen = {(thing.level, thing.epc.partition("/")[0]): thing.epc for thing in things}
    wanted = [
        ("lot", "hdl:88.118.2002"),
        *((level, "hdl:88.118.3003") for level in ("product", "lot", "serial")),
    ]
    wanted += [
        ("logistic", "hdl:88.118.3003"),
        ("location", "hdl:88.118.3003"),
        ("serial", "hdl:88.118.5005"),
    ]
    return [chosen[each].removeprefix("hdl:") for each in wanted]


def _recalls(app: Flask) -> list[str]:
    """The recall of the story, and its exercise."""
    with reading(app.extensions["suyuan"].engine) as session:
        return list(session.execute(select(col(Recall.id)).order_by(col(Recall.number))).scalars())


def _jobs(app: Flask) -> Iterator[str]:
    """One that is done, one that has failed, one that waits."""
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        login = select(col(Operator.id)).where(col(Operator.login) == "pack-admin")
        admin = actor_of_operator(session, session.execute(login).scalar_one())
        own = select(col(Thing.epc)).where(
            col(Thing.organisation_id) == admin.organisation_id, col(Thing.level) == "logistic"
        )
        epcs = list(session.execute(own).scalars())
        for parameters in ({"epcs": epcs}, {"epcs": ["hdl:88.118.3003/NONE"]}, {"epcs": epcs}):
            yield jobs.request(session, admin, "labels-pdf", parameters, "zh", datetime.now(UTC))


@pytest.fixture(scope="module", autouse=True)
def done_jobs(site: Site) -> None:
    node = site.app.extensions["suyuan"]
    for job_id in site.job_ids[:2]:
        jobrunner.run(node.settings, node.engine, job_id)


def rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint != "static"
    ]


def paths_of(site: Site, rule: Rule) -> list[str]:
    """The rule with every sample of each of its arguments."""
    names = [
        name for name in re.findall(r"<(?:[^<>:]+:)?(\w+)>", rule.rule) if name not in {"prefix", "suffix"}
    ]
    if {"prefix", "suffix"} <= rule.arguments:
        names.append("prefix/suffix")
    adapter = site.app.url_map.bind("127.0.0.1")
    found = []
    for values in product(*(site.samples(name) for name in names)):
        given = dict(zip(names, values, strict=True))
        if thing := given.pop("prefix/suffix", ""):
            given["prefix"], given["suffix"] = thing.split("/", 1)
        found.append(adapter.build(rule.endpoint, given))
    return found


def is_page(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 308}


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_page_breaks(site: Site, role: str) -> None:
    visited, kinds = 0, set()
    for language in LANGUAGES:
        for path, answer in site.crawl(role, language):
            assert answer.status_code < 500, f"{role} {path} in {language}: {answer.text}"
            kinds.add(answer.status_code)
            visited += 1
    assert visited > 200
    assert 200 in kinds


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_good_order(site: Site, role: str, language: str) -> None:
    faults = defaultdict(set)
    for path, answer in site.crawl(role, language):
        if is_page(answer):
            document = site.document(role, path, language)
            for fault in document.faults:
                faults[fault].add(path)
            (html,) = document.all("html")
            assert html.attributes["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
    assert not faults, "\n".join(f"{fault}: {min(paths)}" for fault, paths in faults.items())


def test_a_chinese_page_has_no_english_sentence(site: Site, role: str) -> None:
    assert len(english()) > 300
    left: dict[str, str] = {}
    for path, answer in site.crawl(role, "zh"):
        if is_page(answer):
            shown = "\n".join(site.document(role, path, "zh").spoken)
            left |= {sentence: path for sentence in english() if sentence in shown}
    assert not left, "\n".join(f"{path}: {sentence}" for sentence, path in left.items())


def test_every_link_leads_somewhere_this_person_may_go(site: Site, role: str) -> None:
    """And what a page loads is there."""
    endpoint_of = _endpoints(site.app)
    followed: dict[str, int] = defaultdict(int)
    broken: dict[str, str] = {}
    seen: set[str] = set()
    for path, answer in site.crawl(role, "en"):
        if not is_page(answer) or answer.status_code != 200 or path == SHELL:
            continue
        for link in sorted(site.document(role, path, "en").links(path) - seen):
            seen.add(link)
            endpoint = endpoint_of(link)
            if endpoint != "static" and followed[endpoint] >= PER_ENDPOINT:
                continue
            followed[endpoint] += 1
            status = site.get(role, link, "en").status_code
            if status >= 400:
                broken[link] = f"{status}, from {path}"
    assert not broken, "\n".join(f"{link}: {why}" for link, why in broken.items())
    assert len(followed) > 3


def _endpoints(app: Flask) -> Callable[[str], str]:
    adapter = app.url_map.bind("127.0.0.1")

    def endpoint_of(link: str) -> str:
        path = urlsplit(link).path
        return str(adapter.match(path)[0]) if adapter.test(path) else quote(path)

    return endpoint_of
