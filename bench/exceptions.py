"""What can keep a benchmark from telling the truth; each message says what to do next."""

from __future__ import annotations


class BenchError(Exception):
    """Root of everything this package raises."""


class NotMeasurable(BenchError):
    """This machine does not tell what is to be measured."""


class AnswersWrong(BenchError):
    """What was measured did not answer as it should, so that its time means nothing."""


class ClusterNotUp(BenchError):
    """The scratch cluster of a benchmark did not come up."""
