"""The first glance at an area: how much there is of what matters, and whether all is well."""

from __future__ import annotations

from typing import NamedTuple

from django.db import DatabaseError, InterfaceError

from admin_area.cluster.cards import summary
from admin_area.cluster.watch import surveyor
from admin_area.listing import Listing
from operations.survey import State, SurveyLate

MOST_COUNTED = 10_000
"""Rows; a page must not wait for more of them to be counted."""
UNKNOWN = "unknown"


class Number(NamedTuple):
    """How many rows a list has."""

    rows: str
    """`10,000+` for more than `MOST_COUNTED`; `unknown` while the database cannot be read."""
    label: str
    """What is counted, as in `3 users`."""
    address: str
    """Of the list."""


class Health(NamedTuple):
    """The state of the cluster in one sentence."""

    summary: str
    is_well: bool


def number_of(listing: Listing) -> Number:
    """Count the rows of a list."""
    rows = listing.counted_rows().order_by()[: MOST_COUNTED + 1]
    try:
        found = rows.count()
    except (DatabaseError, InterfaceError):
        count = UNKNOWN
    else:
        count = f"{MOST_COUNTED:,}+" if found > MOST_COUNTED else f"{found:,}"
    return Number(count, listing.counted_as, listing.address())


def health() -> Health:
    """Summarize the survey that this pod makes of its cluster."""
    try:
        facts = surveyor().facts()
    except SurveyLate as error:
        return Health(f"The state of the cluster is unknown: {error}.", is_well=False)
    is_well = all(part.state is State.HEALTHY for part in facts.parts)
    return Health(summary(facts), is_well)
