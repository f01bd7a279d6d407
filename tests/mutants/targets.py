"""What is changed, and which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Group:
    """Files that are changed, as patterns of paths, and the tests that are tried on them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ("*/migrations/*", "*/management/*", "*/__init__.py", "*/urls.py", "*/apps.py")

    def paths(self) -> list[Path]:
        """The files, sorted."""
        found = {path for pattern in self.files for path in ROOT.glob(pattern)}
        return sorted(path for path in found if not any(fnmatch(str(path), pattern) for pattern in self.without))


GROUPS = {
    "routing": Group(
        ("routing/**/*.py",),
        ("tests/routing", "tests/invariants", "tests/organizations", "tests/monolith/namespaces"),
    ),
    "schemas": Group(("schemas/**/*.py",), ("tests/schemas", "tests/users", "tests/organizations", "tests/invariants")),
    "middleware": Group(
        ("pods/middleware/*.py", "pods/details.py", "pods/lost_slashes.py", "pods/concealment.py"),
        ("tests/pods", "tests/users", "tests/organizations", "tests/monolith", "tests/concealment"),
    ),
    "sessions": Group(
        (
            "users/sessions.py",
            "users/sign_ins.py",
            "users/authentication.py",
            "users/reauthentication.py",
            "users/power.py",
            "users/reset_links.py",
            "users/revocation.py",
            "users/signed_in.py",
            "users/tokens.py",
            "users/api/authentication.py",
        ),
        ("tests/users", "tests/monolith/api", "tests/admin_area"),
    ),
    "permissions": Group(
        (
            "monolith/namespaces/*.py",
            "monolith/namespaces/api/*.py",
            "monolith/namespaces/views/*.py",
            "monolith/work/*.py",
            "monolith/work/api/*.py",
            "monolith/work/views/*.py",
            "organizations/*.py",
            "organizations/members/*.py",
            "organizations/members/views/*.py",
        ),
        ("tests/monolith", "tests/organizations"),
    ),
    "settings": Group(("admin_settings/*.py",), ("tests/admin_settings",)),
    "lua": Group(
        ("router/lua/*.lua",),
        (
            *(f"tests/router/test_{name}.py" for name in ("cache", "paths", "decisions")),
            # With a running Envoy.
            *(
                f"tests/router/test_{name}.py"
                for name in ("concealing", "exactly_once", "fenced", "learning", "seeing", "trust", "unavailable")
            ),
            "tests/router/test_slow_bodies.py",
        ),
    ),
}
