"""Photographs of labels over HTTP: read, or told in a sentence why not."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.labels.samples import picture
from tests.support.floor import assert_sentence
from tests.support.tenants import Tenants, Visitor

CODE = "88.118.1001/7Q2K9XW4M3ABCDEF"


@pytest.fixture
def bo(world: Tenants, visit: Callable[[str], Visitor]) -> Visitor:
    return visit("bo")


def photo_of(code: str) -> bytes:
    return picture(f"HTTPS://X.EXAMPLE/{code}", code)


def upload(visitor: Visitor, picture: bytes, language: str = "en") -> TestResponse:
    boundary, body = encode_multipart({"photo": FileStorage(io.BytesIO(picture), "photo.jpg")})
    return visitor.client.post(
        "/api/v1/photos",
        query_string={"lang": language},
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"X-CSRFToken": visitor.token},
    )


def test_a_photo_of_a_label_is_read(bo: Visitor) -> None:
    assert upload(bo, photo_of(CODE)).json == {"codes": [f"HTTPS://X.EXAMPLE/{CODE}"]}


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("L", (320, 240), 200).save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000), 1).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("picture", "status", "code"), [
    (blank, 400, "nothing-readable"),
    (bomb, 400, "image-too-large"),
    (lambda: b"%PDF-1.7 not a picture", 400, "not-an-image"),
    (lambda: b"\0" * (20 * 1024 * 1024 + 1), 413, "too-large"),
    (lambda: b"\0" * (22 * 1024 * 1024), 413, "too-large"),
])  # fmt: skip
def test_what_is_no_readable_photo_is_told_in_a_sentence(
    bo: Visitor, picture: Callable[[], bytes], status: int, code: str, language: str
) -> None:
    answer = upload(bo, picture(), language)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert_sentence(answer.json["detail"], language)
    assert_sentence(answer.json["hint"], language)


def test_no_photo_at_all_is_told_too(bo: Visitor) -> None:
    answer = bo.client.post("/api/v1/photos", data={}, headers={"X-CSRFToken": bo.token})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert "photo" in str(answer.json["errors"])
