"""Every page times every kind of visitor, through both regions' routers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.management.commands.routes import lines
from tests.concealment.conftest import Cookie
from tests.concealment.wire import look
from tests.privacy.matrix import PAGES, PEOPLE, Page
from tests.running_cluster import RunningCluster

NOT_BUILT = "routing.views.not_built"
# Stands in no response.
NO_NAME = "\0"


def test_every_page_is_declared() -> None:
    built = {line.pattern for line in lines() if line.view != NOT_BUILT}
    assert built - set(PAGES) == set(), "declare who sees these pages in tests/privacy/matrix.py"


def test_every_declared_page_is_built() -> None:
    assert set(PAGES) - {line.pattern for line in lines() if line.view != NOT_BUILT} == set()


@pytest.mark.slow
@pytest.mark.parametrize("region", ["us", "eu"])
@pytest.mark.parametrize("page", [page for pages in PAGES.values() for page in pages], ids=lambda page: page.path)
def test_each_kind_of_visitor_gets_what_is_declared(
    cluster: RunningCluster, cookie: Cookie, page: Page, region: str
) -> None:
    cookies = {kind: cookie(username) for kind, username in PEOPLE.items()}
    with ThreadPoolExecutor(max_workers=3) as threads:
        wrong = threads.map(lambda kind: list(_wrong(cluster, region, page, kind, cookies[kind])), PEOPLE)
        assert [each for some in wrong for each in some] == []


def _wrong(cluster: RunningCluster, region: str, page: Page, kind: str, cookie: str) -> Iterator[str]:
    router = cluster.topology.routers[region].address
    got = look(router, page.path, NO_NAME, cookie=cookie).bytes
    status, location = _status(got), _location(got)
    if kind in page.shown:
        if status != 200:
            yield f"{kind} should see {page.path}, and got {status} {location}"
    elif kind in page.sent:
        if status not in {301, 302} or location != page.sent[kind]:
            yield f"{kind} should be sent to {page.sent[kind]}, and got {status} {location}"
    elif kind in page.refused:
        if status != page.refused[kind]:
            yield f"{kind} should get {page.refused[kind]}, and got {status}"
    else:
        for name, other in _absent(page):
            absent = look(router, page.path.replace(name, other, 1), other, cookie=cookie).bytes
            if got.replace(name.encode(), b"<name>") != absent:
                yield f"{kind} can tell {page.path} from one with {other}: {got[:500]!r}, {absent[:500]!r}"


def _absent(page: Page) -> list[tuple[str, str]]:
    """Parts of the page's path, each with what leads nowhere in its place and is as long."""
    if page.private:
        return [(page.private, f"{page.private[:-1]}q"), (page.private, f"z{page.private[1:]}")]
    last = page.path.partition("?")[0].rpartition("/")[2]
    return [(last, "x" * len(last))]


def _status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def _location(response: bytes) -> str:
    for line in response.split(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.lower().startswith(b"location:"):
            return line.partition(b":")[2].strip().decode()
    return ""
