"""The report read back from its PDF: texts, symbol, fonts, pages, outline, in both languages."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from babel.messages.pofile import read_po

from app.domain.identifiers import parse
from app.domain.provenance import Provenance
from app.errors import Malformed
from reports.provenance import pdf
from reports.reader import identifier_text
from tests.reports.support import battery

ASKED = datetime(2026, 3, 12, 8, 5, tzinfo=UTC)
Made = Callable[..., bytes]


def made(
    provenance: Provenance, language: str = "en", gettext: Callable[[str], str] = str, **more: object
) -> bytes:
    given: dict[str, object] = {
        "base_url": "https://trace.hengyue.example",
        "asked_by": "Zhang Wei, Quality",
        "asked_at": ASKED,
        "report_id": "R-2026-000417",
        "software": "Suyuan 1.0",
    }
    return pdf(provenance, language=language, gettext=gettext, **(given | more))  # type: ignore[arg-type]


def in_chinese() -> Callable[[str], str]:
    with Path("app/web/translations/zh/LC_MESSAGES/messages.po").open("rb") as file:
        known = {message.id: message.string for message in read_po(file) if isinstance(message.id, str)}
    return lambda text: str(known.get(text) or text)


def page_texts(document: bytes) -> list[str]:
    with pypdfium2.PdfDocument(document) as opened:
        found = []
        for number in range(len(opened)):
            page = opened[number]
            text = page.get_textpage()
            found.append(text.get_text_range().replace("\r\n", "\n").replace("\u00a0", " "))
            text.close()
            page.close()
        return found


@pytest.fixture(scope="module")
def english() -> bytes:
    return made(battery.pack())


@pytest.fixture(scope="module")
def chinese() -> bytes:
    return made(battery.pack(), "zh", in_chinese())


@pytest.fixture(scope="module", params=["english", "chinese"])
def either(request: pytest.FixtureRequest) -> bytes:
    document: bytes = request.getfixturevalue(request.param)
    return document


@pytest.fixture
def opened(either: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(either)) as document:
        yield document


def test_the_symbol_on_the_rendered_cover_opens_the_subject(either: bytes) -> None:
    with pypdfium2.PdfDocument(either) as document:
        picture = document[0].render(scale=110 / 72).to_pil().convert("L")
    found = zxingcpp.read_barcodes(picture)
    assert [parse(code.text).epc for code in found] == [battery.pack().subject.epc]
    assert found[0].text.startswith("HTTPS://TRACE.HENGYUE.EXAMPLE/88.118.1002/")


def test_every_entry_of_the_log_is_listed_once_in_english(english: bytes) -> None:
    listed = re.findall(r"(?m)^No\. (\d+)", "\n".join(page_texts(english)))
    assert sorted(map(int, listed)) == [record.seq for record in battery.pack().records]


def test_every_entry_of_the_log_is_listed_once_in_chinese(chinese: bytes) -> None:
    listed = re.findall(r"(?m)^第 (\d+) 号 *\n?", "\n".join(page_texts(chinese)))
    assert sorted(map(int, listed)) == [record.seq for record in battery.pack().records]


def test_every_page_after_the_cover_names_the_subject_and_its_number(either: bytes) -> None:
    texts = page_texts(either)
    for number, text in enumerate(texts, 1):
        assert f"{number} / {len(texts)}" in text
        assert identifier_text(battery.pack().subject.epc) in text
        assert number == 1 or "R-2026-000417" in text


def test_the_cover_says_what_is_asked_of_a_report(english: bytes) -> None:
    cover = page_texts(english)[0]
    for expected in (
        "Traction battery pack 82 kWh", "动力电池包 82 kWh", "HY82-260308-0017", "Hengyue Battery Systems",
        "Zhang Wei, Quality", "2026-03-12 08:05", "R-2026-000417", "1,534", "Suyuan 1.0", "UTC",
        "Not on hold itself", "OCV drop above limit", "https://trace.hengyue.example/88.118.1002/",
    ):  # fmt: skip
        assert expected in cover


def test_every_input_is_listed_with_its_identifier(either: bytes) -> None:
    provenance, text = battery.pack(), "".join("\n".join(page_texts(either)).split())
    for node in provenance.nodes:
        if node.level not in {"process", ""}:
            assert identifier_text(node.epc) in text


def test_inputs_have_supplier_quantity_date_place_and_document(english: bytes) -> None:
    text = " ".join("\n".join(page_texts(english)).split())
    start = text.index("Every input, tier by tier")
    table = text[start : text.index("Everything the subject became part of")]
    for expected in (
        "Xiangjiang Cathode",
        "425 kg",
        "Changsha calcination",
        "Order PO-2026-0017",
        "Nordhelm",
    ):
        assert expected in table
    assert "Not shared with you" in table
    assert "Held: OCV drop above limit" in table


def test_a_delivery_without_receipt_and_a_correction_are_visible(english: bytes) -> None:
    text = " ".join("\n".join(page_texts(english)).split())
    assert "No receipt recorded" in text
    wrong = next(record for record in battery.pack().records if record.corrected)
    right = next(record for record in battery.pack().records if record.corrects)
    assert f"Withdrawn by No. {right.seq}" in text
    assert f"Withdraws No. {wrong.seq}" in text
    assert "Entered for the wrong" in text


def test_what_happened_and_when_it_was_recorded_stand_side_by_side(english: bytes) -> None:
    late = next(record for record in battery.pack().records if record.step == "receive")
    happened, recorded = (f"{t:%Y-%m-%d %H:%M}" for t in (late.event_time, late.record_time))
    text = " ".join("\n".join(page_texts(english)).split())
    assert f"{happened} / {recorded} (+1 d 0 h)" in text


def test_gaps_are_sentences_in_the_readers_language(english: bytes, chinese: bytes) -> None:
    in_english, in_hanzi = "".join(page_texts(english)), "".join(page_texts(chinese))
    assert "was shipped to Donglan Motors on" in in_english
    assert "12.5 kg of 21700 cylindrical cell" in in_english
    assert "东岚汽车集团" in in_hanzi
    assert "Donglan" not in in_hanzi


def test_a_report_without_gaps_says_so() -> None:
    text = "\n".join(page_texts(made(replace(battery.pack(5), gaps=()))))
    assert "No gaps found" in text


def test_the_position_in_the_log_and_the_checkpoint_are_verbatim(either: bytes) -> None:
    text = page_texts(either)[-1]
    assert battery.ROOT in text
    for line in battery.CHECKPOINT.splitlines():
        assert line.removeprefix("— ") in text


def test_a_checkpoint_older_than_the_last_entry_is_not_said_to_cover_it() -> None:
    provenance = battery.pack(5)
    log = replace(provenance.log, checkpoint_size=450, last_seq=600)
    assert "those from No. 450 on are newer" in page_texts(made(replace(provenance, log=log)))[-1]


def test_every_font_is_embedded_and_can_write_chinese(opened: pikepdf.Pdf) -> None:
    fonts = {}
    for page in opened.pages:
        for font in (page.get("/Resources", {}).get("/Font", {}) or {}).values():
            fonts[str(font.BaseFont)] = font.DescendantFonts[0].FontDescriptor
    assert fonts
    assert any("CJK-SC" in name for name in fonts)
    for descriptor in fonts.values():
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_the_document_tells_title_language_and_author(opened: pikepdf.Pdf) -> None:
    assert identifier_text(battery.pack().subject.epc) in str(opened.docinfo.Title)
    assert str(opened.docinfo.Author) == "Zhang Wei, Quality"
    assert str(opened.Root.Lang) in {"en", "zh-CN"}
    assert opened.Root.MarkInfo.Marked
    with opened.open_metadata() as metadata:
        assert metadata.pdfa_status == "3A"


def test_a_long_report_does_without_tags_but_stays_fit_for_the_archive() -> None:
    with pikepdf.open(io.BytesIO(made(battery.pack(90)))) as document, document.open_metadata() as metadata:
        assert metadata.pdfa_status == "3U"
        assert "/StructTreeRoot" not in document.Root


def test_the_outline_leads_to_every_section(english: bytes) -> None:
    with pypdfium2.PdfDocument(english) as document:
        titles = [item.get_title() for item in document.get_toc()]
    assert titles[0] == "Traction battery pack 82 kWh"
    assert "Genealogy" in titles
    assert next(title for title in titles if re.match(r"[1-8]", title)).endswith("Where it came from")
    assert sum(bool(re.match(r"[1-8]", title)) for title in titles) == 8


def test_the_contents_name_the_right_pages(english: bytes) -> None:
    texts = page_texts(english)
    for heading in ("Chain of custody", "Lots and quantities", "Integrity of the data"):
        number = int(re.search(rf"{heading}\s+(\d+)", texts[0])[1])  # type: ignore[index]
        assert heading in texts[number - 1]


def test_the_chinese_report_has_chinese_headings_and_names(chinese: bytes) -> None:
    text = "\n".join(page_texts(chinese))
    for expected in (
        "溯源报告",
        "谱系",
        "动力电池包 82 kWh",
        "恒岳动力电池系统有限公司",
        "宁波总装二车间",
        "检验",
    ):
        assert expected in text
    assert "Hengyue" not in text.replace("hengyue", "")


def test_the_genealogy_is_a_drawing_whose_text_can_be_searched(english: bytes) -> None:
    page = next(text for text in page_texts(english) if "Read from left to right" in text)
    assert "Cell module 12S4P" in page
    assert "Not shared" in page


def test_the_same_question_gives_the_same_bytes() -> None:
    assert made(battery.pack(3)) == made(battery.pack(3))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"&<b>{{ 7 * 7 }}', "أمان البطارية", "\u202eexe.\x00\ud800x"]
)
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    provenance = battery.pack(3)
    subject = replace(provenance.subject, product_en=name, held=name)
    nodes = tuple(subject if node.id == subject.id else node for node in provenance.nodes)
    document = made(replace(provenance, subject=subject, nodes=nodes), asked_by=name, report_id="R<1>")
    cover = page_texts(document)[0]
    if name.isascii():
        assert name in cover
        assert "R<1>" in cover


def test_times_are_told_by_the_clock_asked_for() -> None:
    cover = page_texts(made(battery.pack(3), zone=ZoneInfo("Asia/Shanghai")))[0]
    assert "2026-03-12 16:05" in cover
    assert "Asia/Shanghai" in cover


def test_a_lone_thing_makes_a_short_report() -> None:
    provenance = battery.pack(3)
    lone = replace(
        provenance, nodes=(provenance.subject,), links=(), records=(), custody=(), gaps=(), container=None
    )
    texts = page_texts(made(lone))
    assert len(texts) <= 4
    assert "Nothing is recorded to have gone into it." in "\n".join(texts)


def test_a_lot_shows_where_it_is_and_whether_it_adds_up() -> None:
    text = "\n".join(page_texts(made(battery.lot())))
    assert re.search(r"Made\s+4,800 pcs", text)
    assert re.search(r"In stock or on its way\s+4,700 pcs", text)
    assert re.search(r"Not accounted for in what you may see\s+4 pcs", text)
    assert "On its way to Hengyue Battery Systems" in text


def test_a_genealogy_of_thousands_still_makes_a_report() -> None:
    texts = page_texts(made(battery.wide(800)))
    assert "Product 4" in "\n".join(texts)
    assert "Part 1 of" in "\n".join(texts) or "Genealogy" in texts[1]


def test_a_base_address_that_is_none_is_refused() -> None:
    with pytest.raises(Malformed) as refusal:
        made(battery.pack(3), base_url="trace.example")
    assert refusal.value.code == "bad-base-url"
