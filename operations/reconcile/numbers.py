"""Ids that may have been given before are never given again, of whatever kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import connections
from django.db.models import Max, Model

from routing import marks
from routing.ids import apply_id_range, bounds, lease, range_of, ranges_drawn_from
from routing.models import IdRange
from schemas.fields import SoftReferenceField
from schemas.placement import schema_of
from topology import POD_LOCAL_SCHEMAS, SHARED_SCHEMAS, Topology

# Of a shared table, past whatever is known to be used: far more than were given since any backup that is still of use.
SKIPPED = 10_000_000
# Of a table whose ids are 32 bits wide.
SKIPPED_OF_NARROW = 100_000
_SEQUENCES = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), sequencename, data_type::text,
        coalesce(last_value, 0)
    FROM pg_sequences WHERE schemaname = current_schema ORDER BY 2
"""


def lease_another_range(pod: str) -> str:
    """Give the tables of `main` and `ci` a range of ids that no database of the cluster has used; say which."""
    number = lease(pod, another=True)
    changed = apply_id_range(pod, *POD_LOCAL_SCHEMAS)
    first, last = bounds(number)
    return f"{changed} tables of {pod} give ids from {first} to {last} (range {number}), which none ever gave"


def lost_numbers(pod: str) -> Iterator[str]:
    """Yield a line for each table, of any kind, of which `routes` knows later ids than the database."""
    for schema, said in sorted(marks.said_of(pod).items()):
        there = marks.look(schema)
        for sequence, last in sorted(said.drawn.items()):
            table = sequence.removesuffix("_id_seq")
            known = max(there.drawn.get(sequence, 0) if there else 0, _highest(schema, table, last))
            if last > known:
                yield f"{schema}: of {table}, rows with ids after {known} up to {last} may be lost"


def _highest(schema: str, table: str, last: int) -> int:
    """The highest id of the table's rows in the range of `last` and up to it; 0 without any."""
    with connections[schema].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        if not cursor.fetchone()[0]:
            return 0
        first, _ = bounds(range_of(last))
        cursor.execute(f"SELECT max(id) FROM {table} WHERE id BETWEEN %s AND %s", [first, last])  # noqa: S608
        return cursor.fetchone()[0] or 0


def record_ranges(pod: str) -> Iterator[str]:
    """Write the ranges that a pod draws from into `routes`, when a restored `routes` does not know them."""
    drawn = set[int]().union(*(ranges_drawn_from(schema, schema) for schema in POD_LOCAL_SCHEMAS))
    leased = dict(IdRange.objects.using("routes").values_list("number", "pod_id"))
    for number in sorted(drawn - leased.keys()):
        IdRange.objects.using("routes").create(number=number, pod_id=pod)
        yield f"range {number} of ids is leased to {pod} again"
    for number in sorted(number for number in drawn if leased.get(number, pod) != pod):
        yield f"range {number} of ids was leased to {leased[number]} meanwhile; {lease_another_range(pod)}"


def references_from_pods(topology: Topology) -> dict[str, int]:
    """Return the highest id of each shared table, by the table's name, that a row of another schema refers to."""
    highest: defaultdict[str, int] = defaultdict(int)
    for model, field, table in _soft_references(SHARED_SCHEMAS):
        schema = schema_of(model)
        aliases = [schema] if schema in SHARED_SCHEMAS else [f"{schema}_{pod}" for pod in topology.pods]
        for alias in aliases:
            found = model._default_manager.using(alias).aggregate(most=Max(field))["most"]
            highest[table] = max(highest[table], found or 0)
    return highest


def skip_shared(topology: Topology) -> Iterator[str]:
    """Move the sequences of the shared schemas past every id that may have been given."""
    used = references_from_pods(topology)
    for schema in SHARED_SCHEMAS:
        with connections[schema].cursor() as cursor:
            cursor.execute(_SEQUENCES)
            for name, sequence, kind, last in cursor.fetchall():
                skipped = SKIPPED if kind == "bigint" else SKIPPED_OF_NARROW
                following = max(last, used.get(sequence.removesuffix("_id_seq"), 0)) + skipped
                cursor.execute("SELECT setval(%s::regclass, %s)", [name, following])
        yield f"{schema}: every table gives ids that are at least {SKIPPED} higher than before"


def lost_references(topology: Topology) -> Iterator[str]:
    """Yield a line for each kind of shared rows that rows of pods refer to and that are gone."""
    missing: defaultdict[str, set[int]] = defaultdict(set)
    for model, field, table in _soft_references(SHARED_SCHEMAS):
        if schema_of(model) in SHARED_SCHEMAS:
            continue
        target = next(each for each in apps.get_models() if each._meta.db_table == table)
        for pod in topology.pods:
            rows = model._default_manager.using(f"{schema_of(model)}_{pod}").exclude(**{field: None})
            ids = set(rows.order_by().values_list(field, flat=True).distinct())
            there = target._default_manager.using(schema_of(target)).filter(pk__in=ids)
            missing[table] |= ids - set(there.values_list("pk", flat=True))
    for table, ids in sorted(missing.items()):
        if ids:
            yield f"{table}: rows of pods refer to {_listed(ids)}, which are lost"


def _soft_references(schemas: Iterable[str]) -> Iterator[tuple[type[Model], str, str]]:
    """Yield the models that refer to a table of these schemas, with the field and the table."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SoftReferenceField):
                target = apps.get_model(field.to)
                if schema_of(target) in schemas:
                    yield model, field.attname, target._meta.db_table


def _listed(ids: Iterable[int]) -> str:
    """The ids, or how many there are when that is shorter to read."""
    first, *others = sorted(ids)
    if len(others) < 10:
        return "id " + ", ".join(map(str, (first, *others)))
    return f"{len(others) + 1} ids from {first} to {others[-1]}"
