"""The Envoy process of a router."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from router.config import Files

PACKAGE = "envoy"
LOG_FLUSH_MS = 200


class EnvoyMissing(Exception):
    """The wheel with Envoy is not installed, or has none for this platform."""


def program() -> Path:
    """Envoy's binary, from the wheel that carries it; raises `EnvoyMissing`."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        binary = Path(folder) / "_bin" / "envoy"
        if binary.is_file():
            return binary
    raise EnvoyMissing(
        "Envoy is not installed; run: pip install -r requirements/runtime.txt, "
        "or run your own with the output of: manage.py router config --region REGION"
    )


def command(files: Files) -> list[str]:
    """What starts a router whose files `config.write` made. One worker: each has a cache of its own."""
    return [
        str(program()),
        *("--config-path", str(files.bootstrap)),
        *("--concurrency", "1"),
        *("--file-flush-interval-msec", str(LOG_FLUSH_MS)),
        *("--log-level", "warning"),
        "--disable-hot-restart",
    ]
