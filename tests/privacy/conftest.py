"""Each kind of visitor with their browser."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tests.concealment.conftest import cookie
from tests.privacy.visitors import PEOPLE
from tests.running_cluster import RunningCluster
from tests.visitor import Visitor

__all__ = ["cookie"]

TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')


class Kind(NamedTuple):
    """What a browser sends for one kind of visitor."""

    cookie: str
    token: str
    """Of a form that they have opened."""


@pytest.fixture(scope="session")
def kinds(cluster: RunningCluster) -> dict[str, Kind]:
    return {kind: arrive(cluster, username) for kind, username in PEOPLE.items()}


def arrive(cluster: RunningCluster, username: str, *, confirmed: bool = False) -> Kind:
    """A browser of somebody, with their password confirmed or not."""
    with Visitor(cluster, "us") as visitor:
        if username:
            visitor.sign_in(username)
        if confirmed:
            visitor.confirm_password()
        found = TOKEN.search(visitor.get("/users/sign_out" if username else "/users/sign_in").text)
        assert found
        return Kind("; ".join(f"{name}={value}" for name, value in visitor.cookies.items()), found[1])
