"""What a recall reaches: from several suspects at once, both ways, cut down to what the company may see."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.domain import genealogy, visibility
from app.domain.genealogy import Reach, Tie, Window
from app.domain.masterdata import CHAIN
from app.domain.people import Actor
from app.domain.recalls import Role
from app.domain.visibility import NodeInfo
from app.services.tracing.sight import Sight
from app.store import lineage, recalls, walks

MOST = 200_000  # things each way; a recall that reaches more says so
DEEPEST = 6  # containers in containers
PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Reached:
    """`roles` and `depth` of all that the company may see of it, processes apart; `sight` stays in the package."""

    sight: Sight
    roles: Mapping[int, Role]
    depth: Mapping[int, int]
    packings: tuple[Tie, ...] = ()  # what the things upstream came in

    @property
    def carriers(self) -> frozenset[int]:
        return frozenset(tie.target for tie in self.packings)

    def those(self, *roles: Role) -> frozenset[int]:
        return frozenset(key for key, role in self.roles.items() if role in roles)

    @property
    def affected(self) -> frozenset[int]:
        """What may carry the fault: suspects, what they went into, and what they are in."""
        return self.those("suspect", "downstream", "shared")


def reach(
    session: Session, actor: Actor, starts: Mapping[int, Window], direction: str, limit: int = MOST
) -> Reached:
    """A handful of statements, whatever is reached. `starts` says from when on each suspect is one."""
    above = walks.closure(session, tuple(starts), "up", limit)
    below = walks.closure(session, tuple(starts), "down", limit)
    # What went into a suspect went into all of it, whenever it is that it became one.
    up = genealogy.reach(above.edges, tuple(starts), "up")
    down = genealogy.reach(below.edges, starts, "down")
    truncated = above.truncated or below.truncated
    looked = _look(session, actor, starts, up, down, truncated=truncated)
    roles = _roles(looked, starts, direction)
    depth = _depths(starts, down.ties, down=True) | {
        key: -far for key, far in _depths(starts, up.ties, down=False).items() if far
    }
    roles |= dict.fromkeys(_shared(session, looked, roles), "shared")
    looked, packings = _carried(session, actor, looked, [key for key in roles if roles[key] == "upstream"])
    return Reached(looked, roles, {key: depth.get(key, 0) for key in roles}, packings)


def _look(
    session: Session, actor: Actor, starts: Collection[int], up: Reach, down: Reach, *, truncated: bool
) -> Sight:
    ids = {*up.windows, *down.windows}
    things = lineage.things_of(session, ids, actor.organisation_id, actor.prefix)
    organisations = tuple(lineage.organisations(session))
    sharing = frozenset(int(row.id or 0) for row in organisations if row.sharing == CHAIN)
    walked = Sight(next(iter(starts), 0), things, up, down, frozenset(), organisations, sharing, truncated)
    mine = frozenset({actor.organisation_id})
    nodes = {
        key: NodeInfo(row.organisation_id, mine if row.took_part else frozenset(), row.level)
        for key, row in things.items()
    }
    ties = (  # a mistake shows nobody anything new
        (tie.source, tie.target, tie.kind)
        for tie in walked.ties
        if not tie.mistaken or (things[tie.source].took_part and things[tie.target].took_part)
    )
    wanted = frozenset(starts) & things.keys()
    seen = visibility.visible(actor.organisation_id, wanted, nodes, ties, sharing)
    return replace(walked, seen=seen)


def _roles(sight: Sight, starts: Collection[int], direction: str) -> dict[int, Role]:
    roles: dict[int, Role] = {}
    for key in sight.seen:
        down, up = sight.down.windows.get(key), sight.up.windows.get(key)
        if sight.things[key].level == "process":
            continue
        if key in starts:
            roles[key] = "suspect"
        elif down and direction != "backward":
            roles[key] = "downstream"
        elif up and direction != "forward":
            roles[key] = "upstream"
        elif not down and not up:
            roles[key] = "withdrawn"
    return roles


def _depths(starts: Collection[int], ties: Iterable[Tie], *, down: bool) -> dict[int, int]:
    """The shortest way from any suspect, in layers; the runs between inputs and outputs count as layers, too."""
    after: dict[int, list[int]] = defaultdict(list)
    for tie in ties:
        near, far = (tie.source, tie.target) if down else (tie.target, tie.source)
        after[near].append(far)
    found = dict.fromkeys(starts, 0)
    queue = deque(found)
    while queue:
        place = queue.popleft()
        for far in after[place]:
            if far not in found:
                found[far] = found[place] + 1
                queue.append(far)
    return found


def _shared(session: Session, sight: Sight, roles: Mapping[int, Role]) -> set[int]:
    """Containers in which other goods were together with affected ones."""
    units = [
        key for key, role in roles.items() if role == "downstream" and sight.things[key].level == "logistic"
    ]
    windows = sight.down.windows
    return {
        tie.target
        for tie in recalls.packed_in(session, units)
        if not windows.get(tie.source) and _together(tie, windows[tie.target])
    }


def _carried(
    session: Session, actor: Actor, sight: Sight, upstream: Sequence[int]
) -> tuple[Sight, tuple[Tie, ...]]:
    """The containers of the company in which its origins came; they are no part of the walk, since a container is
    downstream of what is in it."""
    packings: list[Tie] = []
    things, layer = dict(sight.things), list(upstream)
    for _ in range(DEEPEST):
        ties = [tie for tie in recalls.packed_from(session, layer) if not tie.mistaken]
        fresh = {tie.target for tie in ties} - things.keys()
        rows = lineage.things_of(session, fresh, actor.organisation_id, actor.prefix) if fresh else {}
        things |= {key: row for key, row in rows.items() if row.took_part}
        packings += [tie for tie in ties if tie.target in things and things[tie.target].took_part]
        layer = [key for key in rows if key in things]
        if not layer:
            break
    return replace(sight, things=things, seen=sight.seen | {tie.target for tie in packings}), tuple(packings)


def _together(tie: Tie, windows: Iterable[Window]) -> bool:
    until = tie.until or genealogy.END
    return not tie.mistaken and any(tie.since < high and low < until for low, high in windows)
