"""The reader on what is hard: several codes at once, documents, doubtful bytes, and pictures with nothing in them."""

import io

import numpy as np
import pytest
import qrcode
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from labels import codes, degrading, photos
from labels.degrading import KINDS, PAPER, on_bench, samples
from labels.errors import LabelError
from labels.photo_decoders import LINEAR, by_zbar, by_zxing, confirmed, unguessed
from labels.reading import read, read_image
from labels.symbols import matrices
from labels.views import first_look

HARDEST = {"crumpled": 0.7, "small": 0.9, "Data Matrix, damage": 0.6, "Data Matrix, small": 0.9}


def chance() -> np.random.Generator:
    return np.random.default_rng(11)


def read_of(kind: str, count: int) -> float:
    """The part that is read right; whatever is read must be right."""
    right = 0
    for sample in samples(kind, count):
        try:
            found = [reading.text for reading in read_image(sample.image, allowed=10)]
        except LabelError:
            continue
        assert found == [sample.text], sample.name
        right += 1
    return right / count


@pytest.mark.parametrize("kind", KINDS)
def test_labels_spoilt_in_every_way_are_read_and_never_read_wrong(kind: str) -> None:
    assert read_of(kind, 3) >= HARDEST.get(kind, 1) - 0.35


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_ladder_reads_of_forty_what_it_ever_read(kind: str) -> None:
    assert read_of(kind, 40) >= HARDEST.get(kind, 0.95)


def test_a_data_matrix_cut_out_along_its_edge_is_read_on_a_dark_bench() -> None:
    assert read_of("Data Matrix, no quiet zone", 12) == 1


# --- several in one picture ---


