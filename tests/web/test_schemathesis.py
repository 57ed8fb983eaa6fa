"""Whatever the API's own description allows, and what it does not, is answered without an error of ours (schemathesis)."""

import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from app.services import authenticating
from app.store.database import writing
from tests.support.tenants import Tenants

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the packages it brings along
    import schemathesis
    from schemathesis import GenerationMode

DESCRIPTION = "/api/v1/openapi.json"
ENDS_THE_KEY = {"/api/v1/me/sign-out-everywhere", "/api/v1/me/password"}
MEANT = {501, 502, 503}  # not done here, another node did not answer, busy: said in words
EXAMPLES = 4  # of each operation in each mode: some two thousand calls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def headers(app: Flask, world: Tenants) -> dict[str, str]:
    node = app.extensions["suyuan"]
    with writing(node.engine) as session:
        return {"Authorization": f"Bearer {authenticating.create_key(session, world.ana, 'st', node.now())}"}


def operations(app: Flask) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi(DESCRIPTION, app)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in ENDS_THE_KEY:
            yield operation


def asked(operation: Any, mode: GenerationMode, headers: dict[str, str], broken: dict[str, str]) -> int:
    """Asks some examples of an operation; how many."""
    count = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        nonlocal count
        answer = case.call(headers=headers)
        count += 1
        if answer.status_code >= 500 and answer.status_code not in MEANT:
            broken[operation.label] = f"{answer.status_code} {case.as_curl_command()}"

    with suppress(Unsatisfiable):  # nothing can be wrong with what takes nothing
        ask()
    return count


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not"])
def test_no_call_meets_an_error_of_ours(app: Flask, headers: dict[str, str], mode: GenerationMode) -> None:
    app.config["TESTING"] = False  # what nobody foresaw becomes an answer, and fails below
    broken: dict[str, str] = {}
    count = sum(asked(operation, mode, headers, broken) for operation in operations(app))
    assert not broken, "\n".join(f"{label}: {how}" for label, how in broken.items())
    assert count > 300
