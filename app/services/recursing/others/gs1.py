"""GS1: the list of links that a Digital Link resolver keeps on a key, or the one link that it redirects to."""

from app.domain import linkset_reading
from app.domain.handles import text_value
from app.domain.linkset import LINKSET
from app.domain.messages import Fetch
from app.services.recursing.others.saying import Said, document, got_from_root, joined, no_answer

TTL = 3_600  # seconds: resolvers say nothing of it


def ask(fetch: Fetch, root: str, path: str, until: float) -> Said:
    """`path` is the canonical one (`01/09506000134352`). PeerFailed and Refused where there is no sensible answer."""
    url = f"{root.rstrip('/')}/{path}?linkType=linkset"
    told = got_from_root(fetch, url, until, f"{LINKSET}, application/json;q=0.8")
    if told.status in {404, 410}:
        return Said(None, url, told.address)
    if told.status in {301, 302, 303, 307, 308}:
        href = joined(url, told.header("Location"))
        if not linkset_reading.usable(href):
            raise no_answer(url)
        return Said([text_value(1, "URL", href, ttl=TTL)], url, told.address)
    values = linkset_reading.values_of(document(told), TTL) if told.status in {200, 300} else []
    if not values:
        raise no_answer(url)
    return Said(values, url, told.address)
