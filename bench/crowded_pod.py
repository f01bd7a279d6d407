"""One busy pod in this process: `python -m bench.crowded_pod ROUNDS PID...`, of the PostgreSQL servers.

`bench pages` starts it as the pod of `POD_ID`, and reads the JSON that it prints.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

import django

from bench.cpu import cpu_seconds
from bench.crowd import GIANT, ORGANIZATION, POPULAR, VIEWERS
from bench.exceptions import AnswersWrong
from cluster.family import family

if TYPE_CHECKING:
    from bench.asks import Browser

VISITOR = "visitor"
MILLI = 1000
SCOPED = f"/organizations/{ORGANIZATION}/-"
PAGES = {
    "dashboard": f"{SCOPED}/dashboard",
    "counts in the top bar": f"{SCOPED}/counts.json",
    "to-do items": f"{SCOPED}/todos",
    "issues assigned to you": f"{SCOPED}/issues",
    "merge requests assigned to you": f"{SCOPED}/merge_requests",
    "projects": f"{SCOPED}/projects",
    "groups": f"{SCOPED}/groups",
    "a group": f"/{GIANT}",
    "a project": f"/{POPULAR}",
    "issues of a project": f"/{POPULAR}/-/issues",
    "an issue": f"/{POPULAR}/-/issues/{{iid}}",
    "search: many": f"{SCOPED}/search?search=project",
    "search: few": f"{SCOPED}/search?search=popular",
    "search: a frequent part": f"{SCOPED}/search?search=team",
    "search: short": f"{SCOPED}/search?search=zq",
    "search: none": f"{SCOPED}/search?search=project+nowhere",
    "search: a frequent word of issues": f"{SCOPED}/search?search=issue&kind=issues",
    "search: a rare word of issues": f"{SCOPED}/search?search=issue+{{iid}}&kind=issues",
    "API: projects": f"/api/v4/organizations/{ORGANIZATION}/projects",
    "API: issues": f"/api/v4/organizations/{ORGANIZATION}/issues",
}
"""The pages that people open most, by their names in the table."""
SIGN_IN = {"sign-in": "/users/sign_in"}


@dataclass(frozen=True)
class Seen:
    """What one page took one viewer: statements, and the medians of milliseconds."""

    page: str
    viewer: str
    queries: int
    pod: float
    database: float
    wall: float


def main(rounds: int, iid: int, servers: Sequence[int]) -> None:
    """Print what each page takes each viewer."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings.base"
    django.setup()
    # They need the models.
    from bench.asks import Browser  # noqa: PLC0415
    from bench.people import signed_in  # noqa: PLC0415

    found = []
    for viewer, username in {**VIEWERS, VISITOR: ""}.items():
        browser = Browser()
        if username:
            signed_in(username)(browser)
        for page, address in (PAGES if username else SIGN_IN).items():
            path = address.format(iid=iid)
            # The first visit warms up.
            runs = [_visit(browser, path, servers) for _ in range(rounds + 1)][1:]
            middles = (median(run[at] for run in runs) * MILLI for at in range(3))
            found.append(asdict(Seen(page, viewer, _queries(browser, path), *middles)))
    print(json.dumps(found))


def _visit(browser: Browser, path: str, servers: Sequence[int]) -> tuple[float, float, float]:
    """Return seconds: CPU of this process, of PostgreSQL, and by the clock. Raises `AnswersWrong`."""
    from bench.asks import catch_up  # noqa: PLC0415

    catch_up()
    families = family(*servers)
    before, own, started = cpu_seconds(families), time.process_time(), time.perf_counter()
    answer = browser.get(path)
    wall, used = time.perf_counter() - started, time.process_time() - own
    database = cpu_seconds(families) - before
    if answer.status_code != 200:
        raise AnswersWrong(f"{path}: {answer.status_code}, not 200: {answer.content[-500:]!r}")
    return used, database, wall


def _queries(browser: Browser, path: str) -> int:
    from bench.statements import counted  # noqa: PLC0415
    from topology.model import SCHEMAS  # noqa: PLC0415

    with counted(SCHEMAS) as statements:
        browser.get(path)
    return statements.total()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), [int(each) for each in sys.argv[3:]])
