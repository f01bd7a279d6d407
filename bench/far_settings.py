"""A pod's settings, with the shared primaries reached through the socket in `BENCH_NEAR`: see `bench/distance.py`."""

from __future__ import annotations

import os

from settings.base import *  # noqa: F403
from settings.base import DATABASES
from topology import SHARED_SCHEMAS

NEAR = os.environ["BENCH_NEAR"]
for _schema in SHARED_SCHEMAS:
    DATABASES[_schema]["HOST"] = NEAR
