"""What a method of an endpoint says of itself, for the OpenAPI document. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """`gives` and `takes` name schemas of `description` ('' for nothing); `query` is '', 'paging', 'events' or
    'results'; `also` are further statuses with a problem."""

    summary: str
    status: int = 200
    gives: str = ""
    takes: str = ""
    query: str = ""
    also: tuple[int, ...] = ()
    text: str = ""
    right: str = ""
