"""How often and how fast, from two moments."""

from __future__ import annotations

from operations.survey import rates
from operations.survey.pods import counters_of
from operations.survey.rates import Period


def test_a_rate_is_what_was_counted_meanwhile() -> None:
    period = Period({"requests": 30.0}, {"requests": 10.0}, 4.0)
    assert period.per_second("requests") == 5.0


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    assert Period({"requests": 8.0}, {"requests": 10.0}, 4.0).per_second("requests") == 2.0


def test_without_a_moment_before_there_is_no_rate() -> None:
    assert Period({"requests": 8.0}, {}, None).per_second("requests") is None


def test_times_are_told_by_buckets() -> None:
    now = counters_of(
        """
# TYPE pods_learn_seconds histogram
pods_learn_seconds_bucket{le="0.001",pod="p"} 90.0
pods_learn_seconds_bucket{le="0.01",pod="p"} 100.0
pods_learn_seconds_bucket{le="+Inf",pod="p"} 100.0
pods_learn_seconds_count{pod="p"} 100.0
pods_learn_seconds_sum{pod="p"} 0.2
"""
    )
    found = rates.learn(Period(now, dict.fromkeys(now, 0.0), 10.0))
    assert (found.per_second, found.mean_ms) == (10.0, 2.0)
    assert found.slow_ms is not None
    assert 1 < found.slow_ms < 10
    assert rates.learn(Period(now, now, 10.0)) == rates.Learn(per_second=0.0)


def test_what_machines_ask_is_no_request() -> None:
    counted = counters_of(
        'pods_requests_total{pod="p",status="2xx",view="readiness"} 100.0\n'
        'pods_requests_total{pod="p",status="2xx",view="home"} 2.0\n'
        'pods_requests_total{pod="p",status="3xx",view="home"} 1.0\n'
    )
    assert counted == {"pods_requests_total": 3.0}
