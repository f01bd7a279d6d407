"""Settings of in-process tests: as pod `pod_us0`, on servers that only this test session uses.

The environment is set before the real settings read it, and names nothing of
the developer's own cluster.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# A process that a test starts with this session's environment is on this session's servers; each of several
# processes that share the tests has its own.
VARIABLE = "PODS_TESTS_DATA" + os.environ.get("PYTEST_XDIST_WORKER", "")
DATA = Path(os.environ.setdefault(VARIABLE, f"{tempfile.gettempdir()}/pods-tests-{os.getuid()}-{os.getpid()}"))

for name in [name for name in os.environ if name.startswith("PODS_") and name != VARIABLE]:
    del os.environ[name]
os.environ |= {
    "POD_ID": "pod_us0",
    "PODS_DATA": str(DATA / "servers"),
    "PODS_SECRET_KEY": "tests-secret-key",
    "PODS_ROUTER_SECRETS": "tests-router-secret,tests-older-router-secret",
    "PODS_ROUTE_HASH_KEY": "tests-route-hash-key",
    "PODS_DEBUG_TOKEN": "tests-debug-token",
}

from admin_settings.in_force import in_force, put_in_force  # noqa: E402
from settings.base import *  # noqa: E402, F403

# Argon2 is slow on purpose; the running cluster's tests use it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A test's transaction is never committed: no replica will show it, however long a response waits. And nobody measures
# here how long it takes to be told that there is no such thing.
WAITS = {"session_replica_seconds": 0.05, "sign_out_wait_seconds": 0.05, "conceal_directly_ms": 1}
put_in_force(in_force().model_copy(update=WAITS))
