"""One pod with its shared primaries far away: `python -m bench.far_pod SOCKET_FOLDER SECONDS ROUNDS`.

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

# One person and one address do here in a minute what takes many an hour.
PLENTY = 100_000
LIMITS = (
    "sign_ups_an_hour",
    "passwords_an_hour",
    "names_a_minute",
    "organizations_a_day",
    "invitations_a_day",
    "invitations_open",
)


def main(far: Path, near: Path, seconds: float, rounds: int) -> None:
    """Print what every page and call of this pod does, by table. `far` holds the primaries' socket, `near` is where
    the pod looks for it.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.far_settings"
    with distant(far, near, seconds=0.0) as distance:
        django.setup()
        # They need the models.
        from admin_settings.in_force import overridden  # noqa: PLC0415
        from bench.asks import visit  # noqa: PLC0415
        from bench.calls import calls  # noqa: PLC0415
        from bench.pages import pages  # noqa: PLC0415
        from bench.unasked import unasked  # noqa: PLC0415
        from schemas.identity import this_pod  # noqa: PLC0415

        with overridden(**dict.fromkeys(LIMITS, PLENTY)):
            found = {
                table: [asdict(visit(ask, distance, seconds, rounds)) for ask in asks() if ask.pod == this_pod().name]
                for table, asks in {"pages": pages, "calls": calls, "unasked": unasked}.items()
            }
        print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(os.environ["BENCH_NEAR"]), float(sys.argv[2]), int(sys.argv[3]))
