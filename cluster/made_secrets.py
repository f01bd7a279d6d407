"""The secrets that an embedded cluster generates for itself, once."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from topology.files import replace_file

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
    replace_file(path, (json.dumps(made, indent=1) + "\n").encode())
