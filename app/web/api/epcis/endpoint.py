"""One path of the EPCIS interface: which methods it knows, and what every answer of it says beside its body.

A path is a class with `get`, `post`, `delete` as it has them; the rest is the same for all: whoever is not signed in
hears 401 and nothing else, OPTIONS answers everywhere, a method that is not there is 405 and names those that are.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import Blueprint, Response, g, request
from flask.views import View

from app.errors import N_
from app.web import edge, security
from app.web.api.epcis import addresses, limits, media, versions
from app.web.api.epcis.media import Wish
from app.web.api.epcis.problems import VALIDATION, TooLong, WrongMethod
from app.web.api.epcis.told import Told

ALL = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
OURS = "suyuan=https://suyuan.dev/ns/"
VENDOR = "Suyuan-1"
LONGEST_EXTENSIONS = 2_000

blueprint = Blueprint("epcis", __name__, url_prefix=addresses.PREFIX)


class Endpoint(View):
    """`offered` are the media types of what it gives and `taken` those of what is sent to it, `takes_events` whether
    that is events, `invalid` the standard's exception for what cannot be used there; `told` describes its methods."""

    methods: ClassVar[Any] = ALL
    provide_automatic_options = False
    init_every_request = False
    rule = ""
    offered: tuple[str, ...] = media.DATA
    takes_events = False
    most_bytes = limits.CAPTURE_BYTES
    taken: tuple[str, ...] = media.DATA
    invalid = VALIDATION
    told: ClassVar[Mapping[str, Told]] = {}
    asked_held = False  # clients may ask to hold the connection open: a rule of its own says why not

    def dispatch_request(self, **taken: str) -> Response:
        g.epcis_invalid = self.invalid
        method = "GET" if request.method == "HEAD" else request.method
        if len(request.full_path) > limits.LONGEST_ADDRESS:
            raise TooLong(
                "address-too-long",
                N_("The address has more than {most} characters."),
                N_("Give the query a name (POST /epcis/queries) and ask for its events."),
                most=limits.LONGEST_ADDRESS,
            )
        if method != "OPTIONS" and method not in self.known():
            raise WrongMethod(request.method, self.allow())
        versions.check(request.headers, taking=self.takes_events and method != "GET")
        handle = self.options if method == "OPTIONS" else getattr(self, method.lower())
        return self._dressed(handle(**taken))

    @classmethod
    def known(cls) -> list[str]:
        return [method for method in ("GET", "POST", "DELETE") if hasattr(cls, method.lower())]

    @classmethod
    def allow(cls) -> str:
        known = cls.known()
        return ", ".join(
            ["OPTIONS", *(("GET", "HEAD") if "GET" in known else ()), *known[known[:1] == ["GET"] :]]
        )

    def options(self, **taken: str) -> Response:
        """What may be done here and in which versions; 404 where GET would say so."""
        self.must_exist(**taken)
        response = Response(status=204)
        response.headers["Allow"] = self.allow()
        response.headers.update(versions.headers_of(taking=self.takes_events))
        response.headers[media.EPC_HEADER] = response.headers[media.CBV_HEADER] = media.NO_PREFERENCE
        response.headers["GS1-Vendor-Version"] = VENDOR
        response.headers.update(self.more_options(**taken))
        return response

    def must_exist(self, **_taken: str) -> None:
        """Unknown for a path that leads to nothing the reader may know of."""

    def more_options(self, **_taken: str) -> Mapping[str, str]:
        """Headers of OPTIONS that only this path has."""
        return {}

    @classmethod
    def wish(cls) -> Wish:
        return media.wish_of(request.headers, cls.offered)

    @staticmethod
    def _dressed(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("GS1-EPCIS-Version", versions.CURRENT)
        headers.setdefault("GS1-CBV-Version", versions.CURRENT)
        headers.setdefault("GS1-Extensions", OURS)
        if not response.get_data():
            del headers["Content-Type"]  # of nothing
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = (
            f"Accept, Accept-Language, Authorization, Cookie, {media.EPC_HEADER}, {media.CBV_HEADER}"
        )
        return response


PUT: list[type[Endpoint]] = []  # all of them, for their description


def at(rule: str, name: str) -> Callable[[type[Endpoint]], type[Endpoint]]:
    """Puts an endpoint at a path below /epcis: `@at("/events/<name:event_id>", "event")`."""

    def put(endpoint: type[Endpoint]) -> type[Endpoint]:
        endpoint.rule = rule
        PUT.append(endpoint)
        view: Any = endpoint.as_view(name)
        if endpoint.takes_events:
            view = security.may_send(endpoint.most_bytes)(view)
        blueprint.add_url_rule(rule, view_func=view, strict_slashes=False)
        if endpoint.asked_held:
            held = endpoint.as_view(f"{name}_held")
            blueprint.add_url_rule(
                rule, view_func=held, methods=["GET"], websocket=True, strict_slashes=False
            )
        return endpoint

    return put


def namespaces() -> dict[str, str]:
    """Prefixes that the client explains in GS1-Extensions: `ex=https://example.com/, b=…`."""
    found = {}
    for part in request.headers.get("GS1-Extensions", "")[:LONGEST_EXTENSIONS].split(","):
        prefix, sign, namespace = (text.strip() for text in part.partition("="))
        if sign and prefix and namespace:
            found[prefix] = namespace
    return found


def require(right: str) -> None:
    edge.actor().require(right)
