"""One pod with its shared primaries far away: `python -m bench.far_pod SOCKET_FOLDER SECONDS`.

`bench writes` starts it as the pod of `POD_ID`, and reads the JSON that it prints.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import django

from bench.distance import distant


def main(far: Path, near: Path, seconds: float) -> None:
    """Print what every page and call does. `far` holds the primaries' socket, `near` is where the pod looks for it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.far_settings"
    with distant(far, near, seconds=0.0) as distance:
        django.setup()
        from bench.pages import asks, visit  # noqa: PLC0415 (needs the models)

        print(json.dumps([asdict(visit(ask, distance, seconds)) for ask in asks()]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(os.environ["BENCH_NEAR"]), float(sys.argv[2]))
