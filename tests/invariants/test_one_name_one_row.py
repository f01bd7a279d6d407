"""Invariant 2."""

from __future__ import annotations

import pytest

from organizations.models import Organization
from routing.models import Route
from schemas.names import FORMAT_SUFFIXES, is_path
from tests.databases import ALIASES
from tests.invariants.conftest import Refuses, Sql

pytestmark = pytest.mark.django_db(databases=ALIASES)

ROW = (
    "INSERT INTO routes (path, kind, organization_id, pod_id, entity_type, entity_id, redirects_to_id, claim_key, "
    "expires_at, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, now()) RETURNING id"
)
UUID = "00000000-0000-4000-8000-000000000001"
SOON = "2100-01-01"
LONG_AGO = "2000-01-01"


@pytest.fixture
def foo(sql: Sql, ours: Organization) -> int:
    """The route `foo`, live."""
    [(key,)] = sql("routes", ROW, "foo", "live", ours.pk, "pod_us0", "group", 1, None, None, None)
    return int(key)


@pytest.mark.parametrize("other", ["live", "redirect", "claim", "tombstone", "reserved"])
def test_a_name_of_any_kind_is_refused_beside_a_live_one(
    sql: Sql, foo: int, theirs: Organization, ours: Organization, refuses: Refuses, other: str
) -> None:
    rows = {
        "live": ("Foo", "live", theirs.pk, "pod_us0", "user", 2, None, None, None),
        "redirect": ("FOO", "redirect", ours.pk, "pod_us0", None, None, foo, None, None),
        "claim": ("fOo", "claim", theirs.pk, "pod_us0", "group", None, None, UUID, SOON),
        "tombstone": ("foO", "tombstone", theirs.pk, "pod_us0", None, None, None, None, SOON),
        "reserved": ("foo", "reserved", None, None, None, None, None, None, None),
    }
    with refuses("routes", "routes_one_name_one_row"):
        sql("routes", ROW, *rows[other])


@pytest.mark.parametrize(
    "row",
    [
        ("a", "live", None, 1, None, None, None),
        ("a", "live", "group", None, None, None, None),
        ("a", "live", "group", 1, None, UUID, None),
        ("a", "live", "group", 1, None, None, SOON),
        ("a", "redirect", None, None, None, None, None),
        ("a", "claim", "group", None, None, None, SOON),
        ("a", "claim", "group", None, None, UUID, None),
        ("a", "claim", None, None, None, UUID, SOON),
        ("a", "tombstone", None, None, None, None, None),
        ("a", "tombstone", "group", 1, None, None, SOON),
        ("a", "ghost", None, None, None, None, None),
    ],
)
def test_a_kind_without_its_columns_or_with_others_is_refused(
    sql: Sql, ours: Organization, refuses: Refuses, row: tuple[object, ...]
) -> None:
    with refuses("routes", "routes_kind_has_its_columns"):
        sql("routes", ROW, row[0], row[1], ours.pk, "pod_us0", *row[2:])


@pytest.mark.parametrize("entity_type", ["", "Wiki", "wiki-1"])
def test_an_entity_type_that_is_no_word_is_refused(
    sql: Sql, ours: Organization, refuses: Refuses, entity_type: str
) -> None:
    with refuses("routes", "routes_entity_type_is_a_word"):
        sql("routes", ROW, "a", "live", ours.pk, "pod_us0", entity_type, 1, None, None, None)


def test_a_second_live_path_of_an_entity_is_refused(sql: Sql, foo: int, ours: Organization, refuses: Refuses) -> None:
    with refuses("routes", "routes_entity_has_one_live_path"):
        sql("routes", ROW, "bar", "live", ours.pk, "pod_us0", "group", 1, None, None, None)


def test_a_redirect_into_another_organization_is_refused(
    sql: Sql, foo: int, theirs: Organization, refuses: Refuses
) -> None:
    with refuses("routes", "routes_redirect_stays_in_organization"):
        sql("routes", ROW, "bar", "redirect", theirs.pk, "pod_us0", None, None, foo, None, None)


def test_a_redirect_to_itself_is_refused(sql: Sql, foo: int, refuses: Refuses) -> None:
    with refuses("routes", "routes_redirect_is_no_loop"):
        sql(
            "routes",
            "UPDATE routes SET kind = 'redirect', entity_type = NULL, entity_id = NULL, redirects_to_id = id "
            "WHERE id = %s",
            foo,
        )


def test_a_live_name_cannot_be_deleted(sql: Sql, foo: int, refuses: Refuses) -> None:
    with refuses("routes", "routes_names_are_kept"):
        sql("routes", "DELETE FROM routes WHERE id = %s", foo)


