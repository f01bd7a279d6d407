"""Administrator: loads the `/admin` page."""

from __future__ import annotations

import pytest

from tests.flows.conftest import Watch
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("path", "pod"),
    [
        ("/admin", "pod_us0"),
        ("/admin/pods/pod_0/projects", "pod_us0"),
        ("/admin/pods/pod_us1/projects", "pod_us1"),
        ("/admin/pods/pod_eu1/projects", "pod_eu1"),
    ],
)
def test_the_url_says_which_pod_serves(european: Visitor, watching_europe: Watch, path: str, pod: str) -> None:
    european.sign_in("root")
    with watching_europe() as seen:
        european.get(path)
    assert [(request.pod, request.cache, request.questions) for request in seen.requests] == [(pod, "miss", 1)]


def test_a_pod_of_the_admin_area_is_found_after_the_area_itself(european: Visitor, watching_europe: Watch) -> None:
    european.sign_in("root")
    european.get("/admin")
    with watching_europe() as misled:
        european.get("/admin/pods/pod_eu1/projects")
        european.get("/admin/pods/pod_eu1/projects")
    assert [(request.pod, request.cache) for request in misled.requests] == [
        ("pod_eu1", "misrouted"),
        ("pod_eu1", "hit"),
    ]
