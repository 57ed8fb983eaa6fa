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
from labels.errors import N_, LabelError
from labels.photo_decoders import EVERY, SOLID, Reading, by_zbar, by_zxing, confirmed, touch
from labels.views import Corners, View

__all__ = ["Reading", "read", "read_image"]

_LEAST_PATIENCE = 0.1
_LINEAR_PATIENCE = 0.3  # s; how long a matrix code is looked for where a linear one has been read
_OTHERS_PATIENCE = 1.0  # s; how long more codes are looked for where one has been read
_MOST_UNREAD = 30

Clock = Callable[[], float]


def read(data: bytes, allowed: float = 2.0, clock: Clock = time.monotonic) -> list[Reading]:
    """All codes in an uploaded picture or document, page by page; milliseconds where they are clear.

    Takes about `allowed` seconds where nothing can be read, of a document for all pages and a moment more for each.
    Raises LabelError `not-an-image`, `image-too-large`, `too-many-pages`, `nothing-readable`.
    """
    deadline = clock() + allowed
    found: list[Reading] = []
    for number, page in enumerate(photos.pages(data), 1):
        left = max(_LEAST_PATIENCE, deadline - clock())  # no page goes unread because others were hard
        try:
            found += [replace(each, page=number) for each in read_image(page, left, clock)]
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
    squares = [reading.corners for reading in found] + unread
    linear = confirmed(first, [reading for reading in seen if not reading.is_matrix], squares)
    unread = [corners for corners in unread if not any(touch(corners, other.corners) for other in found)]
    if found:
        if unread or len(found) > 1:
            deadline = started + min(allowed, _OTHERS_PATIENCE)
            _add_others(found, photo, first, unread, deadline, clock)
    else:
        patience = min(allowed, _LINEAR_PATIENCE) if linear else allowed
        found = _searched(photo, first, unread, started + patience, clock)
    linear = [
        reading for reading in linear if not any(touch(reading.corners, other.corners) for other in found)
    ]
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


def _add_others(
    found: list[Reading],
    photo: Image.Image,
    first: View,
    unread: list[Corners],
    deadline: float,
    clock: Clock,
) -> None:
    """Adds to `found` what is not yet in it: what other looks at the whole give, then symbols that were located.

    Where two looks at the whole show nothing new, there is hardly anything left.
    """
    new = bool(unread)
    for number, view in enumerate(views.looks_at_many(photo)):
        if clock() > deadline or (number >= 2 and not new):
            break
        new |= _added(found, _decoded(view))
    for corners in [corners for corners in unread if views.is_quadrangle(corners)][:_MOST_UNREAD]:
        close = views.rectified(first, corners)
        for view in chain([close], islice(views.last_looks(close), 4)):
            if clock() > deadline or _added(found, _decoded(view)):
                break


def _added(found: list[Reading], more: list[Reading]) -> bool:
    fresh = [reading for reading in more if not any(_same_place(reading, other) for other in found)]
    found += fresh
    return bool(fresh)


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
