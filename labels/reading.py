"""Reads the codes in a photograph: two decoders on the picture as it is, then on ever more costly looks at it.

zxing-cpp reads nine of ten in a millisecond or two; zbar and the looks of `views` are for the rest, and stop at the
first that gives an answer. Where a picture holds several codes, those that were seen but not read are looked at one by
one. What the text means is for the caller to say.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice

from PIL import Image

from labels import photos, views
from labels.photo_decoders import EVERY, SOLID, Reading, by_zbar, by_zxing, confirmed
from labels.errors import N_, LabelError
from labels.views import Corners, View

__all__ = ["Reading", "read", "read_image"]

_LINEAR_PATIENCE = 0.3  # s; how long a matrix code is looked for where a linear one has been read
_OTHERS_PATIENCE = 0.5  # s; how long more codes are looked for where one has been read
_MOST_UNREAD = 30

Clock = Callable[[], float]


def read(data: bytes, allowed: float = 2.0, clock: Clock = time.monotonic) -> list[Reading]:
    """All codes in an uploaded picture or document, page by page; milliseconds where they are clear.

    Takes about `allowed` seconds where nothing can be read, of a document for all pages together. Raises LabelError:
    `not-an-image`, `image-too-large`, `nothing-readable`.
    """
    deadline = clock() + allowed
    found: list[Reading] = []
    for number, page in enumerate(photos.pages(data), 1):
        left = deadline - clock()
        if number > 1 and left <= 0:
            break
        try:
            found += [replace(each, page=number) for each in read_image(page, max(0.1, left), clock)]
        except LabelError as error:
            if error.code != "nothing-readable":
                raise
    if not found:
        raise _nothing()
    return found


def read_image(image: Image.Image, allowed: float = 2.0, clock: Clock = time.monotonic) -> list[Reading]:
    """All codes in an upright picture, matrix codes first. Raises LabelError `nothing-readable`."""
    photo = photos.grey(image)
    started = clock()
    first = views.first_look(photo)
    seen, unread = by_zxing(first, EVERY)
    found = [reading for reading in seen if reading.is_matrix]
    linear = [reading for reading in seen if not reading.is_matrix and confirmed(first, reading)]
    if found:
        if unread or len(found) > 1:
            deadline = started + min(allowed, _OTHERS_PATIENCE)
            _add_others(found, _closer_looks(photo, first, unread), deadline, clock)
    else:
        patience = min(allowed, _LINEAR_PATIENCE) if linear else allowed
        found = _searched(photo, first, unread, started + patience, clock)
    if not found and not linear:
        raise _nothing()
    return found + linear


def _searched(
    photo: Image.Image, first: View, unread: list[Corners], deadline: float, clock: Clock
) -> list[Reading]:
    """What the first look with an answer gives."""
    for view in chain(*_looks(photo, first, unread)):
        if clock() > deadline:
            break
        if found := _decoded(view):
            return found
    return []


def _add_others(found: list[Reading], looks: Iterator[Iterator[View]], deadline: float, clock: Clock) -> None:
    """Adds what each group of looks gives first and is not yet in `found`."""
    for group in looks:
        for view in group:
            if clock() > deadline:
                return
            if better := _decoded(view):
                for reading in better:
                    if not any(_same_place(reading, other) for other in found):
                        found.append(reading)
                break


def _looks(photo: Image.Image, first: View, unread: list[Corners]) -> Iterator[Iterator[View]]:
    """Groups of looks, the likeliest first; symbols that were located but not read are looked at closely."""
    yield views.second_looks(photo)
    for corners in [corners for corners in unread if views.is_quadrangle(corners)][:2]:
        close = views.rectified(first, corners)
        yield chain([close], views.last_looks(close))
    working = views.working_copy(photo)
    if working.image.size != photo.size:
        part = views.last_looks(views.busiest_part(photo))
        yield (view for pair in zip(views.last_looks(working), part, strict=False) for view in pair)
    else:
        yield views.last_looks(working)


def _closer_looks(photo: Image.Image, first: View, unread: list[Corners]) -> Iterator[Iterator[View]]:
    """The other decoder on the whole picture, then each symbol that was located but not read."""
    yield islice(views.second_looks(photo), 1)
    for corners in [corners for corners in unread if views.is_quadrangle(corners)][:_MOST_UNREAD]:
        close = views.rectified(first, corners)
        yield chain([close], islice(views.last_looks(close), 4))


def _decoded(view: View) -> list[Reading]:
    for decoder in view.decoders:
        found = by_zxing(view, SOLID)[0] if decoder == "z" else by_zbar(view)
        if found:
            return found
    return []


def _same_place(one: Reading, other: Reading) -> bool:
    """Whether the middle of one lies within the other's outermost corners."""
    xs, ys = zip(*other.corners, strict=True)
    x = sum(corner[0] for corner in one.corners) / len(one.corners)
    y = sum(corner[1] for corner in one.corners) / len(one.corners)
    return min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys)


def _nothing() -> LabelError:
    return LabelError(
        "nothing-readable",
        N_("No code could be read in the picture."),
        N_("Hold the camera straight above the label so that it fills half the picture, and avoid glare."),
    )
