"""Paths that belong to the organization of whoever asks: what the router remembers of a credential, and of whom."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.limits import Limits
from tests.router.lua import lua
from tests.router.running import DEBUG, Response, RunningRouter
from tests.router.stubs import Owned, StubCluster
from tests.router.test_decisions import Router

LIST = "/api/v4/projects"
BOUNDS = Limits()
MASK = 0xFFFFFFFF


@pytest.fixture
def by_itself() -> Router:
    """The Lua, to which pods say of the list that its caller decides."""
    return knowing()


def knowing() -> Router:
    router = Router()
    router.says(LIST, "pod_us0", None, by="credential")
    return router


def pod(router: Router, path: str = LIST, **headers: str) -> str:
    return router.ask(path, **headers)["x-gitlab-pod-target"]


def sent_on(router: Router, to: str, path: str = LIST, **headers: str) -> None:
    """A pod said that this caller's organization is on another pod."""
    moved = {"path": path, "pod": to, "source": "routable", "by": "credential"}
    router.told(path, to, moved=moved, asked_with=headers)


def token(name: str) -> dict[str, str]:
    return {"private-token": f"glpat-{name}"}


def test_the_second_request_of_a_credential_goes_straight(by_itself: Router) -> None:
    assert pod(by_itself, **token("mia")) == "pod_us0"
    sent_on(by_itself, "pod_eu0", **token("mia"))
    assert pod(by_itself, **token("mia")) == "pod_eu0"
    assert "x-gitlab-router-listens" not in by_itself.ask(LIST, **token("mia"))
    assert by_itself.log.questions == 1
    for other in (token("eva"), {}, {"authorization": "Bearer glpat-mia"}, {"cookie": "demo_session=mia"}):
        assert pod(by_itself, **other) == "pod_us0"


@pytest.mark.parametrize(
    "known",
    [
        {"private-token": "glpat-x"},
        {"authorization": "Bearer glpat-x"},
        {"cookie": "csrftoken=a; demo_session=x; b=c"},
        {"authorization": "Basic x", "cookie": "demo_session=x"},
    ],
)
def test_each_credential_that_pods_know_has_entries(by_itself: Router, known: dict[str, str]) -> None:
    pod(by_itself, **known)
    sent_on(by_itself, "pod_eu0", **known)
    assert pod(by_itself, **known) == "pod_eu0"
    assert pod(by_itself, **{name: value.replace("x", "xy") for name, value in known.items()}) == "pod_us0"


def test_other_cookies_do_not_matter(by_itself: Router) -> None:
    pod(by_itself, cookie="demo_session=x; position=1")
    sent_on(by_itself, "pod_eu0", cookie="demo_session=x; position=1")
    assert pod(by_itself, cookie="position=2; demo_session=x") == "pod_eu0"


def test_an_entry_is_dropped_when_it_misleads(by_itself: Router) -> None:
    pod(by_itself, **token("mia"))
    sent_on(by_itself, "pod_eu0", **token("mia"))
    sent_on(by_itself, "pod_us1", **token("mia"))
    assert pod(by_itself, **token("mia")) == "pod_us1"
    sent_on(by_itself, "pod_that_is_unknown", **token("mia"))
    assert pod(by_itself, **token("mia")) == "pod_us0"


def test_an_entry_lives_briefly(by_itself: Router) -> None:
    pod(by_itself, **token("mia"))
    sent_on(by_itself, "pod_eu0", **token("mia"))
    by_itself.time = BOUNDS.credential_life_seconds - 1
    assert pod(by_itself, **token("mia")) == "pod_eu0"
    by_itself.time = BOUNDS.credential_life_seconds
    assert pod(by_itself, **token("mia")) == "pod_us0"


def test_a_path_with_an_owner_has_none(by_itself: Router) -> None:
    pod(by_itself, **token("mia"))
    sent_on(by_itself, "pod_eu0", **token("mia"))
    by_itself.says("/group", "pod_us1", 1)
    assert pod(by_itself, "/group", **token("mia")) == "pod_us1"


def test_no_epoch_is_sent(by_itself: Router) -> None:
    pod(by_itself, **token("mia"))
    sent_on(by_itself, "pod_eu0", **token("mia"))
    assert "x-gitlab-pod-epoch" not in by_itself.ask(LIST, **token("mia"))


def test_a_credential_that_is_too_long_is_not_remembered(by_itself: Router) -> None:
    known = token("x" * BOUNDS.longest_credential_bytes)
    pod(by_itself, **known)
    sent_on(by_itself, "pod_eu0", **known)
    assert pod(by_itself, **known) == "pod_us0"


def test_no_credential_is_stored(by_itself: Router) -> None:
    pod(by_itself, **token("mia"))
    sent_on(by_itself, "pod_eu0", **token("mia"))
    [key] = keys(by_itself)
    assert key.endswith(LIST)
    assert len(key) == 16 + len(LIST)
    assert "mia" not in key


def test_entries_are_bounded(by_itself: Router) -> None:
    for number in range(1000):
        sent_on(by_itself, "pod_eu0", **token(str(number)))
    assert len(keys(by_itself)) <= 2 * 100


def keys(router: Router) -> list[str]:
    """The keys of what is remembered of callers."""
    every = """function(callers)
        local keys = {}
        for _, store in pairs(callers) do
            for _, shard in pairs(store.shards) do
                for _, generation in pairs({ shard.hot, shard.cold }) do
                    for key in pairs(generation) do keys[#keys + 1] = key end
                end
            end
        end
        return keys
    end"""
    return [*router.runtime.eval(every)(router.cache.callers).values()]


