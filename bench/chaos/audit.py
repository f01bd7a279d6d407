"""What must be true at the end: the ledger agrees with the pods that serve, and nothing is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench.chaos.looks import Looks
from bench.chaos.people import DELETED, Ledger
from bench.chaos.world import SCHEMAS, Filled, rows_on

OWNER = "SELECT pod_id, epoch FROM organizations WHERE id = %s"
FLIPS = "SELECT count(*) FROM organization_moves WHERE organization_id = %s AND flipped_epoch IS NOT NULL"
CERTIFICATES = "SELECT id::text, certificate ->> 'equal' FROM organization_moves WHERE certificate IS NOT NULL"
STATE = "SELECT state, epoch FROM organization_state WHERE id = %s"
ISSUES = "SELECT iid, title FROM issues WHERE organization_id = %s"
COMMENTS = """
SELECT text FROM notes WHERE organization_id = %s AND text <> 'filled'
"""
LEFT_OVERS = {
    "publication": "SELECT pubname::text FROM pg_publication WHERE pubname LIKE 'move%'",
    "slot": "SELECT slot_name::text FROM pg_replication_slots WHERE database = current_database()",
    "subscription": "SELECT subname::text FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid "
    "WHERE datname = current_database()",
    "origin": "SELECT roname FROM pg_replication_origin",
    "marker": "SELECT move_id || ' ' || kind FROM move_marker",
    "checkpoint": "SELECT move_id || ' ' || name FROM move_checkpoint",
    "gate": "SELECT id || ' ' || state FROM organization_state WHERE state NOT IN ('active', 'moved')",
}


@dataclass
class Found:
    """What the audit counted, and what it did not agree with."""

    wrong: list[str] = field(default_factory=list)
    organizations: set[int] = field(default_factory=set)
    """Of those in `wrong`."""
    lost: int = 0
    doubled: int = 0
    moved: int = 0


def audit(looks: Looks, organizations: Iterable[Filled], ledger: Ledger) -> Found:
    """Compare everything."""
    found = Found()
    for filled in organizations:
        for text in _of_organization(looks, filled, ledger, found):
            found.wrong.append(f"{filled.path} ({filled.id}): {text}")
            found.organizations.add(filled.id)
    any_pod = next(iter(looks.scratch.topology.pods))
    for move, equal in looks.must(any_pod, "routes", CERTIFICATES):
        if equal == "false":
            found.wrong.append(f"move {move}: its certificate says that both pods differed")
    return found


def left_overs(looks: Looks) -> list[str]:
    """What moves have left on any pod."""
    found = []
    for pod in looks.scratch.topology.pods:
        for schema in SCHEMAS:
            for kind, query in LEFT_OVERS.items():
                found += [f"{pod} {schema}: {kind} {name}" for (name,) in looks.must(pod, schema, query)]
    return sorted(set(found))


def _of_organization(looks: Looks, filled: Filled, ledger: Ledger, found: Found) -> Iterator[str]:
    ((owner, epoch),) = looks.must(filled.born, "routes", OWNER, filled.id)
    ((flips,),) = looks.must(filled.born, "routes", FLIPS, filled.id)
    if epoch != 1 + flips:
        yield f"epoch {epoch} after {flips} flips"
    for pod in looks.scratch.topology.pods:
        states = {schema: looks.must(pod, schema, STATE, filled.id) for schema in SCHEMAS}
        if pod == owner:
            if any(state != [("active", epoch)] for state in states.values()):
                yield f"{pod} owns it with epoch {epoch}, and says {states}"
            continue
        if any(state and state[0][0] != "moved" for state in states.values()):
            yield f"{owner} owns it, and {pod} says {states}"
        if rows := rows_on(looks, pod, filled.id):
            yield f"{owner} owns it, and {pod} has {rows}"
    found.moved += owner != filled.born
    titles: dict[int, str] = dict(looks.must(owner, "main", ISSUES, filled.id))
    yield from _rows(filled, ledger, titles, found)
    yield from _opened(filled, ledger, titles, found)
    texts = Counter(text for (text,) in looks.must(owner, "main", COMMENTS, filled.id))
    yield from _comments(filled, ledger, texts, found)


def _rows(filled: Filled, ledger: Ledger, titles: dict[int, str], found: Found) -> Iterator[str]:
    """Each of the first issues has the title that was acknowledged last."""
    for number in range(1, filled.issues + 1):
        key = filled.id, number
        allowed = {ledger.titles.get(key, f"filled {number}")}
        if key in ledger.perhaps:
            allowed.add(ledger.perhaps[key])
        if titles.get(number, DELETED) not in allowed:
            found.lost += 1
            yield f"issue {number} is {titles.get(number)!r} instead of {allowed}"


def _opened(filled: Filled, ledger: Ledger, titles: dict[int, str], found: Found) -> Iterator[str]:
    """Each new issue is there once."""
    there = Counter(title for title in titles.values() if title.startswith("opened "))
    for title, (organization, acknowledged) in ledger.opened.items():
        if organization == filled.id:
            yield from _once(title, there[title], acknowledged, found)


def _comments(filled: Filled, ledger: Ledger, there: Counter[str], found: Found) -> Iterator[str]:
    """Each comment is there once, unless its issue was deleted."""
    for text, (organization, number, acknowledged) in ledger.comments.items():
        key = filled.id, number
        kept = ledger.titles.get(key, "") is not DELETED and ledger.perhaps.get(key, "") is not DELETED
        if organization == filled.id:
            yield from _once(text, there[text], acknowledged and kept, found)


def _once(text: str, number: int, must_be_there: bool, found: Found) -> Iterator[str]:
    if number > 1:
        found.doubled += 1
        yield f"{text!r} is there {number} times"
    elif must_be_there and not number:
        found.lost += 1
        yield f"{text!r} was acknowledged and is not there"
