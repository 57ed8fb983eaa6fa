"""Text in a room: whole at a good size if possible, else wrapped, smaller, broken; never beyond the room."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import fonts, shaping
from labels.breaking import balanced, measure_of, wrapped
from labels.errors import LabelError
from labels.fonts import faces
from labels.typesetting import PT, Stretch, Style, set_text

LEAST = 5 * PT


def style(**changes: Any) -> Style:
    usual = {
        "face": "regular", "size": 9 * PT, "least": LEAST, "lines": 0, "leading": 1.2,
        "align": "left", "valign": "top", "shorten": False, "what": "name",
    }  # fmt: skip
    return Style(**{**usual, **changes})


def texts(stretches: list[Stretch]) -> list[str]:
    return [stretch.text for stretch in stretches]


@settings(max_examples=150, deadline=None)
@given(
    st.text("AWi。，（é中文 \n\t-/0שلم", max_size=60) | st.text(max_size=20),
    st.sampled_from(["regular", "bold", "mono"]),
    st.integers(0, 3),
    st.floats(4, 60),
    st.floats(4, 20),
)
def test_no_text_ever_leaves_its_room(said: str, face: str, most: int, width: float, height: float) -> None:
    wanted = style(face=face, lines=most, shorten=True)
    stretches, _ = set_text(said, wanted, width, height)
    for _, baseline, size, text, name, wide, glyphs in stretches:
        above, below = faces().named(name).reach(text) if glyphs is None else (fonts.ASCENT, fonts.DEPTH)
        assert baseline - above * size >= -1e-6
        assert baseline + below * size <= max(height, (above + below) * LEAST) + 1e-6
        assert size >= 0.8 * LEAST
        assert wide <= width + 1e-6
    assert min((stretch.x for stretch in stretches), default=0) >= -1e-6
    assert max((stretch.x + stretch.width for stretch in stretches), default=0) <= width + 1e-6


def test_a_little_smaller_is_better_than_one_more_line_and_that_than_tiny() -> None:
    measure = measure_of("regular")("LFP cathode powder") * 9 * PT
    (one,), _ = set_text("LFP cathode powder", style(), measure * 0.9, 20)
    assert 0.8 * 9 * PT <= one.size < 9 * PT
    two, _ = set_text("LFP cathode powder", style(), measure * 0.65, 20)
    assert texts(two) == ["LFP cathode", "powder"]
    assert two[0].size == 9 * PT
    flat, _ = set_text("LFP cathode powder", style(lines=1), measure * 0.6, 20)
    assert len(flat) == 1


def test_lines_break_as_chinese_and_latin_text_does() -> None:
    assert wrapped("高镍三元（液冷型），电池", "regular", 4.0) == ("高镍三元", "（液冷型），", "电池")[
        :1
    ] + wrapped("（液冷型），电池", "regular", 4.0)
    for line in wrapped("动力电池模组（液冷型），一并十二串。" * 3, "regular", 5.5):
        assert line[0] not in "）。，"
        assert line[-1] != "（"
    assert wrapped("one two three", "regular", 4.5) == ("one two", "three")
    assert wrapped("MOD-NCM811-1P12S", "regular", 6) == ("MOD-", "NCM811-", "1P12S")
    assert wrapped("ABCDEFGH", "regular", 2.5, whole=True) == ("ABCDEFGH",)


def test_no_single_character_is_left_over_for_the_last_line() -> None:
    assert wrapped("磷酸铁锂正极材料", "regular", 7) == ("磷酸铁锂正极材", "料")
    assert balanced("磷酸铁锂正极材料", "regular", 7, whole=True) == ("磷酸铁锂", "正极材料")


def test_a_text_too_long_names_its_field_and_its_room() -> None:
    with pytest.raises(LabelError) as refused:
        set_text("a long name that has no room", style(), 10, 3)
    assert refused.value.code == "text-too-long"
    assert (refused.value.values["field"], refused.value.values["width"], refused.value.values["size"]) == (
        "name",
        "10",
        "5",
    )


def test_right_to_left_text_is_ordered_and_shaped() -> None:
    stretches, _ = set_text("מוליך LFP-25 שלום", style(), 60, 10)
    words = [stretch for stretch in stretches if stretch.text.strip()]
    assert [text.strip() for text in texts(words)] == ["שלום", "LFP-25", "מוליך"]
    assert words[0].x < words[1].x < words[2].x
    hebrew = words[2].glyphs
    assert hebrew is not None
    assert "".join(glyph.text for glyph in reversed(hebrew)) == words[2].text, (
        "the first letter stands rightmost"
    )
    arabic, _ = set_text("ببب", style(), 60, 10)
    glyphs = arabic[0].glyphs
    assert glyphs is not None
    assert len({glyph.number for glyph in glyphs}) == 3, (
        "begin, middle and end of a word have their own forms"
    )


def test_marks_are_composed_and_overrides_dropped() -> None:
    assert texts(set_text("Zu\u0308rich", style(), 60, 10)[0]) == ["Zürich"]
    assert texts(set_text("\u202egnp.exe\u202c", style(), 60, 10)[0]) == ["gnp.exe"]
    assert texts(set_text("two\u00a0\u3000 words", style(), 60, 10)[0]) == ["two words"]


def test_emoji_and_missing_glyphs_are_refused_or_shown_as_one_box(monkeypatch: pytest.MonkeyPatch) -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    with pytest.raises(LabelError) as refused:
        set_text(f"ok {family}", style(), 60, 10)
    assert (refused.value.code, refused.value.values["point"]) == ("text-not-writable", "U+1F468")
    shown, lost = set_text("\U0001f44d\U0001f3fd\ufe0f ok", style(shorten=True), 60, 10)
    assert (texts(shown), lost) == (["□ ok"], True)
    monkeypatch.setattr(shaping, "other_face", lambda *_, **__: None)
    shaping.face_for.cache_clear()
    with pytest.raises(LabelError, match="U\\+05E9"):
        set_text("ש", style(), 60, 10)
    shaping.face_for.cache_clear()


def test_without_any_chinese_font_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PATHS", ())
    monkeypatch.setattr(fonts, "_from_fontconfig", lambda: ("", ""))
    with pytest.raises(LabelError, match="apt-get install fonts-noto-cjk"):
        faces.__wrapped__()


def test_a_font_in_an_unusual_place_is_found_through_fontconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_PATHS", ())
    assert faces.__wrapped__().regular.writes("溯源")
