"""Each POST is processed once at most, and exactly once when it was answered, whatever dies meanwhile."""

from __future__ import annotations

import json
import threading
from collections import Counter
from itertools import count

import httpx
import pytest

from operations.log_files import log_of
from tests.failures.traffic import CLICKS_A_SECOND, PATIENCE_SECONDS
from tests.running_cluster import RunningCluster, eventually

pytestmark = pytest.mark.slow

PATHS = ("/gitlab-org/gitlab", "/alice/dotfiles", "/makers/widgets", "/my-company/my-project")
BODY = b"x" * 2000
# The pages refuse a form without its code, after their pod has taken the request for its own.
PROCESSED = 403
# Enough for the killed pod to be back, and to process some.
POSTS_AFTER_EACH = 200


class Posting(threading.Thread):
    """Somebody who posts to one page, each time with another number in the query."""

    def __init__(self, cluster: RunningCluster, router: str, path: str, numbers: count[int], stop: threading.Event):
        super().__init__()
        self.statuses: dict[int, int] = {}
        self._url, self._numbers, self._ended = f"{cluster.url(router)}{path}", numbers, stop

    def run(self) -> None:
        with httpx.Client(timeout=PATIENCE_SECONDS, verify=False) as client:
            while not self._is_over():
                number = next(self._numbers)
                try:
                    self.statuses[number] = client.post(f"{self._url}?n={number}", content=BODY).status_code
                except httpx.HTTPError:
                    self.statuses[number] = 0

    def _is_over(self) -> bool:
        return self._ended.wait(1 / CLICKS_A_SECOND)


def test_each_post_is_processed_once(breakable_cluster: RunningCluster) -> None:
    stop, numbers = threading.Event(), count()
    posting = [Posting(breakable_cluster, router, path, numbers, stop) for router in ("us", "eu") for path in PATHS]
    for thread in posting:
        thread.start()
    for pod in ("pod_eu1", "pod_us0", "pod_eu0"):
        breakable_cluster.kill(pod)
        _go_on(posting, POSTS_AFTER_EACH)
    stop.set()
    for thread in posting:
        thread.join(PATIENCE_SECONDS + 5)
    statuses = {number: status for thread in posting for number, status in thread.statuses.items()}
    answered = {number for number, status in statuses.items() if status == PROCESSED}
    assert len(answered) > len(statuses) / 2
    assert set(statuses.values()) <= {PROCESSED, 503}

    eventually(lambda: answered <= set(_processed(breakable_cluster)))
    assert set(_processed(breakable_cluster).values()) == {1}


def _go_on(posting: list[Posting], posts: int) -> None:
    def answers() -> int:
        return sum(len(thread.statuses) for thread in posting)

    wanted = answers() + posts
    eventually(lambda: answers() >= wanted)


def _processed(cluster: RunningCluster) -> Counter[int]:
    number_of = {
        entry["request_id"]: int(entry["path"].partition("?n=")[2])
        for router in ("us", "eu")
        for entry in cluster.access_log(router)
        if "?n=" in entry["path"]
    }
    found: Counter[int] = Counter()
    for pod in cluster.topology.pods:
        for line in log_of(cluster.places.logs, pod).read_text(encoding="utf-8").splitlines():
            if not line.startswith("{"):
                continue
            entry = json.loads(line)
            if entry.get("request_id") in number_of and entry["status"] != 421:
                found[number_of[entry["request_id"]]] += 1
    return found
