"""What the Lua of a router decides, by itself: each pause and each question ends at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router import script
from router.limits import Limits
from tests.router.lua import lua

PODS = "pod_us0=pod_us0 pod_us1=pod_us1 pod_eu0=pod_eu0"
HANDLE = """
function(asked, fields, ask, log, told)
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
    headers = function() return bag(told or asked) end,
    body = function() return nil end,
    requestHeaders = function() return bag(asked) end,
    stats = function() return stats end,
    filterContext = function() return bag(fields) end,
    timestamp = function() return log.now end,
    respond = function(_, headers, body) log.status, log.body = headers[":status"], body end,
    httpCall = function(_, cluster, headers)
      if cluster == "learn-pause" then
        log.pauses, log.now = log.pauses + 1, log.now + tonumber(headers["x-envoy-fault-delay-request"])
        return { [":status"] = "204" }, ""
      end
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
        sizes = {"prefixes": 1000, "exacts": 1000, "credentials": 1000, "small": 100, "stale_seconds": 600}
        # The router has run for a while.
        self.cache = self.require("cache").new(self.table(sizes), -1000)
        self.answer: dict[str, Any] | None = None
        self.fields = {"version": "1", "any": "any-pod", "latest": "pod_us0", "learn_secret": "", "pods": PODS}
        self.fields |= {"session": "demo_session", "credential_key": "0011223344556677"}
        self.log = self.table({"now": 1000, "questions": 0, "pauses": 0})
        self.time = 0
        self.runtime.globals().os.time = lambda: self.time

    def table(self, values: dict[str, Any]) -> Any:
        return self.runtime.table_from(values)

    def require(self, name: str) -> Any:
        return self.runtime.eval(f'require("{name}")')

    def says(self, path: str, pod: str, epoch: int | None, *, exact: bool = False, by: str = "") -> None:
        """What pods answer from now on."""
        answer = {"path": path, "pod": pod, "source": "routable", "exact": exact}
        self.answer = {"body": json.dumps(answer), "epoch": epoch, "by": by}

    def ask(self, path: str, **headers: str) -> dict[str, str]:
        """The headers with which a request goes on to its pod."""
        asked = self.table({":method": "GET", ":path": path, **headers})
        self.require("request").handle(self._handle(asked), self.cache, self.settings)
        return dict(asked)

    def told(self, path: str, target: str, *, moved: Any = None, asked_with: Any = None, **headers: str) -> None:
        """A response to a request that went to this pod, where a redirect may have sent it."""
        sent_on = {"x-gitlab-pod-moved": json.dumps(moved)} if moved else {}
        sent_on |= asked_with or {}
        asked = self.table({":method": "GET", ":path": path, "x-gitlab-pod-target": target, **sent_on})
        self.require("response").handle(self._handle(asked, self.table(headers)), self.cache, self.settings)

    def found(self, path: str) -> str | None:
        known = self.table(dict.fromkeys(("pod_us0", "pod_us1", "pod_eu0", "any-pod"), True))
        found = self.cache.find(self.cache, path, known, self.time)
        return None if found is None else str(found[0])

    def _handle(self, asked: Any, told: Any = None) -> Any:
        fields = self.table({**self.fields, "preferred": ""})
        return self.runtime.eval(HANDLE)(asked, fields, self._learn, self.log, told)

    def _learn(self) -> Any:
        if self.answer is None:
            return self.table({":status": "503"}), ""
        headers = {":status": "200", "cache-control": "max-age=60"}
        if self.answer["epoch"] is not None:
            headers["x-gitlab-pod-epoch"] = str(self.answer["epoch"])
        if self.answer["by"]:
            headers["x-gitlab-pod-by"] = self.answer["by"]
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


