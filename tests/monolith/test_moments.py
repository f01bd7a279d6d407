"""How long ago something was, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monolith.namespaces.templatetags.moments import ago, moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "a minute ago"),
        (119, "a minute ago"),
        (120, "2 minutes ago"),
        (3600, "an hour ago"),
        (7200, "2 hours ago"),
        (86400, "a day ago"),
        (29 * 86400, "29 days ago"),
        (30 * 86400, "a month ago"),
        (364 * 86400, "12 months ago"),
        (365 * 86400, "a year ago"),
        (900 * 86400, "2 years ago"),
    ],
)
def test_it_says_how_long_ago(seconds: int, words: str) -> None:
    assert ago(seconds) == words


def test_the_exact_time_is_there_on_hover_and_for_machines() -> None:
    shown = moment(datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert shown.startswith('<time datetime="2020-02-03T04:05:06Z" title="3 February 2020, 04:05 UTC">')
    assert shown.endswith(" years ago</time>")
