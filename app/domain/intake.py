"""What the columns of a table that somebody brings can mean, and which of them a header probably names.

A table is about records of handles ('records') or about items and lots of one product ('items').
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from app.errors import N_, Malformed

TARGETS = ("records", "items")
VALUE = "value:"  # a column of values, of a record (by type) or of a template's field (by name)
MOST_COLUMNS = 200
LONGEST_TYPE = 100
FIELDS: dict[str, dict[str, str]] = {  # of each target: meaning -> what people are shown
    "records": {
        "handle": N_("Identifier (prefix/suffix)"),
        "suffix": N_("Suffix, under the chosen prefix"),
    },
    "items": {
        "handle": N_("Identifier (prefix/suffix)"),
        "suffix": N_("Suffix, under the chosen prefix"),
        "lot": N_("Lot number"),
        "serial": N_("Serial number"),
        "produced_on": N_("Production date"),
        "expires_on": N_("Expiry date"),
    },
}
_NAMES: dict[str, tuple[str, ...]] = {
    "handle": (
        *("handle", "identifier", "id", "hdl", "code", "标识", "标识码", "标识符", "标识编码", "句柄"),
        *("完整标识", "工业互联网标识", "編碼", "编码"),
    ),
    "suffix": ("suffix", "后缀", "标识后缀", "後綴"),
    "lot": (
        "lot",
        "lot number",
        "lot no",
        "batch",
        "batch number",
        "batch no",
        "批次",
        "批号",
        "批次号",
        "生产批号",
    ),
    "serial": (
        *(
            "serial",
            "serial number",
            "serial no",
            "sn",
            "s/n",
            "序列号",
            "序号",
            "出厂编号",
            "产品序列号",
            "機號",
        ),
    ),
    "produced_on": (
        *("produced on", "production date", "manufactured", "manufacturing date", "mfg date", "made on"),
        *("生产日期", "制造日期", "出厂日期"),
    ),
    "expires_on": (
        *("expires on", "expiry", "expiry date", "expiration date", "best before", "use by"),
        *("有效期", "有效期至", "到期日", "失效日期", "保质期至"),
    ),
}
_TYPES: dict[str, tuple[str, ...]] = {  # of values of records, by other words for them
    "URL": ("url", "link", "website", "web address", "网址", "链接", "地址链接"),
    "EMAIL": ("email", "e-mail", "mail", "邮箱", "电子邮件", "电子邮箱"),
    "DESC": ("desc", "description", "描述", "说明"),
    "NAME": ("name", "product name", "名称", "产品名称"),
}
_BAD_IN_TYPE = re.compile(r"[\x00-\x20\x7f]+")
_BETWEEN_LANGUAGES = re.compile(
    r"[/|()（）]|(?<=[\u4e00-\u9fff])\s*(?=[A-Za-z])|(?<=[A-Za-z])\s*(?=[\u4e00-\u9fff])"
)
_AGAIN = re.compile(r"\s+\d{1,3}$")  # the second of its type: "URL 2"


def guessed(target: str, header: Sequence[str], fields: Mapping[str, Sequence[str]]) -> list[str]:
    """What each column probably means, '' for nothing. `fields` are a template's names with their titles.

    A meaning is given once, but for values of records, of which there may be several of a type.
    """
    known = {_plain(name): meaning for meaning in FIELDS[target] for name in _NAMES[meaning]}
    for name, titles in fields.items():
        known |= {_plain(title): f"{VALUE}{name}" for title in (name, *titles) if title}
    found: list[str] = []
    for title in header:
        meaning = next((known[part] for part in _ways(title) if part in known), "")
        if target == "records" and title.strip() and (not meaning or meaning in found):
            meaning = f"{VALUE}{type_of(title)}"
        found.append("" if target == "items" and meaning in found else meaning)
    return found


def _ways(title: str) -> list[str]:
    """The header as it is, and the halves of one in two languages: "批次号 Lot number", "标识 / identifier"."""
    return [_plain(title), *(_plain(part) for part in _BETWEEN_LANGUAGES.split(title) if part.strip())]


def type_of(title: str) -> str:
    """The type of a record's value that a header names."""
    plain = _plain(_AGAIN.sub("", title))
    for type_, names in _TYPES.items():
        if plain in names:
            return type_
    return _BAD_IN_TYPE.sub("_", _AGAIN.sub("", unicodedata.normalize("NFKC", title)).strip())[:LONGEST_TYPE]


def check_mapping(target: str, mapping: Sequence[str], fields: Iterable[str]) -> None:
    """Raises Malformed for a mapping by which nothing could be brought in."""
    names = {*FIELDS[target], *(f"{VALUE}{name}" for name in fields)}
    chosen = [meaning for meaning in mapping if meaning]
    for meaning in chosen:
        of_record = target == "records" and meaning.startswith(VALUE) and len(meaning) > len(VALUE)
        # keys and administrators are no texts: they go through the Handle API, which looks into them
        of_record = of_record and not meaning.removeprefix(VALUE).upper().startswith("HS_")
        if of_record and _BAD_IN_TYPE.search(meaning) is None and len(meaning) <= LONGEST_TYPE + len(VALUE):
            continue
        if meaning not in names:
            raise Malformed(
                "unknown-column",
                N_("'{column}' is nothing that a column can mean here."),
                N_("Choose again."),
                column=meaning[:80],
            )
        if chosen.count(meaning) > 1:
            raise Malformed(
                "column-twice",
                N_("Two columns were given the same meaning."),
                N_("Leave one of them out."),
                column=meaning,
            )
    if target == "records" and not {"handle", "suffix"} & set(chosen):
        raise Malformed(
            "no-name-column",
            N_("No column has the identifiers."),
            N_("Say which column has the identifiers or their suffixes."),
        )
    if not chosen:
        raise Malformed("no-column", N_("No column was chosen."), N_("Say what the columns mean."))


def _plain(title: str) -> str:
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.sub(r"[_.\-:*#]+", " ", re.sub(r"\(.*?\)", "", folded)).split())