def test_an_entry_of_a_newer_epoch_stays_until_it_is_too_old_to_serve(router: Router) -> None:
    """Also among what was used once only."""
    answer = {"path": "/group", "target": "pod_eu0", "epoch": 3, "life": 60}
    older = {**answer, "target": "pod_us1", "epoch": 2}
    known = router.table(dict.fromkeys(("pod_eu0", "pod_us1"), True))
    remember = router.cache.remember
    assert remember(router.cache, router.table(answer), known, 0, False)
    assert not remember(router.cache, router.table(older), known, 659, False)
    assert router.found("/group") == "pod_eu0"
    assert remember(router.cache, router.table(older), known, 660, False)


def test_no_epoch_is_told_where_none_is_known(router: Router) -> None:
    router.says("/group", "pod_eu0", None)
    for _ in range(2):
        assert "x-gitlab-pod-epoch" not in router.ask("/group")


def test_an_answer_for_more_replaces_the_entry_that_would_hide_it(router: Router) -> None:
    router.says("/group/deep", "pod_eu0", 3)
    router.ask("/group/deep/x")
    router.time = 61
    router.says("/group", "pod_us1", 4)
    router.ask("/group/deep/x")
    assert router.found("/group/deep/x") == "pod_us1"
    assert router.ask("/group/deep/x")["x-gitlab-pod-target"] == "pod_us1"
    assert router.log["questions"] == 2


@pytest.mark.parametrize("exact", [True, False])
def test_an_entry_that_was_learned_again_is_kept(router: Router, exact: bool) -> None:
    for router.time in (0, 61):
        router.says("/group", "pod_eu0", 3, exact=exact)
        router.ask("/group")
        assert (router.found("/group"), router.found("/group/x")) == ("pod_eu0", None if exact else "pod_eu0")


def test_an_old_entry_serves_on_while_pods_do_not_answer(router: Router) -> None:
    router.says("/group", "pod_eu0", 3)
    router.ask("/group")
    router.time, router.answer = 61, None
    first = router.ask("/group")
    assert (first["x-gitlab-pod-target"], first["x-gitlab-router-cache"]) == ("pod_eu0", "stale")
    assert first["x-gitlab-router-listens"] == "1"
    # For some seconds nobody is asked again.
    router.time += 4
    assert "x-gitlab-router-cache" not in router.ask("/group")
    assert router.log["questions"] == 2
    router.time += 1
    router.ask("/group")
    assert router.log["questions"] == 3


@pytest.mark.parametrize(("target", "found"), [("pod_eu0", "pod_eu0"), ("pod_nope", None)])
def test_what_a_pod_says_of_its_paths_is_remembered(router: Router, target: str, found: str | None) -> None:
    confirmed = {"x-gitlab-pod-cache": json.dumps({"path_prefix": "/group/"}), "x-gitlab-pod-epoch": "5"}
    router.told("/group/x", target, **confirmed)
    assert router.found("/group/other") == found
    router.told("/elsewhere", target, **{"x-gitlab-pod-cache": json.dumps({"path_prefix": "/other/"})})
    assert router.found("/other/x") is None


@pytest.mark.parametrize("confirmed", [True, False])
def test_only_what_the_pod_that_serves_a_path_says_is_kept_among_what_is_in_use(
    router: Router, confirmed: bool
) -> None:
    if confirmed:
        router.told("/group/x", "pod_eu0", **{"x-gitlab-pod-cache": json.dumps({"path_prefix": "/group/"})})
    else:
        router.told("/group/x", "pod_eu0", moved={"path": "/group", "pod": "pod_us1"})
    found = router.cache.prefixes.large.get(router.cache.prefixes.large, "/group")
    assert (found is not None) is confirmed


def test_a_pod_that_was_added_a_moment_ago_is_believed(router: Router) -> None:
    router.ask("/before")
    router.fields |= {"version": "2", "pods": f"{PODS} pod_eu1=pod_eu1"}
    router.says("/group", "pod_eu1", 1)
    assert router.ask("/group")["x-gitlab-pod-target"] == "pod_eu1"


@pytest.mark.parametrize("path", ["/a/../b", "/a<b"])
def test_what_no_pod_takes_is_refused_before_anybody_is_asked(router: Router, path: str) -> None:
    assert "x-gitlab-pod-target" not in router.ask(path)
    assert (router.log["status"], router.log["questions"]) == ("400", 0)


