"""What a company, a site or a product may be called and counted in: the rules of master data, without the rows."""

import unicodedata

from app.errors import N_, Malformed

CHAIN = "chain"
SHARING = {
    "neighbours": N_("One step up and down: suppliers and customers see what they handed over or received"),
    CHAIN: N_("The whole chain: whoever holds a part of the chain sees the way it came"),
}
TRACING = {"serial": N_("Each piece, by serial number"), "lot": N_("By lot, with a quantity")}
UNITS = {  # UN/ECE Recommendation 20
    "H87": N_("pieces"),
    "KGM": N_("kg"),
    "GRM": N_("g"),
    "TNE": N_("t"),
    "LTR": N_("l"),
    "MTR": N_("m"),
    "MTK": N_("m²"),
    "MTQ": N_("m³"),
    "KWH": N_("kWh"),
    "SET": N_("sets"),
    "ROL": N_("rolls"),
}
LEVELS = {
    "product": N_("Product"),
    "lot": N_("Lot"),
    "serial": N_("Item"),
    "logistic": N_("Logistic unit"),
    "location": N_("Site"),
    "process": N_("Process"),
    "blank": N_("Blank label"),
}
PIECES = "H87"
LONGEST_NAME = 200
LONGEST_SHELF_LIFE = 36_500


def names(name_zh: str, name_en: str) -> tuple[str, str]:
    """At least one of the two; the reader sees the other where theirs is missing."""
    tidy_zh, tidy_en = " ".join(name_zh.split()), " ".join(name_en.split())
    if not tidy_zh and not tidy_en:
        raise Malformed("name-missing", N_("A name is needed, in Chinese or in English."), field="name_zh")
    for name, field in ((tidy_zh, "name_zh"), (tidy_en, "name_en")):
        if len(name) > LONGEST_NAME:
            raise Malformed(
                "name-too-long",
                N_("The name has {length} characters."),
                N_("Use at most {most}."),
                length=len(name),
                most=LONGEST_NAME,
                field=field,
            )
    return tidy_zh, tidy_en


def part_number(text: str) -> str:
    """As the company writes it, without full-width characters and outer spaces."""
    tidy = " ".join(unicodedata.normalize("NFKC", text).split())
    if not 1 <= len(tidy) <= 100:
        raise Malformed("bad-part-number", N_("A part number has 1 to 100 characters."), field="part_number")
    return tidy


def address(text: str) -> str:
    tidy = text.strip()
    if len(tidy) > 500:
        raise Malformed("bad-address", N_("An address has at most 500 characters."), field="address")
    return tidy


def sharing(name: str) -> str:
    if name not in SHARING:
        raise Malformed(
            "unknown-sharing", N_("There is no way of sharing called '{name}'."), name=name, field="sharing"
        )
    return name


def counted(unit: str, tracing: str) -> tuple[str, str]:
    """Unit and tracing that go together: what is traced piece by piece is counted in pieces."""
    if unit not in UNITS:
        raise Malformed(
            "unknown-unit",
            N_("There is no unit '{unit}'."),
            N_("Choose one from the list."),
            unit=unit,
            field="unit",
        )
    if tracing not in TRACING:
        raise Malformed(
            "unknown-tracing",
            N_("There is no way of tracing called '{name}'."),
            N_("Known: serial, lot."),
            name=tracing,
            field="tracing",
        )
    if tracing == "serial" and unit != PIECES:
        raise Malformed(
            "serial-needs-pieces",
            N_("What is traced by serial number is counted in pieces."),
            N_("Choose pieces, or trace it by lot."),
            field="unit",
        )
    return unit, tracing


def shelf_life(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= LONGEST_SHELF_LIFE:
        raise Malformed(
            "bad-shelf-life",
            N_("A shelf life of {days} days cannot be used."),
            N_("Use 1 to {most} days, or leave it empty."),
            days=days,
            most=LONGEST_SHELF_LIFE,
            field="shelf_life_days",
        )
    return days


def gs1_prefix(text: str) -> str:
    """A GS1 company prefix, or '' for none. An SSCC has 16 digits for it and the serial reference (GenSpecs §1.4.4)."""
    tidy = unicodedata.normalize("NFKC", text).strip()
    if tidy and not (tidy.isascii() and tidy.isdecimal() and 4 <= len(tidy) <= 12):
        raise Malformed(
            "bad-gs1-prefix",
            N_("'{value}' is not a GS1 company prefix."),
            N_("It has 4 to 12 digits; leave it empty when you have none."),
            value=tidy[:40],
            field="gs1_prefix",
        )
    return tidy
