"""pyhandle, unchanged from PyPI, against a node that is really served, over HTTPS with a certificate of the test's own."""

import json
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.store.database import engine_for, writing
from tests.support import handle_desk, postgres, tenants
from tests.support.handle_desk import LOGIN, PREFIX, SECRET, basic
from tests.support.https import SecureServer

with warnings.catch_warnings():  # of packages that it still brings for Python 2
    warnings.simplefilter("ignore")
    from pyhandle.client.resthandleclient import RESTHandleClient
    from pyhandle.clientcredentials import PIDClientCredentials
    from pyhandle.handleexceptions import (
        HandleAlreadyExistsException,
        HandleAuthenticationError,
        HandleNotFoundException,
    )

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),  # pyhandle's own
    pytest.mark.filterwarnings("ignore:.*:PendingDeprecationWarning"),
]


@pytest.fixture(autouse=True)
def nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the proxy nor the certificates that the machine has for the world outside."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureServer]:
    """One for all of them: each has handles of its own."""
    folder = tmp_path_factory.mktemp("node")
    with ExitStack() as ends:
        if request.param == "sqlite":
            shutil.copyfile(request.getfixturevalue("migrated_file"), folder / "suyuan.db")
            url = f"sqlite:///{folder}/suyuan.db"
        else:
            cluster = request.getfixturevalue("postgres_cluster")
            url = cluster.create("suyuan_pyhandle", postgres.TEMPLATE)
            ends.callback(cluster.drop, "suyuan_pyhandle")
        _furnish(url, folder)
        server = SecureServer(folder, {"DATABASE_URL": url})
        ends.callback(server.stop)
        yield server.start()


def _furnish(url: str, folder: Path) -> None:
    engine, now = engine_for(url), datetime.now(UTC)
    with writing(engine) as session:
        ana = tenants.found(session, now).ana
        handle_desk.furnish(session, ana, Settings(data_dir=folder).keys_dir, now)
    engine.dispose()


@pytest.fixture
def client(server: SecureServer) -> RESTHandleClient:
    return connected(server)


def connected(server: SecureServer, secret: str = SECRET, **more: Any) -> RESTHandleClient:
    return RESTHandleClient.instantiate_with_username_and_password(
        server.base_url, LOGIN, secret, HTTPS_verify=str(server.files[0]), **more
    )


def test_the_whole_life_of_a_handle(client: RESTHandleClient) -> None:
    for suffix in ("part-7", "批次/七", "零件 七", "50%"):
        _live(client, f"{PREFIX}/{suffix}")


def _live(client: RESTHandleClient, handle: str) -> None:
    assert (
        client.register_handle(handle, "https://example.cn/1", checksum="abc", 批次="7", LOT="L-7") == handle
    )
    with pytest.raises(HandleAlreadyExistsException):
        client.register_handle(handle, "https://example.cn/2")
    assert (
        client.register_handle(handle, "https://example.cn/2", overwrite=True, LOT="L-7", NOTE="新") == handle
    )
    record = client.retrieve_handle_record(handle)
    assert {name: record[name] for name in ("URL", "LOT", "NOTE")} == {
        "URL": "https://example.cn/2",
        "LOT": "L-7",
        "NOTE": "新",
    }
    assert "CHECKSUM" not in record
    assert "HS_ADMIN" in record
    assert client.get_value_from_handle(handle, "LOT") == "L-7"
    by_index = client.retrieve_handle_record_json(handle, indices=[1])
    assert [value["type"] for value in by_index["values"]] == ["URL"]
    client.modify_handle_value(handle, URL="https://example.cn/3", LOT="L-8", NEW="added", ttl=60)
    assert client.get_value_from_handle(handle, "URL") == "https://example.cn/3"
    assert client.get_value_from_handle(handle, "LOT") == "L-8"
    assert client.get_value_from_handle(handle, "NEW") == "added"
    ttls = {value["type"]: value["ttl"] for value in client.retrieve_handle_record_json(handle)["values"]}
    assert (ttls["NEW"], ttls["NOTE"]) == (60, 86400)
    client.delete_handle_value(handle, "NOTE")
    assert client.get_value_from_handle(handle, "NOTE") is None
    assert client.delete_handle(handle) == handle
    assert client.retrieve_handle_record_json(handle) is None
    with pytest.raises(HandleNotFoundException):
        client.delete_handle(handle)


