"""What can stand on a label: the fields of its thing, each with a title and examples, and the content of one label.

Values are text, dates in ISO form; where a field has a translation, the one of the print language is taken
(`name` and `company` are no values of their own). What the fields hold is the application's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from labels.errors import N_

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
OTHER: dict[Language, Language] = {"en": "zh", "zh": "en"}
NOTES = 9


@dataclass(frozen=True)
class Field:
    """`title` is a msgid; `longest` is as long as it gets in earnest, to judge a template by."""

    title: str
    en: str
    zh: str = ""  # as in English where empty
    longest_en: str = ""
    longest_zh: str = ""
    translated: bool = False  # the value is `<name>_en` or `<name>_zh`, by the print language
    date: bool = False

    def example(self, language: Language, longest: bool = False) -> str:
        usual = self.zh if language == "zh" and self.zh else self.en
        if not longest:
            return usual
        return (self.longest_zh if language == "zh" else "") or self.longest_en or usual


@dataclass(frozen=True)
class Content:
    """What one label says: the text of its symbol, the identifier as people write it, and values by field name."""

    payload: str
    identifier: str
    values: Mapping[str, str]

    def value(self, name: str, language: Language) -> str:
        """Of one of `FIELDS`; empty when the label has none."""
        if name == "payload":
            return self.payload
        if name == "identifier":
            return self.identifier
        if name == "batch":
            name = "lot"
        elif FIELDS[name].translated:
            own, other = f"{name}_{language}", f"{name}_{OTHER[language]}"
            return self.values.get(own) or self.values.get(other) or self.values.get(name, "")
        return self.values.get(name, "")


_NAME_EN, _NAME_ZH = "LFP cathode powder", "磷酸铁锂正极材料"
_LONG_NAME_EN = "High-nickel lithium-ion traction battery module, liquid-cooled, 1P12S"
_LONG_NAME_ZH = "高镍三元锂离子动力电池模组（液冷型，一并十二串）"
_COMPANY_EN, _COMPANY_ZH = "Hongyuan Materials Co., Ltd.", "宏远新材料有限公司"
_LONG_COMPANY_EN = "Guangdong Hongyuan New Energy Materials Technology Co., Ltd."
_LONG_COMPANY_ZH = "广东宏远新能源材料科技股份有限公司"

FIELDS: dict[str, Field] = {
    "payload": Field(
        N_("Address in the symbol"), "HTTPS://ID.EXAMPLE.COM/88.118.1001/7Q2K9XW4M3ABCDEF",
        longest_en="HTTPS://TRACE.HONGYUAN-MATERIALS.COM.CN/88.118.10017235/7Q2K9XW4M3ABCDEF",
    ),
    "identifier": Field(
        N_("Identifier"), "88.118.1001/7Q2K9XW4M3ABCDEF", longest_en="88.118.10017235/7Q2K9XW4M3ABCDEF"
    ),
    "name": Field(N_("Name"), _NAME_EN, _NAME_ZH, _LONG_NAME_EN, _LONG_NAME_ZH, translated=True),
    "name_zh": Field(N_("Chinese name"), _NAME_ZH, longest_en=_LONG_NAME_ZH, longest_zh=_LONG_NAME_ZH),
    "name_en": Field(N_("English name"), _NAME_EN, longest_en=_LONG_NAME_EN, longest_zh=_LONG_NAME_EN),
    "part": Field(N_("Part number"), "LFP-P2-25", longest_en="MOD-NCM811-1P12S-LC-2026-REV.C"),
    "lot": Field(N_("Lot"), "L-2026-0142", longest_en="LOT-20261122-0142-AB"),  # 20 characters, as in GS1
    "serial": Field(N_("Serial number"), "7Q2K9XW4M3ABCDEF", longest_en="SN-7Q2K9XW4M3ABCDEF0"),
    "quantity": Field(N_("Quantity"), "500", longest_en="1250000"),
    "unit": Field(N_("Unit of quantity"), "kg", "千克", "pieces", "千克"),
    "gtin": Field("GTIN", "09506000134352"),
    "sscc": Field("SSCC", "395060001343530017"),
    "gln": Field("GLN", "9506000134376"),
    "batch": Field(N_("Batch"), "L-2026-0142", longest_en="LOT-20261122-0142-AB"),
    "made": Field(N_("Date of production"), "2026-11-22", date=True),
    "expires": Field(N_("Date of expiry"), "2028-11-21", date=True),
    "location": Field(
        N_("Location"), "Hall 2, rack 14, bay 3", "二号库 14 架 3 位",
        "Finished goods warehouse, hall 2, rack 14, level 5, bay 3", "成品仓库二号库房十四号货架第五层三号货位",
    ),
    "address": Field(
        N_("Address"), "12 Keji Road, Shenzhen", "深圳市科技路 12 号",
        "Building 7, 128 West Keji Road, Guangming District, Shenzhen 518107, Guangdong, China",
        "广东省深圳市光明区科技西路 128 号光明科学城产业园七号楼 518107",
    ),
    "company": Field(
        N_("Company"), _COMPANY_EN, _COMPANY_ZH, _LONG_COMPANY_EN, _LONG_COMPANY_ZH, translated=True
    ),
    "company_zh": Field(N_("Chinese company name"), _COMPANY_ZH, longest_en=_LONG_COMPANY_ZH),
    "company_en": Field(N_("English company name"), _COMPANY_EN, longest_en=_LONG_COMPANY_EN),
    "prefix": Field(N_("Prefix of the enterprise"), "88.118.1001", longest_en="88.118.10017235"),
    "operator": Field(N_("Operator"), "Li Wei", "李伟", "Maximiliane Hohenstein-Oberländer", "欧阳慧敏"),
    "role": Field(
        N_("Role"), "Shipping", "发货", "Quality control and incoming inspection", "质量控制与来料检验"
    ),
    "copy": Field(N_("Copy number"), "copy 2", "第 2 份", "copy 12", "第 12 份"),
    **{
        f"note{number}": Field(N_("Free column"), f"Note {number}", f"备注 {number}")
        for number in range(1, NOTES + 1)
    },
}  # fmt: skip


_PLACE_EN, _PLACE_ZH = (
    ("Finished goods store", "Incoming goods, north yard, dock 4"),
    ("成品库", "北区收货场四号月台"),
)


def sample(language: Language, longest: bool = False, purpose: str = "other") -> Content:
    """A label of everything, for previews; with `longest`, the longest of everything, for judging a template.

    `purpose` is a template's: the thing on a label for places is a place.
    """
    values = {
        name: field.example(language, longest)
        for name, field in FIELDS.items()
        if name not in ("payload", "identifier", "batch", "name", "company")
    }
    if purpose == "location":
        values |= {"name_en": _PLACE_EN[longest], "name_zh": _PLACE_ZH[longest]}
    payload, identifier = (FIELDS[name].example(language, longest) for name in ("payload", "identifier"))
    return Content(payload, identifier, values)
