"""The aliases of a pod, for `pytest.mark.django_db(databases=ALIASES)`."""

from __future__ import annotations

PRIMARIES = ("users", "routes", "admin", "main", "ci")
# In tests a replica is its primary (`TEST: MIRROR`), and does not see what an open transaction wrote.
REPLICAS = ("users_replica", "routes_replica", "admin_replica")
ALIASES = (*PRIMARIES, *REPLICAS)
