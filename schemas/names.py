"""What a name in a URL may be made of: one rule for usernames, organizations, namespaces, projects and routes.

ASCII only, so that Python, PostgreSQL and the router fold case alike. The same
regular expressions run in Python and in PostgreSQL's CHECK constraints.
"""

from __future__ import annotations

import re

from django.db.models import Q

# A URL that ends in one of these is another form of the page without it (`/gitlab-org/gitlab.atom`,
# `/alice.keys`, `/my-company/my-project.git`), so a name that ends in one could not be told from it.
# `my-project.wiki.git` and `my-project.design.git` are repositories of my-project.
FORMAT_SUFFIXES = (
    ".atom",
    ".bz2",
    ".design",
    ".diff",
    ".git",
    ".gpg",
    ".gz",
    ".html",
    ".ics",
    ".json",
    ".keys",
    ".patch",
    ".png",
    ".svg",
    ".tar",
    ".tbz2",
    ".tgz",
    ".wiki",
    ".xml",
    ".zip",
)

SEGMENT = r"[A-Za-z0-9_.][A-Za-z0-9_.-]*"
_ONE_SEGMENT = rf"\A{SEGMENT}\Z"
_SEGMENTS = rf"\A{SEGMENT}(/{SEGMENT})*\Z"
_DOTS = r"(\A|/)[.]{1,2}(/|\Z)"
_FORMAT = rf"[.]({'|'.join(suffix[1:] for suffix in FORMAT_SUFFIXES)})(/|\Z)"


def segment_condition(field: str) -> Q:
    """The condition of a CHECK constraint: the field is one segment of a path."""
    return Q(**{f"{field}__regex": _ONE_SEGMENT}) & _no_dots_and_no_format(field)


def path_condition(field: str) -> Q:
    """The condition of a CHECK constraint: the field is one or more segments with `/` between them."""
    return Q(**{f"{field}__regex": _SEGMENTS}) & _no_dots_and_no_format(field)


def is_path(value: str) -> bool:
    """What `path_condition` says, in Python."""
    return bool(
        re.search(_SEGMENTS, value) and not re.search(_DOTS, value) and not re.search(_FORMAT, value, re.IGNORECASE)
    )


def _no_dots_and_no_format(field: str) -> Q:
    return ~Q(**{f"{field}__regex": _DOTS}) & ~Q(**{f"{field}__iregex": _FORMAT})
