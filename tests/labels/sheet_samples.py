"""Labels in their places, to put on sheets."""

from collections.abc import Iterator

from labels.composing import Plan
from labels.fields import Content
from labels.placed import Placed
from labels.readymade import ready


def content(number: int, name: str = "磷酸铁锂正极材料") -> Content:
    identifier = f"88.118.1001/7Q2K9XW4M3AB{number:05d}"
    values = {
        "name_zh": name,
        "name_en": "LFP cathode powder",
        "lot": "L-2026-01",
        "serial": f"S{number:05d}",
        "made": "2026-11-22",
    }
    return Content(f"HTTPS://ID.EXAMPLE.COM/{identifier}", identifier, values)


def labels(count: int, first: int = 0, dpi: int = 300, template: str = "product-70x37") -> Iterator[Placed]:
    return Plan(ready(template), dpi, "zh").placed(content(number) for number in range(first, first + count))
