"""What was read, fit for a message."""


def shown(text: str) -> str:
    """FNC1 as ^, nothing that a terminal or a page would act on, not too long."""
    visible = "".join(c if c.isprintable() else "�" for c in text[:121].replace("\x1d", "^"))
    return visible if len(text) <= 120 else visible[:120] + "…"
