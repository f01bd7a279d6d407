from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

Cookie = Callable[[str], str]
_cookies: dict[str, str] = {"": ""}


@pytest.fixture(scope="session")
def cookie(cluster: RunningCluster) -> Cookie:
    """The `Cookie` header of somebody who is signed in; empty for nobody."""

    def cookie(username: str) -> str:
        if username not in _cookies:
            with Visitor(cluster, "us") as visitor:
                visitor.sign_in(username)
                _cookies[username] = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        return _cookies[username]

    return cookie
