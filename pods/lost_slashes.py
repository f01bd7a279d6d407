"""The escaped slashes of a key, which a WSGI server has decoded, put back where they stood.

Only for requests without a router: a router sends the path as the client sent
it. An API names an entity by its path as one escaped segment
(`/api/v4/projects/my-company%2Fmy-project/issues`), and a pod that stands alone
has to serve that, too: the seed promises that the router is optional.
"""

from __future__ import annotations

from routing.classify import plans
from routing.declare import Rule
from routing.index import find, url_tree
from routing.paths import RawPath, parse
from routing.views import not_built

NOT_BUILT = f"{not_built.__module__}.{not_built.__name__}"
# A bound on the work for one request; as many levels as GitLab lets groups have, and a project.
MOST_SEGMENTS = 21


def with_whole_key(path: RawPath) -> RawPath:
    """The path with the key of an entity as one segment: the shortest that makes it the path of a page.

    Unchanged when none does. Raises `PathInvalid` when the client's own spelling was too long.
    """
    endpoint = find(url_tree(), path.segments)
    if endpoint is None or endpoint.declaration.rule is not Rule.ENTITY:
        return path
    start = plans()[endpoint.order].key_at
    if _is_id(path.segments[start]):
        return path
    raw = path.raw_segments
    for end in range(start + endpoint.declaration.least_segments, min(start + MOST_SEGMENTS, len(raw)) + 1):
        whole = parse("/" + "/".join([*raw[:start], "%2F".join(raw[start:end]), *raw[end:]]))
        found = find(url_tree(), whole.segments)
        if found is not None and found.view != NOT_BUILT:
            return whole
    return path


def _is_id(segment: str) -> bool:
    """Whether it is written as ids are. A name of digits only is read as an id, as GitLab does."""
    return segment.isascii() and segment.isdigit() and not segment.startswith("0")
