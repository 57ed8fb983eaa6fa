"""A node with the prefix 88.118.8 and its administrator 301:88.118.8/ADMIN, as the transcripts of a real server have it."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.domain import handles
from app.domain.people import Actor
from app.services import handle_admins, handle_keys, masterdata, registering
from app.services.handle_rights import Who

PREFIX = "88.118.8"
LOGIN = f"301:{PREFIX}/ADMIN"
URL = {"index": 1, "type": "URL", "data": "https://a/"}
SECRET = "secret"


def basic(login: str = LOGIN, secret: str = SECRET) -> dict[str, str]:
    """As pyhandle does it: the identity escaped, since it holds a colon itself."""
    return {"Authorization": "Basic " + base64.b64encode(f"{quote(login)}:{secret}".encode()).decode()}


def furnish(session: Session, ana: Actor, keys_dir: Path, now: datetime) -> Actor:
    """The company of the prefix, its administrator and a handle with the values of the transcripts; Dee, who runs it."""
    from tests.support.tenants import hire

    company = masterdata.create_organisation(session, ana, PREFIX, "迪伊", "Dee", now)
    dee = hire(session, ana, "dee", "administrator", now, organisation_id=company.id)
    key = handle_keys.secret_value(301, SECRET, keys_dir, fast=True)
    handle_admins.create(session, dee, PREFIX, "ADMIN", key, now)
    values = [
        handles.text_value(1, "URL", "https://id.example.cn/88.118.8/P1"),
        handles.text_value(2001, "batch", "值-batch-1"),
    ]
    for suffix, these in {"P0000001": values, "P0000009": values, "N1": values}.items():
        registering.put(session, Who(actor=dee), f"{PREFIX}/{suffix}", these, now=now)
    return dee


def admin_value(index: int = 100, login: str = LOGIN, permissions: str = "011111110011") -> dict[str, Any]:
    """An HS_ADMIN value as pyhandle sends it: the index of the reference as text."""
    number, _, handle = login.partition(":")
    data = {"handle": handle, "index": number, "permissions": permissions}
    return {"index": index, "type": "HS_ADMIN", "data": {"format": "admin", "value": data}}


class Desk:
    """A client of the API over HTTPS; paths go after /api/handles/ unescaped but for what a URL cannot hold."""

    def __init__(self, app: Flask, base_url: str = "https://localhost") -> None:
        self.client: FlaskClient = app.test_client()
        self.base_url = base_url

    def get(self, handle: str, *, query: str = "", **headers: str) -> TestResponse:
        return self.ask("GET", f"/api/handles/{quote(handle)}?{query}", headers=headers)

    def put(
        self,
        handle: str,
        values: list[Any] | bytes,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        data = values if isinstance(values, bytes) else orjson.dumps({"values": values})
        return self.ask(
            "PUT",
            f"/api/handles/{quote(handle)}?{query}",
            data=data,
            headers=basic() if headers is None else headers,
        )

    def delete(self, handle: str, *, query: str = "", headers: dict[str, str] | None = None) -> TestResponse:
        return self.ask(
            "DELETE", f"/api/handles/{quote(handle)}?{query}", headers=basic() if headers is None else headers
        )

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.client.open(path.rstrip("?"), method=method, base_url=self.base_url, **more)


def told(answer: TestResponse) -> tuple[int, int]:
    """Status and response code."""
    return answer.status_code, answer.get_json()["responseCode"]


# --- transcripts ---


@dataclass
class Exchange:
    """One request of a transcript and what the real server answered."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: str
    status: int
    answer_headers: list[tuple[str, str]]
    answer: str
    name: str = field(default="")

    @property
    def path(self) -> str:
        return re.sub(r"^https?://[^/]*", "", self.url)

    @property
    def base_url(self) -> str:
        return self.url[: len(self.url) - len(self.path)]


def exchanges(transcript: str) -> Iterator[Exchange]:
    """The requests of a transcript as curl was called, each with its answer."""
    for part in transcript.split("### ")[1:]:
        asked, _, rest = part.partition("\n")
        head, _, answer = rest.replace("\r\n", "\n").partition("\n\n")
        status, *lines = head.splitlines()
        options, _, url = asked.rpartition(" ")
        words = re.split(r"(?:^| )-(?=[XHd] )", options)
        headers = [tuple(word[2:].split(": ", 1)) for word in words if word.startswith("H ")]
        method = next((word[2:] for word in words if word.startswith("X ")), "GET")
        body = next((word[2:] for word in words if word.startswith("d ")), "")
        yield Exchange(
            method,
            url,
            headers,
            body,
            int(status.split()[1]),
            [tuple(line.split(": ", 1)) for line in lines],
            answer.strip(),
            f"{method} {url}",
        )


def values_of(desk: Desk, handle: str, **headers: str) -> dict[int, object]:
    found = desk.get(handle, **headers).get_json()["values"]
    return {value["index"]: value["data"]["value"] for value in found}
