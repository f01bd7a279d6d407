"""The docs tell the truth: what can be enumerated is."""

from __future__ import annotations

import re
from argparse import _SubParsersAction
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from pydantic.fields import FieldInfo

from monolith.demo_facts import ORGANIZATIONS, PEOPLE
from settings.environment import Environment
from topology.places import CHECKOUT

DOCS = CHECKOUT / "docs"
# Django answers the first by itself; the second comes with the tools of `make lint`.
COMMANDS_ELSEWHERE = {"version", "lintmigrations"}
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("field", Environment.model_fields.values(), ids=lambda field: field.validation_alias)
def test_every_environment_variable_is_documented_by_its_description(field: FieldInfo) -> None:
    assert f"| `{field.validation_alias}` | {field.description} |" in (DOCS / "configuration.md").read_text()


def test_no_documented_variable_is_unknown() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    known = {str(field.validation_alias) for field in Environment.model_fields.values()}
    assert documented - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text())
    assert [link for link, _ in links if link and not (page.parent / link).exists()] == []
    to_headings = [(page.parent / link if link else page, anchor) for link, anchor in links if anchor]
    assert [(to.name, anchor) for to, anchor in to_headings if anchor not in anchors_of(to)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_.]+\.(?:py|lua|yaml|toml|md|png|tsv|in))?)`", page.read_text())
    assert [path for path in named if not (CHECKOUT / path).exists() and not (page.parent / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_names_are_there(page: Path) -> None:
    named = set(re.findall(r"(?:manage\.py |`)(cluster|(?<=py )[a-z_]+)(?: ([a-z][a-z-]*))?", page.read_text()))
    assert {command for command, _ in named} - {*get_commands(), *COMMANDS_ELSEWHERE} == set()
    assert [(command, verb) for command, verb in named if verb and not takes(command, verb)] == []


def test_the_demo_page_shows_who_and_what_is_in_the_demo() -> None:
    page = (DOCS / "demo.md").read_text()
    for organization in ORGANIZATIONS:
        (row,) = re.findall(rf"^\| `{organization.path}` \| .*$", page, re.MULTILINE)
        names = [organization.pod, *organization.members, *(project.path for project in organization.projects)]
        assert [name for name in names if f"`{name}`" not in row] == []
    assert {person.username for person in PEOPLE} <= set(re.findall(r"`([^`]+)`", page))


def test_pages_that_the_code_names_are_there() -> None:
    sources = [path for end in ("py", "lua", "toml") for path in CHECKOUT.glob(f"[!.]*/**/*.{end}")]
    named = {name for source in sources for name in re.findall(r"docs/([a-z-]+\.md)", source.read_text())}
    assert named - {page.name for page in DOCS.glob("*.md")} == set()


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    assert [page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"({page.name})" not in index] == []


def anchors_of(page: Path) -> set[str]:
    """Those of the page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def takes(command: str, verb: str) -> bool:
    """Whether the command has this subcommand, or has none at all."""
    if command in COMMANDS_ELSEWHERE:
        return True
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    verbs = [action.choices for action in parser._actions if isinstance(action, _SubParsersAction)]
    return not verbs or verb in verbs[0]
