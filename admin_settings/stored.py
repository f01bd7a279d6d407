"""What the `admin` schema holds of the settings, read at one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connections

# One statement sees one moment, on a replica as well; an aggregate of no rows is null.
_VERSION = "SELECT version, changed_at::text FROM settings_version"
_ALL = """
    SELECT coalesce((SELECT version FROM settings_version), 0),
        coalesce((SELECT changed_at::text FROM settings_version), ''),
        (SELECT jsonb_object_agg(name, value)::text FROM application_settings),
        (SELECT jsonb_object_agg(pod_id, "values")::text FROM per_pod_application_settings)
"""


class Version(NamedTuple):
    """Which state of the settings this is: every change makes another one. Not the number alone: after a restore it
    counts from an older one again.
    """

    number: int = 0
    changed_at: str = ""


@dataclass(frozen=True)
class Stored:
    """Every stored value as it is in the rows: not validated, templates not filled in."""

    version: Version = field(default_factory=Version)
    shared: Mapping[str, Any] = field(default_factory=dict)
    per_pod: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_pod(self, pod: str) -> Mapping[str, Any]:
        """The values of one pod's row; none when it has no row."""
        return self.per_pod.get(pod, {})


def read_version(alias: str) -> Version:
    """The version that a database shows. Raises `django.db.Error`."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_VERSION)
        row = cursor.fetchone()
    return Version(*row) if row else Version()


def read_stored(alias: str) -> Stored:
    """All values that a database shows, of one moment. Raises `django.db.Error`."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_ALL)
        number, changed_at, shared, per_pod = cursor.fetchone()
    return Stored(Version(number, changed_at), json.loads(shared or "{}"), json.loads(per_pod or "{}"))
