"""A page as a careful reader sees it: its elements, its visible text, where it leads, and what is wrong with it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
SILENT = frozenset({"script", "style", "template", "noscript"})
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-confirm", "data-done")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: tuple[str, ...] = ()


@dataclass
class Document(HTMLParser):
    """`Document.of(html)`; svg elements are kept like the others."""

    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, html: str) -> "Document":
        document = cls()
        document.feed(html)
        document.close()
        document.faults += [f"<{element.tag}> is never closed" for element in document._open]
        document.faults += document._check()
        return document

    # --- the parser ---

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = Counter(name for name, _ in attrs)
        self.faults += [f"<{tag}> has {name} twice" for name, count in names.items() if count > 1]
        inside = tuple(element.tag for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside=inside)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes <{self._open[-1].tag if self._open else ''}>")
        if any(element.tag == tag for element in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
        if data.strip() and not any(element.tag in SILENT for element in self._open):
            self.texts.append(" ".join(data.split()))

    # --- what is asked of it ---

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @property
    def spoken(self) -> Iterator[str]:
        """Every text that is shown or read out."""
        yield from self.texts
        for element in self.elements:
            yield from (element.attributes[name] for name in SPOKEN if element.attributes.get(name))

    @property
    def complaints(self) -> list[str]:
        """What the page says is wrong, at fields and above the form."""
        marks = {"invalid-feedback", "alert-danger"}
        wrong = [each for each in self.elements if marks & set(each.attributes.get("class", "").split())]
        return [" ".join(each.text.split()) for each in wrong]

    def links(self, base: str) -> set[str]:
        """Paths of ours that it leads to or loads, and those of forms that only ask."""
        found = [element.attributes.get("href") for element in self.all("a", "link", "use")]
        found += [element.attributes.get("src") for element in self.all("img", "script", "source")]
        found += [
            form.attributes.get("action", base)
            for form in self.all("form")
            if form.attributes.get("method", "get").lower() == "get"
        ]
        whole = [
            urlsplit(urljoin(base, link)) for link in found if link and not link.startswith(("data:", "#"))
        ]
        return {f"{to.path}?{to.query}".rstrip("?") for to in whole if not to.scheme}

    def _check(self) -> Iterator[str]:
        ids = Counter(element.attributes["id"] for element in self.elements if "id" in element.attributes)
        yield from (f"id {name} is given {count} times" for name, count in ids.items() if count > 1)
        yield from self._check_head()
        yield from self._check_policy()
        yield from self._check_references(set(ids))

    def _check_head(self) -> Iterator[str]:
        if len(self.all("h1")) != 1:
            yield f"it has {len(self.all('h1'))} h1"
        if not all(element.attributes.get("lang") for element in self.all("html")) or not self.all("html"):
            yield "html has no lang"
        if not any(element.text.strip(" ·\n") for element in self.all("title")):
            yield "it has no title"
        if len(self.all("main")) != 1:
            yield f"it has {len(self.all('main'))} main"

    def _check_policy(self) -> Iterator[str]:
        """What the content policy would silently leave out."""
        for element in self.elements:
            runs = element.tag == "script" and element.attributes.get("type") != "application/json"
            if element.tag == "style" or (runs and "src" not in element.attributes):
                yield f"<{element.tag}> in the page: {element.text[:60]!r}"
            yield from (
                f"<{element.tag} {name}=…>"
                for name in element.attributes
                if name == "style" or re.fullmatch(r"on[a-z]+", name)
            )

    def _check_references(self, ids: set[str]) -> Iterator[str]:
        for element in self.elements:
            for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget"):
                missing = set(element.attributes.get(name, "").split()) - ids
                if missing and element.tag != "output":
                    yield f"<{element.tag} {name}> names {', '.join(missing)}, which is not there"
            if element.tag == "img" and "alt" not in element.attributes:
                yield "an img has no alt"
        for form in self.all("form"):
            if form.attributes.get("method", "get").lower() == "post" and "action" in form.attributes:
                to = urlsplit(form.attributes["action"])
                if to.scheme or to.netloc:
                    yield f"a form posts elsewhere: {form.attributes['action']}"
