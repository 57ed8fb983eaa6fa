"""Translation without a request: for jobs, the demo and the command line. Pages use Flask-Babel, same files."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent / "web" / "translations"


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(FOLDER, [language[:2]])


def gettext_in(language: str) -> Callable[[str], str]:
    """gettext for 'en' or 'zh'; an unknown language reads English."""
    return _catalogue(language).gettext
