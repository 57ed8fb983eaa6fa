"""A photographed label judged: on the page and over the API."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from labels import degrading
from tests.support.floor import assert_sentence
from tests.support.tenants import Tenants, Visitor


@pytest.fixture
def bo(world: Tenants, visit: Callable[[str], Visitor]) -> Visitor:
    return visit("bo")


def photo(blur: float = 0) -> bytes:
    scene = degrading.drawn(np.random.default_rng(7), "QRCode", 8.0)
    out = io.BytesIO()
    degrading.blurred(scene.image, blur).save(out, "PNG")
    return out.getvalue()


def nothing() -> bytes:
    out = io.BytesIO()
    Image.new("L", (320, 240), 200).save(out, "PNG")
    return out.getvalue()


def sent(visitor: Visitor, path: str, picture: bytes, language: str = "en", **more: str) -> TestResponse:
    fields = {"photo": FileStorage(io.BytesIO(picture), "photo.png"), "csrf_token": visitor.token, **more}
    boundary, body = encode_multipart(fields if path.startswith("/labels") else {"photo": fields["photo"]})
    return visitor.client.post(
        path,
        query_string={"lang": language} | (more if path.startswith("/api") else {}),
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"X-CSRFToken": visitor.token},
    )


def test_the_api_tells_grade_measures_and_advice(bo: Visitor) -> None:
    good = sent(bo, "/api/v1/labels/check", photo(), width="5.8").json
    assert good["code"].startswith("HTTPS://ID.EXAMPLE.COM/")
    assert (good["symbology"], good["grade"], good["advice"][0]["code"]) == (
        "QRCode",
        "A",
        "module-too-small",
    )
    poor = sent(bo, "/api/v1/labels/check", photo(3), "zh").json
    assert (poor["grade"], poor["advice"][0]["code"]) == ("F", "soft")
    assert_sentence(poor["advice"][0]["message"], "zh")
    assert_sentence(poor["advice"][0]["hint"], "zh")
    assert {each["name"] for each in poor["measures"]} >= {"contrast", "modulation", "quiet-zone"}


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Grade F", "An estimate")), ("zh", ("F 级", "估计"))]
)
def test_the_page_shows_what_to_do_and_that_it_is_an_estimate(
    bo: Visitor, language: str, words: tuple[str, str]
) -> None:
    page = sent(bo, "/labels/check", photo(3), language).text
    assert all(word in page for word in words)
    assert 'capture="environment"' in page
    assert "check-weak" in page


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("picture", "more", "code"),
    [
        (nothing, {}, "nothing-readable"),
        (lambda: b"no picture", {}, "not-an-image"),
        (photo, {"width": "9999"}, "bad-width"),
    ],
)
def test_what_cannot_be_judged_is_told_in_a_sentence(
    bo: Visitor, picture: Callable[[], bytes], more: dict[str, str], code: str, language: str
) -> None:
    page = sent(bo, "/labels/check", picture(), language, **more)
    assert page.status_code == 400
    answer = sent(bo, "/api/v1/labels/check", picture(), language, **more)
    if not more:
        assert (answer.status_code, answer.json["code"]) == (400, code)
        assert_sentence(answer.json["detail"], language)
    else:
        assert answer.status_code == 422


@pytest.mark.parametrize("width", ["abc", "1e9", "-3", "９"])
def test_a_width_that_is_none_is_refused_with_the_form(bo: Visitor, width: str) -> None:
    page = sent(bo, "/labels/check", photo(), width=width)
    assert (page.status_code, "mm wide" in page.text) == (400, True)


def test_without_a_photo_nothing_is_judged(bo: Visitor) -> None:
    page = bo.client.post("/labels/check", data={"csrf_token": bo.token})
    assert (page.status_code, "No file was chosen" in page.text) == (400, True)


def test_strangers_are_sent_to_sign_in(visit: Callable[[str], Visitor], bo: Visitor) -> None:
    bo.client.delete_cookie("suyuan")
    assert bo.client.get("/labels/check").status_code in {302, 303, 401}
