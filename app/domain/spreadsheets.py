"""Texts in tables that people open with a spreadsheet, which takes some of them for formulas. Knows no file."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """A spreadsheet takes what begins like a formula for one; with an apostrophe in front it stays text."""
    return f"'{text}" if text.startswith(FORMULA) or meant(text) != text else text


def meant(text: str) -> str:
    """What `harmless` was given; any other text as it is."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text
