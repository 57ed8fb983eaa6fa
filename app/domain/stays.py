"""From when to when things were in containers, as events played in the order they happened tell it."""

from collections import defaultdict
from collections.abc import Mapping

from app.domain.epcis import Event, mentions
from app.domain.places import State, containers


class Stays:
    """`ends` has one row for each time a thing went into a container: (child, container, entry that put it in) -> the
    entry that took it out, None while it is inside. A lot of which some is still inside stays."""

    def __init__(self) -> None:
        self.ends: dict[tuple[str, str, int], int | None] = {}
        self._open: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))

    def note(self, seq: int, event: Event, states: Mapping[str, State]) -> None:
        """Entry `seq` was played, and `states` are those after it."""
        parent = event.parent_id
        if not parent or event.type == "TransformationEvent":
            return
        children = [mention.epc for mention in mentions(event) if mention.role == "child"]
        if event.action == "ADD":
            for child in children:
                self._open[parent][child].append(seq)
                self.ends[child, parent, seq] = None
        elif event.action == "DELETE":
            for child in children or list(self._open[parent]):
                if child not in states or parent not in containers(states[child]):
                    for began in self._open[parent].pop(child, ()):
                        self.ends[child, parent, began] = seq
