"""The first line of an XML text, which says in what the rest is written; what expat cannot read is put into UTF-8."""

import re

_BEGINS = re.compile(r"\s*<\?xml\b[^>]{0,300}\?>")
_SAID = re.compile(rb"""\s*<\?xml\b[^>]{0,300}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# more than a byte a character, and in use; expat knows UTF-8, UTF-16 and what has one byte for each
_READ_AS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936"), "gb18030"),
    **{name: name for name in ("big5", "shift_jis", "euc-jp", "euc-kr")},
}


def in_utf8(raw: bytes) -> bytes:
    """UnicodeDecodeError where the text is not written as it says."""
    said = _SAID.match(raw)
    codec = _READ_AS.get(said[1].decode().lower()) if said else None
    return raw if codec is None else without_declaration(raw.decode(codec)).encode()


def without_declaration(text: str) -> str:
    """A text in UTF-8 needs none."""
    text = text.removeprefix("\ufeff")
    begin = _BEGINS.match(text)
    return text[begin.end() :] if begin else text
