"""The secrets that an embedded cluster generates for itself, once."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

# Fixed for the demo, so that the documentation can name it; on your own servers there is none by default.
DEMO_DEBUG_TOKEN = "demo-debug"  # noqa: S105


def make_secrets(path: Path) -> None:
    """Write the file unless it exists, readable by its owner only."""
    if path.is_file():
        return
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "router_secrets": [secrets.token_urlsafe(32)],
        "route_hash_key": secrets.token_urlsafe(32),
        "debug_token": DEMO_DEBUG_TOKEN,
        "learn_secret": "",
    }
    making = path.with_name(f".{path.name}.{os.getpid()}")
    making.touch(mode=0o600)
    making.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    making.replace(path)