def sheet(texts: list[str], spoilt: dict[int, str]) -> Image.Image:
    """Labels in rows of three; the spoilt ones are pale or blotted."""
    page = Image.new("L", (1200, 160 * ((len(texts) + 2) // 3) + 40), PAPER)
    for number, text in enumerate(texts):
        label = on_bench(matrices([text])[0], 4, (text[-8:],))
        if spoilt.get(number) == "pale":
            label = degrading.noisy(degrading.dimmed(label, 205, 226), 3, chance())
        elif spoilt.get(number) == "soft":
            label = degrading.blurred(label, 2.1)
        page.paste(
            label.crop((32, 32, *(side - 32 for side in label.size))),
            (20 + number % 3 * 390, 20 + number // 3 * 160),
        )
    return page


def test_labels_that_are_hard_to_read_are_found_beside_those_that_are_easy() -> None:
    texts = [f"HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3AB{number:04d}" for number in range(9)]
    found = read_image(sheet(texts, {2: "soft", 4: "pale", 7: "soft"}), allowed=10)
    assert sorted(reading.text for reading in found) == texts


def test_the_same_code_twice_in_a_picture_is_told_twice_at_its_places() -> None:
    found = read_image(sheet(["88.118.1001/A"] * 2, {}))
    assert [reading.text for reading in found] == ["88.118.1001/A"] * 2
    assert abs(found[0].corners[0][0] - found[1].corners[0][0]) > 300


# --- documents ---


def document(kind: str, count: int) -> tuple[bytes, list[str]]:
    scenes = [degrading.drawn(chance(), "QRCode", 4.0 + number) for number in range(count)]
    out = io.BytesIO()
    scenes[0].image.save(out, kind, save_all=True, append_images=[scene.image for scene in scenes[1:]])
    return out.getvalue(), [scene.text for scene in scenes]


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_every_page_of_a_document_is_read_and_says_which_it_is(kind: str) -> None:
    data, texts = document(kind, 3)
    assert [(reading.page, reading.text) for reading in read(data)] == list(enumerate(texts, 1))


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_more_than_twenty_pages_are_refused(kind: str) -> None:
    out = io.BytesIO()
    page = Image.new("L", (60, 40), 200)
    page.save(out, kind, save_all=True, append_images=[page] * 20)
    with pytest.raises(LabelError) as refused:
        list(photos.pages(out.getvalue()))
    assert refused.value.code == "too-many-pages"


@pytest.mark.parametrize("box", ["0 0 1000000 1", "0 0 1 1000000", "0 0 14400 14400", "0 0 0 0"])
def test_a_page_of_any_size_is_drawn_within_the_limits(box: str) -> None:
    data = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{box}]>>endobj\ntrailer<</Root 1 0 R>>"
    ).encode()
    (page,) = photos.pages(data)
    assert page.width * page.height <= photos.MAX_PIXELS


# --- never wrong ---


def in_bytes(octets: bytes) -> Image.Image:
    code = qrcode.QRCode(border=4)
    code.add_data(octets, optimize=0)
    code.make()
    dots = np.kron(~np.array(code.get_matrix(), bool), np.ones((5, 5), bool))
    return Image.fromarray(dots.astype(np.uint8) * 255)


@pytest.mark.parametrize(
    "text", ["HTTPS://ID.EX/批次2026", "88.118.1001/磷酸铁锂", "Ärger café", "é", "한국어", "电芯A"]
)
def test_zbar_s_guesses_of_a_character_set_are_taken_back(text: str) -> None:
    picture = in_bytes(text.encode())
    assert read_image(picture)[0].text == text
    assert {reading.text for reading in by_zbar(first_look(picture))} <= {text}
    assert unguessed("HTTPS://ID.EX/謇ｹ") == "HTTPS://ID.EX/批"


def test_chinese_of_older_machines_is_read_as_chinese() -> None:
    assert read_image(in_bytes("批次：磷酸铁锂".encode("gb2312")))[0].text == "批次：磷酸铁锂"
    assert read_image(in_bytes("Ärger café".encode("latin-1")))[0].text == "Ärger café"


def test_a_linear_code_counts_only_when_it_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = on_bench(np.repeat(codes.code128("88.118.1001/A"), 30, axis=0), 3, (), 12)
    assert read_image(picture, 0.3)[0].text == "88.118.1001/A"
    monkeypatch.setattr("labels.reading.confirmed", lambda *_: [])
    with pytest.raises(LabelError):
        read_image(picture, 0.1)


def test_bars_in_the_rows_of_a_square_code_are_no_linear_code() -> None:
    picture = on_bench(np.repeat(codes.code128("88.118.1001/A"), 30, axis=0), 3, (), 12)
    view = first_look(picture)
    linear, _ = by_zxing(view, LINEAR)
    assert confirmed(view, linear, []) == linear
    (left, top), *_ = linear[0].corners
    square = ((left - 90, top - 90), (left + 9, top - 90), (left + 9, top + 90), (left - 90, top + 90))
    assert confirmed(view, linear, [square]) == []


def test_micro_qr_is_not_read_as_it_is_seen_in_the_corners_of_larger_symbols() -> None:
    drawn = zxingcpp.create_barcode("21900", zxingcpp.BarcodeFormat.MicroQRCode).to_image(scale=6)
    with pytest.raises(LabelError):
        read_image(Image.fromarray(np.pad(np.asarray(drawn), 60, constant_values=255)), 0.1)


def test_a_linear_code_of_few_characters_is_taken_for_chance() -> None:
    with pytest.raises(LabelError):
        read_image(on_bench(np.repeat(codes.code128("087"), 30, axis=0), 3, (), 12), 0.1)


def text_page() -> Image.Image:
    page = Image.new("L", (400, 300), PAPER)
    for line in range(12):
        words = "".join(chr(each) for each in chance().integers(33, 126, 40))
        ImageDraw.Draw(page).text((5, line * 24), words, 20, ImageFont.load_default(8 + line))
    return page


def stripes() -> Image.Image:
    row = np.repeat(np.arange(200) % 2, chance().integers(1, 5, 200))[:320]
    return Image.fromarray(np.tile(row.astype(np.uint8) * 255, (240, 1)))


def chequers() -> Image.Image:
    dots = chance().random((48, 64)) < 0.5
    return Image.fromarray(np.kron(dots, np.ones((5, 5), bool)).astype(np.uint8) * 255)


def wreck(form: str) -> Image.Image:
    return degrading.blotted(degrading.drawn(chance(), form, 6).image, 60, 12, chance())


@pytest.mark.parametrize(
    "picture", [text_page, stripes, chequers, lambda: wreck("QRCode"), lambda: wreck("DataMatrix")]
)
def test_nothing_is_read_where_there_is_nothing(picture: object) -> None:
    with pytest.raises(LabelError) as refused:
        read_image(picture(), allowed=0.5)  # type: ignore[operator]
    assert refused.value.code == "nothing-readable"
