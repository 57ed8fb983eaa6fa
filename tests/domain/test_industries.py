"""Industries by GB/T 4754."""

import pytest

from app.domain import industries
from app.errors import Malformed


def test_an_industry_is_known_by_its_division() -> None:
    assert [industries.industry(code) for code in ("c3841", "38", " Ｃ38 ", "C", "0111", "")] == [
        "C3841", "C38", "C38", "C", "A0111", "",
    ]  # fmt: skip
    assert industries.names_of("C3841") == ("电气机械和器材制造业", "Electrical machinery and equipment")
    assert industries.names_of("J")[0] == "金融业"
    for wrong in ("D3841", "U", "C9", "98", "C38415", "battery", "C99"):
        with pytest.raises(Malformed, match="not an industry"):
            industries.industry(wrong)


def test_every_division_is_in_one_section() -> None:
    assert sorted(industries.DIVISIONS) == [f"{number:02d}" for number in range(1, 98)]
    assert len(industries.SECTIONS) == 20
    assert {industries.section_of(code) for code in industries.DIVISIONS} == set(industries.SECTIONS)