def test_who_comes_while_an_old_entry_is_learned_again_is_served_from_it(router: Router) -> None:
    router.says("/group", "pod_eu0", 3)
    router.ask("/group/x")
    router.time = 61
    came: list[dict[str, str]] = []

    def meanwhile() -> Any:
        came.append(router.ask("/group/y"))
        return router.table({":status": "503"}), ""

    router._learn = meanwhile  # type: ignore[method-assign]
    router.ask("/group/x")
    (asked,) = came
    told = {"cache": "stale", "learned": "0", "listens": "1"}
    assert {name: asked[f"x-gitlab-router-{name}"] for name in told} == told
    assert (asked["x-gitlab-pod-target"], router.log["pauses"]) == ("pod_eu0", 0)


@pytest.mark.parametrize("asked", ["/group/x", "/group/y"])
def test_who_comes_while_a_question_is_underway_waits_as_long_as_that_may_take(router: Router, asked: str) -> None:
    came: list[float] = []

    def meanwhile() -> Any:
        came.append(router.log["now"])
        if len(came) == 1:
            router.ask(asked)
        return router.table({":status": "503"}), ""

    router._learn = meanwhile  # type: ignore[method-assign]
    router.ask("/group/x")
    first, second = came
    assert Limits().learn_ms + 100 <= second - first < Limits().learn_ms + 200


def test_it_listens_to_a_response_unless_the_pod_has_confirmed_the_entry_just_now(router: Router) -> None:
    def listens() -> bool:
        return router.ask("/group/x").get("x-gitlab-router-listens") == "1"

    confirmed = {"x-gitlab-pod-cache": json.dumps({"path_prefix": "/group/"}), "x-gitlab-pod-epoch": "5"}
    router.says("/group", "pod_eu0", 5)
    assert listens()
    assert listens(), "what learn said, no pod has confirmed yet"
    router.told("/group/x", "pod_eu0", **confirmed)
    assert not listens()
    router.time += Limits().confirmed_seconds - 1
    assert not listens()
    router.time += 1
    assert listens()
    router.told("/group/x", "pod_eu0", **confirmed)
    assert not listens()
    # A body that the router does not hold never uses the cache.
    assert router.ask("/group/x", **{"x-gitlab-router-body": "chunked"})["x-gitlab-router-listens"] == "1"


def test_a_redirect_of_one_path_alone_is_remembered_for_it_alone(router: Router) -> None:
    moved = {"path": "/group/x", "pod": "pod_us1", "source": "unknown", "exact": True}
    router.told("/group/x", "pod_us1", moved=moved)
    assert (router.found("/group/x"), router.found("/group/x/y")) == ("pod_us1", None)
    router.told("/group/z", "pod_us1", moved=moved | {"path": "/group"})
    assert router.found("/group") is None


@pytest.mark.parametrize(("misled", "exact"), [("/group/deep", False), ("/group/deep/x", True)])
def test_the_entry_that_misled_is_forgotten(router: Router, misled: str, exact: bool) -> None:
    router.says(misled, "pod_eu0", 3, exact=exact)
    router.ask("/group/deep/x")
    assert router.found("/group/deep/x") == "pod_eu0"
    moved = {"path": "/group", "pod": "pod_us1", "source": "routable", "epoch": 4}
    router.told("/group/deep/x", "pod_us1", moved=moved)
    # The narrower entry would hide where the pods sent it.
    assert router.found("/group/deep/x") == router.found("/group") == "pod_us1"


def test_an_entry_that_says_the_same_as_the_redirect_is_kept(router: Router) -> None:
    router.says("/group/deep", "pod_us1", 4)
    router.ask("/group/deep/x")
    moved = {"path": "/group/deep/x", "pod": "pod_us1", "source": "routable", "epoch": 4}
    router.told("/group/deep/x", "pod_us1", moved=moved)
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


