"""What learn owes for the URLs of `urls.tsv`, asked on a pod of each region."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest

from routing.learn import Answer
from routing.paths import PathInvalid
from schemas.identity import this_topology
from tests.databases import ALIASES
from tests.routing.asking import answer_of, get
from tests.routing.conftest import MY_COMPANY, MY_PROJECT

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("routes")]

Row = dict[str, str]


def rows() -> list[Row]:
    text = Path(__file__).with_name("urls.tsv").read_text()
    text = text.replace("{my-project}", str(MY_PROJECT)).replace("{my-company}", str(MY_COMPANY))
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def served_by(row: Row, asked: str) -> set[str]:
    """The pods that the row allows."""
    topology = this_topology()
    return {
        "any": {asked},
        "first of the region": {topology.first_pod_of(topology.pod(asked).region).name},
        "by hash": set(topology.pods),
        "pod of birth": {"pod_us0"},
    }.get(row["pod"], {row["pod"]})


def test_it_answers() -> None:
    owed = [row for row in rows() if row["source"] != "400"]
    assert len(owed) > 150
    wrong = {
        (row["path_info"], pod): answer
        for row, pod in product(owed, ("pod_us1", "pod_eu1"))
        if not is_owed(answer := answer_of(pod, row["path_info"]), row, pod)
    }
    assert wrong == {}


def is_owed(answer: Answer, row: Row, asked: str) -> bool:
    """Whether a pod that is asked owes this answer."""
    said = (answer.source, answer.path, answer.exact) == (row["source"], row["path"], row["exact"] == "yes")
    return said and answer.pod in served_by(row, asked)


def test_it_refuses() -> None:
    refused = [row for row in rows() if row["source"] == "400"]
    assert refused
    replies = {row["path_info"]: (row, get(row["method"], row["path_info"])) for row in refused}
    fields = {path: "method" if row["method"] == "BREW" else "path_info" for path, (row, _) in replies.items()}
    said = {path: (reply.status, reply.body["field"]) for path, (_, reply) in replies.items()}
    assert said == {path: (400, field) for path, field in fields.items()}


def test_methods_do_not_matter() -> None:
    for row in rows():
        try:
            expected = answer_of("pod_us0", row["path_info"])
        except PathInvalid:
            continue
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            assert get(method, row["path_info"]).body["pod"] == expected.pod
