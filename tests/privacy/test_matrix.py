"""Every page times every kind of visitor, through both regions' routers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.management.commands.routes import lines
from tests.concealment.wire import look
from tests.privacy.conftest import Kind, arrive
from tests.privacy.matrix import PAGES, PARTS
from tests.privacy.test_mixtures import AT_A_TIME
from tests.privacy.visitors import PEOPLE, Page
from tests.running_cluster import RunningCluster
from topology import Address

NOT_BUILT = "routing.views.not_built"
REDIRECTS = frozenset({301, 302, 308})
SIGN_IN = "/users/sign_in?"
# Stands in no response.
NO_NAME = "\0"
UNCONFIRMED = frozenset({"Admin Area", "people"})
"""Where everybody who changes something is asked for the password, which each page says."""


def test_every_page_is_declared() -> None:
    built = {line.pattern for line in lines() if line.view != NOT_BUILT}
    assert built - set(PAGES) == set(), "declare who sees these pages in tests/privacy/matrix.py"


def test_every_declared_page_is_built() -> None:
    assert set(PAGES) - {line.pattern for line in lines() if line.view != NOT_BUILT} == set()


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_each_kind_of_visitor_gets_what_is_declared(cluster: RunningCluster, kinds: dict[str, Kind], part: str) -> None:
    pages = [page for pages in PARTS[part].values() for page in pages]
    if part not in UNCONFIRMED:
        # Without that no form of theirs goes through.
        kinds = kinds | {"administrator": arrive(cluster, PEOPLE["administrator"], confirmed=True)}
    # Each once, and half of them in either region.
    asked = [(page, ("us", "eu")[at % 2], kind) for at, page in enumerate(pages) for kind in kinds]

    def wrong(page: Page, region: str, kind: str) -> list[str]:
        found = violations(cluster.topology.routers[region].address, page, kind, kinds[kind])
        return [f"{region}, {page.method}: {each}" for each in found]

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        assert [each for some in threads.map(wrong, *zip(*asked, strict=True)) for each in some] == []


def violations(
    router: Address, page: Page, kind: str, browser: Kind, absent: Callable[[str], tuple[str, ...]] | None = None
) -> Iterator[str]:
    """What is wrong with the answer that a kind of visitor gets. `absent`: names to compare a private one with."""
    got = _look(router, page, page.path, NO_NAME, browser)
    status, location = _status(got), _location(got)
    if kind in page.shown and status != 200:
        yield f"{kind} should see {page.path}, and got {status} {location}"
    if kind in page.sent and (status not in REDIRECTS or location != page.sent[kind]):
        yield f"{kind} should be sent to {page.sent[kind]}, and got {status} {location}"
    if kind in page.refused and status != page.refused[kind]:
        yield f"{kind} should get {page.refused[kind]}, and got {status} {location}"
    if _may_know(page, kind):
        return
    if not page.private:
        if status != 404 and not location.startswith(SIGN_IN):
            yield f"{kind} should not find {page.path}, and got {status} {location}"
        return
    for other in (absent or _alike)(page.private):
        nothing = _look(router, page, page.path.replace(page.private, other, 1), other, browser)
        if got.replace(page.private.encode(), b"<name>") != nothing:
            yield f"{kind} can tell {page.path} from one with {other}: {got[:500]!r}, {nothing[:500]!r}"


def _may_know(page: Page, kind: str) -> bool:
    """Whether it is no secret to them that the thing exists. What is refused to visitors is refused blindly."""
    if kind in page.refused:
        return not page.private or "visitor" not in page.refused
    return kind in page.shown or kind in page.sent


def _look(router: Address, page: Page, path: str, name: str, browser: Kind) -> bytes:
    token = browser.token if page.method != "GET" else ""
    return look(router, path, name, cookie=browser.cookie, method=page.method, token=token).bytes


def _alike(name: str) -> tuple[str, ...]:
    """Names that lead nowhere and are as long."""
    return f"{name[:-1]}q", f"z{name[1:]}"


def _status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def _location(response: bytes) -> str:
    for line in response.split(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.lower().startswith(b"location:"):
            return line.partition(b":")[2].strip().decode()
    return ""
