"""Labels without a print run: each thing on the label of its kind, read back, and what cannot be printed named."""

import io

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from app.errors import Refused
from app.services import labelling
from app.store.database import reading
from labels import reading as decoding
from labels.fields import Content
from tests.support.world import World

BASE = "https://id.example.com"


def test_things_of_all_kinds_lie_on_one_sheet_in_the_order_asked_for(world: World) -> None:
    piece, other = world.mint("module", 2)
    (pallet,) = world.mint()
    epcs = [piece, world.lot("powder", "L-1", "12.5"), other, pallet, world.at["plant"]]
    with reading(world.engine) as session:
        said = labelling.contents_of(session, world.ana, epcs, BASE, "en")
    kinds = ["product", "lot", "product", "carton", "location"]
    assert [labelling.template_for(each) for each in said] == [f"{kind}-70x37" for kind in kinds]
    heard: list[tuple[int, int]] = []
    document = labelling.sheet(said, "en", 21, 203, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (10, 10)
    assert len(pikepdf.open(io.BytesIO(document)).pages) == 2
    with pypdfium2.PdfDocument(document) as pages:
        texts = [page.get_textpage().get_text_range() for page in pages]
        seen = [page.render(scale=203 / 72, grayscale=True).to_pil() for page in pages]
    assert "Logistic unit" in texts[0]
    assert "Plant" in texts[1]
    read = [sorted(found.text for found in decoding.read_image(page)) for page in seen]
    assert read == [sorted(each.payload for each in said[:4]), [said[4].payload]]


@pytest.mark.parametrize("draw", [labelling.png, labelling.svg])
def test_a_name_too_long_or_with_an_emoji_is_shortened_but_an_identifier_never(draw: object) -> None:
    long = Content("HTTPS://X.CN/88.1/A", "88.1/A", {"name_en": "battery 🔋 " * 40, "lot": "L1"})
    assert draw(long, "en", 203)  # type: ignore[operator]
    worse = Content("HTTPS://X.CN/88.1/A", "88.1/" + "A" * 200, {"name_en": "battery"})
    with pytest.raises(Refused) as refused:
        draw(worse, "en", 203)  # type: ignore[operator]
    assert (refused.value.code, refused.value.values["field"]) == ("text-too-long", "identifier")


def test_pictures_have_the_dots_of_the_printer_asked_for() -> None:
    said = Content("HTTPS://X.CN/88.1/A", "88.1/A", {"name_en": "battery"})
    for dpi, size in ((150, (413, 219)), (600, (1654, 874))):
        with Image.open(io.BytesIO(labelling.png(said, "zh", dpi))) as image:
            assert image.size == size
    with pytest.raises(Refused, match="302 dots"):
        labelling.png(said, "en", 302)
