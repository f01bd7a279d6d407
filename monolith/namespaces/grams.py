"""An index of the three-character sequences ("grams") in the names and paths of projects.

PostgreSQL's own extension for this, pg_trgm, is not everywhere, and knows nothing of organizations. Here each gram
carries the id of its organization, so a search reads nothing that is in another one.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.functions import Concat, Upper

LENGTH = 3
# So costly that PostgreSQL always looks into the index, instead of asking the function about row after row.
FUNCTION = """
CREATE FUNCTION search_grams(organization bigint, words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
    SELECT array_agg(DISTINCT organization || ':' || substr(words, at, 3))
    FROM generate_series(1, length(words) - 2) AS at
$$;
"""
NO_FUNCTION = "DROP FUNCTION search_grams"


class SearchGrams(Func):
    """The grams of a text in an organization; null for a text that is shorter than one."""

    function = "search_grams"
    arity = 2
    output_field = ArrayField(TextField())


# No word has a space, so the grams that contain this one are never looked for.
GRAMS = SearchGrams("organization_id", Concat(Upper("name"), Value(" "), Upper("full_path")))
"""What the index of projects holds."""


def may_contain(words: list[str], organization_id: int) -> Q:
    """Return the condition that a project has all grams of the words, which the index answers; none for short words."""
    found = Q()
    for word in words:
        if len(word) >= LENGTH:
            found &= Q(_HasAll(GRAMS, SearchGrams(Value(organization_id), Upper(Value(word)))))
    return found


def containing(words: list[str]) -> Q:
    """Return the condition that a name or path contains each word, in any letter case."""
    found = Q()
    for word in words:
        wanted = Upper(Value(word))
        # Not with LIKE, of which PostgreSQL expects so few rows that it sorts all that a frequent word finds.
        found &= Q(_IsIn(wanted, Upper("name"))) | Q(_IsIn(wanted, Upper("full_path")))
    return found


class _IsIn(Func):
    """Whether a text is a part of another one."""

    template = "(position(%(expressions)s) > 0)"
    arg_joiner = " IN "
    arity = 2
    output_field = BooleanField()


class _HasAll(Func):
    """Whether an array has all elements of another one."""

    template = "(%(expressions)s)"
    arg_joiner = " @> "
    arity = 2
    output_field = BooleanField()