people = st.sampled_from(["mia", "eva", "max", "mia2", "", "mia\x00"])
paths = st.sampled_from([LIST, "/api/v4/groups", "/api/v4/todos/mark_as_done"])
pods = st.sampled_from(["pod_us0", "pod_us1", "pod_eu0"])


@given(acts=st.lists(st.tuples(people, paths, st.none() | pods), max_size=40))
@settings(max_examples=100)
def test_entries_never_cross_credentials_or_paths(acts: list[tuple[str, str, str | None]]) -> None:
    router, last = knowing(), dict[tuple[str, str], str]()
    for person, path, moved in acts:
        router.says(path, "pod_us0", None, by="credential")
        assert pod(router, path, **token(person)) == last.get((person, path), "pod_us0")
        if moved:
            sent_on(router, moved, path, **token(person))
            last[person, path] = moved


def half_sip_hash(data: bytes, key0: int, key1: int) -> str:
    """HalfSipHash-1-3 with 64 bits, from its specification."""
    v = [key0, key1 ^ 0xEE, key0 ^ 0x6C796765, key1 ^ 0x74656462]

    def rotated(value: int, by: int) -> int:
        return (value << by | value >> (32 - by)) & MASK

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = v[0] + v[1] & MASK
            v[1] = rotated(v[1], 5) ^ v[0]
            v[0] = rotated(v[0], 16)
            v[2] = v[2] + v[3] & MASK
            v[3] = rotated(v[3], 8) ^ v[2]
            v[0] = v[0] + v[3] & MASK
            v[3] = rotated(v[3], 7) ^ v[0]
            v[2] = v[2] + v[1] & MASK
            v[1] = rotated(v[1], 13) ^ v[2]
            v[2] = rotated(v[2], 16)

    padded = data + bytes(3 - len(data) % 4) + bytes([len(data) & 255])
    for at in range(0, len(padded), 4):
        word = int.from_bytes(padded[at : at + 4], "little")
        v[3] ^= word
        rounds(1)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(3)
    first = v[1] ^ v[3]
    v[1] ^= 0xDD
    rounds(3)
    return f"{first:08x}{v[1] ^ v[3]:08x}"


@cache
def hash_function() -> Any:
    return lua().eval('require("callers").hash')


@given(data=st.binary(max_size=400), key0=st.integers(0, MASK), key1=st.integers(0, MASK))
@settings(max_examples=200)
def test_the_hash_is_half_sip_hash(data: bytes, key0: int, key1: int) -> None:
    hashed = hash_function()(data.decode("latin-1"), signed(key0), signed(key1))
    assert hashed == half_sip_hash(data, key0, key1)


def signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number


def as_(router: RunningRouter, path: str, name: str) -> Response:
    """The answer to somebody's token, with what the router did."""
    return router.send("GET", path, headers=DEBUG | {"PRIVATE-TOKEN": f"glpat-{name}"})


def test_through_envoy_the_second_request_needs_no_hop(router: RunningRouter, stubs: StubCluster) -> None:
    stubs.owned[LIST] = Owned("pod_us0", callers={"glpat-mia": "pod_eu0", "glpat-eva": "pod_us1"})
    served = [
        (answer.json["pod"], answer["x-gitlab-router-cache"], answer["x-gitlab-router-hops"])
        for name in ("mia", "eva", "mia", "eva", "nobody", "mia")
        for answer in [as_(router, LIST, name)]
    ]
    assert served == [
        ("pod_eu0", "misrouted", "2"),
        ("pod_us1", "misrouted", "2"),
        ("pod_eu0", "hit", "1"),
        ("pod_us1", "hit", "1"),
        ("pod_us0", "hit", "1"),
        ("pod_eu0", "hit", "1"),
    ]
    assert [learn["path_info"] for learn in stubs.learns] == [LIST]


def test_through_envoy_a_moved_callers_entry_heals(router: RunningRouter, stubs: StubCluster) -> None:
    path = "/api/v4/groups"
    owned = stubs.owned[path] = Owned("pod_us0", callers={"glpat-mia": "pod_eu0"})
    assert as_(router, path, "mia").json["pod"] == "pod_eu0"
    owned.callers = {"glpat-mia": "pod_eu1"}
    healed = as_(router, path, "mia")
    assert (healed.json["pod"], healed["x-gitlab-router-hops"]) == ("pod_eu1", "2")
    straight = as_(router, path, "mia")
    assert (straight.json["pod"], straight["x-gitlab-router-hops"]) == ("pod_eu1", "1")


def test_through_envoy_a_request_goes_back_once_to_a_pod_that_was_behind(
    router: RunningRouter, stubs: StubCluster
) -> None:
    """The first pod's replica named another one, whose primary knows better; then the first asks its primary too."""
    path = "/api/v4/issues"
    stubs.owned[path] = Owned("pod_us0", callers={})
    as_(router, path, "eva")
    answers = iter(["pod_eu0", None])

    class Behind(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            return next(answers) or default

    stubs["pod_us0"].owned = {path: Owned("pod_us0", callers=Behind())}
    stubs["pod_eu0"].owned = {path: Owned("pod_us0", callers={"glpat-mia": "pod_us0"})}
    answer = as_(router, path, "mia")
    assert (answer.status, answer.json["pod"], answer["x-gitlab-router-hops"]) == (200, "pod_us0", "3")
