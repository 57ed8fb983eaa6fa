"""Every call of the application that takes an id, in paths, queries, forms and bodies, and whose id it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.tenants import Visitor

# What a path with an id is about, by the part of the path before the id, and why a few are left out.
ABOUT = {
    "/account/keys": "key",
    "/alerts": "alert",
    "/api/v1/alerts": "alert",
    "/api/v1/api-keys": "key",
    "/api/v1/balances": "lot",
    "/api/v1/disclosure": "rule",
    "/api/v1/items": "thing",
    "/api/v1/jobs": "job",
    "/api/v1/labels": "thing",
    "/api/v1/labels/templates": "label template",
    "/api/v1/labels/printers": "printer",
    "/api/v1/labels/runs": "run",
    "/api/v1/labels/stock": "stock",
    "/api/v1/links": "link",
    "/api/v1/log/partners": "zone",
    "/api/v1/log/entries": "entry",
    "/api/v1/organisations": "company",
    "/api/v1/people": "person",
    "/api/v1/prefixes": "prefix",
    "/api/v1/products": "product",
    "/api/v1/ranges": "range",
    "/api/v1/recalls": "recall",
    "/api/v1/registry/as-of": "thing",
    "/api/v1/registry/life": "thing",
    "/api/v1/scans": "nonce",
    "/api/v1/sites": "site",
    "/api/v1/templates": "template",
    "/api/v1/trace": "thing",
    "/balances": "lot",
    "/deliveries": "message",
    "/imports": "table",
    "/jobs": "job",
    "/labels": "thing",
    "/labels/templates": "label template",
    "/labels/list": "table",
    "/labels/printers": "printer",
    "/labels/runs": "run",
    "/labels/stock": "stock",
    "/links": "link",
    "/log/partners/remove": "zone",
    "/organisations": "company",
    "/partners/kept": "statement",
    "/patterns": "product",
    "/people": "person",
    "/prefixes": "prefix",
    "/products": "product",
    "/ranges": "range",
    "/recalls": "recall",
    "/sites": "site",
    "/templates": "template",
    "/trace": "thing",
}
OPEN_TO_ALL = {
    "resolver.resolve": "the public page behind a label: test_resolver_pages",
    "resolver.thing": "the same page at an address that never redirects: test_resolver_pages",
    "welcome.welcome": "the link itself is the secret: test_people",
    "v1_log.proof": "hashes only, so that anybody can check the log: test_log",
    "handles.show": "anyone may read what is public; who may what else: test_handle_access",
    "handles.register": "asks for credentials of its own: test_handle_access",
    "handles.remove": "asks for credentials of its own: test_handle_access",
    "captures.show": "whose a capture is: test_epcis_pages",
    "static": "files of ours",
    "label_templates.ready_picture": "ready-made templates are everybody's",
    "v1_label_templates.ready": "ready-made templates are everybody's",
    "network_answers.show": "what anybody may resolve, signed: test_answers",
}


@dataclass(frozen=True)
class Call:
    """A request with {id} where the id stands; `about` says whose. `form` or `body` for what is sent."""

    method: str
    path: str
    about: str
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None


LINK = {"relation": "gs1:pip", "href": "https://shop.example/", "title": "Shop"}
# Ids that travel in queries, forms and bodies.
MORE = (
    Call("GET", "/labels?id={id}", "thing"),
    Call("GET", "/labels?ids={id}", "thing"),
    Call("GET", "/labels/stock/new?from={id}", "stock"),
    Call("GET", "/labels?batch={id}-{id}", "entry"),
    Call("GET", "/items?batch={id}-{id}", "entry"),
    Call("GET", "/items?product={id}", "product"),
    Call("GET", "/links?id={id}", "thing"),
    Call("GET", "/links/new?id={id}", "thing"),
    Call("POST", "/links/new?id={id}", "thing", LINK),
    Call("GET", "/api/v1/links?identifier={id}", "thing"),
    Call("GET", "/api/v1/links/preview?identifier={id}", "thing"),
    Call("POST", "/api/v1/links", "thing", body=LINK | {"identifier": "{id}"}),
    Call("GET", "/items/mint?product={id}", "product epc"),
    Call(
        "POST", "/products/new", "template", {"part_number": "P-9", "name_en": "Nine", "template_id": "{id}"}
    ),
    Call("GET", "/search?q={id}", "thing"),
    Call("GET", "/search?q={id}", "serial"),
    Call("GET", "/search?q={id}", "lot number"),
    Call("POST", "/labels/templates/copy", "label template", {"ref": "own:{id}"}),
    Call("POST", "/api/v1/labels/templates", "label template", body={"copy_of": "own:{id}"}),
    Call(
        "POST",
        "/api/v1/labels/templates/preview",
        "thing",
        body={"document": {"name": "-", "width": 20, "height": 20, "elements": []}, "identifier": "{id}"},
    ),
    Call("POST", "/labels", "thing", {"id": "{id}", "start": "1", "dpi": "300"}),
    Call("POST", "/labels", "entry", {"batch": "{id}-{id}", "start": "1", "dpi": "300"}),
    Call("POST", "/items/void", "thing", {"epc": "{id}", "reason": "spoilt"}),
    Call("GET", "/registry?q={id}", "thing"),
    Call("GET", "/registry?q={id}", "serial"),
    Call("GET", "/registry?q={id}", "lot number"),
    Call("GET", "/registry?q={id}", "alias"),
    Call("GET", "/registry/identifier?id={id}", "thing"),
    Call("GET", "/registry/identifier?id={id}", "alias"),
    Call("POST", "/registry/retire", "thing", {"id": "{id}", "reason": "worn out"}),
    Call("GET", "/records/edit?id={id}", "thing"),
    Call(
        "POST",
        "/records/edit?id={id}",
        "thing",
        {"version": "0", "type-0": "URL", "text-0": "https://x.example"},
    ),
    Call("GET", "/aliases?q={id}", "alias"),
    Call("POST", "/aliases/new", "thing", {"thing": "{id}", "alias": "1.2.156.99", "kind": ""}),
    Call("POST", "/aliases/remove", "alias", {"name": "{id}"}),
    Call("GET", "/api/v1/registry?q={id}", "thing"),
    Call("GET", "/api/v1/registry?q={id}", "serial"),
    Call("GET", "/api/v1/aliases?q={id}", "alias"),
    Call("POST", "/api/v1/aliases", "thing", body={"identifier": "{id}", "alias": "1.2.156.99"}),
    Call("DELETE", "/api/v1/aliases?name={id}", "alias"),
    Call("GET", "/api/v1/patterns/preview?product_id={id}&pattern=%7Bserial:random16%7D", "product"),
    Call("POST", "/api/v1/items/retire", "thing", body={"identifier": "{id}", "reason": "worn out"}),
    Call("POST", "/items/mint", "product epc", {"level": "serial", "count": "1", "product": "{id}"}),
    Call("POST", "/items/mint", "place", {"level": "logistic", "count": "1", "activate_at": "{id}"}),
    Call("POST", "/holds", "thing", {"code": "{id}", "reason": "damaged"}),
    Call("POST", "/holds/release", "thing", {"code": "{id}", "reason": "fine again"}),
    Call("GET", "/recalls/{id}/customers/88.118.1002", "recall"),
    Call("POST", "/recalls/{id}/customers/88.118.1002", "recall", {"state": "notified"}),
    Call("PUT", "/api/v1/recalls/{id}/notices/88.118.1002", "recall", body={"state": "notified"}),
    Call(
        "POST",
        "/recalls/new",
        "thing",
        {
            "title": "Swollen",
            "reason": "they swell",
            "kind": "thing",
            "things": "{id}",
            "direction": "forward",
            "nonce": "nonce-of-tenants",
        },
    ),
    Call(
        "POST",
        "/api/v1/recalls",
        "thing",
        body={"title": "Swollen", "reason": "they swell", "suspects": [{"value": "{id}"}]},
    ),
    Call("POST", "/trace/report", "thing", {"code": "{id}"}),
    Call("GET", "/api/v1/look?code={id}", "thing"),
    Call("GET", "/api/v1/search?q={id}", "thing"),
    Call("GET", "/api/v1/search?q={id}", "lot number"),
    Call("GET", "/api/v1/items?product={id}", "product"),
    Call("GET", "/api/v1/items?batch={id}-{id}", "entry"),
    Call("POST", "/api/v1/items", "product epc", body={"level": "serial", "product": "{id}"}),
    Call("POST", "/api/v1/items", "place", body={"level": "logistic", "activate_at": "{id}"}),
    Call("POST", "/api/v1/items/void", "thing", body={"identifier": "{id}", "reason": "spoilt"}),
    Call("POST", "/api/v1/holds", "thing", body={"identifier": "{id}", "reason": "damaged"}),
    Call("POST", "/api/v1/holds/release", "thing", body={"identifier": "{id}", "reason": "fine again"}),
    Call("POST", "/api/v1/labels", "thing", body={"identifiers": ["{id}"]}),
    Call("POST", "/api/v1/labels", "entry", body={"batch": "{id}-{id}"}),
    Call("POST", "/api/v1/reports", "thing", body={"identifier": "{id}"}),
)
FORM = {  # of every route with an id in its path
    "part_number": "P-9",
    "name_zh": "改名",
    "name_en": "Renamed",
    "name": "Renamed",
    "role": "manager",
    "unit": "H87",
    "tracing": "serial",
    "sharing": "chain",
    "address": "Elsewhere 1",
    "pattern": "{serial:random16}",
    "quota": "7",
    "state": "active",
    "relation": "gs1:pip",
    "href": "https://shop.example/",
    "title": "Shop",
}


def calls(app: Flask) -> list[Call]:
    """Every route with an id, each of its methods, and those of MORE. /epcis has its own: tests/web/epcis/test_sight."""
    found = [
        call
        for rule in app.url_map.iter_rules()
        if rule.arguments and rule.endpoint not in OPEN_TO_ALL and rule.endpoint.partition(".")[0] != "epcis"
        for call in _calls_of(rule)
    ]
    return [*found, *MORE]


def _calls_of(rule: Rule) -> Iterator[Call]:
    path = rule.rule.replace("<prefix>/<path:suffix>", "<thing>").replace("<any(png, svg):form>", "png")
    start, end = path.index("<"), path.rindex(">")
    about = ABOUT.get(path[:start].rstrip("/"))
    assert about, f"what is the id in {rule.rule}? Add it to ABOUT"
    for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
        body = FORM if path.startswith("/api/") and method != "GET" else None
        form = FORM if not path.startswith("/api/") and method == "POST" else None
        yield Call(method, f"{path[:start]}{{id}}{path[end + 1 :]}", about, form, body)


def ask(visitor: Visitor, call: Call, identifier: str) -> TestResponse:
    values: dict[str, Any] = {"headers": {"X-CSRFToken": visitor.token}}
    if call.form is not None:
        values["data"] = _put(call.form, identifier)
    if call.body is not None:
        values["json"] = _put(call.body, identifier)
    in_path = quote(identifier, safe="/" if "?" not in call.path else "")
    return visitor.client.open(
        call.path.replace("{id}", in_path), method=call.method, buffered=True, **values
    )


def _put(template: dict[str, Any], identifier: str) -> dict[str, Any]:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return value.replace("{id}", identifier) if isinstance(value, str) else value

    return {name: filled(value) for name, value in template.items()}
