"""Draws the ready-made labels for `docs/labels`, in both languages: `python -m tests.labels.pictures`."""

import sys
from pathlib import Path

from labels import readymade, single
from labels.composing import Plan
from labels.fields import LANGUAGES, Language, sample
from labels.templates import Template

FOLDER = Path(__file__).parents[2] / "docs" / "labels"
DPI = 203


def picture_of(template: Template, language: Language) -> bytes:
    """PNG with a pixel for each dot of a 203 dpi printer."""
    content = sample(template.printed_in(language), purpose=template.purpose)
    return single.png_of(Plan(template, DPI, language).one(content))


def main() -> None:
    """Writes one picture for each label and language."""
    FOLDER.mkdir(exist_ok=True)
    for name, template in readymade.templates().items():
        for language in LANGUAGES:
            path = FOLDER / f"{name}-{language}.png"
            path.write_bytes(picture_of(template, language))
            sys.stdout.write(f"{path.stat().st_size / 1000:6.1f} kB  {path.name}\n")


if __name__ == "__main__":
    main()