def test_a_name_is_generated(client: RESTHandleClient) -> None:
    handle = client.generate_and_register_handle(PREFIX, "https://example.cn/generated")
    assert handle.startswith(f"{PREFIX}/")
    assert client.get_value_from_handle(handle, "URL") == "https://example.cn/generated"
    client.delete_handle(handle)


def test_whole_records_and_values_by_name(client: RESTHandleClient) -> None:
    handle = f"{PREFIX}/json"
    entries = [{"index": 7, "type": "URL", "data": {"format": "string", "value": "https://a/"}}]
    assert client.register_handle_json(handle, entries) == handle
    assert client.register_handle_kv(handle, overwrite=True, URL="https://b/", COLOUR="红") == handle
    assert client.get_value_from_handle(handle, "COLOUR") == "红"


def test_handles_are_found_by_their_values(server: SecureServer) -> None:
    login = {"reverselookup_username": LOGIN, "reverselookup_password": SECRET}
    client = connected(server, allowed_search_keys=["URL", "LOT"], **login)
    client.register_handle(f"{PREFIX}/found", "https://example.cn/found", LOT="L-9")
    assert client.search_handle(URL="https://example.cn/found") == [f"{PREFIX}/found"]
    assert client.search_handle(LOT="L-*", prefix=PREFIX) == [f"{PREFIX}/found"]
    assert client.search_handle(LOT="L-10") == []


def test_a_wrong_password_changes_nothing(server: SecureServer) -> None:
    client = connected(server, "wrong")
    with pytest.raises(HandleAuthenticationError):
        client.register_handle(f"{PREFIX}/never", "https://example.cn/")
    assert client.retrieve_handle_record_json(f"{PREFIX}/never") is None


def test_whoever_administers_the_prefix_may_be_the_owner(server: SecureServer) -> None:
    credentials = PIDClientCredentials(
        client="rest",
        handle_server_url=server.base_url,
        username=LOGIN,
        password=SECRET,
        handleowner=f"200:0.NA/{PREFIX}",
        HTTPS_verify=str(server.files[0]),
    )
    client = RESTHandleClient.instantiate_with_credentials(credentials)
    handle = client.register_handle(f"{PREFIX}/owned", "https://example.cn/owned")
    client.modify_handle_value(handle, URL="https://example.cn/ours")
    owners = [
        value["data"]["value"]["handle"]
        for value in client.retrieve_handle_record_json(handle)["values"]
        if value["type"] == "HS_ADMIN"
    ]
    assert owners == [f"0.NA/{PREFIX}"]


PATHS = {
    "a%2Fb": "a/b",
    "a//c": "a//c",
    "a/../d": "a/../d",
    "a%23b%3Fc%25d": "a#b?c%d",
    "%E6%89%B9": "批",
    "a;b=c&d+e": "a;b=c&d+e",
    "a:b": "a:b",
}


def test_a_path_on_the_wire_is_the_handle_that_it_spells(server: SecureServer) -> None:
    value = b'{"values":[{"index":1,"type":"URL","data":"x"}]}'
    for path, suffix in PATHS.items():
        for method, body, status in (("PUT", value, 201), ("GET", None, 200)):
            connection = server.connection()
            connection.request(method, f"/api/handles/{PREFIX}/{path}", body, basic() if body else {})
            answer = connection.getresponse()
            told = json.loads(answer.read())
            connection.close()
            assert (answer.status, told["responseCode"], told["handle"]) == (status, 1, f"{PREFIX}/{suffix}")
