"""Ranks drawn from Zipf's law over as many names as one likes, in constant memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random


def zipf(names: int, exponent: float, random: Random) -> Callable[[], int]:
    """A function that draws a rank from 1 to `names`, rank k with a weight of k ** -exponent.

    Rejection-inversion, which needs no table of `names` weights: W. Hörmann and G. Derflinger,
    "Rejection-inversion to generate variates from monotone discrete distributions" (1996).
    """
    power = 1.0 - exponent
    log, exp, uniform = math.log, math.exp, random.random
    harmonic = abs(power) < 1e-9

    def area(x: float) -> float:
        return log(x) if harmonic else (exp(power * log(x)) - 1.0) / power

    def from_area(value: float) -> float:
        return exp(value) if harmonic else exp(log(1.0 + power * value) / power)

    low = area(1.5) - 1.0
    high = area(names + 0.5)
    sure = 2.0 - from_area(area(2.5) - 2.0**-exponent)

    def draw() -> int:
        while True:
            value = high + uniform() * (low - high)
            x = from_area(value)
            rank = min(max(int(x + 0.5), 1), names)
            if rank - x <= sure or value >= area(rank + 0.5) - exp(-exponent * log(rank)):
                return rank

    return draw
