"""pyhandle, unchanged from PyPI, resolves names of other nodes through the recursive node."""

import threading
import warnings
from collections.abc import Iterator

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.simnet import SimNet
from tests.support.simtree import HANDLE, MAKER, Tree

with warnings.catch_warnings():  # of packages that it still brings for Python 2
    warnings.simplefilter("ignore")
    from pyhandle.client.resthandleclient import RESTHandleClient
    from pyhandle.handleexceptions import GenericHandleError

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),  # pyhandle's own
    pytest.mark.filterwarnings("ignore:.*:PendingDeprecationWarning"),
]


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  (werkzeug's name)
        pass


@pytest.fixture
def tree(net: SimNet) -> Tree:
    return Tree(net)


@pytest.fixture
def client(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Iterator[RESTHandleClient]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    node = tree.net.node("recursive", roles=("recursive",), root_hints=str(tree.net.root_hints("root")))
    server = make_server("127.0.0.1", 0, node.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield RESTHandleClient.instantiate_for_read_access(f"http://127.0.0.1:{server.port}", HTTPS_verify=False)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_record_of_another_node_is_read_by_the_client(tree: Tree, client: RESTHandleClient) -> None:
    for _ in range(3):  # walked for, then from memory
        record = client.retrieve_handle_record(HANDLE)
        assert record["URL"] == "https://id.example.cn/88.118.8/P1"
        assert record["batch"] == "值-batch-1"
    assert client.get_value_from_handle(HANDLE, "URL") == "https://id.example.cn/88.118.8/P1"
    assert tree.asked("maker") == 1


def test_what_is_missing_is_none_and_a_silent_node_an_error(tree: Tree, client: RESTHandleClient) -> None:
    assert client.retrieve_handle_record_json(f"{MAKER}/NOPE") is None
    tree.net.wire.down("maker")
    with pytest.raises(GenericHandleError):
        client.retrieve_handle_record_json(HANDLE)