def test_a_tombstone_cannot_be_deleted_before_its_time(sql: Sql, ours: Organization, refuses: Refuses) -> None:
    sql("routes", ROW, "a", "tombstone", ours.pk, "pod_us0", None, None, None, None, SOON)
    sql("routes", ROW, "b", "tombstone", ours.pk, "pod_us0", None, None, None, None, LONG_AGO)
    sql("routes", "DELETE FROM routes WHERE path = 'b'")
    with refuses("routes", "routes_names_are_kept"):
        sql("routes", "DELETE FROM routes WHERE path = 'a'")


def test_a_top_level_name_cannot_be_renamed_in_place(sql: Sql, foo: int, refuses: Refuses) -> None:
    sql("routes", "UPDATE routes SET path = 'FOO' WHERE id = %s", foo)
    with refuses("routes", "routes_names_are_kept"):
        sql("routes", "UPDATE routes SET path = 'bar' WHERE id = %s", foo)


def test_a_name_cannot_go_to_another_organization(sql: Sql, foo: int, theirs: Organization, refuses: Refuses) -> None:
    with refuses("routes", "routes_names_are_kept"):
        sql("routes", "UPDATE routes SET organization_id = %s WHERE id = %s", theirs.pk, foo)


GOOD = [
    "a",
    "A-b_c.d",
    "_a",
    ".a",
    "a.",
    "a..b",
    "0040",
    "a.js",
    "a.git-b",
    "json",
    "a.b.c",
    "...",
    "foo/bar",
    "foo/b/c.",
]
BAD = [
    "",
    "/",
    "/a",
    "foo/",
    "foo//b",
    ".",
    "..",
    "foo/.",
    "foo/../b",
    "-a",
    "-",
    "foo/-/b",
    "foo/-b",
    "a b",
    "a%2Fb",
    "a\n",
    "a\x01",
    "\u00e4",
    "\u017f",
    "\u212a",  # the Kelvin sign, which Python lower-cases to k
    "a.git",
    "a.GIT",
    "foo/a.git",
    "foo.atom/b",
    "a.tar.gz",
    "a.wiki",
    *(f"a{suffix}" for suffix in FORMAT_SUFFIXES),
]


def test_a_good_path_is_taken(sql: Sql, foo: int, ours: Organization) -> None:
    assert [path for path in GOOD if not is_path(path)] == []
    for number, path in enumerate(GOOD):
        pod = None if "/" in path else "pod_us0"
        sql("routes", ROW, path, "live", ours.pk, pod, "project", 2 + number, None, None, None)
    # Of those that differ in case only, one would be refused.
    keys: dict[str, str] = dict(sql("routes", "SELECT path, key FROM routes WHERE path = ANY(%s)", GOOD))
    assert keys == {path: path.lower() for path in GOOD}


def test_a_bad_path_is_refused(sql: Sql, foo: int, ours: Organization, refuses: Refuses) -> None:
    assert [path for path in BAD if is_path(path)] == []
    for path in BAD:
        pod = None if "/" in path else "pod_us0"
        with refuses("routes", "routes_path_is_segments"):
            sql("routes", ROW, path, "live", ours.pk, pod, "project", 2, None, None, None)


USER = (
    "INSERT INTO users (password, is_superuser, username, email, name, default_organization_id, is_staff, is_active, "
    "date_joined) VALUES ('', false, %s, '', '', 1, false, true, now())"
)
ORGANIZATION = (
    "INSERT INTO organizations (path, name, pod_id, epoch, state, created_at) "
    "VALUES (%s, 'A', 'pod_us0', 1, 'active', now())"
)
NAMESPACE = (
    "INSERT INTO namespaces (path, full_path, kind, name, visibility, created_at, organization_id) "
    "SELECT path, path, 'group', 'A', 'public', now(), 1 FROM (VALUES (%s)) new (path)"
)


def test_one_rule_for_all_names_takes_the_good_ones(sql: Sql) -> None:
    for path in (path for path in GOOD if "/" not in path):
        sql("users", USER, path)
        sql("routes", ORGANIZATION, path)
        sql("main", NAMESPACE, path)


def test_one_rule_for_all_names_refuses_the_bad_ones(sql: Sql, refuses: Refuses) -> None:
    for path in (path for path in BAD if "/" not in path):
        with refuses("users", "users_username_is_a_segment"):
            sql("users", USER, path)
        with refuses("routes", "organizations_path_is_a_segment"):
            sql("routes", ORGANIZATION, path)
        with refuses("main", "namespaces_path_is_a_segment"):
            sql("main", NAMESPACE, path)


def test_a_name_is_looked_up_without_regard_to_case(foo: int) -> None:
    assert Route.objects.using("routes").get(key="FoO".lower()).pk == foo


def test_what_lies_below_a_name_is_found_by_the_index(sql: Sql, foo: int) -> None:
    sql("routes", "SET LOCAL enable_seqscan = off")
    plan = str(sql("routes", "EXPLAIN SELECT FROM routes WHERE key > 'foo/' AND key < 'foo0'"))
    assert "Index Cond" in plan
    assert "routes_one_name_one_row" in plan or "routes_key_and_organization" in plan
