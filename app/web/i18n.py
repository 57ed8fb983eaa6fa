"""The reader's language and time zone, and the filters that show names, times and numbers in them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, format_date, format_datetime, format_decimal, get_locale, gettext
from markupsafe import Markup

from app.web.edge import api_key, visitor

LANGUAGES = {"en": "English", "zh": "简体中文"}
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
LOCALES = {"en": "en_GB", "zh": "zh"}  # of dates and numbers: the day before the month, hours to 24
DEFAULT_ZONE = "Asia/Shanghai"  # until a page of ours has told the browser's own


class Named(Protocol):
    def name(self, language: str) -> str: ...


def configure(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=lambda: LOCALES[language()], timezone_selector=zone)
    app.jinja_env.filters.update(
        localised=localised, local_time=local_time, local_date=local_date, number=number, named=translated
    )
    app.jinja_env.globals.update(
        language=language,
        languages=LANGUAGES,
        html_languages=HTML_LANGUAGES,
        html_language=html_language,
        here_in=here_in,
    )


def language() -> str:
    """'en' or 'zh': of this link, chosen by hand, the person's own, asked for by the browser: the first known."""
    if not has_request_context():
        return "en"
    if (linked := request.args.get("lang")) in LANGUAGES:
        return str(linked)
    if api_key() is None and (chosen := cookie.get("language")) in LANGUAGES:
        return str(chosen)
    asked = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans", "zh-TW", "zh-HK"])
    if api_key() is not None and not asked and (person := visitor()) and person.language in LANGUAGES:
        return person.language
    return (asked or "en")[:2]


def here_in(code: str) -> str:
    """This page in another language, for strangers: a link, so that a public page needs no cookie."""
    return f"{request.path}?{urlencode(request.args.to_dict() | {'lang': code})}"


def html_language() -> str:
    return HTML_LANGUAGES[language()]


def zone() -> str:
    """The browser's time zone; frontend/app.js tells it in a cookie of its own."""
    name = request.cookies.get("timezone", "") if has_request_context() else ""
    try:
        return ZoneInfo(name).key if name else DEFAULT_ZONE
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return DEFAULT_ZONE


def localised(thing: Named | None) -> str:
    """The name of an organisation, a site or a product in the reader's language."""
    return thing.name(language()) if thing is not None else ""


def local_time(moment: datetime | None, form: str = "medium") -> Markup | str:
    if moment is None:
        return ""
    text = format_datetime(moment, form)
    exact = moment.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, f"{exact} ({zone()})", text)


def local_date(day: date | None) -> str:
    return format_date(day, rebase=False) if day else ""


def number(value: Decimal | float | None) -> str:
    return "" if value is None else format_decimal(value)


def translated(name: str, names: dict[str, Any]) -> str:
    """A code as people say it, from a table of msgids: `role | named(ROLE_NAMES)`."""
    return gettext(names[name]) if name in names else name


def locale() -> str:
    return str(get_locale())
