"""Reserved names: the first segments of this software's own URLs, and endings that names may not have."""

from __future__ import annotations

import logging

from django.db import connections

from schemas.names import FORMAT_SUFFIXES

__all__ = ["FORMAT_SUFFIXES", "RESERVED_WORDS", "WORDS_OF_NEXT_RELEASE", "reserve_words"]

WORDS_IN_USE = frozenset(
    {
        "-",
        ".well-known",
        "404.html",
        "422.html",
        "500.html",
        "502.html",
        "503.html",
        "abuse_reports",
        "admin",
        "api",
        "apple-touch-icon-precomposed.png",
        "apple-touch-icon.png",
        "archive",
        "assets",
        "autocomplete",
        "ci",
        "dashboard",
        "deploy.html",
        "explore",
        "favicon.ico",
        "favicon.png",
        "files",
        "groups",
        "health_check",
        "help",
        "hooks",
        "humans.txt",
        "import",
        "invites",
        "issues",
        "jwt",
        "login",
        "merge_requests",
        "milestones",
        "notes",
        "o",
        "oauth",
        "organizations",
        "profile",
        "projects",
        "public",
        "repository",
        "robots.txt",
        "s",
        "search",
        "security.txt",
        "services",
        "sidekiq",
        "sitemap",
        "sitemap.xml",
        "sitemap.xml.gz",
        "slash-command-logo.png",
        "snippets",
        "static",
        "teams",
        "u",
        "unicorn",
        "unicorn_test",
        "unsubscribes",
        "uploads",
        "users",
        "v2",
    }
)
"""First segments of URLs, GitLab's and ours, in lower case. `manage.py check` proves that ours are all here."""

WORDS_OF_NEXT_RELEASE: frozenset[str] = frozenset()
"""First segments that the next release will use. While both run, this one must not give them away (invariant 9)."""

RESERVED_WORDS = WORDS_IN_USE | WORDS_OF_NEXT_RELEASE

logger = logging.getLogger(__name__)


def reserve_words(using: str = "routes") -> list[str]:
    """Insert a row for each reserved word that lacks one, and return the words that are already names, sorted.

    A word that is dropped from the list stays reserved: the release before still uses it.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO routes (path, kind, created_at) SELECT word, 'reserved', now() FROM unnest(%s::text[]) word "
            "WHERE NOT EXISTS (SELECT FROM routes WHERE key = word) ON CONFLICT (key) DO NOTHING",
            [sorted(RESERVED_WORDS)],
        )
        cursor.execute(
            "SELECT key FROM routes WHERE key = ANY(%s) AND kind <> 'reserved' ORDER BY key", [list(RESERVED_WORDS)]
        )
        taken = [key for (key,) in cursor.fetchall()]
    for word in taken:
        logger.warning("%r is a reserved word but already in use as a name, so its pages are hidden; rename it", word)
    return taken