@pytest.mark.parametrize(
    ("said", "known", "leads_on"),
    [
        ({"pod": "pod_us1", "epoch": 4}, {"epoch": "3"}, True),
        ({"pod": "pod_us1", "epoch": 3}, {"epoch": "3"}, True),
        ({"pod": "pod_us1", "epoch": 2}, {"epoch": "3"}, False),
        # Says nothing of its age.
        ({"pod": "pod_us1"}, {"epoch": "3"}, True),
        ({"pod": "pod_eu0", "epoch": 4}, {"epoch": "3"}, False),
        ({"pod": "", "epoch": 4}, {"epoch": "3"}, False),
        # Back to a pod that was asked: only on newer knowledge.
        ({"pod": "pod_us1", "epoch": 3}, {"epoch": "3", "tried": " pod_us1"}, False),
        ({"pod": "pod_us1"}, {"tried": " pod_us1"}, False),
        ({"pod": "pod-us1"}, {"tried": " pod-us1"}, False),
        ({"pod": "pod_us1", "epoch": 4}, {"epoch": "3", "tried": " pod_us1"}, True),
        ({"pod": "pod_us1", "epoch": 4}, {"epoch": "3", "hops": "2"}, True),
        ({"pod": "pod_us1", "epoch": 4}, {"epoch": "3", "hops": "3"}, False),
    ],
)
def test_a_redirect_leads_on_to_newer_knowledge_and_so_far(
    said: dict[str, Any], known: dict[str, str], leads_on: bool
) -> None:
    names = {"epoch": "x-gitlab-pod-epoch", "tried": "x-gitlab-router-tried", "hops": "x-gitlab-router-hops"}
    before = {names[name]: value for name, value in known.items()} | {"x-gitlab-pod-target": "pod_eu0"}
    after, told = answered(before, {":status": "421", "x-gitlab-pod-redirect": json.dumps(said)})
    assert told["x-gitlab-pod-conceal"] == "undelivered"
    assert ("x-gitlab-pod-redirect" in told) is leads_on
    if not leads_on:
        assert after == before
        return
    assert after["x-gitlab-pod-target"] == said["pod"]
    assert after["x-gitlab-router-tried"] == f"{known.get('tried', '')} pod_eu0"
    assert after["x-gitlab-router-hops"] == str(int(known.get("hops", "0")) + 1)
    assert after["x-gitlab-router-cache"] == "misrouted"
    assert after["x-gitlab-pod-moved"] == json.dumps(said)
    assert after.get("x-gitlab-pod-epoch") == str(said.get("epoch", known.get("epoch", "None")))


MOST_WAITS = len(Limits().fenced_ms)


@pytest.mark.parametrize(
    ("status", "asked", "again"),
    [
        ("503", {}, True),
        ("503", {"waited": str(MOST_WAITS - 1), "body": "whole"}, True),
        ("503", {"waited": str(MOST_WAITS)}, False),
        ("503", {"body": "streamed"}, False),
        ("200", {}, False),
    ],
)
def test_a_fenced_request_is_sent_again_so_often(status: str, asked: dict[str, str], again: bool) -> None:
    before = {f"x-gitlab-router-{name}": value for name, value in asked.items()}
    after, told = answered(before, {":status": status, "x-gitlab-pod-fenced": "1"})
    assert ("x-gitlab-pod-fenced" in told) is again
    waited = {"x-gitlab-router-waited": str(int(asked.get("waited", "0")) + 1)} if again else {}
    assert after == before | waited


def test_a_redirect_counts_with_421_only() -> None:
    before = {"x-gitlab-pod-target": "pod_eu0"}
    after, told = answered(before, {":status": "200", "x-gitlab-pod-redirect": json.dumps({"pod": "pod_us1"})})
    assert after == before
    assert told == {":status": "200"}


def answered(asked: dict[str, str], told: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The headers of a request and of its response after the filter between router and pod."""
    runtime = lua()
    runtime.execute(script.upstream(Limits()))
    request, response, nothing = (runtime.table_from(each) for each in (asked, told, {}))
    handle = runtime.eval(HANDLE)(request, nothing, None, nothing, response)
    runtime.globals().envoy_on_response(handle)
    return dict(request), dict(response)
