"""Full-text search of issues and merge requests: an index of the words in their titles and descriptions.

Each word carries the id of its organization, so a search reads nothing that is in another one, and takes no longer
because of it. A word is found by its beginning, in any letter case.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

MOST_RARE = 1000
"""Of words that at most so many rows have, all these rows are looked at."""

NOBODYS = (0,)
"""An id that no row has: looked for where nothing was found, so that queries do not tell whether something was."""

# `search_words` is so costly that PostgreSQL always looks into the index, instead of asking it about row after row.
# Its limits keep the words of every text below what a tsvector can hold. It calls nothing that needs a search path,
# which ANALYZE and pg_restore do not have.
FUNCTIONS = """
CREATE FUNCTION search_words(organization bigint, text text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT DISTINCT organization || ':' || left(word, 60)
        FROM regexp_split_to_table(lower(left(text, 20000)), '[^[:alnum:]]+') AS word WHERE word <> ''
    ));
$$;
CREATE FUNCTION search_query(organization bigint, text text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery
    FROM unnest(tsvector_to_array(search_words(organization, text))) AS word;
$$;
CREATE FUNCTION search_has(organization bigint, text text, wanted tsquery) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN search_words(organization, text) @@ wanted;
END $$;
"""
WITHOUT_FUNCTIONS = """
DROP FUNCTION search_has(bigint, text, tsquery);
DROP FUNCTION search_query(bigint, text);
DROP FUNCTION search_words(bigint, text);
"""


class SearchWords(Func):
    """The words of a text in an organization."""

    function = "search_words"
    arity = 2
    output_field = SearchVectorField()


TEXT = Concat("title", Value(" "), "description", output_field=TextField())
WORDS = SearchWords("organization_id", TEXT)
"""What the indexes of issues and merge requests hold."""


def with_words(rows: QuerySet[Any], words: str, organization_id: int) -> QuerySet[Any]:
    """Return those of an organization's issues or merge requests that have all the words; none without a word.

    Of rare words, all rows that have them are looked at. Frequent words are found soon in the order of the list.
    """
    wanted = _Query(Value(organization_id), Value(words))
    rows = rows.filter(organization_id=organization_id)
    has = rows.model._default_manager.filter(_Matches(WORDS, wanted)).order_by()
    ids = list(has.values_list("pk", flat=True)[: MOST_RARE + 1])
    if len(ids) <= MOST_RARE:
        return rows.filter(pk__in=ids or NOBODYS)
    return rows.filter(Q(_Has("organization_id", TEXT, wanted)))


class _Query(Func):
    function = "search_query"
    arity = 2
    output_field = SearchQueryField()


class _Has(Func):
    """Whether a text has all words of a query; no index is asked."""

    function = "search_has"
    arity = 3
    output_field = BooleanField()


class _Matches(Func):
    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    arity = 2
    output_field = BooleanField()
