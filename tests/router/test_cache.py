"""cache.lua: what is found, for how long, and what cannot push it out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.router.lua import Cache

segments = st.sampled_from(["a", "b", "gitlab-org", "-", "x.y", "", "A", "%2F"])
paths = st.lists(segments, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts))
prefixes = paths.filter(lambda path: len(path) > 1 and not path.endswith("/"))
pods = st.sampled_from(["pod_us0", "pod_us1", "pod_eu0", "pod_eu1"])


def covers(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def test_it_works() -> None:
    cache = Cache()
    assert cache.remember("/my-company")
    assert cache.pod("/my-company/my-project/-/issues") == "pod_eu0"
    assert cache.pod("/my-company") == "pod_eu0"
    assert cache.pod("/my-company-too") is None
    assert cache.pod("/") is None


@given(known=st.dictionaries(prefixes, pods, max_size=8), exact=st.dictionaries(paths, pods, max_size=3), asked=paths)
@settings(max_examples=200)
def test_the_longest_whole_segment_prefix_wins(known: dict[str, str], exact: dict[str, str], asked: str) -> None:
    cache = Cache()
    for path, pod in known.items():
        assert cache.remember(path, pod)
    for path, pod in exact.items():
        assert cache.remember(path, pod, exact=True)
    longest = max((path for path in known if covers(path, asked)), key=len, default=None)
    expected = exact.get(asked) or (known[longest] if longest else None)
    # Twice: the first use may move an entry to the large partition.
    assert cache.pod(asked) == cache.pod(asked) == expected


@given(changes=st.lists(st.tuples(pods, st.integers(0, 5)), min_size=1, max_size=12))
@settings(max_examples=100)
def test_an_older_epoch_never_replaces_a_newer_one(changes: list[tuple[str, int]]) -> None:
    cache, newest = Cache(), -1
    for pod, epoch in changes:
        kept = cache.remember("/moving", pod, epoch=epoch)
        assert kept is (epoch >= newest)
        newest = max(newest, epoch)
        assert cache.epoch("/moving") == newest


def test_an_epoch_too_large_to_keep_is_kept_as_the_largest() -> None:
    cache = Cache()
    assert cache.remember("/moving", epoch=10**9)
    assert cache.epoch("/moving") == 2**15 - 1
    assert cache.remember("/moving", "pod_us1", epoch=10**9 + 1)
    assert cache.pod("/moving") == "pod_us1"


def test_an_entry_lives_as_long_as_it_was_told() -> None:
    cache = Cache(stale_seconds=600)
    cache.remember("/brief", life=5, now=100)
    assert cache.find("/brief", 104) == ("pod_eu0", True)
    assert cache.find("/brief", 105) == ("pod_eu0", False)
    assert cache.find("/brief", 704) == ("pod_eu0", False)
    assert cache.find("/brief", 705) == (None, False)


def test_without_a_life_nothing_is_remembered() -> None:
    cache = Cache()
    assert not cache.remember("/uncached", life=0)
    assert cache.find("/uncached") == (None, False)


def test_an_expired_entry_hides_the_wider_one() -> None:
    cache = Cache()
    cache.remember("/admin", "pod_us0", life=60)
    cache.remember("/admin/pods/pod_eu0", "pod_eu0", life=5)
    assert cache.find("/admin/pods/pod_eu0/projects", 10) == ("pod_eu0", False)


def test_a_pod_that_left_the_topology_is_forgotten() -> None:
    cache = Cache()
    cache.remember("/moved", "pod_gone")
    assert cache.find("/moved") == (None, False)
    cache.known["pod_gone"] = True
    assert cache.pod("/moved") == "pod_gone"


def test_a_target_is_known_however_often_others_were_named() -> None:
    cache = Cache()
    for number in range(2000):
        cache.remember(f"/{number % 7}", "pod_us0")
    assert cache.remember("/last", "pod_us1")
    assert cache.pod("/last") == "pod_us1"


def test_an_absence_takes_the_place_of_what_a_pod_had_confirmed() -> None:
    cache = Cache()
    assert cache.remember("/gone", "pod_eu0", confirmed=True)
    assert cache.remember("/gone", "pod_us0", negative=True)
    assert cache.pod("/gone") == "pod_us0"


def test_a_prefix_of_more_than_twenty_segments_is_not_kept() -> None:
    cache = Cache()
    assert cache.remember("/a" * 20)
    assert cache.pod("/a" * 21) == "pod_eu0"
    assert not cache.remember("/a" * 21)


def test_any_stores_no_pod() -> None:
    cache = Cache()
    cache.remember("/", "any-pod", exact=True)
    assert cache.pod("/") == "any-pod"
    assert cache.pod("/gitlab-org") is None


def test_forgetting_takes_one_entry_only() -> None:
    cache = Cache()
    cache.remember("/group", "pod_us1")
    cache.remember("/group/project", "pod_eu0")
    cache.forget("/group/project")
    assert cache.pod("/group/project/x") == "pod_us1"


@given(names=st.sets(st.integers(0, 10_000), min_size=200, max_size=2000))
@settings(max_examples=10)
def test_partitions_are_bounded(names: set[int]) -> None:
    cache = Cache(prefixes=100, small=50)
    for name in names:
        cache.remember(f"/group-{name}", confirmed=True)
        cache.remember(f"/absent-{name}", negative=True)
    # Two generations, and room for keys that spread unevenly over the tables.
    assert cache.count() <= 2 * (100 * 1.25 + 64)
    assert cache.count(partition="small") <= 2 * 50


def test_as_many_entries_are_held_as_the_limit_says() -> None:
    cache = Cache(prefixes=20_000)
    for name in range(20_000):
        cache.remember(f"/group-{name}", confirmed=True)
    assert sum(cache.pod(f"/group-{name}") is not None for name in range(20_000)) == 20_000


def test_a_flood_of_absent_names_pushes_nothing_good_out() -> None:
    cache = Cache(prefixes=1000, small=100)
    for name in range(500):
        cache.remember(f"/group-{name}", confirmed=True)
    for name in range(20_000):
        cache.remember(f"/absent-{name}", negative=True)
        cache.find(f"/absent-{name}")
    assert all(cache.pod(f"/group-{name}") for name in range(500))


def test_a_flood_of_case_variants_pushes_nothing_good_out() -> None:
    cache = Cache(prefixes=1000, small=100)
    cache.remember("/gitlab-org", confirmed=True)
    for variant in range(2**12):
        name = "".join(c.upper() if variant >> bit & 1 else c for bit, c in enumerate("gitlab-organ"))
        cache.remember(f"/{name}", confirmed=True)
        cache.find(f"/{name}")
    assert cache.pod("/gitlab-org") == "pod_eu0"
    assert cache.count() <= 2


def test_a_flood_of_paths_that_are_asked_once_pushes_nothing_good_out() -> None:
    cache = Cache(prefixes=1000, small=100)
    cache.remember("/gitlab-org")
    assert cache.pod("/gitlab-org") == "pod_eu0"
    for job in range(20_000):
        cache.remember(f"/api/v4/jobs/{job}")
    assert cache.pod("/gitlab-org") == "pod_eu0"
    assert cache.count() == 1


def test_what_is_in_use_outlives_what_is_not() -> None:
    cache = Cache(prefixes=1000)
    cache.remember("/busy", confirmed=True)
    for name in range(10_000):
        cache.remember(f"/other-{name}", confirmed=True)
        assert cache.pod("/busy") == "pod_eu0"


def test_an_escaped_slash_is_a_spelling_like_any_other() -> None:
    cache = Cache()
    for path in ("/api/v4/projects/my-company%2Fmy-project", "/api/v4/projects/My-company%2Fx", "/a%2fb", "/%61"):
        cache.remember(path)
        cache.find(path)
    assert (cache.count(), cache.count(partition="small")) == (1, 3)


def test_a_prefix_takes_less_than_250_bytes() -> None:
    """Of as many as fill their tables like a million do, which `bench router` fills."""
    entries = 1_000_000 >> 4
    cache = Cache(prefixes=entries)
    fill = cache.runtime.eval(
        """function(cache, known, count)
            collectgarbage() ; collectgarbage()
            local before = collectgarbage("count")
            for i = 1, count do
                local answer = { path = ("/some-group-name-%07d"):format(i), target = "pod_eu0", epoch = 3, life = 60 }
                cache:remember(answer, known, 0, true)
            end
            collectgarbage() ; collectgarbage()
            return (collectgarbage("count") - before) * 1024 / count
        end"""
    )
    bytes_per_entry = fill(cache.cache, cache.known, entries)
    assert cache.count() == entries
    assert bytes_per_entry < 250
