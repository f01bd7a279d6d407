"""Paths as they come and as they should not: made of the URL configuration's own words and of nasty segments."""

from __future__ import annotations

from hypothesis import strategies as st

from routing.index import Endpoint, endpoints

NAMES = "gitlab-org my-company My-Company john.doe alice nobody old-company next-word api-docs".split()  # noqa: SIM905
NASTY = """
    - -x alice.keys gitlab.atom x.tar.gz .git .json my-company%2Fmy-project %2D a%252Fb gitlab%2Dorg 17 0017 17.json
    999999999999999999999999999999 pod_eu0 pod_0 pod_nope a%0Ab %FF % gr%C3%BCn Users ADMIN dashboard.json %E2%84%AA
    v1...v2 new.json -.json %2F
""".split()  # noqa: SIM905


def _words() -> tuple[str, ...]:
    tokens = (token for each in endpoints() if isinstance(each, Endpoint) for token in each.tokens)
    return tuple(dict.fromkeys(token for token in tokens if "<" not in token))


def _shapes() -> list[list[str]]:
    return [each.tokens for each in endpoints() if isinstance(each, Endpoint)]


segments = st.one_of(st.sampled_from(NAMES), st.sampled_from(["", *NASTY]), st.sampled_from(_words()))


@st.composite
def _like_a_pattern(draw: st.DrawFn) -> str:
    """A path of the shape of some pattern, perhaps with something more or less at its end."""
    found: list[str] = []
    for token in draw(st.sampled_from(_shapes())):
        if token.startswith(("<rest:", "<routable:")):
            found += draw(st.lists(segments, min_size=1, max_size=3))
        else:
            found.append(draw(segments) if token.startswith("<") else token)
    found += draw(st.lists(segments, max_size=2))
    return "/" + "/".join(found[: draw(st.integers(max(1, len(found) - 3), len(found) + 1))])


paths = st.one_of(_like_a_pattern(), st.lists(segments, max_size=6).map(lambda found: "/" + "/".join(found)))
"""Most of them keep to the rules of `routing/paths.py`."""
