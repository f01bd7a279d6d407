"""What the API's description says of addresses whose group or project has another path now."""

from __future__ import annotations

ENTITIES = ("/api/v4/projects/{", "/api/v4/groups/{", "/api/v4/namespaces/{")
MOVED = {"302": "The path has changed. Location is the address by id."}
RENAMED = {"405": "The path has changed. Use the current path or the id."}


def of_renamed(path: str, method: str) -> dict[str, str]:
    """Return descriptions by status."""
    if not path.startswith(ENTITIES):
        return {}
    return MOVED if method == "get" else RENAMED
