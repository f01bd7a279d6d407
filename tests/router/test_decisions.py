"""What the Lua of a router decides, by itself: each pause and each question ends at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.limits import Limits
from tests.router.lua import lua

PODS = "pod_us0=pod_us0 pod_us1=pod_us1 pod_eu0=pod_eu0"
HANDLE = """
function(asked, fields, ask, log)
  local function bag(values)
    return {
      get = function(_, name) return values[name] end,
      replace = function(_, name, value) values[name] = value end,
      remove = function(_, name) values[name] = nil end,
    }
  end
  local counted = { inc = function() end, recordValue = function() end }
  local stats = { counter = function() return counted end, histogram = function() return counted end }
  return {
    headers = function() return bag(asked) end,
    body = function() return nil end,
    requestHeaders = function() return bag(asked) end,
    stats = function() return stats end,
    filterContext = function() return bag(fields) end,
    timestamp = function() return log.now end,
    respond = function(_, headers, body) log.status, log.body = headers[":status"], body end,
    httpCall = function(_, cluster, headers)
      if cluster == "learn-pause" then log.pauses = log.pauses + 1 return { [":status"] = "204" }, "" end
      log.questions = log.questions + 1
      return ask()
    end,
  }
end
"""


class Router:
    """The Lua of a router, with a cache and with pods that answer what a test says."""

    def __init__(self) -> None:
        self.runtime = lua()
        self.settings = self.table({**vars(Limits()), "page": "", "page_policy": ""})
        sizes = {"prefixes": 1000, "exacts": 1000, "small": 100, "stale_seconds": 600}
        self.cache = self.require("cache").new(self.table(sizes), 0)
        self.answer: dict[str, Any] | None = None
        self.fields = {"version": "1", "any": "any-pod", "latest": "pod_us0", "learn_secret": "", "pods": PODS}
        self.log = self.table({"now": 1000, "questions": 0, "pauses": 0})
        self.time = 0
        self.runtime.globals().os.time = lambda: self.time

    def table(self, values: dict[str, Any]) -> Any:
        return self.runtime.table_from(values)

    def require(self, name: str) -> Any:
        return self.runtime.eval(f'require("{name}")')

    def says(self, path: str, pod: str, epoch: int | None, *, source: str = "routable") -> None:
        """What pods answer from now on."""
        self.answer = {"body": json.dumps({"path": path, "pod": pod, "source": source}), "epoch": epoch}

    def ask(self, path: str, **headers: str) -> dict[str, str]:
        """The headers with which a request goes on to its pod."""
        asked = self.table({":method": "GET", ":path": path, **headers})
        self.require("request").handle(self._handle(asked), self.cache, self.settings)
        return dict(asked)

    def told(self, path: str, target: str, **headers: str) -> None:
        """A response to a request that went to this pod."""
        asked = self.table({":method": "GET", ":path": path, "x-gitlab-pod-target": target, **headers})
        self.require("response").handle(self._handle(asked), self.cache, self.settings)

    def found(self, path: str) -> str | None:
        known = self.table(dict.fromkeys(("pod_us0", "pod_us1", "pod_eu0", "any-pod"), True))
        found = self.cache.find(self.cache, path, known, self.time)
        return None if found is None else str(found[0])

    def _handle(self, asked: Any) -> Any:
        fields = self.table({**self.fields, "preferred": ""})
        return self.runtime.eval(HANDLE)(asked, fields, self._learn, self.log)

    def _learn(self) -> Any:
        if self.answer is None:
            return self.table({":status": "503"}), ""
        headers = {":status": "200", "cache-control": "max-age=60"}
        if self.answer["epoch"] is not None:
            headers["x-gitlab-pod-epoch"] = str(self.answer["epoch"])
        return self.table(headers), self.answer["body"]


@pytest.fixture
def router() -> Router:
    return Router()


def test_it_learns_once_and_remembers(router: Router) -> None:
    router.says("/group", "pod_eu0", 3)
    first, second = router.ask("/group/x"), router.ask("/group/y")
    assert (first["x-gitlab-pod-target"], first["x-gitlab-pod-epoch"], first["x-gitlab-router-cache"]) == (
        "pod_eu0",
        "3",
        "miss",
    )
    assert (second["x-gitlab-pod-target"], second.get("x-gitlab-router-cache")) == ("pod_eu0", None)
    assert router.log["questions"] == 1


def test_an_answer_of_an_older_epoch_does_not_count(router: Router) -> None:
    router.says("/group", "pod_eu0", 3)
    router.ask("/group")
    router.time = 61
    router.says("/group", "pod_us1", 2)
    asked = router.ask("/group")
    assert (asked["x-gitlab-pod-target"], asked["x-gitlab-pod-epoch"], asked["x-gitlab-router-cache"]) == (
        "pod_eu0",
        "3",
        "stale",
    )
    router.says("/group", "pod_us1", 3)
    router.time = 70
    assert router.ask("/group")["x-gitlab-pod-target"] == "pod_us1"


def test_the_entry_that_misled_is_forgotten(router: Router) -> None:
    router.says("/group/deep", "pod_eu0", 3)
    router.ask("/group/deep/x")
    assert router.found("/group/deep/x") == "pod_eu0"
    moved = json.dumps({"path": "/group", "pod": "pod_us1", "source": "routable", "epoch": 4})
    router.told("/group/deep/x", "pod_us1", **{"x-gitlab-pod-moved": moved})
    # The narrower entry would hide where the pods sent it.
    assert router.found("/group/deep/x") == router.found("/group") == "pod_us1"


def test_an_entry_that_says_the_same_as_the_redirect_is_kept(router: Router) -> None:
    router.says("/group/deep", "pod_us1", 4)
    router.ask("/group/deep/x")
    moved = json.dumps({"path": "/group/deep/x", "pod": "pod_us1", "source": "routable", "epoch": 4})
    router.told("/group/deep/x", "pod_us1", **{"x-gitlab-pod-moved": moved})
    assert router.found("/group/deep/other") == "pod_us1"


def test_pods_are_left_alone_after_three_failures_in_a_row(router: Router) -> None:
    for number in range(2):
        router.ask(f"/down-{number}")
    router.says("/up", "pod_eu0", 1)
    router.ask("/up")
    # Two more are no three in a row.
    router.answer = None
    for number in range(2, 4):
        router.ask(f"/down-{number}")
    assert router.log["questions"] == 5
    router.ask("/down-4")
    router.ask("/down-5")
    assert router.log["questions"] == 6
    router.time += Limits().quiet_seconds
    router.ask("/down-6")
    assert router.log["questions"] == 7
