"""The statements of GS1's resolver test suite as checks of ours: each asks a resolver and asserts what it must answer."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tests.support.vectors import FOLDER

GS1_VOCABULARY = re.compile(r"https://(?:ref\.|www\.)?gs1\.org/voc/")
PLAUSIBLE = re.compile(
    r"https?://[^/]+(?:/[^/]+)*/(?:01/\d{14}|00/\d{18}|414/\d{13})(?:/(?:22|10|21|254)/[^/]+)*"
)
# of https://ref.gs1.org/voc/data/linktypes, what a node of ours and its owners use in the tests
DEFINED = {
    "defaultLink", "defaultLinkMulti", "pip", "instructions", "certificationInfo", "support", "relatedVideo",
    "masterData", "registryEntry", "traceability",
}  # fmt: skip
OUR_SCHEMA: dict[str, Any] = {  # GS1's schema in our own words, for where theirs is not at hand
    "type": "object",
    "required": ["linkset"],
    "additionalProperties": False,
    "properties": {
        "linkset": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["anchor", "itemDescription"],
                "properties": {
                    "anchor": {"type": "string", "pattern": "^https?://"},
                    "itemDescription": {"type": "string"},
                },
                "additionalProperties": False,
                "patternProperties": {
                    "^https?://[A-Za-z0-9./]+$|^(?!anchor$)[a-z-]+$": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["href", "title"],
                            "additionalProperties": False,
                            "properties": {
                                "href": {"type": "string", "pattern": "^https?://"},
                                "title": {"type": "string", "minLength": 1},
                                "hreflang": {"type": "array", "items": {"pattern": r"^\w{2}(-\w{2})?$"}},
                                "type": {"type": "string", "pattern": r"^\w+/[-+.\w]+$"},
                                "context": {"type": "array", "items": {"type": "string"}},
                                "fwqs": {"type": "boolean"},
                                "public": {"type": "boolean"},
                            },
                        },
                    }
                },
            },
        }
    },
}


@dataclass(frozen=True)
class Reply:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    version: int = 11


@dataclass(frozen=True)
class Resolver:
    """`ask(method, path and query, headers)`; `root` is the address that the resolver gives itself."""

    ask: Callable[[str, str, dict[str, str]], Reply]
    root: str

    def head(self, path: str, **headers: str) -> Reply:
        return self.ask("HEAD", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def linkset(self, path: str) -> Any:
        reply = self.ask("GET", path, {"Accept": "application/linkset+json"})
        assert reply.status == 200
        return json.loads(reply.body)["linkset"]


def schemas() -> list[dict[str, Any]]:
    theirs = FOLDER / "resolver" / "gs1-linkset-schema.json"
    return [OUR_SCHEMA, *([json.loads(theirs.read_text())] if theirs.exists() else [])]


def assert_valid(document: Any) -> None:
    from jsonschema import Draft7Validator

    for schema in schemas():
        assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []


def short(relation: str) -> str:
    return GS1_VOCABULARY.sub("gs1:", relation)


def by_type(resolver: Resolver, dl: str) -> dict[str, list[dict[str, Any]]]:
    """Link type -> its links at the most granular level that has it, as the suite walks up."""
    entries = {entry["anchor"]: entry for entry in resolver.linkset(dl)}
    found: dict[str, list[dict[str, Any]]] = {}
    steps = dl.strip("/").split("/")
    while len(steps) >= 2:
        for relation, links in entries.get(f"{resolver.root}/{'/'.join(steps)}", {}).items():
            if relation not in ("anchor", "itemDescription"):
                found.setdefault(short(relation), links)
        steps = steps[:-2]
    return found


Check = Callable[[Resolver, str], None]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    def keep(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return keep


@check("isURL")
def _(resolver: Resolver, dl: str) -> None:
    parts = urlsplit(resolver.root + dl)
    assert parts.scheme in ("http", "https")
    assert "." in (parts.hostname or "")


@check("validDL")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(dl).status < 400


@check("plausibleDL")
def _(resolver: Resolver, dl: str) -> None:
    assert PLAUSIBLE.fullmatch(resolver.root + dl)


@check("isHttps")
@check("tlsOK")
def _(resolver: Resolver, dl: str) -> None:
    """Over TLS where the resolver was asked over TLS: its connection has checked the certificate then."""
    assert resolver.head("/.well-known/gs1resolver").status == 200


@check("rdFile")
def _(resolver: Resolver, dl: str) -> None:
    reply = resolver.ask("GET", "/.well-known/gs1resolver", {"Accept": "application/json"})
    told = json.loads(reply.body)
    assert reply.headers["content-type"].startswith("application/json")
    assert told["resolverRoot"] == resolver.root
    assert {"01", "00", "414", "8018"} <= set(told["supportedPrimaryKeys"])
    assert len(told["supportedPrimaryKeys"]) == 16
    assert isinstance(told["name"], str)
    assert all(re.fullmatch(r"[A-Za-z_][\w-]*:", each["prefix"]) for each in told["supportedLinkType"])
    assert set(told) <= {
        "name", "resolverRoot", "supportedPrimaryKeys", "supportedLinkType", "linkTypeDefaultCanBeLinkset",
        "contact", "jsonLdContextLocation",
    }  # fmt: skip
    assert told["contact"]["fn"]


@check("httpVersion")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(dl).version >= 11


@check("corsCheck")
def _(resolver: Resolver, dl: str) -> None:
    for path in (dl, f"{dl}/foo", f"{dl}?linkType=linkset", "/.well-known/gs1resolver"):
        assert resolver.head(path).headers["access-control-allow-origin"] == "*"


@check("methodsCheck")
def _(resolver: Resolver, dl: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        reply = resolver.ask(method, dl, {})
        assert reply.status < 400
        assert {"GET", "HEAD", "OPTIONS"} <= set(reply.headers["access-control-allow-methods"].split(", "))


@check("linkOnRedirect")
def _(resolver: Resolver, dl: str) -> None:
    assert 'rel="linkset"' in resolver.head(dl).headers["link"]


@check("legacyLinkHeaders")
def _(resolver: Resolver, dl: str) -> None:
    for path in (dl, f"{dl}?linkType=linkset"):
        assert 'rel="gs1:' not in resolver.head(path).headers["link"]


@check("reportWith400")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(f"{dl}/foo").status == 400


@check("noErrorWith200")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(f"{dl}/foo").status != 200


@check("trailingSlash")
def _(resolver: Resolver, dl: str) -> None:
    plain, slashed = resolver.head(dl), resolver.head(f"{dl}/")
    assert (plain.status, plain.headers["location"]) == (slashed.status, slashed.headers["location"])


@check("basicWalkUp")
def _(resolver: Resolver, dl: str) -> None:
    top = "/".join(dl.split("/")[:3])
    qualifier = {"01": "10", "414": "254"}.get(dl.split("/")[1])
    if qualifier:
        assert resolver.head(f"{top}/{qualifier}/KL8G").status == 307


@check("ltLinksetNoRedirect")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(f"{dl}?linkType=linkset").status == 200


@check("ltAllNoRedirect")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(f"{dl}?linkType=all").status == 200


@check("ltAcceptHeader")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(dl, Accept="application/linkset+json").status == 200


@check("validLinkset")
def _(resolver: Resolver, dl: str) -> None:
    assert_valid({"linkset": resolver.linkset(dl)})


@check("linksetJsonldCheck")
def _(resolver: Resolver, dl: str) -> None:
    link = resolver.head(dl, Accept="application/linkset+json").headers["link"]
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in link
    assert 'type="application/ld+json"' in link


@check("declaredContentType")
def _(resolver: Resolver, dl: str) -> None:
    kind = resolver.head(dl, Accept="application/linkset+json").headers["content-type"]
    assert kind.startswith("application/linkset+json")


@check("qsPassedOn")
def _(resolver: Resolver, dl: str) -> None:
    assert "foo=bar" in resolver.head(f"{dl}?foo=bar").headers["location"]


@check("defaultLinkExists")
def _(resolver: Resolver, dl: str) -> None:
    assert "gs1:defaultLink" in by_type(resolver, dl)


@check("singleDefaulLink")
def _(resolver: Resolver, dl: str) -> None:
    (default,) = by_type(resolver, dl)["gs1:defaultLink"]
    assert set(default) == {"href", "title"}
    for entry in resolver.linkset(dl):
        assert (
            len(entry.get("https://ref.gs1.org/voc/defaultLink", [{}])) == 1
        )  # or that of the level above holds


@check("linkTypesDefined")
def _(resolver: Resolver, dl: str) -> None:
    names = [name[4:] for name in by_type(resolver, dl) if name.startswith("gs1:")]
    assert names
    assert set(names) <= DEFINED


@check("defaultTarget")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(dl).headers["location"] == by_type(resolver, dl)["gs1:defaultLink"][0]["href"]


@check("specificLinkTypeNotFound")
def _(resolver: Resolver, dl: str) -> None:
    assert resolver.head(f"{dl}?linkType=gs1:nosuchlt").status == 404


def wanted(dl: str, relation: str, link: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The request that asks for exactly this link, by all that the linkset says of it."""
    headers = {}
    if "type" in link:
        headers["Accept"] = link["type"]
    if "hreflang" in link:
        headers["Accept_Language"] = link["hreflang"][0]
    context = f"&context={quote(link['context'][0])}" if "context" in link else ""
    return f"{dl}?linkType={quote(relation)}{context}", headers


def attributes(link: dict[str, Any]) -> str:
    return json.dumps([link.get(name) for name in ("type", "hreflang", "context")])


@check("loFor{linkType}")
def _(resolver: Resolver, dl: str) -> None:
    for relation, links in by_type(resolver, dl).items():
        alike = [attributes(link) for link in links]
        for link in links:
            path, headers = wanted(dl, relation, link)
            if alike.count(attributes(link)) == 1:
                reply = resolver.head(path, **headers)
                assert reply.status == 307, (relation, link)
                location = re.sub(r"[?&]linkType=[^&]*$", "", reply.headers["location"])
                assert location == link["href"]


@check("loFor{linkType}{n} (300)")
def _(resolver: Resolver, dl: str) -> None:
    for relation, links in by_type(resolver, dl).items():
        alike = [attributes(link) for link in links]
        for link in links:
            if alike.count(attributes(link)) > 1:
                path, headers = wanted(dl, relation, link)
                reply = resolver.ask("GET", path, {k.replace("_", "-"): v for k, v in headers.items()})
                assert reply.status == 300
                assert link["href"] in reply.body.decode()
