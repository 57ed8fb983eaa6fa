"""A finished part of a drawing with the room it takes, so that a window of the drawing can leave out the rest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """`svg` is one element; the corners are in px of the whole drawing."""

    left: float
    top: float
    right: float
    bottom: float
    svg: str

    def within(self, left: float, top: float, right: float, bottom: float) -> bool:
        return self.right > left and self.left < right and self.bottom > top and self.top < bottom
