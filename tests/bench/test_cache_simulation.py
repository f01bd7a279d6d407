from __future__ import annotations

from array import array
from random import Random

import pytest

from bench import cache_simulation
from bench.__main__ import main
from bench.cache_simulation import Model, simulate, through_cache
from bench.cookie import check_microseconds, cookie_bytes
from bench.visits import Population, Visits, visits
from bench.zipf import zipf

SMALL = Population(namespaces=5_000, people=500, sessions_at_a_time=20)
MODEL = Model(SMALL, requests=20_000, warm_up=10_000, rate=100, life=30, prefixes=4, seed=7, sizes=(50, 500))


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.3])
def test_zipf_draws_each_rank_as_often_as_its_law_says(exponent: float) -> None:
    names, draws = 200, 60_000
    draw = zipf(names, exponent, Random(3))
    counts = [0] * (names + 1)
    for _ in range(draws):
        counts[draw()] += 1
    total = sum(rank**-exponent for rank in range(1, names + 1))
    for rank in (1, 2, 5, 20):
        assert counts[rank] / draws == pytest.approx(rank**-exponent / total, rel=0.12)


def test_it_repeats_itself_for_one_seed() -> None:
    first, again, other = (visits(SMALL, exponent=0.8, requests=2_000, prefixes=4, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.namespaces != other.namespaces


def seen(*namespaces: int, in_cookie: tuple[int, ...] = ()) -> Visits:
    return Visits(array("I", namespaces), bytearray(at in in_cookie for at in range(len(namespaces))))


def test_an_entry_that_was_used_survives_the_change_of_generations() -> None:
    assert through_cache(seen(1, 2, 1, 3, 1), size=4, life_in_requests=None, warm_up=0)[0] == 2


def test_the_cache_never_holds_more_than_its_size() -> None:
    assert through_cache(seen(*range(1, 1000)), size=10, life_in_requests=None, warm_up=0)[2] <= 10


def test_an_entry_dies_when_its_life_is_over() -> None:
    asked = seen(1, 2, 3, 4, 1)
    assert through_cache(asked, size=100, life_in_requests=3, warm_up=0)[0] == 0
    assert through_cache(asked, size=100, life_in_requests=4, warm_up=0)[0] == 1


def test_only_a_miss_that_the_cookie_names_is_saved_by_it() -> None:
    hits, saved, _ = through_cache(seen(1, 1, 2, 3, in_cookie=(1, 2)), size=100, life_in_requests=None, warm_up=0)
    assert (hits, saved) == (1, 1)


def test_a_larger_cache_hits_more_and_leaves_less_to_the_cookie() -> None:
    small, large = (outcome for outcome in simulate(MODEL, 0.8) if outcome.life)
    assert small.hits < large.hits < 1
    assert small.cookie_saves > large.cookie_saves


def test_the_cookie_is_small_and_its_check_finds_its_last_prefix() -> None:
    assert cookie_bytes() < 128
    assert check_microseconds() > 0


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cache-simulation", "--requests", "6000", "--exponents", "0.8"])
    printed = capsys.readouterr().out
    assert "| Zipf exponent |" in printed
    assert len([line for line in printed.splitlines() if line.startswith("| 0.8")]) == 2 * len(cache_simulation.SIZES)
