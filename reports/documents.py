"""What reports are laid out from: a template and a style sheet of `templates/`, each read once a process."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

ONLY_DATA = URLFetcher(allowed_protocols={"data"})  # a report fetches nothing
_TEMPLATES = Path(__file__).parent / "templates"


@cache
def template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.html")


@cache
def stylesheet(name: str) -> CSS:
    return CSS(filename=_TEMPLATES / f"{name}.css", font_config=FontConfiguration())
